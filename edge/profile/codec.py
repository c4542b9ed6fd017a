"""Registers to values and back. Pure.

The way up: words in the order of the device, raw number, sentinels, transform, scaling, clamp,
range. ``encode`` goes the same way down.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from edge.profile.number import WORD_BITS, pack, unpack
from edge.profile.number import reorder as _reorder
from edge.profile.point import BIT_TABLES, Point
from edge.profile.quality import GOOD, LIMIT_EXCEEDED, SENSOR_FAILURE

EXACT: Final = 2**53  # integers beyond this do not fit a float
LARGEST_EXPONENT: Final = 10  # of ten, in scale_from; SunSpec allows -10 to 10

# What the wire does not carry: control characters and what may reorder a line of text.
_UNWANTED: Final = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029])


class Decoded(NamedTuple):
    """A value in the point's unit. A BAD quality has neither value nor text."""

    value: float | None  # None: not available, or a text
    raw: str | None = None  # a text, or the exact integer where a float cannot hold it
    quality: int = GOOD


NOT_AVAILABLE: Final = Decoded(None, None, SENSOR_FAILURE)


def decode(point: Point, words: Sequence[int], exponent: float | None = None) -> Decoded:
    """Decode the ``point.width`` registers (or the bit) of a point.

    Args:
        point: how the value is encoded and scaled.
        words: its registers, or one 0 or 1 of a bit table.
        exponent: value of the point ``scale_from``, of the same read; None: it has no value.
    """
    if point.type == "string":
        return Decoded(None, _text(_reorder(_bytes(words), point.order)))
    if point.type == "bool":
        return _decode_bool(point, words[0])
    number = unpack(point.type, _reorder(_bytes(words), point.order))
    if number is None or is_sentinel(point, number) or not math.isfinite(number):
        return NOT_AVAILABLE
    if is_plain(point):
        raw = str(number) if isinstance(number, int) and abs(number) > EXACT else None
        return _judge(point, float(number), raw)
    value = _to_unit(point, number, exponent)
    return NOT_AVAILABLE if value is None else _judge(point, value, None)


def encode(point: Point, value: float | str, exponent: float | None = None) -> list[int]:
    """Encode a value in the point's unit into registers (or one bit): what ``decode`` reads back.

    A bool that is one bit of a register encodes to a register in which only this bit can be set.

    Args:
        point: how the value is encoded and scaled.
        value: a number, or the text of a string.
        exponent: value of the point ``scale_from``.

    Raises:
        ValueError: the type of the point cannot hold the value.
    """
    if point.type == "string":
        return _words(_reorder(_padded(point, value), point.order))
    if isinstance(value, str):
        raise ValueError(f"{point.name}: a {point.type} cannot hold a text")
    if point.type == "bool":
        return [_mask(point) if value else 0]
    number = value if is_plain(point) else _from_unit(point, value, exponent)
    try:
        data = pack(point.type, number)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{point.name}: a {point.type} cannot hold {value}") from error
    return _words(_reorder(data, point.order))


def encode_sentinel(point: Point) -> list[int] | None:
    """Encode what means "not available"; None: the point has no such code."""
    if point.type.startswith("float"):
        return encode(point, math.nan)
    sentinel = next((code for code in point.sentinels if code != "nan"), None)
    if sentinel is None:
        return None
    bits = int(sentinel) % (1 << WORD_BITS * point.width)
    return _words(_reorder(bits.to_bytes(2 * point.width, "big"), point.order))


def is_plain(point: Point) -> bool:
    """Say whether the raw number is the value."""
    return (point.scale, point.offset, point.scale_from, point.transform) == (1, 0, "", "")


def is_sentinel(point: Point, number: int | float) -> bool:
    """Say whether a raw number means "not available": as it reads, or as the same bits unsigned."""
    if not point.sentinels:
        return False
    if isinstance(number, float):
        return number in point.sentinels  # a NaN is not available, listed or not
    turn = 1 << WORD_BITS * point.width
    alike = {number, number + turn if number < 0 else number - turn}
    return any(sentinel in alike for sentinel in point.sentinels)


# ---------------------------------------------------------------- scaling


def _to_unit(point: Point, number: float, exponent: float | None) -> float | None:
    if point.transform == "schneider_pf4q":
        return _pf4q(number)
    if point.scale_from:
        if exponent is None or not is_exponent(exponent):
            return None
        number = _times_ten_to(number, int(exponent))
    value = _scaled(number, point.scale) + point.offset
    return value if math.isfinite(value) else None


def _from_unit(point: Point, value: float, exponent: float | None) -> float:
    """Undo ``_to_unit``. A 4-quadrant power factor within -1..1 is its own code (lagging)."""
    if point.transform or not math.isfinite(value):
        return value
    if point.scale_from and (exponent is None or not is_exponent(exponent)):
        raise ValueError(f"{point.name}: its exponent {point.scale_from} has no value")
    number = value - point.offset if point.offset else value
    divisor = _divisor(point.scale)
    number = number * divisor if divisor else number / point.scale
    return _times_ten_to(number, -int(exponent or 0)) if point.scale_from else number


def is_exponent(exponent: float) -> bool:
    """Say whether a number makes sense as an exponent of ten."""
    return abs(exponent) <= LARGEST_EXPONENT and exponent == int(exponent)


def _pf4q(number: float) -> float | None:
    """Power factor of a Schneider meter, coded over four quadrants as -2..2: beyond 1 it leads."""
    if abs(number) > 2:
        return None
    return math.copysign(2.0, number) - number if abs(number) > 1 else number


def _times_ten_to(number: float, exponent: int) -> float:
    # Dividing by 10 rounds once; multiplying with 0.1 rounds twice (2302 x 0.1 is not 230.2).
    return number / 10.0**-exponent if exponent < 0 else number * 10.0**exponent


def _scaled(number: float, scale: float) -> float:
    divisor = _divisor(scale)
    return number / divisor if divisor else number * scale


@lru_cache(maxsize=256)
def _divisor(scale: float) -> float:
    """The whole number that divides as the scale multiplies, like 10 for 0.1; 0: there is none."""
    if not 0 < abs(scale) < 1:
        return 0.0
    inverse = float(round(1 / scale)) if math.isfinite(1 / scale) else 0.0
    return inverse if inverse and 1 / inverse == scale else 0.0


def _judge(point: Point, value: float, raw: str | None) -> Decoded:
    if point.clamp is not None and not point.clamp[0] <= value <= point.clamp[1]:
        return Decoded(min(max(value, point.clamp[0]), point.clamp[1]), None, LIMIT_EXCEEDED)
    if point.range is not None and not point.range[0] <= value <= point.range[1]:
        return Decoded(value, raw, LIMIT_EXCEEDED)
    return Decoded(value, raw)


# ---------------------------------------------------------------- bits and texts


def _decode_bool(point: Point, word: int) -> Decoded:
    if word in point.sentinels and point.table not in BIT_TABLES:
        return NOT_AVAILABLE
    mask = 0xFFFF if point.bit is None else _mask(point)
    return Decoded(1.0 if word & mask else 0.0)


def _mask(point: Point) -> int:
    """The bit of a bool in its register as it travels, bytes swapped where the order says so."""
    if point.bit is None:
        return 1
    return 1 << (point.bit ^ 8 if point.order in {"BADC", "DCBA"} else point.bit)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace").translate(_UNWANTED).rstrip()


def _padded(point: Point, value: float | str) -> bytes:
    if not isinstance(value, str):
        raise ValueError(f"{point.name}: a string cannot hold a number")
    data = value.encode("utf-8", "replace")
    if len(data) > 2 * point.length:
        raise ValueError(f"{point.name}: {value!r} is longer than {2 * point.length} bytes")
    return data.ljust(2 * point.length, b"\0")


# ---------------------------------------------------------------- words


def _bytes(words: Sequence[int]) -> bytes:
    return b"".join([word.to_bytes(2, "big") for word in words])


def _words(data: bytes) -> list[int]:
    return [int.from_bytes(data[i : i + 2], "big") for i in range(0, len(data), 2)]
