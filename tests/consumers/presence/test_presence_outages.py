"""Presence against real servers: killed processes, and servers that are away."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import closing
from uuid import uuid4

import pytest
import redis
from django.db import OperationalError
from outage import Database
from presence_peers import (
    Peer,
    authority_of,
    die,
    history,
    is_connected,
    keep_talking,
    until,
    went_offline,
)

from devices.models import Connection, Device, Site
from devices.registry import revoke_credential
from devices.tokens import Authority, Refused
from edge import wire
from project.embedded import EmbeddedValkey
from realtime import presence as process
from realtime.database import in_database
from realtime.presence import Presence

pytestmark = pytest.mark.django_db(transaction=True)


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
