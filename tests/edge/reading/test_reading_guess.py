"""The word-order wizard on the command line, on a device that answers."""

from __future__ import annotations

import asyncio
import struct

import pytest
from bad_device import Asked, BadDevice, frame

from edge.__main__ import main


def run(*arguments: str) -> int:
    return main(["guess", *arguments])


@pytest.fixture
def meter() -> BadDevice:
    """230.2 V as a float with its words swapped."""
    device = BadDevice("tcp")
    low, high = struct.unpack(">HH", struct.pack(">f", 230.2))[::-1]

    def behave(device: BadDevice, asked: Asked) -> list[bytes]:
        return [frame(device.kind, asked, struct.pack(">BBHH", 3, 4, low, high))]

    device.behave = behave
    return device


async def test_the_most_plausible_type_and_order_come_first(
    meter: BadDevice, capsys: pytest.CaptureFixture[str]
) -> None:
    async with meter.listening():
        where = f"127.0.0.1:{meter.port}"
        assert await asyncio.to_thread(run, where, "12", "--count", "2", "--unit", "9") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "registers  3333 4366"
    assert lines[2].split()[:3] == ["1.", "float32", "CDAB"]
    assert lines[2].endswith("230.199997")
    assert [(asked.unit, asked.address, asked.count) for asked in meter.asked] == [(9, 12, 2)]


async def test_a_device_that_does_not_answer_is_told_in_plain_words(
    capsys: pytest.CaptureFixture[str],
) -> None:
    device = BadDevice("tcp")
    device.behave = lambda _device, _asked: []
    async with device.listening():
        assert await asyncio.to_thread(run, f"127.0.0.1:{device.port}", "0") == 1
    assert capsys.readouterr().err == "no answer within 1 s\n"


@pytest.mark.parametrize("arguments", [("h", "65535", "--count", "2"), ("h:x", "0")])
def test_what_cannot_be_asked_is_told(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*arguments) == 1
    assert capsys.readouterr().err
