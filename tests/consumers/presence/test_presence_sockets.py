"""Presence against real servers: what PostgreSQL says of a device as sockets come and go."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest
from presence_peers import (
    Peer,
    authority_of,
    history,
    is_connected,
    keep_talking,
    until,
    went_offline,
)

from devices.models import Device, DeviceState
from devices.tokens import Authority
from edge import wire
from realtime.database import in_database
from realtime.presence import Presence

pytestmark = pytest.mark.django_db(transaction=True)


async def test_a_closed_socket_is_offline_when_closed_returns(
    here: Presence, peer: Peer, gateway: Device
) -> None:
    await peer.open(here)
    assert await is_connected(gateway)
    await here.closed(peer.session, 1001, "going away")
    assert not await is_connected(gateway)
    assert await history() == [(peer.session, 1001, "going away")]


async def test_closing_twice_or_what_was_never_open_does_no_harm(
    here: Presence, peer: Peer
) -> None:
    await peer.open(here)
    await here.closed(peer.session, 1001, "first")
    await here.closed(peer.session, 1006, "second")
    await here.closed(uuid4(), 1006, "never opened")
    assert await history() == [(peer.session, 1001, "first")]


async def test_a_socket_that_closes_while_it_is_being_opened_ends_offline(
    here: Presence, peer: Peer, gateway: Device
) -> None:
    opening = asyncio.create_task(peer.open(here))
    await asyncio.sleep(0)  # it is on its way to the database
    opening.cancel()
    await asyncio.wait([opening])
    await here.closed(peer.session, 1006, "gone")
    assert not await is_connected(gateway)
    assert await history() == [(peer.session, 1006, "gone")]


async def test_a_consumer_that_is_cancelled_while_closing_still_leaves_it_written(
    here: Presence, peer: Peer, gateway: Device
) -> None:
    await peer.open(here)
    closed = asyncio.create_task(here.closed(peer.session, 1006, "gone"))
    await asyncio.sleep(0)
    closed.cancel()
    await went_offline(gateway)


async def test_a_gateway_that_falls_silent_is_closed_with_4408(here: Presence, peer: Peer) -> None:
    await peer.open(here)
    assert await peer.was_closed() == (wire.Close.TOO_SLOW, "silent")


async def test_a_gateway_that_sends_heartbeats_stays(
    here: Presence, peer: Peer, gateway: Device
) -> None:
    await peer.open(here)
    other = Peer(await in_database(authority_of, await other_device(gateway)))
    await other.open(here)
    talking = asyncio.create_task(keep_talking(here, peer))
    assert await other.was_closed() == (wire.Close.TOO_SLOW, "silent")
    assert not peer.told
    talking.cancel()


async def other_device(gateway: Device) -> Device:
    return await in_database(
        lambda: Device.objects.create(uid="GW-2", name="Other", site_id=gateway.site_id)
    )


async def test_what_a_heartbeat_says_reaches_the_registry(
    here: Presence, peer: Peer, gateway: Device
) -> None:
    await peer.open(here)
    here.beat(peer.session, wire.Beat(wall=1, waiting=41, spool_bytes=99, read_errors=7))

    async def is_written() -> bool:
        state = await in_database(lambda: DeviceState.objects.get(device=gateway))
        said = (state.waiting, state.spool_bytes, state.read_errors)
        return said == (41, 99, 7) and state.skew_ms is not None and state.skew_ms < -(10**6)

    await until(is_written, "the heartbeat being written")


async def test_a_newer_socket_of_the_same_process_closes_the_older(
    here: Presence, peer: Peer, authority: Authority, gateway: Device
) -> None:
    newer = Peer(authority)
    await peer.open(here)
    await newer.open(here)
    assert await peer.was_closed() == (wire.Close.SUPERSEDED, "superseded")
    await here.closed(peer.session, 4409, "superseded")
    assert await is_connected(gateway)
    assert not newer.told


async def test_a_newer_socket_of_another_process_closes_the_older(
    here: Presence, there: Presence, peer: Peer, authority: Authority, gateway: Device
) -> None:
    newer = Peer(authority)
    await peer.open(here)
    await newer.open(there)
    assert await peer.was_closed() == (wire.Close.SUPERSEDED, "superseded")
    await here.closed(peer.session, 4409, "superseded")
    assert await is_connected(gateway)


async def test_after_a_storm_of_reconnects_the_last_socket_counts_and_no_other(
    here: Presence, there: Presence, authority: Authority, gateway: Device
) -> None:
    peers = [Peer(authority) for _ in range(20)]
    async with asyncio.TaskGroup() as storm:
        for i, each in enumerate(peers):
            storm.create_task(each.open(here if i % 2 else there))
    state = await in_database(lambda: DeviceState.objects.get(device=gateway))
    (winner,) = (each for each in peers if each.session == state.session)
    losers = [each for each in peers if each is not winner]
    async with asyncio.TaskGroup() as storm:
        for each in losers:
            storm.create_task(each.was_closed())
    for each in losers:
        for presence in (here, there):
            await presence.closed(each.session, 4409, "superseded")
    assert await is_connected(gateway)
    open_rows = [session for session, code, _ in await history() if code is None]
    assert open_rows == [winner.session]
