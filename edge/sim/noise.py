"""Noise without state: the same seed and time always give the same value."""

from __future__ import annotations

import math
from typing import Final

_MASK: Final = 2**64 - 1
JITTER_HZ: Final = 10


def uniform(seed: int, index: int) -> float:
    """Hash a seed and a whole number to [-1, 1)."""
    # The finaliser of splitmix64: neighbouring indexes give unrelated values.
    x = (seed * 0x9E3779B97F4A7C15 + index * 0xD1B54A32D192ED03) & _MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _MASK
    return ((x ^ (x >> 31)) >> 11) / 2**52 - 1.0


def smooth(seed: int, x: float) -> float:
    """Wander smoothly through [-1, 1] with one turn for about every unit of x."""
    knot = math.floor(x)
    part = x - knot
    blend = part * part * (3.0 - 2.0 * part)
    before, after = uniform(seed, knot), uniform(seed, knot + 1)
    return before + (after - before) * blend


def jitter(seed: int, time_s: float) -> float:
    """Measurement noise in [-1, 1], small deviations likelier than large ones."""
    tick = math.floor(time_s * JITTER_HZ)
    return (uniform(seed, 2 * tick) + uniform(seed, 2 * tick + 1)) / 2.0
