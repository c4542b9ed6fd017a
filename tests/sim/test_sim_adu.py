from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.sim.adu import (
    NotModbus,
    Read,
    Refusal,
    Request,
    answer,
    parse_read,
    refuse,
    take_request,
)

# The worked examples of the Modbus specification.
COILS = bytes.fromhex("CD6B05")


def test_the_specifications_example_of_a_register_read_is_understood() -> None:
    buffer = bytearray.fromhex("0001000000061103006B0003")
    request = take_request(buffer)
    assert request == Request(1, 0x11, bytes.fromhex("03006B0003"))
    assert parse_read(request.pdu) == Read("holding", 107, 3)
    assert not buffer


def test_the_specifications_example_of_a_register_answer_is_reproduced() -> None:
    request = Request(1, 0x11, bytes.fromhex("03006B0003"))
    assert answer(request, "holding", [555, 0, 100]).hex() == "000100000009110306022b00000064"


def test_the_specifications_example_of_a_coil_answer_is_reproduced() -> None:
    bits = [COILS[i // 8] >> (i % 8) & 1 for i in range(19)]
    request = Request(1, 0x11, bytes.fromhex("0100130013"))
    assert answer(request, "coil", bits).hex() == "0001000000061101" + "03" + COILS.hex()


def test_a_refusal_sets_the_top_bit_of_the_function() -> None:
    request = Request(9, 4, bytes.fromhex("0300000001"))
    assert refuse(request, Refusal.ILLEGAL_ADDRESS).hex() == "000900000003048302"


@pytest.mark.parametrize("function", [0, 5, 6, 7, 15, 16, 17, 22, 23, 43, 0x83])
def test_everything_but_the_four_reads_is_an_illegal_function(function: int) -> None:
    assert parse_read(bytes([function, 0, 0, 0, 1])) is Refusal.ILLEGAL_FUNCTION


@pytest.mark.parametrize("pdu", ["03", "030000", "0300000001ff"])
def test_a_read_of_the_wrong_length_is_an_illegal_value(pdu: str) -> None:
    assert parse_read(bytes.fromhex(pdu)) is Refusal.ILLEGAL_VALUE


@pytest.mark.parametrize(
    "head",
    [
        "00010001000611",  # another protocol
        "00010000000011",  # no pdu
        "00010000000111",
        "0001000000ff11",  # longer than any pdu
    ],
)
def test_a_header_that_is_not_modbus_is_told_at_once(head: str) -> None:
    with pytest.raises(NotModbus):
        take_request(bytearray.fromhex(head))


requests = st.builds(
    Request, st.integers(0, 65535), st.integers(0, 255), st.binary(min_size=1, max_size=253)
)


@given(st.lists(requests, max_size=5), st.integers(1, 40))
def test_frames_survive_being_cut_anywhere(sent: list[Request], chunk: int) -> None:
    stream = b"".join(
        struct.pack(">HHHB", r.transaction, 0, len(r.pdu) + 1, r.unit) + r.pdu for r in sent
    )
    buffer, got = bytearray(), []
    for start in range(0, len(stream), chunk):
        buffer += stream[start : start + chunk]
        while request := take_request(buffer):
            got.append(request)
    assert got == sent
    assert not buffer


@given(st.binary(max_size=600))
def test_any_bytes_are_frames_or_not_modbus(data: bytes) -> None:
    buffer = bytearray(data)
    try:
        while request := take_request(buffer):
            parse_read(request.pdu)
    except NotModbus:
        return
    assert data.endswith(buffer)
