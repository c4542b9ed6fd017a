"""The turns of a socket: what is parsed, in which order, and what others can do meanwhile."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from project.turns import LATE_BYTES, SLICE_BYTES, Turns

DEADLINE_S = 20.0
COSTLY_S = 0.02  # processor time, more than a turn and more than may be saved up


class Peer:
    """A socket whose parser notes what it was given."""

    def __init__(self, cost_s: float = 0.0) -> None:
        self.parsed = bytearray()
        self.read = True
        self.busy = self.closed = False
        self._cost_s = cost_s
        self.turns = Turns(
            asyncio.get_running_loop(),
            parse=self._parse,
            pause=lambda: self._reading(False),
            resume=lambda: self._reading(True),
            busy=lambda: self.busy,
            closing=lambda: self.closed,
        )

    def _parse(self, piece: bytes) -> None:
        self.parsed += piece
        ends = time.thread_time() + self._cost_s
        while time.thread_time() < ends:
            pass

    def _reading(self, read: bool) -> None:
        self.read = read


async def until(condition: Callable[[], bool]) -> int:
    """Wait for something, and return how often others had their turn meanwhile."""
    async with asyncio.timeout(DEADLINE_S):
        turns = 0
        while not condition():
            await asyncio.sleep(0)
            turns += 1
        return turns


@given(st.lists(st.binary(min_size=1, max_size=3 * SLICE_BYTES), max_size=8))
def test_everything_is_parsed_once_and_in_order(pieces: list[bytes]) -> None:
    async def run() -> None:
        peer, whole = Peer(), b"".join(pieces)
        for piece in pieces:
            peer.turns.take(piece)
        await until(lambda: len(peer.parsed) >= len(whole) and peer.read)
        assert peer.parsed == whole

    asyncio.run(run())


async def test_little_is_parsed_at_once() -> None:
    peer = Peer()
    peer.turns.take(b"x")
    assert peer.parsed == b"x"
    assert peer.read


async def test_a_socket_that_costs_much_is_not_read_until_the_others_had_their_turn() -> None:
    peer = Peer(COSTLY_S)
    peer.turns.take(bytes(3 * SLICE_BYTES))
    assert len(peer.parsed) == SLICE_BYTES
    assert not peer.read
    began = asyncio.get_running_loop().time()
    assert await until(lambda: peer.read) > 2
    assert len(peer.parsed) == 3 * SLICE_BYTES
    assert asyncio.get_running_loop().time() - began > 3 * COSTLY_S  # it has a share and no more


async def test_nothing_is_parsed_while_the_application_is_busy() -> None:
    peer = Peer()
    peer.busy = True
    peer.turns.take(b"later")
    peer.turns.take(b" and later")
    assert (peer.parsed, peer.read) == (b"", False)
    peer.busy = False
    peer.turns.go_on()
    await until(lambda: peer.read)
    assert peer.parsed == b"later and later"


@pytest.mark.parametrize("size", [1, SLICE_BYTES, 10 * LATE_BYTES])
async def test_whoever_goes_on_sending_after_the_close_is_not_read_any_more(size: int) -> None:
    peer = Peer()
    peer.closed = True
    sent = 0
    while sent <= LATE_BYTES + SLICE_BYTES:
        peer.turns.take(bytes(size))
        sent += size
        await until(lambda: peer.read or len(peer.parsed) > LATE_BYTES - SLICE_BYTES)
    assert len(peer.parsed) <= LATE_BYTES
    assert not peer.read
    peer.turns.go_on()
    assert not peer.read


async def test_an_ended_socket_parses_nothing_more() -> None:
    peer, other = Peer(COSTLY_S), Peer(COSTLY_S)
    for each in (peer, other):
        each.turns.take(bytes(3 * SLICE_BYTES))
    peer.turns.end()
    peer.turns.take(b"more")
    await until(lambda: other.read)  # by now the next turn of the ended one would have been
    assert len(peer.parsed) == SLICE_BYTES
    assert not peer.read


async def test_what_comes_while_a_socket_waits_for_its_turn_stops_the_reading() -> None:
    peer = Peer(COSTLY_S)
    peer.turns.take(bytes(2 * SLICE_BYTES))
    peer.read = True  # as a server does that closes
    peer.turns.take(b"more")
    assert not peer.read
    await until(lambda: peer.read)
    assert len(peer.parsed) == 2 * SLICE_BYTES + 4
