"""What the benchmark chose on this machine, for each model; kept in the gateway's data folder."""

from __future__ import annotations

import logging
import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from edge.durable import write_durably

logger = logging.getLogger(__name__)

FILE: Final = "benchmark.json"


class Choice(msgspec.Struct, frozen=True):
    """The fastest way to run a model that agreed with the reference."""

    card: str  # file name of the card to load: the model itself, or it in another precision
    sha256: str  # of that card's weights
    backend: str
    whole_ms: float  # for a picture, as it was measured


Choices = dict[str, dict[str, Choice]]  # machine -> sha256 of the model that is asked for


def machine() -> str:
    """What a measurement holds for: processor, its count, and the system.

    A data folder may come from another machine, and then its figures say nothing.
    """
    return f"{_processor()} x {os.cpu_count()}, {platform.system()} {platform.machine()}"


def recall_choice(data: Path, sha256: str) -> Choice | None:
    """The choice for a model on this machine; None if nobody measured."""
    return _read(data / FILE).get(machine(), {}).get(sha256)


def remember_choices(data: Path, chosen: Mapping[str, Choice]) -> None:
    """Keep choices for this machine, by the sha256 of the model; others stay.

    Raises:
        OSError: the folder cannot be written.
    """
    known = _read(data / FILE)
    known[machine()] = known.get(machine(), {}) | dict(chosen)
    write_durably(data / FILE, msgspec.json.format(msgspec.json.encode(known), indent=1))


def _read(path: Path) -> Choices:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Choices)
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.MsgspecError) as error:
        logger.warning("%s cannot be read, run the benchmark again: %s", path, error)
        return {}


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "processor"
