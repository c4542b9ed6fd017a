from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from modbus_plant import Plant
from speaking_cloud import Cloud

from edge.config import Config, load_config

ConfigMaker = Callable[..., Config]


@pytest.fixture
async def cloud() -> AsyncIterator[Cloud]:
    cloud = Cloud()
    await cloud.start()
    yield cloud
    await cloud.stop()


@pytest.fixture
async def plant() -> AsyncIterator[Plant]:
    plant = Plant(1, 2)
    await plant.start()
    yield plant
    await plant.stop()


@pytest.fixture
def make_config(tmp_path: Path) -> ConfigMaker:
    """Write a TOML file and read it: two devices on one connection, one tag each."""

    def make(url: str, port: int, extra: str = "", **gateway: object) -> Config:
        settings = {"url": url, "uid": "GW-1", "spool": "gw.spool", **gateway}
        lines = [f"{key} = {value!r}" for key, value in settings.items()]
        device = """
[[device]]
uid = "D{unit}"
connection = "plc"
unit = {unit}
[[device.tag]]
name = "level"
address = 4
type = "uint16"
scan_ms = 50
silence_ms = 60000
"""
        path = tmp_path / "gw.toml"
        path.write_text(
            "[gateway]\n" + "\n".join(lines) + "\n[[connection]]\nname = 'plc'\n"
            f"host = '127.0.0.1'\nport = {port}\ntimeout_s = 0.5\n"
            + (extra or device.format(unit=1) + device.format(unit=2))
        )
        return load_config(path, environ={})

    return make
