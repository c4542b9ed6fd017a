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
    Decoded,
    decode,
    encode,
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
