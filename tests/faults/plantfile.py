"""Configuration files for gateways that have a lot to say."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Final

SIM: Final = (  # moves in every step of the simulation, so that every scan has something to report
    'sim = { wave = "wander", mean = 50, swing = 40, period_s = 20, noise = 2.5 }'
)
WIDTHS: Final = {"float64": 4, "float32": 2, "int16": 1}  # registers


@dataclass(frozen=True)
class Load:
    """How much every gateway reads."""

    gateways: int = 4
    devices: int = 2
    tags: int = 20
    scan_ms: int = 100


SMALL_SPOOLS: Final = Load(gateways=2, tags=100)  # long frames fill them within seconds


def device_uids(gateway: str, load: Load) -> list[str]:
    """UIDs of the devices behind a gateway."""
    return [f"{gateway}-D{number}" for number in range(1, load.devices + 1)]


def write_config(folder: Path, uid: str, url: str, load: Load) -> Path:
    """Write the file of one gateway; its token, spool and truth log lie beside it."""
    lines = [
        "[gateway]",
        f'url = "{url}"',
        f'uid = "{uid}"',
        f'token_file = "{uid}.token"',
        f'spool = "{uid}.spool"',
        f'truth_log = "{uid}.truth"',
        "[[connection]]",
        f'name = "{uid}"',
        'host = "127.0.0.1"',
        "port = 1",  # of the simulated plant, which takes any free one: the environment tells
        "timeout_s = 0.5",
    ]
    for unit, device in enumerate(device_uids(uid, load), 1):
        lines += ["[[device]]", f'uid = "{device}"', f'connection = "{uid}"', f"unit = {unit}"]
        lines += _tags(load)
    path = folder / f"{uid}.toml"
    path.write_text("\n".join(lines) + "\n")
    return path


def _tags(load: Load) -> list[str]:
    """Tags without holes between their registers, so that one read takes many of them."""
    lines: list[str] = []
    address = 0
    for number, (kind, width) in zip(range(load.tags), cycle(WIDTHS.items()), strict=False):
        lines += [
            "[[device.tag]]",
            f'name = "t{number}"',
            f"address = {address}",
            f'type = "{kind}"',
            f"scale = {0.1 if kind == 'int16' else 1.0}",
            # a few are scanned less often: frames of different sizes
            f"scan_ms = {load.scan_ms * (5 if number % 4 == 3 else 1)}",
            SIM,
        ]
        address += width
    return lines
