"""Sockets on which little happens live on, with either server; requests that dawdle do not."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from abuse_gateway import Gateway, now_ms, one_reading
from abuse_pages import LivePage
from abuse_peers import Peer
from abuse_plant import Plant, Registry
from abuse_web import SERVERS, WebServer, wait_for

from edge import wire

pytestmark = pytest.mark.slow

MINUTE_S = 65.0


@pytest.fixture
def webs(registry: Registry, folder: Path) -> Iterator[list[WebServer]]:
    """One web process of each kind, side by side, with the defaults of the settings."""
    with ExitStack() as stack:
        webs = [
            WebServer(server, database_url=registry.url, folder=folder, settings={})
            for server in SERVERS
        ]
        for web in webs:
            stack.callback(web.stop)
            web.start()
        yield webs


def a_page(page: LivePage) -> bool:
    """Do what an idle page does for a minute; say whether it is still served."""
    ends = time.monotonic() + MINUTE_S
    while time.monotonic() < ends:
        if page.next() is None:
            return False
    page.say({"t": "ping", "c": 1})
    while (message := page.next()) is not None:
        if message["t"] == "pong":
            return True
    return False


def a_gateway(gateway: Gateway) -> bool:
    """Send nothing but heartbeats for a minute; say whether it is still served."""
    ends = time.monotonic() + MINUTE_S
    while time.monotonic() < ends:
        gateway.say_text(wire.encode(wire.Beat(wall=now_ms())))
        gateway.attend(5)
    gateway.say_text(wire.encode(one_reading(1)))
    return gateway.answer() == "ack"


def test_sockets_on_which_nothing_happens_live_longer_than_a_minute(
    webs: list[WebServer], registry: Registry
) -> None:
    alive: dict[str, bool] = {}

    def watch(name: str, live: Callable[[], bool]) -> threading.Thread:
        def run() -> None:
            alive[name] = live()

        thread = threading.Thread(target=run, name=name)
        thread.start()
        return thread

    with ExitStack() as stack:
        threads = []
        for web in webs:
            plant = registry.call(Plant, registry.url)
            registry.call(plant.add_gateway, "QUIET")
            gateway = stack.enter_context(Gateway(web, plant, "QUIET"))
            gateway.greet()
            watching = stack.enter_context(LivePage(web, plant))
            watching.subscribe(f"devices:{plant.site.pk}", f"tel:site:{plant.site.pk}")
            idle = stack.enter_context(LivePage(web, plant))
            threads += [
                watch(f"{web.server} gateway", lambda gateway=gateway: a_gateway(gateway)),
                watch(f"{web.server} page", lambda page=watching: a_page(page)),
                watch(f"{web.server} page without channels", lambda page=idle: a_page(page)),
            ]
        for thread in threads:
            thread.join()
    assert len(alive) == 6
    assert [name for name, lives in alive.items() if not lives] == []
    assert [web.complaints(0) for web in webs] == ["", ""]


@pytest.mark.parametrize("web", ["uvicorn"], indirect=True)
def test_a_request_head_that_does_not_end_is_cut(web: WebServer) -> None:
    with Peer(web.port) as peer:
        peer.send(b"GET / HTTP/1.1\r\nHost: ")
        wait_for(lambda: not peer.send(b"1"), "the end of a request that dawdles")
