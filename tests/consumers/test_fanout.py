"""What is published: the newest of each tag, numbered; and nothing forgotten without Redis."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from typing import Any

import msgpack
import pytest
from django.conf import settings as django_settings
from pytest_django.fixtures import Settings
from redis.asyncio import Redis
from redis_wire import Wire, until, use

from realtime import fanout
from realtime.fanout import Message
from realtime.groups import site_group

pytestmark = pytest.mark.usefixtures("servers")

SITE = 7


class Ear:
    """Hears what is published for a site, on a connection of its own."""

    def __init__(self, client: Redis) -> None:
        self._pubsub = client.pubsub()

    async def open(self) -> None:
        prefix = django_settings.CHANNEL_LAYERS["default"]["CONFIG"]["prefix"]
        await self._pubsub.subscribe(f"{prefix}__group__{site_group(SITE)}")
        await self._pubsub.get_message(timeout=20)  # the confirmation

    async def hear(self) -> Message:
        found = await self._pubsub.get_message(ignore_subscribe_messages=True, timeout=20)
        assert found is not None
        message: Message = msgpack.unpackb(found["data"])
        return message

    async def close(self) -> None:
        await self._pubsub.aclose()


@pytest.fixture
async def ear(servers: Any) -> AsyncIterator[Ear]:
    client = Redis.from_url(servers.valkey.url)
    ear = Ear(client)
    await ear.open()
    yield ear
    await ear.close()
    await client.aclose()


def reading(tag: int, t: int, text: str | None = None) -> list[Any]:
    return [tag, t, 1.5, 192, t, text]


async def test_the_first_change_leaves_alone_and_the_next_ones_together(ear: Ear) -> None:
    fanout.publish_readings(SITE, [reading(1, 1)])
    first = await ear.hear()
    for t in (2, 3, 4):
        fanout.publish_readings(SITE, [reading(1, t), reading(t, t)])
    second = await ear.hear()

    assert first["text"] == "[[1,1,1.5,192,1]]"
    assert second["text"] == "[[1,4,1.5,192,4],[2,2,1.5,192,2],[3,3,1.5,192,3],[4,4,1.5,192,4]]"


async def test_messages_are_numbered_by_their_publisher(ear: Ear) -> None:
    names = set()
    for n in (1, 2, 3):
        fanout.publish_readings(SITE, [reading(1, n)])
        message = await ear.hear()
        names.add(message["from"])
        assert (message["type"], message["site"], message["n"]) == ("readings", SITE, n)

    assert names == {fanout.publisher().name}


async def test_a_text_travels_along_only_where_there_is_one(ear: Ear) -> None:
    fanout.publish_readings(SITE, [reading(1, 1, "on"), reading(2, 1)])

    assert (await ear.hear())["text"] == '[[1,1,1.5,192,1,"on"],[2,1,1.5,192,1]]'


async def test_an_older_reading_does_not_displace_a_newer_one(ear: Ear) -> None:
    fanout.publish_readings(SITE, [reading(1, 5)])
    fanout.publish_readings(SITE, [reading(1, 4)])

    assert (await ear.hear())["text"] == "[[1,5,1.5,192,5]]"


def publish_event(offset: int) -> None:
    fanout.publish_event(
        site_id=SITE, topic="devices", epoch="e", offset=offset, payload={"id": offset}
    )


EVENT = {"type": "event", "site": SITE, "topic": "devices", "ep": "e", "o": 1, "text": '{"id":1}'}


async def test_an_event_is_published_from_the_event_loop(ear: Ear) -> None:
    publish_event(1)

    assert await ear.hear() == EVENT


async def test_an_event_is_published_from_a_thread_of_the_process(ear: Ear) -> None:
    fanout.publisher()

    await asyncio.to_thread(publish_event, 1)

    assert await ear.hear() == EVENT


async def test_an_event_is_published_where_no_event_loop_runs(ear: Ear) -> None:
    """As in a worker, which is another process: here a thread that does not know of our loop."""
    fanout.forget()
    alone = threading.Thread(target=publish_event, args=[1])
    alone.start()
    await asyncio.to_thread(alone.join, 20)

    assert await ear.hear() == EVENT


async def test_what_could_not_be_published_is_published_later(
    ear: Ear, servers: Any, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    wire = Wire(servers.valkey.url)
    use(settings, wire.url)
    fanout.publish_readings(SITE, [reading(1, 1), reading(2, 1)])
    await until(lambda: fanout.publisher().failures > 0)
    fanout.publish_readings(SITE, [reading(1, 2)])
    publish_event(1)
    publish_event(2)

    await wire.open()
    heard = [await ear.hear() for _ in range(3)]

    assert [message["type"] for message in heard] == ["event", "event", "readings"]
    assert [message["o"] for message in heard[:2]] == [1, 2]
    assert heard[2]["text"] == "[[1,2,1.5,192,2],[2,1,1.5,192,1]]"
    assert caplog.text.count("Redis does not take messages") == 1
    assert caplog.text.count("Redis takes messages again") == 1
    await wire.close()
