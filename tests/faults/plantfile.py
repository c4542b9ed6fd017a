"""Configuration files for gateways that have a lot to say."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

SIM: Final = (  # moves in every step of the simulation, so that every scan has something to report
    'sim = { wave = "wander", mean = 50, swing = 40, period_s = 20, noise = 2.5 }'
)
KINDS: Final = ("float64", "float32", "int16")


@dataclass(frozen=True)
class Load:
    """How much every gateway reads."""

    gateways: int = 4
    devices: int = 2
    tags: int = 12
    scan_ms: int = 100


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
        for number in range(load.tags):
            lines += _tag(number, load.scan_ms)
    path = folder / f"{uid}.toml"
    path.write_text("\n".join(lines) + "\n")
    return path


def _tag(number: int, scan_ms: int) -> list[str]:
    kind = KINDS[number % len(KINDS)]
    return [
        "[[device.tag]]",
        f'name = "t{number}"',
        f"address = {number * 4}",
        f'type = "{kind}"',
        f"scale = {0.1 if kind == 'int16' else 1.0}",
        # a few are scanned less often: frames of different sizes
        f"scan_ms = {scan_ms * (5 if number % 4 == 3 else 1)}",
        SIM,
    ]
