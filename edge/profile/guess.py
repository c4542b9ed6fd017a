"""How registers of an unknown device are most plausibly encoded. Pure.

Every type and order is scored in bits: how much less surprising the registers are if they hold a
number of this type than if they held noise. An engineering value has a moderate size, often few
decimals, and does not jump between two reads; a wrong order has none of this.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from edge.profile.codec import decode
from edge.profile.point import WIDTH, Order, Point, Type

# How common types and orders are: corrections in bits, from the maps that are shipped and known.
_TYPES: Final[dict[Type, float]] = {
    "uint16": 0.2,
    "int16": 0.0,
    "float32": 2.0,
    "uint32": -0.3,
    "int32": -0.5,
    "uint64": -1.5,
    "int64": -1.7,
    "float64": -1.0,
    "float16": -7.0,
    "bcd16": -5.0,
    "bcd32": -7.0,
    "bcd64": -12.0,
}
_ORDERS: Final[dict[Order, float]] = {"ABCD": 0.0, "CDAB": -1.0, "DCBA": -3.0, "BADC": -3.5}
_MANTISSA: Final = {"float16": 11, "float32": 24, "float64": 53}
_DECIMAL: Final = math.log2(10)
_LEAST, _MOST = 1e-3, 1e6  # moderate sizes of a float
_COINCIDENCE: Final = 0.35
_STRING, _LETTER = -4.0, 2.0  # strings are rare; a byte of noise is one of a quarter of all
_STEADY: Final = 0.5  # what a bit counts that stays as it is from read to read


class Guess(NamedTuple):
    """One way to read the registers."""

    type: Type
    order: Order
    values: tuple[float | str, ...]  # one for each read, as they were given
    score: float  # bits; more is more plausible
    width: int  # registers that it takes, from the first one on


def rank(words: Sequence[int], *later: Sequence[int]) -> list[Guess]:
    """Rank all types and orders that fit into the registers, the most plausible first.

    Args:
        words: one to many registers; the value begins at the first.
        later: the same registers in further reads, which tell a steady value from noise.
    """
    reads = [list(words), *map(list, later)]
    if not words or any(len(read) != len(words) for read in reads):
        raise ValueError("every read must have the same registers, at least one")
    guesses = [*_numbers(reads), *_texts(reads)]
    return sorted(guesses, key=lambda guess: -guess.score)


def _numbers(reads: list[list[int]]) -> Iterator[Guess]:
    size = len(reads[0])
    for kind, common in _TYPES.items():
        width = WIDTH[kind]
        if width > size:
            continue
        for order in _ORDERS if width > 1 else ("ABCD", "BADC"):
            point = Point(name="x", address=0, type=kind, order=order)
            values = [decode(point, read[:width]).value for read in reads]
            numbers = tuple(value for value in values if value is not None)
            if len(numbers) < len(reads):
                continue
            score = common + _ORDERS[order]
            score += sum(_plausible(kind, number) for number in numbers) / len(numbers)
            score += _steady(kind, numbers) + _left_over([read[width:4] for read in reads])
            yield Guess(kind, order, numbers, round(score, 2), width)


def _plausible(kind: Type, number: float) -> float:
    bits = 16.0 * WIDTH[kind]
    if kind.startswith("float"):
        return _plausible_float(kind, number)
    sign = 1.0 if kind.startswith("int") else 0.0
    return bits - math.log2(abs(number) + 1) - (sign if number < 0 else 0.0)


def _plausible_float(kind: Type, number: float) -> float:
    if number == 0:
        # All bits zero is as telling as a small integer; a negative zero is no measurement.
        return 12.0 if math.copysign(1, number) > 0 else -10.0
    away = max(_LEAST / abs(number), abs(number) / _MOST, 1.0)
    moderate = 4.0 - 2.0 * math.log2(away) if away > 1 else 4.0
    spared = _MANTISSA[kind] - _DECIMAL * _digits(kind, number)
    return max(moderate, -40.0) + max(spared, 0.0) - (0.5 if number < 0 else 0.0)


def _digits(kind: Type, number: float) -> int:
    """How many decimal digits give this number in its type."""
    code = {"float16": "e", "float32": "f", "float64": "d"}[kind]
    for digits in range(1, 17):
        text = f"{number:.{digits - 1}e}"
        try:
            if struct.unpack(code, struct.pack(code, float(text)))[0] == number:
                return digits
        except OverflowError:
            continue  # rounded up beyond the greatest float
    return 17


def _steady(kind: Type, numbers: Sequence[float]) -> float:
    """Bits for a value that moves little from read to read."""
    return _STEADY * sum(_unmoved(kind, before, after) for before, after in pairwise(numbers))


def _unmoved(kind: Type, before: float, after: float) -> float:
    """How many bits of a number in its type stayed as they are."""
    bits = 16.0 * WIDTH[kind]
    if before == after:
        return bits
    if not kind.startswith("float"):
        return bits - math.log2(abs(after - before) + 1)
    moved = abs(after - before) / max(abs(before), abs(after))
    return bits - _MANTISSA[kind] + 1 - math.log2(moved) if moved < 1 else 0.0


def _left_over(rests: list[list[int]]) -> float:
    """Bits for registers (of the first four) that a narrower type leaves to others.

    Taken as numbers of their own, for a part of what their sizes would be worth: a coincidence of
    two narrow values is less likely than one wide one. That they stay is worth as much as in a
    wide value, so that further reads favour no width.
    """
    score = 0.0
    for column in zip(*rests, strict=True):
        numbers = [float(word) for word in column]
        score += (
            sum(16.0 - math.log2(number + 1) for number in numbers) / len(numbers) * _COINCIDENCE
        )
        score += _steady("uint16", numbers)
    return score


def _texts(reads: list[list[int]]) -> Iterator[Guess]:
    size = len(reads[0])
    for order in ("ABCD", "BADC"):
        point = Point(name="x", address=0, type="string", order=order, length=size)
        texts = tuple(decode(point, read).raw or "" for read in reads)
        if any(len(text) < 3 or not text.isascii() for text in texts) or size > 125:
            continue
        letters = sum(letter.isalnum() or letter in " .-_/" for letter in texts[0])
        if letters < len(texts[0]):
            continue
        humps = sum(a.islower() and b.isupper() for a, b in pairwise(texts[0]))  # eStnnile
        padding = 2 * size - len(texts[0])
        score = _STRING + _LETTER * letters - 4.0 * humps + 4.0 * padding + _ORDERS[order]
        if len(set(texts)) == 1:
            score += _STEADY * 16.0 * min(size, 4) * (len(texts) - 1)
        yield Guess("string", order, texts, round(score, 2), size)
