"""Modbus frames against the examples of the specifications and of vendors' manuals."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.adu import (
    Mbap,
    Nonsense,
    Request,
    Rtu,
    echo_request,
    read_request,
    refusal,
    values_of,
    write_request,
)


def hexed(text: str) -> bytes:
    return bytes.fromhex(text)


READS = [
    ("11 03 00 6B 00 03 76 87", "11 03 06 02 2B 00 00 00 64 C8 BA", (17, "holding", 0x6B, 3)),
    ("11 03 00 7C 00 02 07 43", "11 03 04 00 8D 00 8E FB BD", (17, "holding", 0x7C, 2)),
    ("01 04 00 08 00 01 B0 08", "01 04 02 00 0A 39 37", (1, "input", 8, 1)),
]
WORDS = [[555, 0, 100], [141, 142], [10]]


@pytest.mark.parametrize(("case", "words"), list(zip(READS, WORDS, strict=True)))
def test_a_read_and_its_answer_are_those_of_the_manuals(
    case: tuple[str, str, tuple[int, str, int, int]], words: list[int]
) -> None:
    sent, came, (unit, table, address, count) = case
    request = read_request(unit, table, address, count)  # type: ignore[arg-type]
    assert Rtu().wrap(request) == hexed(sent)
    pdu = Rtu().take(bytearray(hexed(came)), request)
    assert pdu is not None
    assert refusal(request, pdu) is None
    assert list(values_of(table, count, pdu)) == words  # type: ignore[arg-type]


def test_modbus_tcp_carries_the_same_request_under_a_number() -> None:
    request = read_request(17, "holding", 0x6B, 3)
    assert Mbap().wrap(request) == hexed("00 01 00 00 00 06 11 03 00 6B 00 03")


def test_bits_come_lowest_first() -> None:
    request = read_request(1, "coil", 0x13, 0x13)
    assert request.pdu == hexed("01 00 13 00 13")
    pdu = hexed("01 03 CD 6B 05")
    assert refusal(request, pdu) is None
    assert list(values_of("coil", 0x13, pdu)) == [int(b) for b in "1011001111010110101"]


@pytest.mark.parametrize(
    ("function", "address", "values", "frame", "answer"),
    [
        (5, 0xAC, [1], "01 05 00 AC FF 00 4C 1B", "01 05 00 AC FF 00 4C 1B"),
        (6, 1, [3], "01 06 00 01 00 03 98 0B", "01 06 00 01 00 03 98 0B"),
        (6, 99, [0x0C7F], "01 06 00 63 0C 7F 3D 34", "01 06 00 63 0C 7F 3D 34"),
        (16, 2, [0x4270, 0], "01 10 00 02 00 02 04 42 70 00 00 67 D5", None),
        (16, 1, [1, 6000], "01 10 00 01 00 02 04 00 01 17 70 6D B7", None),
    ],
)
def test_a_write_is_that_of_the_manuals(
    function: int, address: int, values: list[int], frame: str, answer: str | None
) -> None:
    request = write_request(1, function, address, values)
    assert Rtu().wrap(request) == hexed(frame)
    if answer:
        assert Rtu().take(bytearray(hexed(answer)), request) == request.pdu


def test_writing_coils_packs_them_lowest_first() -> None:
    request = write_request(1, 15, 0x13, [1, 0, 1, 1, 0, 0, 1, 1, 1, 0])
    assert request.pdu == hexed("0F 00 13 00 0A 02 CD 01")
    assert refusal(request, hexed("0F 00 13 00 0A")) is None


@pytest.mark.parametrize(("function", "count"), [(5, 2), (6, 0), (16, 124), (15, 1969), (3, 1)])
def test_a_write_that_its_function_cannot_do_is_refused(function: int, count: int) -> None:
    with pytest.raises(ValueError, match="does not write"):
        write_request(1, function, 0, [0] * count)


def test_an_exception_code_is_the_answer() -> None:
    request = read_request(1, "holding", 0, 1)
    pdu = Rtu().take(bytearray(hexed("01 83 02 C0 F1")), request)
    assert pdu is not None
    assert refusal(request, pdu) == 2


REQUEST = read_request(7, "holding", 0, 2)
ANSWER = hexed("03 04 00 01 00 02")


@pytest.mark.parametrize(
    "pdu",
    ["04 04 00 01 00 02", "03 02 00 01", "03 04 00 01", "84 02", "83", "03 04 00 01 00 02 00"],
)
def test_the_answer_to_another_request_is_nonsense(pdu: str) -> None:
    with pytest.raises(Nonsense):
        refusal(REQUEST, hexed(pdu))


def rtu_frame(unit: int, pdu: bytes) -> bytes:
    return Rtu().wrap(Request(unit, pdu, b"", 0))


@given(st.lists(st.integers(0, 30), max_size=8))
def test_an_answer_is_found_however_its_bytes_are_cut(cuts: list[int]) -> None:
    for framing, frame in (
        (Mbap(), hexed("00 01 00 00 00 07 07") + ANSWER),
        (Rtu(), rtu_frame(7, ANSWER)),
    ):
        framing.wrap(REQUEST)
        buffer, start = bytearray(), 0
        for end in [*sorted(cut for cut in cuts if cut < len(frame)), len(frame)]:
            assert framing.take(buffer, REQUEST) is None
            buffer += frame[start:end]
            start = end
        assert framing.take(buffer, REQUEST) == ANSWER


def test_late_answers_of_other_units_and_requests_are_dropped() -> None:
    buffer = bytearray(rtu_frame(3, ANSWER) + rtu_frame(7, ANSWER))
    assert Rtu().take(buffer, REQUEST) == ANSWER
    mbap = Mbap()
    mbap.wrap(REQUEST)
    mbap.wrap(REQUEST)
    late, right = (hexed(f"00 0{n} 00 00 00 07 07") + ANSWER for n in (1, 2))
    assert mbap.take(bytearray(late), REQUEST) is None
    assert mbap.take(bytearray(late + right), REQUEST) == ANSWER


@given(st.binary(max_size=300))
def test_garbage_is_never_taken_for_an_answer(garbage: bytes) -> None:
    for framing in (Mbap(), Rtu()):
        framing.wrap(REQUEST)
        try:
            pdu = framing.take(bytearray(garbage), REQUEST)
            assert pdu is None or refusal(REQUEST, pdu) is not None
        except Nonsense:
            pass


@given(st.integers(0, 8 * (len(ANSWER) + 3) - 1))
def test_an_answer_of_which_one_bit_was_flipped_is_never_taken(bit: int) -> None:
    frame = bytearray(rtu_frame(7, ANSWER))
    frame[bit // 8] ^= 1 << bit % 8
    try:
        assert Rtu().take(frame, REQUEST) is None
    except Nonsense:
        pass


@pytest.mark.parametrize(("table", "count"), [("holding", 126), ("input", 0), ("coil", 2001)])
def test_more_or_less_than_a_request_can_ask_for_is_refused(table: str, count: int) -> None:
    with pytest.raises(ValueError, match="count"):
        read_request(1, table, 0, count)  # type: ignore[arg-type]


def test_an_echo_is_answered_with_itself_or_refused() -> None:
    request = echo_request(1, 0xA537)
    assert request.pdu == hexed("08 00 00 A5 37")
    assert refusal(request, request.pdu) is None
    assert refusal(request, hexed("88 01")) == 1
    with pytest.raises(Nonsense):
        refusal(request, echo_request(1, 1).pdu)
