"""Units of the numbers in an expression. Pure.

Nothing is converted, with one exception: a rate is per minute, and what it is compared with may be
written per second, minute or hour.
"""

from __future__ import annotations

import unicodedata
from typing import Final

PER_MINUTE: Final = {"s": 60.0, "min": 1.0, "h": 1 / 60}  # how much of a rate "per that" is
_MS: Final = {"s": 1000.0, "min": 60_000.0, "h": 3_600_000.0}


def is_same(unit: str, other: str) -> bool:
    """Say whether two units are the same, as people write them: ``m3/h`` and ``m³/h`` are."""
    return _plain(unit) == _plain(other)


def rate_unit(unit: str) -> str:
    """Return the unit of a rate of change of what has a unit (empty: none)."""
    return f"{unit or '1'}/min"


def share_of_minute(unit: str, of: str) -> float | None:
    """Return what turns a number in ``unit`` into one in ``of`` per minute; None: nothing does.

    ``share_of_minute("°C/s", "°C")`` is 60.
    """
    changing, stroke, time = _plain(unit).rpartition("/")
    return PER_MINUTE.get(time) if stroke and changing == (_plain(of) or "1") else None


def window_of(value: float, unit: str) -> int | None:
    """Return a time in milliseconds; None: the unit is none of s, min and h."""
    return round(value * _MS[unit]) if unit in _MS else None


def _plain(unit: str) -> str:
    """Write units that only look different alike: ``m³``, ``m^3``, ``m3``, and ``℃``, ``°C``."""
    return "".join(unicodedata.normalize("NFKC", unit).replace("^", "").split())
