"""Every input of docs/abuse.md gets its documented answer, harms nobody and leaves nothing."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from abuse_gateway import Gateway, address
from abuse_peers import Peer, Socket, frame
from abuse_plant import Plant
from abuse_web import WebServer
from browser_inputs import KNOCKS, SAYINGS, Keys
from documented import answer_to, each
from frame_inputs import FRAMES
from gateway_inputs import MESSAGES, OPENINGS, data
from http_inputs import REQUESTS, Caller


@pytest.fixture(scope="module")
def healthy(web: WebServer, plant: Plant) -> Iterator[Gateway]:
    """A gateway that does everything right, connected while others do not."""
    with Gateway(web, plant, "HEALTHY") as gateway:
        gateway.greet()
        yield gateway


@pytest.fixture
def unharmed(
    request: pytest.FixtureRequest, web: WebServer, plant: Plant, healthy: Gateway
) -> Iterator[None]:
    """Check afterwards that nothing came of it: in the table, to the others, in the log."""
    mark, stored = web.mark(), plant.stored("ABUSER")
    yield
    assert plant.stored("ABUSER") == stored
    healthy_before = plant.stored("HEALTHY")
    healthy.say_text(data(seq=str(healthy_before + 1), t0=str(time.time_ns() // 1_000_000)))
    assert healthy.answer() == "ack"
    assert plant.stored("HEALTHY") == healthy_before + 1
    assert web.complaints(mark) == ""


pytestmark = pytest.mark.usefixtures("unharmed")


@each(MESSAGES)
def test_a_gateway_that_says_what_it_may_not_is_answered(
    case: str, web: WebServer, plant: Plant
) -> None:
    with Gateway(web, plant, "ABUSER") as gateway:
        gateway.greet()
        gateway.say_text(MESSAGES[case])
        assert gateway.answer() == answer_to(case, web.server)


@each(OPENINGS)
def test_a_gateway_that_begins_wrongly_is_answered(case: str, web: WebServer, plant: Plant) -> None:
    with Gateway(web, plant, "ABUSER") as gateway:
        gateway.say_text(OPENINGS[case](plant.uid("ABUSER")))
        assert gateway.answer() == answer_to(case, web.server)


@each(FRAMES)
def test_a_gateway_whose_frames_are_broken_is_answered(
    case: str, web: WebServer, plant: Plant
) -> None:
    with Gateway(web, plant, "ABUSER") as gateway:
        gateway.greet()
        gateway.send(FRAMES[case])
        assert gateway.answer() == answer_to(case, web.server)


@each(SAYINGS)
def test_a_page_that_says_what_it_may_not_is_answered(
    case: str, web: WebServer, plant: Plant
) -> None:
    with Socket(web.port) as page:
        fields = [("Origin", web.origin), ("Cookie", f"sessionid={plant.session}")]
        assert page.open("/ws/v1/live", fields) == 101
        assert page.hear()["t"] == "welcome"
        page.send(SAYINGS[case])
        page.say({"t": "ping", "c": 1})
        assert live_answer(page) == answer_to(case, web.server)


def live_answer(page: Socket) -> str:
    """Read to the answer of our ping, or to the end."""
    code = ""
    while (message := page.hear()) is not None:
        if message["t"] == "err":
            code = message["code"]
        elif message["t"] == "pong":
            return f"err {code}"
    return f"{page.close_code or 'cut'} {code}".strip()


@each(KNOCKS)
def test_whoever_may_not_open_a_socket_is_told_so(case: str, web: WebServer, plant: Plant) -> None:
    lapsed = {name.lower(): plant.tokens[name] for name in ("REVOKED", "EXPIRED", "DISABLED")}
    keys = Keys(web.origin, plant.session, plant.tokens["ABUSER"], **lapsed)
    knock = KNOCKS[case](keys)
    with Socket(web.port) as socket:
        status = socket.open(knock.path, [*knock.fields, address()])
        answer = socket.how_it_ended() if status == 101 else f"HTTP {status}"
    assert answer == answer_to(case, web.server)


@each(REQUESTS)
def test_a_request_that_makes_no_sense_is_answered(case: str, web: WebServer, plant: Plant) -> None:
    others = {name.lower(): plant.uid(name) for name in ("FOREIGN", "NEIGHBOUR", "OFF")}
    caller = Caller(plant.uid("ABUSER"), plant.tokens["ABUSER"], plant.session, others)
    expected = answer_to(case, web.server)
    with Peer(web.port) as peer:
        peer.send(REQUESTS[case](caller))
        if expected == "waits":
            peer.finish()
            expected = "cut"
        answer = peer.answer(body=case != "http-head")
    if answer.status == 422:
        codes = [bad["code"] for bad in json.loads(answer.body)["bad"]]
        assert (answer.code, f"422 {','.join(codes)}") == ("nothing_stored", expected)
    else:
        assert str(answer) == expected


def test_the_eleventh_wrong_token_from_an_address_is_not_even_looked_at(
    web: WebServer, plant: Plant
) -> None:
    wrong = ("Authorization", f"Bearer {plant.tokens['ABUSER'][:-1]}")
    here = address()
    ends = []
    for _ in range(11):
        with Socket(web.port) as socket:
            assert socket.open("/ws/v1/gateway", [wrong, here]) == 101
            ends.append(socket.how_it_ended())
    assert ends == ["4401 unauthorized"] * 10 + ["4429 too_many_failures"]


def test_a_gateway_that_says_nothing_is_closed(web: WebServer, plant: Plant) -> None:
    with Gateway(web, plant, "ABUSER") as gateway:
        assert gateway.how_it_ended() == "4408 no_hello"


@pytest.mark.parametrize("size", [1, 30])
def test_a_frame_that_trickles_in_is_taken_like_any_other(
    size: int, web: WebServer, plant: Plant
) -> None:
    whole = frame(data(tag="[77]"))
    with Gateway(web, plant, "ABUSER") as gateway:
        gateway.greet()
        for at in range(0, len(whole), size):
            gateway.send(whole[at : at + size])
        assert gateway.answer() == "quarantine unknown_tag"


def test_compression_is_not_agreed_on(web: WebServer, plant: Plant) -> None:
    offer: Any = [("Sec-WebSocket-Extensions", "permessage-deflate"), address()]
    with Socket(web.port) as socket:
        assert socket.open("/ws/v1/gateway", offer) == 101
        assert "sec-websocket-extensions" not in socket.upgrade.lower()
