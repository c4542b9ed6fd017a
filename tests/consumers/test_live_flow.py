"""A page that does not keep up costs little, and costs the others nothing."""

from __future__ import annotations

import asyncio
import json
import tracemalloc
from itertools import pairwise
from typing import Any

import pytest
from live_page import OpenPage, Page, Plant, now_ms

from realtime import fanout
from realtime.conflate import FRAME_S, REPEAT_S

pytestmark = pytest.mark.django_db(transaction=True)


class Stream:
    """Publishes a reading of every tag in one go, again and again, newest last."""

    def __init__(self, plant: Plant) -> None:
        self.plant = plant
        self.last = 0

    def publish(self) -> None:
        self.last += 1
        t = now_ms() + self.last
        rows = [[tag.pk, t, float(self.last), 192, t, None] for tag in self.plant.tags]
        fanout.publish_readings(self.plant.site.pk, rows)

    async def until(self, done: asyncio.Event) -> None:
        while not done.is_set():
            self.publish()
            await asyncio.sleep(0.005)


async def test_a_page_that_acknowledges_nothing_gets_two_batches_and_is_closed(
    plant: Plant, open_page: OpenPage, settings: Any
) -> None:
    settings.BROWSER_STALL_S = 1.0
    page = await open_page()
    page.acks = False
    await page.subscribe(plant.of_pump)
    stream, closed = Stream(plant), asyncio.Event()
    streaming = asyncio.create_task(stream.until(closed))

    outputs = []
    while (output := await page.receive_output(20))["type"] == "websocket.send":
        outputs.append(json.loads(output["text"]))
    closed.set()
    await streaming

    assert output["code"] == 4408
    assert [message["t"] for message in outputs] == ["b", "err"]  # the other one held the snapshot
    assert outputs[-1]["code"] == "stalled"


async def test_a_stalled_page_does_not_slow_the_others(
    plant: Plant, open_page: OpenPage, settings: Any
) -> None:
    settings.BROWSER_STALL_S = 1.0
    stalled, lively = await open_page(), await open_page()
    stalled.acks = False
    for page in (stalled, lively):
        await page.subscribe(plant.of_pump)
    stream, done = Stream(plant), asyncio.Event()
    streaming = asyncio.create_task(stream.until(done))
    ended = asyncio.create_task(stalled.closed_with())

    while not ended.done():
        first = (await lively.batch())[0]["d"]
        assert len(first) == len(plant.tags)
    during = lively.batches
    for _ in range(5):
        await lively.batch()
    done.set()
    await streaming

    assert await ended == ("stalled", 4408)
    assert during >= 3  # about four a second while the other one stood still


async def test_a_page_that_comes_to_itself_gets_the_newest_of_every_tag_once(
    plant: Plant, page: Page
) -> None:
    await page.subscribe(plant.of_pump)
    page.acks = False
    stream = Stream(plant)
    for _ in range(2):  # fills the window
        stream.publish()
        await page.batch()
    for _ in range(50):
        stream.publish()
        await asyncio.sleep(0.01)
    last = stream.last

    page.acks = True
    await page.say(t="a", n=page.batches)
    messages = await page.batch()

    rows = [row for message in messages for row in message["d"]]
    assert sorted(row[0] for row in rows) == [tag.pk for tag in plant.tags]
    assert {row[2] for row in rows} <= {float(n) for n in range(last - 49, last + 1)}
    await page.value(plant.tags[0], float(last))


async def test_a_page_gets_no_tag_more_often_than_it_can_be_read(plant: Plant, page: Page) -> None:
    await page.subscribe(plant.of_pump)
    stream, done = Stream(plant), asyncio.Event()
    streaming = asyncio.create_task(stream.until(done))
    loop = asyncio.get_running_loop()

    times = []
    for _ in range(8):
        await page.batch()
        times.append(loop.time())
    done.set()
    await streaming

    # a batch may be taken late, so only the mean is certain
    mean = (times[-1] - times[0]) / (len(times) - 1)
    assert mean > 0.8 * REPEAT_S
    assert all(b - a > 0 for a, b in pairwise(times))


async def test_the_first_change_after_a_pause_does_not_wait_for_the_pace(
    plant: Plant, page: Page
) -> None:
    await page.subscribe(plant.of_pump)
    for place in range(3):
        await plant.read((place, 1.0))  # another tag each time: no repeat
        messages = await page.batch()
        assert [row[0] for message in messages for row in message["d"]] == [plant.tags[place].pk]


async def test_what_waits_for_a_stalled_page_does_not_grow(plant: Plant, page: Page) -> None:
    await page.subscribe(plant.of_pump)
    page.acks = False
    stream = Stream(plant)

    async def send(count: int) -> None:
        for _ in range(count):
            stream.publish()
            await asyncio.sleep(FRAME_S / 50)

    tracemalloc.start()
    try:
        await send(300)
        before, _ = tracemalloc.get_traced_memory()
        await send(1500)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert after - before < 256_000
