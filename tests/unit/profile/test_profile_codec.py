"""Registers to values and back, for every type and order."""

from __future__ import annotations

import math
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.profile import Order, Point, Type
from edge.profile.codec import (
    EXACT,
    NOT_AVAILABLE,
    Decoded,
    decode,
    encode,
    encode_sentinel,
    is_exponent,
)
from edge.profile.number import limits
from edge.profile.quality import GOOD, LIMIT_EXCEEDED, SENSOR_FAILURE
from edge.wire import Quality, is_bad

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


# ---------------------------------------------------------------- there and back


@given(st.data(), st.sampled_from(INTEGERS), ORDER)
def test_a_whole_number_is_read_back_exactly(data: st.DataObject, kind: Type, order: Order) -> None:
    low, high = limits(kind)
    value = data.draw(st.integers(int(low), int(high)))
    one = point(kind, order=order)
    encoded = encode(one, value)
    assert len(encoded) == one.width
    assert decode(one, encoded) == Decoded(
        float(value), str(value) if abs(value) > EXACT else None, GOOD
    )


@given(st.data(), st.sampled_from(FLOATS), ORDER)
def test_a_float_is_read_back_exactly(data: st.DataObject, kind: Type, order: Order) -> None:
    width = {"float16": 16, "float32": 32, "float64": 64}[kind]
    value = data.draw(st.floats(width=width, allow_nan=False, allow_infinity=False))  # type: ignore[arg-type]
    one = point(kind, order=order)
    assert decode(one, encode(one, value)) == Decoded(value)


@given(ORDER, st.booleans(), st.none() | st.integers(0, 15))
def test_a_bool_is_read_back(order: Order, value: bool, bit: int | None) -> None:
    one = point("bool", order=order, bit=bit)
    assert decode(one, encode(one, value)) == Decoded(float(value))


@given(ORDER, st.text(st.characters(exclude_categories=["C", "Z"]), max_size=8))
def test_a_text_is_read_back(order: Order, text: str) -> None:
    one = point("string", order=order, length=16)
    assert decode(one, encode(one, text)) == Decoded(None, text)


@given(
    st.sampled_from(["int16", "uint16", "int32", "uint32"]),
    st.integers(0, 32767),
    st.sampled_from([0.1, -0.01, 2.5, 0.001, 1 / 3, 100 / 16384]),
    st.sampled_from([0.0, -40.0, 50.0]),
    st.none() | st.integers(-10, 10),
)
def test_a_scaled_number_encodes_to_the_registers_it_came_from(
    kind: Type, number: int, scale: float, offset: float, exponent: int | None
) -> None:
    factor = "sf" if exponent is not None else ""
    one = point(kind, scale=scale, offset=offset, scale_from=factor)
    registers = encode(point(kind), number)
    value = decode(one, registers, exponent).value
    assert value is not None
    # Where the offset dwarfs the step of the register, a float cannot tell two registers apart.
    if abs(scale) * 10.0 ** (exponent or 0) > 1e-9:
        assert encode(one, value, exponent) == registers


@given(st.floats(-1, 1, width=32))
def test_a_power_factor_of_a_schneider_meter_is_read_back(value: float) -> None:
    one = point("float32", transform="schneider_pf4q")
    assert decode(one, encode(one, value)).value == value


# ---------------------------------------------------------------- the conformance vectors


@pytest.mark.parametrize(
    ("kind", "order", "registers", "value"),
    [
        ("float32", "ABCD", "43708000", 240.5),
        ("float32", "CDAB", "80004370", 240.5),
        ("float32", "BADC", "70430080", 240.5),
        ("float32", "DCBA", "00807043", 240.5),
        ("float32", "ABCD", "40490FDB", 3.1415927410125732),
        ("float32", "CDAB", "0FDB4049", 3.1415927410125732),
        ("float32", "BADC", "4940DB0F", 3.1415927410125732),
        ("float32", "DCBA", "DB0F4940", 3.1415927410125732),
        ("float64", "ABCD", "406E100000000000", 240.5),
        ("float64", "CDAB", "000000001000406E", 240.5),
        ("float64", "BADC", "6E40001000000000", 240.5),
        ("float64", "DCBA", "0000000000106E40", 240.5),
        ("float16", "ABCD", "4D60", 21.5),
        ("float16", "BADC", "604D", 21.5),
        ("uint16", "ABCD", "022B", 555),
        ("uint16", "ABCD", "000A", 10),
        ("uint32", "ABCD", "11223344", 0x11223344),
        ("uint32", "CDAB", "33441122", 0x11223344),
        ("uint32", "BADC", "22114433", 0x11223344),
        ("uint32", "DCBA", "44332211", 0x11223344),
        ("int64", "ABCD", "00000000075BCD15", 123_456_789),
        ("uint64", "CDAB", "4444333322220011", 0x0011222233334444),
        ("bcd16", "ABCD", "1234", 1234),
        ("bcd32", "CDAB", "56781234", 12_345_678),
        ("bcd64", "ABCD", "0000000012345678", 12_345_678),
    ],
)
def test_the_registers_of_the_data_sheets(
    kind: Type, order: Order, registers: str, value: float
) -> None:
    one = point(kind, order=order)
    assert decode(one, words(registers)).value == value
    assert encode(one, value) == words(registers)


@pytest.mark.parametrize(
    ("order", "registers"), [("ABCD", "5365 6E74 696E 656C"), ("BADC", "6553 746E 6E69 6C65")]
)
def test_the_characters_of_a_string_come_in_pairs(order: Order, registers: str) -> None:
    assert decode(point("string", order=order), words(registers)).raw == "Sentinel"


@pytest.mark.parametrize(("order", "bit", "word"), [("ABCD", 2, 0x0004), ("BADC", 2, 0x0400)])
def test_a_bit_is_counted_after_the_bytes_are_put_in_order(
    order: Order, bit: int, word: int
) -> None:
    one = point("bool", order=order, bit=bit)
    assert decode(one, [word]).value == 1
    assert decode(one, [0xFFFF & ~word]).value == 0
    assert encode(one, 1) == [word]


def test_a_register_without_a_bit_is_true_unless_it_is_zero() -> None:
    assert decode(point("bool"), [0x8000]) == Decoded(1.0)
    assert decode(point("bool"), [0]) == Decoded(0.0)


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


# ---------------------------------------------------------------- refused


@pytest.mark.parametrize("kind", [*INTEGERS, "float16", "float32"])
def test_a_value_that_does_not_fit_is_refused(kind: Type) -> None:
    low, high = limits(kind)
    for value in (low - 1, high + 1) if kind in INTEGERS else (-high * 2, high * 2):
        with pytest.raises(ValueError, match="cannot hold"):
            encode(point(kind), value)


@pytest.mark.parametrize("kind", INTEGERS)
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_whole_number_is_never_nan(kind: Type, value: float) -> None:
    with pytest.raises(ValueError, match="cannot hold"):
        encode(point(kind), value)


def test_a_text_that_is_too_long_or_a_number_is_refused_by_a_string() -> None:
    with pytest.raises(ValueError, match="longer than 8 bytes"):
        encode(point("string"), "123456789")
    with pytest.raises(ValueError, match="cannot hold a number"):
        encode(point("string"), 5)
    with pytest.raises(ValueError, match="cannot hold a text"):
        encode(point("int16"), "5")


# ---------------------------------------------------------------- any registers at all


@given(st.data(), st.sampled_from(TYPES), ORDER)
def test_any_registers_give_a_value_or_say_that_there_is_none(
    data: st.DataObject, kind: Type, order: Order
) -> None:
    scaled = kind not in {"bool", "string"} and data.draw(st.booleans())
    more: dict[str, object] = {"scale": 0.1, "offset": 5.0, "range": (0, 10)} if scaled else {}
    one = point(kind, order=order, **more)
    size = one.width
    registers = data.draw(st.lists(st.integers(0, 65535), min_size=size, max_size=size))
    value, raw, quality = decode(one, registers)
    assert quality in set(Quality)
    assert (value is None and raw is None) == is_bad(quality)
    assert value is None or math.isfinite(value)
    assert (kind == "string") == (value is None and raw is not None)


def test_the_qualities_are_those_of_the_wire() -> None:
    pairs = {"GOOD": GOOD, "LIMIT_EXCEEDED": LIMIT_EXCEEDED, "SENSOR_FAILURE": SENSOR_FAILURE}
    assert {name: Quality[name] for name in pairs} == pairs
