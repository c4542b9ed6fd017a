"""A gateway that floods is slowed, then closed, and the others go on; with either server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from abuse_gateway import Gateway, Worker, now_ms, one_reading
from abuse_peers import frame
from abuse_plant import Plant, Registry
from abuse_web import WebServer, wait_for

from edge import wire
from edge.wire import Data

pytestmark = pytest.mark.slow

WORKERS = ("WORKER-0", "WORKER-1", "WORKER-2")
ENOUGH = 10  # acknowledgements that each of the others gets while the flood goes on
WINDOW = 64


@pytest.fixture(scope="module")
def gateways(plant: Plant, registry: Registry) -> Plant:
    """The plant, with a gateway that will flood and some that only work."""
    for name in ("FLOODER", *WORKERS):
        registry.call(plant.add_gateway, name)
    return plant


@pytest.fixture
def others(web: WebServer, gateways: Plant) -> Iterator[Callable[[], bool]]:
    """Gateways that work; the function says whether each got enough acknowledgements by now."""
    with ExitStack() as stack:
        workers = [
            stack.enter_context(Worker(web, gateways, name, one_reading)) for name in WORKERS
        ]
        wait_for(lambda: all(worker.acks for worker in workers), "the first acknowledgements")
        before = [worker.acks for worker in workers]
        yield lambda: all(w.acks >= b + ENOUGH for w, b in zip(workers, before, strict=True))


def flooder(web: WebServer, gateways: Plant) -> Gateway:
    gateway = Gateway(web, gateways, "FLOODER")
    gateway.greet()
    return gateway


def numbered(first: int, count: int) -> bytes:
    """Write ready frames of one reading each."""
    frames = [Data("live", first + i, now_ms(), [0], [0], [1.0]) for i in range(count)]
    return b"".join(frame(wire.encode(each)) for each in frames)


def test_a_gateway_that_ignores_slow_down_is_closed_and_the_others_go_on(
    web: WebServer, gateways: Plant, others: Callable[[], bool]
) -> None:
    ends = []
    while not others() or not ends:
        with flooder(web, gateways) as gateway:
            ends.append(press_on(gateway))
    assert set(ends) == {"slow, then 4429 rate"}


def press_on(gateway: Gateway) -> str:
    """Keep the window full, whatever the cloud asks for; return how that ended."""
    sent = acked = slowed = 0
    while True:
        count = WINDOW - (sent - acked)
        gateway.send(numbered(sent + 1, count))
        sent += count
        message = gateway.hear()
        if message is None or message["type"] == "error":
            gateway.last_error = message["code"] if message else ""
            return f"{'slow' if slowed else 'not slow'}, then {gateway.how_it_ended()}"
        slowed += message["type"] == "slow"
        acked = message["seq"] if message["type"] == "ack" else acked


TEXTS = dict.fromkeys(range(1000), "x" * 200)
LARGE = Data("live", 9, now_ms(), [0] * 1000, [0] * 1000, [None] * 1000, None, TEXTS)
FLOODS = {
    "frames beyond the window": (numbered(1, 1000), {"4429 window"}),
    "small frames": (frame(wire.encode(wire.Beat(wall=now_ms()))) * 2000, {"4429 rate"}),
    "nonsense": (frame("{") * 2000, {"4400 bad_json"}),
    "large frames": (frame(wire.encode(LARGE)) * 20, {"4429 window", "4429 rate"}),
}
PATIENCE_BYTES = 128 << 20  # twice the window, full of the largest frames, and what comes of them


@pytest.mark.parametrize("kind", FLOODS)
def test_a_gateway_that_sends_without_pause_is_cut_and_the_others_go_on(
    kind: str, web: WebServer, gateways: Plant, others: Callable[[], bool]
) -> None:
    flood, expected = FLOODS[kind]
    before = peak = web.memory
    ends = set()
    while not others() or not ends:
        with flooder(web, gateways) as gateway:
            while gateway.send(flood):  # also after the close, which nobody needs to answer
                peak = max(peak, web.memory)
            ends.add(gateway.how_it_ended())
    assert peak - before < PATIENCE_BYTES
    # whoever still sends when the connection is cut may lose what was said to it last
    assert ends - {"cut"} <= expected


def test_what_is_sent_while_the_database_is_asked_is_bounded(
    web: WebServer, gateways: Plant, others: Callable[[], bool]
) -> None:
    uid = gateways.uid("FLOODER")
    tags = [wire.TagDecl(n=n, device=uid, name="x" * 100 + str(n)) for n in range(2000)]
    declaration = frame(wire.encode(wire.Tags(tags=tags)))
    before, peak = web.memory, 0
    while not others() or not peak:
        with flooder(web, gateways) as gateway:
            for _ in range(100):
                if not gateway.send(declaration):
                    break
                peak = max(peak, web.memory)
    assert peak - before < 64 << 20


def test_a_gateway_that_never_stops_declaring_tags_is_closed(
    web: WebServer, gateways: Plant, others: Callable[[], bool]
) -> None:
    uid = gateways.uid("FLOODER")
    with flooder(web, gateways) as gateway:
        for start in range(0, 202_000, 2000):
            tags = [
                wire.TagDecl(n=n, device=uid, name="t0") for n in range(start + 5, start + 2005)
            ]
            gateway.send(frame(wire.encode(wire.Tags(tags=tags))))
        assert gateway.how_it_ended() == "4429 too_many_tags"
    wait_for(others, "acknowledgements of the others")
