"""Presence against real servers: what PostgreSQL says of a device, whatever happens around it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest
import redis
from django.db import OperationalError
from outage import Database
from presence_peers import Peer, authority_of, history, is_connected, until, went_offline
from pytest_django.fixtures import Settings

from devices.models import Connection, Device, DeviceState, Site
from devices.registry import revoke_credential
from devices.tokens import Authority, Refused
from edge import wire
from project.embedded import EmbeddedValkey, valkey
from realtime import presence as process
from realtime.database import in_database
from realtime.presence import Presence

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def quick(settings: Settings) -> None:
    settings.GATEWAY_HEARTBEAT_S = 0.4


@pytest.fixture
def gateway(db: None) -> Device:
    site = Site.objects.create(slug="east", name="East works")
    return Device.objects.create(uid="GW-1", name="Gateway", site=site)


@pytest.fixture
def authority(gateway: Device) -> Authority:
    return authority_of(gateway)


@pytest.fixture
def peer(authority: Authority) -> Peer:
    return Peer(authority)


@pytest.fixture
async def here() -> AsyncIterator[Presence]:
    presence = Presence()
    yield presence
    await presence.stop()


@pytest.fixture
async def there() -> AsyncIterator[Presence]:
    """Another web process."""
    presence = Presence()
    yield presence
    await presence.stop()


@pytest.fixture
def own_redis(tmp_path: Path, settings: Settings) -> Iterator[EmbeddedValkey]:
    """A server that may be flushed and stopped."""
    with EmbeddedValkey(tmp_path, settings=valkey.VOLATILE) as server:
        settings.REDIS_URL = server.url
        yield server


def die(presence: Presence) -> None:
    """Have a web process end as by kill -9: nothing more is written or told."""
    for task in presence._background:
        task.cancel()


async def keep_talking(presence: Presence, peer: Peer) -> None:
    """Send a frame every now and then until cancelled."""
    while True:
        presence.seen(peer.session)
        await asyncio.sleep(0.05)


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


async def test_the_devices_of_a_killed_process_are_set_offline_by_another(
    here: Presence, there: Presence, peer: Peer, gateway: Device
) -> None:
    await peer.open(here)
    die(here)
    await went_offline(gateway)
    assert await history() == [(peer.session, 1006, "web process lost")]


async def test_the_devices_of_a_killed_process_are_set_offline_after_its_restart(
    here: Presence, peer: Peer, gateway: Device
) -> None:
    await peer.open(here)
    die(here)
    restarted = Presence()
    await went_offline(gateway)
    await restarted.stop()


async def test_a_flush_of_redis_sets_nothing_offline(
    own_redis: EmbeddedValkey, here: Presence, there: Presence, peer: Peer, gateway: Device
) -> None:
    await peer.open(here)
    talking = asyncio.create_task(keep_talking(here, peer))
    with closing(redis.Redis.from_url(own_redis.url)) as client:
        for _ in range(3):

            async def has_heartbeats() -> bool:
                return bool(client.keys("*presence*"))

            await until(has_heartbeats, "a heartbeat in Redis")
            client.flushall()
    await passes(there)
    talking.cancel()
    assert [code for _, code, _ in await history()] == [None]
    assert await is_connected(gateway)


async def passes(presence: Presence) -> None:
    """Wait until this process has swept a device of its own making, and so could have others."""
    site_id = (await in_database(Site.objects.get)).pk
    lost = await in_database(
        lambda: Device.objects.create(uid=f"LOST-{uuid4()}", name="Lost", site_id=site_id)
    )
    dying = Presence()
    await Peer(await in_database(authority_of, lost)).open(dying)
    die(dying)
    await went_offline(lost)
    await in_database(lost.delete)


async def test_without_redis_presence_goes_on_and_says_so_once(
    own_redis: EmbeddedValkey,
    here: Presence,
    there: Presence,
    peer: Peer,
    gateway: Device,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await peer.open(here)
    talking = asyncio.create_task(keep_talking(here, peer))
    own_redis.stop()

    async def has_failed_often() -> bool:
        return here.heartbeats.failures > 3

    with caplog.at_level(logging.WARNING, "realtime.heartbeats"):
        await until(has_failed_often, "heartbeats failing")
    assert len([1 for each in caplog.records if "Redis is away" in each.message]) == 1
    await passes(there)
    assert await is_connected(gateway)
    talking.cancel()
    await here.closed(peer.session, 1001, "gone")
    assert not await is_connected(gateway)


async def test_a_heartbeat_in_redis_saves_a_session_whose_marks_are_late(
    own_redis: EmbeddedValkey, here: Presence, peer: Peer, gateway: Device
) -> None:
    """As when the other process reaches Redis but for a while not PostgreSQL."""
    await peer.open(here)
    with closing(redis.Redis.from_url(own_redis.url)) as client:

        async def has_heartbeats() -> bool:
            return bool(client.keys("*presence*"))

        await until(has_heartbeats, "a heartbeat in Redis")
        die(here)
        (key,) = client.keys("*presence*")
        client.persist(key)
        there = Presence()
        await passes(there)
        assert await is_connected(gateway)
        client.delete(key)
        await went_offline(gateway)
    await there.stop()


async def test_an_end_that_could_not_be_written_is_written_when_postgresql_is_back(
    here: Presence, peer: Peer, gateway: Device, database: Database
) -> None:
    await peer.open(here)
    with database.away():
        await here.closed(peer.session, 1006, "gone")
        assert peer.session in here.book.ended
    await went_offline(gateway)
    assert await history() == [(peer.session, 1006, "gone")]


async def test_a_socket_that_outlives_an_outage_of_postgresql_stays_connected(
    here: Presence, there: Presence, peer: Peer, gateway: Device, database: Database
) -> None:
    await peer.open(here)
    talking = asyncio.create_task(keep_talking(here, peer))
    with database.away():
        await until(cannot_write(here), "writing being impossible")
    await passes(there)
    assert await is_connected(gateway)
    assert [code for _, code, _ in await history() if code is not None] == []
    talking.cancel()


def cannot_write(presence: Presence) -> Callable[[], Awaitable[bool]]:
    async def is_impossible() -> bool:
        return presence.keeper.able_since is None

    return is_impossible


async def test_a_door_hears_that_the_database_is_away(
    here: Presence, peer: Peer, database: Database
) -> None:
    with database.away(), pytest.raises(OperationalError):
        await peer.open(here)
    await here.closed(peer.session, 4503, "database")
    assert await history() == []


async def test_a_token_revoked_between_hello_and_opening_is_refused(
    here: Presence, peer: Peer, gateway: Device
) -> None:
    await in_database(lambda: revoke_credential(credential=gateway.credentials.get()))
    with pytest.raises(Refused, match="revoked"):
        await peer.open(here)
    await here.closed(peer.session, 4401, "revoked")
    assert await history() == []


async def test_a_device_that_posts_is_seen_and_then_missed(
    here: Presence, authority: Authority, gateway: Device
) -> None:
    here.posted(authority)

    async def is_online() -> bool:
        return await is_connected(gateway)

    await until(is_online, "the post being noted")
    await went_offline(gateway)
    assert await in_database(Connection.objects.count) == 0


async def test_the_functions_for_doors_share_one_presence_per_event_loop(
    authority: Authority, gateway: Device
) -> None:
    peer = Peer(authority)
    assert process.start() is process.start()
    await process.opened(
        authority,
        session=peer.session,
        remote="",
        agent="",
        skew_ms=None,
        close=peer.close,
    )
    process.seen(peer.session)
    process.beat(peer.session, wire.Beat(wall=1))
    process.posted(authority)
    await process.closed(peer.session, 1000, "done")
    assert await history() == [(peer.session, 1000, "done")]


async def test_stop_leaves_no_task_behind(peer: Peer) -> None:
    before = asyncio.all_tasks()
    presence = Presence()
    await peer.open(presence)
    await presence.closed(peer.session, 1001, "gone")
    await presence.stop()
    assert asyncio.all_tasks() == before
