"""A page that reads nothing, while the plant floods all pages with changes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from abuse_gateway import Worker, long_texts
from abuse_pages import LivePage, Reader
from abuse_plant import Plant, Registry
from abuse_web import SERVERS, WebServer, wait_for

pytestmark = pytest.mark.slow

TAGS = 200
WARM, MORE = 40, 20  # frames before and during the stall
SETTINGS = {"BROWSER_STALL_S": "5", "GATEWAY_READINGS_PER_S": "100000"}


@pytest.fixture(params=list(SERVERS))
def web(request: pytest.FixtureRequest, registry: Registry, folder: Path) -> Iterator[WebServer]:
    """A web process that gives a page up after five seconds."""
    web = WebServer(request.param, database_url=registry.url, folder=folder, settings=SETTINGS)
    web.start()
    yield web
    web.stop()


@pytest.fixture
def plant(web: WebServer, registry: Registry) -> Plant:
    """A plant with many tags."""
    plant = registry.call(Plant, registry.url, tags=TAGS)
    registry.call(plant.add_gateway, "FEEDER")
    return plant


def test_a_page_that_reads_nothing_costs_little_and_is_closed(web: WebServer, plant: Plant) -> None:
    device = plant.devices["FEEDER"].pk
    channels = [f"devices:{plant.site.pk}", f"tel:site:{plant.site.pk}", f"tel:device:{device}"]
    reading = LivePage(web, plant)
    reading.subscribe(*channels)
    with (
        Worker(web, plant, "FEEDER", long_texts(TAGS)) as feeder,
        Reader(reading) as reader,
        LivePage(web, plant, receive_buffer=4096) as stalled,
    ):
        wait_for(lambda: feeder.acks > WARM and reader.deltas > WARM, "a warm server")
        before, frames, deltas = web.memory, feeder.acks, reader.deltas
        stalled.subscribe(*channels)
        peak = 0

        def given_up() -> bool:
            nonlocal peak
            peak = max(peak, web.memory)
            return not web.holds(stalled.local_port)

        wait_for(given_up, "the end of the page that reads nothing")
        # when the connection is cut with more to read, the kernel may throw the reason away
        assert stalled.how_it_ended() in {"4408 stalled", "cut"}
        assert peak - before < 10 << 20
        # the flood went on, and the page that reads heard of it
        wait_for(lambda: feeder.acks > frames + MORE, "the flood going on")
        wait_for(lambda: reader.deltas > deltas + MORE, "the page that reads going on")
        assert not reader.ended
    assert web.complaints(0) == ""
