"""What is not available, scaled, out of range, or a text."""

from __future__ import annotations

import math
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.profile import Order, Point, Type
from edge.profile.codec import (
    NOT_AVAILABLE,
    Decoded,
    decode,
    encode,
    encode_sentinel,
    is_exponent,
)
from edge.profile.number import limits
from edge.profile.quality import LIMIT_EXCEEDED

ORDERS: tuple[Order, ...] = get_args(Order)
TYPES: tuple[Type, ...] = get_args(Type)
INTEGERS = [kind for kind in TYPES if kind.startswith(("int", "uint", "bcd"))]
FLOATS = [kind for kind in TYPES if kind.startswith("float")]
ORDER = st.sampled_from(ORDERS)


def point(kind: Type, **more: object) -> Point:
    length = {"length": 4} if kind == "string" else {}
    return Point(**{"name": "p", "address": 0, "type": kind} | length | more)  # type: ignore[arg-type]


def words(text: str) -> list[int]:
    data = bytes.fromhex(text)
    return [int.from_bytes(data[i : i + 2], "big") for i in range(0, len(data), 2)]


# ---------------------------------------------------------------- not available


@pytest.mark.parametrize("kind", FLOATS)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_float_that_is_no_number_is_not_available(kind: Type, value: float) -> None:
    one = point(kind)
    assert decode(one, encode(one, value)) == NOT_AVAILABLE


@pytest.mark.parametrize("listed", [0x8000, -32768])
def test_a_sentinel_may_be_written_signed_or_unsigned(listed: int) -> None:
    assert decode(point("int16", sentinels=[listed]), [0x8000]) == NOT_AVAILABLE
    assert decode(point("uint16", sentinels=[listed]), [0x8000]) == NOT_AVAILABLE
    assert decode(point("int16", sentinels=[listed]), [0x7FFF]) == Decoded(32767.0)


@given(st.sampled_from(INTEGERS), st.data(), ORDER)
def test_a_sentinel_is_looked_for_before_anything_is_scaled(
    kind: Type, data: st.DataObject, order: Order
) -> None:
    low, high = limits(kind)
    sentinel = data.draw(st.integers(int(low), int(high)))
    one = point(kind, order=order, sentinels=[sentinel], scale=0.1, offset=-40.0)
    registers = encode(point(kind, order=order), sentinel)
    assert decode(one, registers) == NOT_AVAILABLE
    if not kind.startswith("bcd"):
        assert encode_sentinel(one) == registers


def test_a_digit_beyond_nine_is_not_available() -> None:
    assert decode(point("bcd16"), [0x12A4]) == NOT_AVAILABLE
    assert decode(point("bcd32"), [0xFFFF, 0xFFFF]) == NOT_AVAILABLE


def test_a_bool_may_have_a_sentinel_for_its_whole_register() -> None:
    one = point("bool", bit=0, sentinels=[0xFFFF])
    assert decode(one, [0xFFFF]) == NOT_AVAILABLE
    assert decode(one, [0xFFFD]).value == 1


def test_a_value_that_scaling_makes_infinite_is_not_available() -> None:
    assert decode(point("float64", scale=1e10), encode(point("float64"), 1e300)) == NOT_AVAILABLE


def test_a_point_without_a_code_for_it_cannot_say_that_it_is_not_available() -> None:
    assert encode_sentinel(point("int16")) is None


# ---------------------------------------------------------------- exponents


@pytest.mark.parametrize(
    ("register", "exponent", "value"),
    [(0xFB2E, -1, -123.4), (2302, -1, 230.2), (5002, -2, 50.02), (7, 3, 7000.0), (1, -10, 1e-10)],
)
def test_an_exponent_shifts_the_decimal_point_exactly(
    register: int, exponent: int, value: float
) -> None:
    assert decode(point("int16", scale_from="sf"), [register], exponent).value == value


@pytest.mark.parametrize("exponent", [None, 11, -11, 0.5, math.nan, math.inf, 32768])
def test_a_value_whose_exponent_makes_no_sense_is_not_available(exponent: float | None) -> None:
    one = point("int16", scale_from="sf")
    assert decode(one, [1], exponent) == NOT_AVAILABLE
    with pytest.raises(ValueError, match="exponent"):
        encode(one, 1, exponent)


def test_an_exponent_is_ignored_by_a_point_without_scale_from() -> None:
    assert decode(point("int16"), [5], 3).value == 5


@given(st.floats())
def test_an_exponent_is_a_whole_number_from_minus_ten_to_ten(number: float) -> None:
    assert is_exponent(number) == (number in range(-10, 11))


@given(st.integers(-(10**6), 10**6))
def test_a_decimal_scale_gives_the_nearest_float(number: int) -> None:
    registers = encode(point("int32"), number)
    assert decode(point("int32", scale=0.001), registers).value == number / 1000


# ---------------------------------------------------------------- power factor of four quadrants


@pytest.mark.parametrize(
    ("raw", "value"), [(1.25, 0.75), (-1.25, -0.75), (0.75, 0.75), (-0.75, -0.75), (1, 1), (2, 0)]
)
def test_a_power_factor_is_folded_back_from_the_leading_quadrants(raw: float, value: float) -> None:
    one = point("float32", transform="schneider_pf4q")
    assert decode(one, encode(point("float32"), raw)).value == value


@pytest.mark.parametrize("raw", [2.5, -2.5, 1e9])
def test_a_power_factor_beyond_two_is_not_available(raw: float) -> None:
    one = point("float32", transform="schneider_pf4q")
    assert decode(one, encode(point("float32"), raw)) == NOT_AVAILABLE


# ---------------------------------------------------------------- clamp and range


def test_a_clamp_cuts_the_value_and_says_so() -> None:
    one = point("int16", clamp=(0, 100))
    assert decode(one, [101]) == Decoded(100.0, None, LIMIT_EXCEEDED)
    assert decode(one, encode(one, -5)) == Decoded(0.0, None, LIMIT_EXCEEDED)
    assert decode(one, [100]) == Decoded(100.0)


def test_a_value_outside_its_range_is_kept_and_uncertain() -> None:
    one = point("int16", range=(0, 100))
    assert decode(one, [101]) == Decoded(101.0, None, LIMIT_EXCEEDED)
    assert decode(one, [100]) == Decoded(100.0)


def test_clamp_and_range_count_in_the_unit() -> None:
    one = point("int16", scale=0.1, offset=-40.0, range=(-40, 60))
    assert decode(one, [1000]) == Decoded(60.0)
    assert decode(one, [1001]).quality == LIMIT_EXCEEDED


# ---------------------------------------------------------------- texts


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"SDM630\0\0", "SDM630"),
        (b"SDM630  ", "SDM630"),
        (b" a b \0 \0\0", " a b"),
        (b"\0" * 8, ""),
        (b"ab\x01\x02\r\nc\0", "abc"),
        (b"\xff\xfeab\0\0\0\0", "��ab"),
        ("25 °C".encode().ljust(8), "25 °C"),
    ],
)
def test_a_text_is_cut_and_cleaned(data: bytes, text: str) -> None:
    assert decode(point("string"), words(data.hex())) == Decoded(None, text)


@given(st.binary(min_size=8, max_size=8), ORDER)
def test_no_text_has_a_character_that_the_wire_refuses(data: bytes, order: Order) -> None:
    text = decode(point("string", order=order), words(data.hex())).raw
    assert text is not None
    assert all(ord(letter) >= 32 and ord(letter) != 127 for letter in text)
    assert text == text.rstrip()
