from __future__ import annotations

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.profile import Order, Point, Type
from edge.profile.codec import EXACT, Decoded, decode, encode

RANGES: dict[Type, tuple[int, int]] = {
    "int16": (-(2**15), 2**15 - 1),
    "uint16": (0, 2**16 - 1),
    "int32": (-(2**31), 2**31 - 1),
    "uint32": (0, 2**32 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "uint64": (0, 2**64 - 1),
}
ORDERS: tuple[Order, ...] = ("ABCD", "CDAB", "BADC", "DCBA")
ORDER = st.sampled_from(ORDERS)
FLOAT = st.floats(allow_nan=False, allow_infinity=False)


def make_tag(kind: Type, **more: object) -> Point:
    return Point(**{"name": "t", "address": 0, "type": kind} | more)  # type: ignore[arg-type]


@given(st.data(), st.sampled_from(sorted(RANGES)), ORDER)
def test_an_integer_is_read_back_exactly(data: st.DataObject, kind: Type, order: Order) -> None:
    tag = make_tag(kind, order=order)
    value = data.draw(st.integers(*RANGES[kind]))
    raw = str(value) if abs(value) > EXACT else None
    assert decode(tag, encode(tag, value)) == Decoded(float(value), raw)


@given(FLOAT, ORDER)
def test_a_double_is_read_back_exactly(value: float, order: Order) -> None:
    tag = make_tag("float64", order=order)
    assert decode(tag, encode(tag, value)) == Decoded(value)


@given(st.floats(width=32, allow_nan=False, allow_infinity=False), ORDER)
def test_a_single_is_read_back_exactly(value: float, order: Order) -> None:
    tag = make_tag("float32", order=order)
    assert decode(tag, encode(tag, value)) == Decoded(value)


@pytest.mark.parametrize("value", [False, True])
@pytest.mark.parametrize("table", ["coil", "discrete", "holding", "input"])
def test_a_bool_is_read_back_as_0_or_1(table: str, value: bool) -> None:
    tag = make_tag("bool", table=table)
    assert decode(tag, encode(tag, value)) == Decoded(float(value))


def test_a_register_that_is_not_zero_is_true() -> None:
    assert decode(make_tag("bool"), [0x8000]) == Decoded(1.0)


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ("ABCD", [0x1122, 0x3344]),
        ("CDAB", [0x3344, 0x1122]),
        ("BADC", [0x2211, 0x4433]),
        ("DCBA", [0x4433, 0x2211]),
    ],
)
def test_the_orders_are_those_of_the_data_sheets(order: Order, words: list[int]) -> None:
    assert encode(make_tag("uint32", order=order), 0x11223344) == words
    assert decode(make_tag("uint32", order=order), words).value == 0x11223344


def test_four_words_are_reversed_as_a_whole() -> None:
    tag = make_tag("uint64", order="CDAB")
    assert encode(tag, 0x1111222233334444) == [0x4444, 0x3333, 0x2222, 0x1111]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_float_that_is_no_number_has_no_value(value: float) -> None:
    words = list(struct.unpack(">2H", struct.pack(">f", value)))
    assert decode(make_tag("float32"), words) == Decoded(None)


def test_a_value_that_scaling_makes_infinite_is_none() -> None:
    tag = make_tag("float64", scale=1e10)
    assert decode(tag, encode(make_tag("float64"), 1e300)) == Decoded(None)


@given(st.integers(-32768, 32767), st.sampled_from([0.1, -0.01, 2.5]), st.sampled_from([0, -40]))
def test_a_scaled_integer_encodes_to_the_register_it_came_from(
    register: int, scale: float, offset: float
) -> None:
    plain, tag = make_tag("int16"), make_tag("int16", scale=scale, offset=offset)
    value = decode(tag, encode(plain, register)).value
    assert value == register * scale + offset
    assert encode(tag, value) == encode(plain, register)


@pytest.mark.parametrize("kind", sorted(RANGES))
def test_a_value_that_does_not_fit_is_refused(kind: Type) -> None:
    low, high = RANGES[kind]
    for value in (low - 1, high + 1, math.nan, math.inf):
        with pytest.raises(ValueError, match="cannot hold"):
            encode(make_tag(kind), value)


def test_a_single_that_would_overflow_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot hold"):
        encode(make_tag("float32"), 1e39)
