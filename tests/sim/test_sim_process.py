"""The simulator as a process: its command line, its control door, its end."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from bench_plant import TOML, read_request

from edge.config import load_config
from edge.sim import door
from edge.sim.__main__ import main
from edge.sim.commands import CommandRefused, ListDevices
from edge.sim.launch import ROOT, RunningPlant, start_plant

FOLDER = ROOT / "edge" / "sim" / "plant"
DEMO = sorted(FOLDER.glob("*.toml"))


@pytest.fixture(scope="module")
def demo() -> Iterator[RunningPlant]:
    with start_plant(*DEMO) as plant:
        yield plant


@pytest.fixture
def sim001(demo: RunningPlant) -> Iterator[RunningPlant]:
    yield demo
    demo.fault("SIM001", "clear")


@pytest.fixture
def bench_file(tmp_path: Path) -> Path:
    file = tmp_path / "bench.toml"
    file.write_text(TOML, encoding="utf-8")
    return file


def rpm_of_sim001(plant: RunningPlant) -> int:
    host, port = plant.connections["utilities"].rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=30) as link:
        link.sendall(read_request(1, 1, 3, 4, 1))
        answer = link.makefile("rb").read(11)
    return int.from_bytes(answer[9:11], "big")


def speak(plant: RunningPlant, data: bytes) -> bytes:
    """Everything that the control door answers to bytes before it closes."""
    host, port = plant.control.rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=30) as link:
        link.sendall(data)
        link.shutdown(socket.SHUT_WR)
        return link.makefile("rb").read()


# ------------------------------------------------------------------ running


def test_a_started_plant_answers_on_every_connection(demo: RunningPlant) -> None:
    names = {c.name for path in DEMO for c in load_config(path, {}).connections}
    assert set(demo.connections) == names
    for place in demo.connections.values():
        host, port = place.rsplit(":", 1)
        socket.create_connection((host, int(port)), timeout=30).close()


def test_a_value_that_is_set_is_read_back_at_once(sim001: RunningPlant) -> None:
    before = sim001.ask(ListDevices()).time_s
    at = sim001.set("SIM001", "rpm", 1777)
    assert rpm_of_sim001(sim001) == 1777
    assert before <= at <= sim001.ask(ListDevices()).time_s


def test_the_clock_of_a_running_plant_moves_its_values(demo: RunningPlant) -> None:
    first, deadline = rpm_of_sim001(demo), time.monotonic() + 60
    while rpm_of_sim001(demo) == first:
        assert time.monotonic() < deadline


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_plant_cleanly(bench_file: Path, number: signal.Signals) -> None:
    with start_plant(bench_file) as plant:
        host, port = plant.connections["bench"].rsplit(":", 1)
        with socket.create_connection((host, int(port)), timeout=30):  # a client does not keep it
            plant.process.send_signal(number)
            assert plant.process.wait(30) == 0
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((host, int(port)), timeout=30)


def test_a_plant_comes_back_on_the_ports_it_had(bench_file: Path) -> None:
    with start_plant(bench_file) as plant:
        plant.kill()
    with start_plant(bench_file, free_ports=False, environ=plant.environment) as again:
        assert again.connections == plant.connections
        assert plant.environment == {"SENTINEL_CONNECTION_BENCH": again.connections["bench"]}


def test_two_plants_cannot_have_one_port(bench_file: Path) -> None:
    with start_plant(bench_file) as plant:
        second = subprocess.run(
            [sys.executable, "-m", "edge.sim", "run", "--control", "0", str(bench_file)],
            env={"SENTINEL_CONNECTION_BENCH": plant.connections["bench"]},
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert second.returncode == 1
    assert "address already in use" in second.stderr
    assert "Traceback" not in second.stderr


def test_a_plant_that_does_not_start_is_an_error_and_no_hang(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="did not start"), start_plant(tmp_path / "none.toml"):
        pass


def test_a_device_or_connection_of_two_gateways_is_refused(
    bench_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.toml"
    other.write_text(TOML.replace('"bench"', '"bench2"'), encoding="utf-8")
    assert main(["run", "--free-ports", "--control", "0", str(bench_file), str(bench_file)]) == 1
    assert "connection.name: bench" in capsys.readouterr().err
    assert main(["run", "--free-ports", "--control", "0", str(bench_file), str(other)]) == 1
    assert "device.uid: PUMP" in capsys.readouterr().err


# ------------------------------------------------------------------ the command line


def run(plant: RunningPlant, verb: str, *words: str) -> int:
    return main([verb, "--control", plant.control, *words])


def test_the_command_line_breaks_shows_and_mends(
    sim001: RunningPlant, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(sim001, "fault", "SIM001", "dead") == 0
    assert run(sim001, "fault", "SIM001", "slow", "2.5") == 0
    assert run(sim001, "fault", "SIM001", "stuck", "rpm") == 0
    assert run(sim001, "set", "SIM001", "temperature", "92.5") == 0
    assert run(sim001, "list") == 0
    shown = capsys.readouterr().out
    place = sim001.connections["utilities"]
    assert f"SIM001  Feed pump P-203  {place} unit 1  faults: dead, slow 2.5, stuck rpm" in shown
    assert "temperature = 92.5  (set)" in shown
    assert run(sim001, "fault", "SIM001", "clear") == 0
    assert run(sim001, "list") == 0
    assert f"{place} unit 1  faults: none" in capsys.readouterr().out


def test_a_command_says_what_is_now_the_case(
    sim001: RunningPlant, capsys: pytest.CaptureFixture[str]
) -> None:
    run(sim001, "fault", "SIM001", "dead")
    run(sim001, "set", "SIM001", "temperature", "92.5")
    run(sim001, "fault", "SIM001", "clear")
    assert capsys.readouterr().out.splitlines() == [
        "SIM001  faults: dead  set: none",
        "SIM001  faults: dead  set: temperature",
        "SIM001  faults: none  set: none",
    ]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["fault", "SIM999", "dead"], "the plant has the devices PRS001"),
        (["fault", "SIM001", "stuck", "speed"], "SIM001 has the tags temperature, pressure, rpm"),
        (["fault", "SIM001", "stuck"], "stuck takes TAG"),
        (["fault", "SIM001", "slow"], "slow takes SECONDS"),
        (["fault", "SIM001", "slow", "soon"], "slow takes SECONDS, not 'soon'"),
        (["fault", "SIM001", "slow", "-1"], ">= 0"),
        (["fault", "SIM001", "dead", "rpm"], "dead takes no further word"),
        (["fault", "SIM001", "nan", "rpm"], "only a float can be NaN"),
        (["set", "SIM001", "rpm", "70000"], "cannot hold"),
    ],
)
def test_a_command_that_does_not_fit_says_what_would(
    demo: RunningPlant, words: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(demo, words[0], *words[1:]) == 1
    assert complaint in capsys.readouterr().err


def test_a_command_to_no_plant_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    assert main(["list", "--control", f"127.0.0.1:{port}"]) == 1
    assert f"no plant answers at 127.0.0.1:{port}" in capsys.readouterr().err


def test_the_help_names_every_fault_and_verb(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    shown = capsys.readouterr().out
    for word in ("dead", "slow SECONDS", "busy", "refuse TAG", "stuck TAG", "nan TAG", "clear"):
        assert word in shown


# ------------------------------------------------------------------ the control door


def test_the_door_takes_one_json_line_per_command_and_answers_with_one(
    sim001: RunningPlant,
) -> None:
    lines = speak(
        sim001,
        b'{"verb":"fault","device":"SIM001","kind":"stuck","tag":"rpm"}\n'
        b'{"verb":"fault","device":"SIM001","kind":"stuck","tag":"nothing"}\n'
        b'{"verb":"list"}\n',
    ).splitlines()
    done, refused, listed = map(json.loads, lines)
    assert set(done) == {"time_s"}
    assert "SIM001 has the tags" in refused["error"]
    states = {device["uid"]: device for device in listed["devices"]}
    assert states["SIM001"]["faults"] == ["stuck rpm"]
    assert list(states["SIM001"]["values"]) == ["temperature", "pressure", "rpm"]


@pytest.mark.parametrize(
    "data",
    [
        b"POST / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"\n",
        b"[]\n",
        b'{"verb":"explode"}\n',
        b'{"verb":"set","device":"SIM001","tag":"rpm","value":NaN}\n',
        b'{"verb":"set","device":"SIM001","tag":"rpm"}\n',
        b'{"verb":"set","device":"SIM001","tag":"rpm","value":1,"more":1}\n',
        b'{"verb":"fault","device":"SIM001","kind":"slow","seconds":1e9}\n',
        b'{"verb":"list","\xff":1}\n',
        b"[" * 3000 + b"\n",
    ],
)
def test_what_is_not_a_command_is_told_so_and_cut_off(demo: RunningPlant, data: bytes) -> None:
    valid = b'{"verb":"set","device":"SIM001","tag":"rpm","value":1}\n'
    [answer] = speak(demo, data + valid).splitlines()
    assert json.loads(answer)["error"].startswith("not a command")
    assert demo.ask(ListDevices()).devices


def test_a_line_without_end_is_cut_off(demo: RunningPlant) -> None:
    assert speak(demo, b"x" * (door.LONGEST_LINE + 1)) == b""


def test_the_door_is_open_to_this_machine_only(demo: RunningPlant) -> None:
    assert demo.control.startswith("127.0.0.1:")


def test_a_refusal_reaches_the_caller_as_an_error(demo: RunningPlant) -> None:
    with pytest.raises(CommandRefused, match="the plant has the devices"):
        demo.fault("SIM999", "dead")


def test_a_plant_that_is_gone_is_told_from_one_that_refuses(bench_file: Path) -> None:
    with start_plant(bench_file) as plant:
        plant.kill()
        with pytest.raises(door.NoPlant):
            plant.fault("PUMP", "dead")
