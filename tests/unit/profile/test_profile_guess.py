"""The word-order wizard: which type and order registers most plausibly have."""

from __future__ import annotations

import struct
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from edge.profile import Order, Point, Profile, Type
from edge.profile.codec import decode, encode
from edge.profile.guess import rank
from edge.profile.library import shipped
from edge.profile.vectors import parse_exchange

NOISE = st.integers(1, 996).map(lambda n: n / 997)  # never a round number


def words(text: str) -> list[int]:
    data = bytes.fromhex(text)
    return [int.from_bytes(data[i : i + 2], "big") for i in range(0, len(data), 2)]


@pytest.mark.parametrize("order", get_args(Order))
@pytest.mark.parametrize(
    "value", [230.2, 49.98, 0.94, 240.5, 1.5, -12.7, 1234.5, 400.1, 12345.6, 21.37]
)
def test_a_measured_float_comes_first_in_every_order(order: Order, value: float) -> None:
    point = Point(name="v", address=0, type="float32", order=order)
    first = rank(encode(point, value))[0]
    assert (first.type, first.order, first.width) == ("float32", order, 2)
    assert first.values[0] == pytest.approx(value)


@pytest.mark.parametrize(
    ("registers", "kind", "order", "value"),
    [
        ("40490FDB", "float32", "ABCD", 3.1415927410125732),
        ("000008FE", "uint32", "ABCD", 2302),
        ("08FE0000", "uint32", "CDAB", 2302),
        ("1388", "uint16", "ABCD", 5000),
        ("138805C3", "uint16", "ABCD", 5000),
        ("FFF6", "int16", "ABCD", -10),
        ("FFFFFFF6", "int32", "ABCD", -10),
        ("00000000075BCD15", "uint64", "ABCD", 123_456_789),
        ("406E100000000000", "float64", "ABCD", 240.5),
        ("000000001000406E", "float64", "CDAB", 240.5),
        ("53656E74696E656C", "string", "ABCD", "Sentinel"),
        ("6553746E6E69 6C65", "string", "BADC", "Sentinel"),
        ("000000000000", "uint32", "ABCD", 0),
    ],
)
def test_known_registers_are_recognised(
    registers: str, kind: Type, order: Order, value: float | str
) -> None:
    first = rank(words(registers))[0]
    assert (first.type, first.order, first.values) == (kind, order, (value,))


@pytest.mark.parametrize("profile", shipped(), ids=lambda profile: profile.id)
def test_the_floats_of_every_shipped_vector_come_first(profile: Profile) -> None:
    points = {point.name: point for point in profile.points}
    for vector in profile.vectors:
        exchange = parse_exchange(vector.request, vector.reply)
        for name in vector.expect:
            registers = exchange.words_of(points[name])
            assert registers is not None
            value = decode(replace(points[name], scale=1.0, transform=""), registers).value
            if points[name].type.startswith("float") and value is not None:
                assert rank(registers)[0].values == (value,), name


@pytest.mark.parametrize("order", get_args(Order))
def test_further_reads_tell_a_noisy_float_from_two_integers(order: Order) -> None:
    point = Point(name="v", address=0, type="float32", order=order)
    reads = [encode(point, value) for value in (230.17312, 230.18841, 230.16907, 230.17555)]
    first = rank(*reads)[0]
    assert (first.type, first.order) == ("float32", order)
    assert first.values == tuple(decode(point, read).value for read in reads)


@given(
    st.sampled_from(get_args(Order)),
    st.lists(NOISE, min_size=2, max_size=5, unique=True),
    st.lists(NOISE, min_size=5, max_size=5, unique=True),
)
def test_further_reads_never_make_two_floats_one_integer(
    order: Order, first: list[float], second: list[float]
) -> None:
    point = Point(name="v", address=0, type="float32", order=order)
    pairs = zip(first, second, strict=False)
    reads = [encode(point, 230 + a) + encode(point, 231 + b) for a, b in pairs]
    assert rank(*reads)[0].width <= 2


def test_two_voltages_beside_each_other_are_two_floats() -> None:
    reads = [words("4364 F5F3 4367 E51F"), words("4364 E210 4367 D51F")]
    for seen in (reads, reads * 2, reads[:1] * 3):
        first = rank(*seen)[0]
        assert (first.type, first.order, first.width) == ("float32", "ABCD", 2)


@given(st.integers(0, 5), st.sampled_from([1, 7, 60]))
def test_reads_that_stay_the_same_change_no_ranking_of_numbers(value: int, times: int) -> None:
    registers = [*encode(Point(name="v", address=0, type="float32"), 230.2), value, 0]
    once, often = rank(registers), rank(registers, *[registers] * times)
    assert [guess[:2] for guess in once] == [guess[:2] for guess in often]


def test_a_counter_that_rises_is_recognised_by_its_reads() -> None:
    reads = [list(struct.unpack(">4H", struct.pack(">Q", 123_456_789 + n))) for n in range(4)]
    assert rank(*reads)[0].type in {"uint64", "int64"}


@given(st.lists(st.integers(0, 65535), min_size=1, max_size=8))
def test_every_guess_is_what_the_registers_decode_to(registers: list[int]) -> None:
    guesses = rank(registers)
    assert guesses
    assert [guess.score for guess in guesses] == sorted(
        (guess.score for guess in guesses), reverse=True
    )
    for guess in guesses:
        length = {"length": guess.width} if guess.type == "string" else {}
        point = Point(name="x", address=0, type=guess.type, order=guess.order, **length)
        decoded = decode(point, registers[: guess.width])
        assert guess.values == (decoded.raw if guess.type == "string" else decoded.value,)


def test_reads_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="same registers"):
        rank([1, 2], [1])
    with pytest.raises(ValueError, match="at least one"):
        rank([])
