"""Which wave simulates a point: the one that its ``sim`` names, or one that suits it. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from edge.profile import Point
from edge.profile.number import limits
from edge.sim.signals import AnyWave, Constant, Counter, Duty, Text, Wander, Wave


class WaveError(ValueError):
    """A ``sim`` table cannot be used. The message begins with the name of the point."""


def waves_of(points: Sequence[Point]) -> dict[str, Wave]:
    """The waves of all points that are numbers, by name.

    Raises:
        WaveError: a table names an unknown wave, parameter or point.
    """
    factors = {point.scale_from for point in points if point.scale_from}
    waves: dict[str, Wave] = {}
    for point in points:
        wave = _named(point)
        if wave is not None and isinstance(wave, Text) != (point.type == "string"):
            raise WaveError(f"{point.name}: sim: the wave text is of strings, and of no others")
        if point.type != "string":
            waves[point.name] = wave or _suitable(point, is_exponent=point.name in factors)
    for name, wave in waves.items():
        if unknown := [used for used in wave.uses() if used not in waves]:
            raise WaveError(f"{name}: sim: the device has no tag {unknown[0]!r}")
    return waves


def text_of(point: Point) -> str:
    """What a string holds: its text, or its name as far as it fits."""
    wave = _named(point)
    if isinstance(wave, Text):
        return wave.value
    return (point.label or point.name).encode()[: 2 * point.length].decode(errors="ignore")


def _named(point: Point) -> Wave | None:
    if not point.sim:
        return None
    try:
        wave: Wave = msgspec.convert(point.sim, AnyWave)
    except msgspec.ValidationError as error:
        raise WaveError(f"{point.name}: sim: {error}") from error
    return wave


def _suitable(point: Point, *, is_exponent: bool) -> Wave:
    """A wave for a point that names none: what such a point usually does."""
    if is_exponent:
        return Constant(value=0.0)
    if point.states:
        return Constant(value=float(next(iter(point.states))))
    if point.type == "bool":
        return Duty(period_s=120.0, on=0.5)
    if point.bits or point.kind == "state":
        return Constant(value=0.0)
    if point.kind == "counter":
        return Counter(per_s=10.0**-point.decimals)
    if point.write is not None and point.write.allowed:
        return Constant(value=point.write.allowed[0])
    low, high = _band(point)
    middle = (low + high) / 2
    if point.write is not None:
        return Constant(value=middle)
    return Wander(mean=middle, swing=(high - low) / 4)


def _band(point: Point) -> tuple[float, float]:
    """Where the values of a point usually lie, as far as it says."""
    if point.low is not None and point.high is not None:
        return point.low, point.high
    write = point.write
    if write is not None and write.low is not None and write.high is not None:
        return write.low, write.high
    if said := point.range or point.clamp:
        return said
    most = min(limits(point.type)[1], 1000.0)
    low, high = sorted(number * point.scale + point.offset for number in (0.0, most))
    return low, high
