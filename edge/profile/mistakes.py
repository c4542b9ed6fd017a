"""What contradicts itself in a point. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

from edge.profile.number import WORD_BITS, limits
from edge.profile.point import BIT_TABLES, Point, WriteRule


def point_mistakes(point: Point) -> Iterator[str]:
    """Say in plain words what contradicts itself in a point, each with the setting at fault."""
    yield from _mistakes_of_place(point)
    if not_finite := [name for name, number in _numbers(point) if not math.isfinite(number)]:
        yield f"{', '.join(not_finite)}: must be finite"
        return
    yield from _mistakes_of_scaling(point)
    yield from _mistakes_of_raw_numbers(point)
    yield from _mistakes_of_limits(point)
    if point.write is not None:
        yield from _mistakes_of_writing(point, point.write)


def _mistakes_of_place(point: Point) -> Iterator[str]:
    in_bits = point.table in BIT_TABLES
    if in_bits and point.type != "bool":
        yield f"type: a {point.table} is a bool, not {point.type}"
    if in_bits and point.bit is not None:
        yield f"bit: a {point.table} is a bit already"
    if not in_bits and point.bit is not None and point.type != "bool":
        yield "bit: one bit of a register is a bool"
    if in_bits and point.order != "ABCD":
        yield f"order: a {point.table} has no order"
    if in_bits and point.sentinels:
        yield f"sentinels: a {point.table} is 0 or 1; no value of it can mean something else"
    if point.type == "string" and not point.length:
        yield "length: a string needs its number of registers"
    if point.type != "string" and point.length:
        yield f"length: a {point.type} has its own length"
    if point.address + point.width > 65536:
        yield "address: the value ends beyond 65535"


def _numbers(point: Point) -> Iterator[tuple[str, float]]:
    for name in ("scale", "offset", "deadband", "low_low", "low", "high", "high_high"):
        yield name, getattr(point, name) or 0.0
    for name in ("clamp", "range"):
        yield from ((name, number) for number in getattr(point, name) or ())
    if point.write is not None:
        rule = point.write
        yield from (("write", number or 0.0) for number in (rule.low, rule.high, rule.step))
        yield from (("write.allowed", number) for number in rule.allowed)


def _mistakes_of_scaling(point: Point) -> Iterator[str]:
    if point.scale == 0:
        yield "scale: must not be 0"
    scaled = (point.scale, point.offset, point.scale_from) != (1, 0, "")
    if point.type in {"bool", "string"} and (scaled or point.transform):
        yield f"scale: a {point.type} has no scale, offset or transform"
    elif point.transform and scaled:
        yield f"transform: {point.transform} does it all; no scale, scale_from or offset beside it"
    elif point.transform and not point.type.startswith("float"):
        yield f"transform: {point.transform} works on a float, not on a {point.type}"
    if point.scale_from == point.name:
        yield "scale_from: a point cannot scale itself"
    for setting, pair in (("clamp", point.clamp), ("range", point.range)):
        if pair is not None and pair[0] >= pair[1]:
            yield f"{setting}: its low end must be below its high end"
        if pair is not None and point.type in {"bool", "string"}:
            yield f"{setting}: a {point.type} has none"


def _mistakes_of_raw_numbers(point: Point) -> Iterator[str]:
    if point.type == "string":
        given = [name for name in ("sentinels", "states", "bits") if getattr(point, name)]
        yield from (f"{name}: a string has none" for name in given)
        return
    yield from _mistakes_of_sentinels(point)
    if point.states and point.type.startswith("float"):
        yield f"states: a {point.type} has no states; they have whole numbers"
    low, high = limits(point.type)
    yield from (
        f"states: a {point.type} is never {number}"
        for number in point.states
        if not low <= number <= high
    )
    bits = WORD_BITS * point.width
    if point.bits and not point.type.startswith(("int", "uint")):
        yield f"bits: a {point.type} has no bits with a meaning"
    yield from (
        f"bits: a {point.type} has the bits 0 to {bits - 1}, not {number}"
        for number in point.bits
        if not 0 <= number < bits
    )


def _mistakes_of_sentinels(point: Point) -> Iterator[str]:
    bits = WORD_BITS * point.width
    for number in point.sentinels:
        if number == "nan":
            if not point.type.startswith("float"):
                yield f"sentinels: a {point.type} cannot be NaN"
        elif not -(2 ** (bits - 1)) <= number < 2**bits:
            yield f"sentinels: {number} does not fit in {bits} bits"


def _mistakes_of_limits(point: Point) -> Iterator[str]:
    if point.silence_ms < point.scan_ms and point.scan != "demand":
        yield "silence_ms: must not be shorter than scan_ms"
    named = {n: getattr(point, n) for n in ("low_low", "low", "high", "high_high")}
    given = {name: limit for name, limit in named.items() if limit is not None}
    if any(a >= b for a, b in pairwise(given.values())):
        yield "low: limits must rise from low_low over low and high to high_high"
    if point.range is not None:
        for name, limit in given.items():
            if not point.range[0] <= limit <= point.range[1]:
                yield f"{name}: {limit:g} lies outside the range"


def _mistakes_of_writing(point: Point, rule: WriteRule) -> Iterator[str]:
    if point.table not in {"holding", "coil"}:
        yield f"write: a {point.table} register cannot be written"
    if point.transform or point.type == "string":
        yield "write: neither a string nor a transformed value can be written"
    if point.bit is not None:
        yield "write: one bit of a register cannot be written without its neighbours"
    if rule.low is not None and rule.high is not None and rule.low >= rule.high:
        yield "write.low: must be below write.high"
    if rule.step is not None and rule.step <= 0:
        yield "write.step: must be more than 0"
    for number in rule.allowed:
        if not _within(number, rule.low, rule.high):
            yield f"write.allowed: {number:g} lies outside write.low to write.high"
    ends = [("write.low", rule.low), ("write.high", rule.high)]
    for name, end in [*ends, *(("write.allowed", number) for number in rule.allowed)]:
        if end is not None and point.range and not _within(end, *point.range):
            yield f"{name}: {end:g} lies outside the range"


def _within(number: float, low: float | None, high: float | None) -> bool:
    return (low is None or low <= number) and (high is None or number <= high)
