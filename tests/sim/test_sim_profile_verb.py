"""``python -m edge.sim run --profile``: one device of a profile, without a TOML."""

from __future__ import annotations

import json
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from bench_plant import read_request

from edge.sim import door
from edge.sim.__main__ import main
from edge.sim.commands import ListDevices
from edge.sim.launch import ROOT


@contextmanager
def serving(*words: str) -> Iterator[dict[str, Any]]:
    """What ``run`` prints when it serves."""
    command = [sys.executable, "-m", "edge.sim", "run", "--control", "0", "--free-ports", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()


def test_a_profile_is_served_without_a_toml() -> None:
    words = ["--profile", "eastron-sdm630", "--unit", "7", "--uid", "METER"]
    with serving(*words) as ready:
        host, port = ready["connections"]["profile"].rsplit(":", 1)
        with socket.create_connection((host, int(port)), timeout=30) as link:
            link.sendall(read_request(1, 7, 4, 0x46, 2))
            answer = link.makefile("rb").read(13)
        devices = door.ask(ready["control"], ListDevices()).devices
    assert 49 < struct.unpack(">f", answer[9:13])[0] < 51
    assert devices is not None
    assert [device.uid for device in devices] == ["METER"]


def test_texts_and_values_of_a_profile_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    with serving("--profile", "sunspec-meter-203") as ready:
        assert main(["list", "--control", ready["control"]]) == 0
    shown = capsys.readouterr().out
    assert "manufacturer = 'Sentinel'" in shown
    assert "frequency = 50." in shown or "frequency = 49." in shown


@pytest.mark.parametrize(
    "words", [["--unit", "256"], ["--port", "65536"], ["--control", "all"], ["--unit", "one"]]
)
def test_a_port_or_unit_that_cannot_be_is_refused_before_anything_starts(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["run", "--profile", "sim001", *words])
    assert f"{words[0]}: a number from 0 to" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ([], "name the TOML of a gateway, or a --profile"),
        (["--profile", "nobody"], "there is no profile 'nobody'; there are abb-b23"),
        (["--profile", "nowhere.json"], "nowhere.json: cannot be read"),
    ],
)
def test_a_profile_that_cannot_be_served_is_told(
    words: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", *words]) == 1
    assert complaint in capsys.readouterr().err
