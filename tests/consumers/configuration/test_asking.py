"""People ask a live gateway, in whatever process its socket is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from configured_peer import Configured
from presence_peers import until

from devices.models import Device
from devices.registry import issue_token
from edge import wire
from realtime import asking, fanout
from realtime.database import in_database

pytestmark = pytest.mark.django_db(transaction=True)


def probe(gateway: Device) -> asyncio.Task[wire.Answer]:
    question = asking.probe(
        gateway=gateway, connection="line-1", unit=1, table="holding", address=52, count=2
    )
    return asyncio.create_task(question)


@pytest.fixture
async def peer(token: str) -> AsyncIterator[Configured]:
    peer = Configured(token)
    await peer.greet(tags=[])
    yield peer
    await peer.disconnect()


async def test_a_probe_reaches_the_gateway_and_its_answer_comes_back(
    gateway: Device, peer: Configured
) -> None:
    asked = probe(gateway)
    question = await peer.hear_a("probe")
    assert (question["connection"], question["address"], question["count"]) == ("line-1", 52, 2)
    await peer.say(wire.Answer(id=question["id"], words=[17254, 13107], latency_ms=4.5))
    answer = await asked
    assert (answer.words, answer.latency_ms) == ([17254, 13107], 4.5)


async def test_a_scan_asks_the_gateway_of_the_device(
    gateway: Device, meter: Device, peer: Configured
) -> None:
    asked = asyncio.create_task(asking.scan(device=meter))
    question = await peer.hear_a("scan")
    assert question["device"] == "METER-1"
    await peer.say(wire.Answer(id=question["id"]))
    assert (await asked).error == ""


async def test_what_the_gateway_says_against_it_is_passed_on(
    gateway: Device, peer: Configured
) -> None:
    asked = probe(gateway)
    question = await peer.hear_a("probe")
    await peer.say(wire.Answer(id=question["id"], error="there is no connection line-1"))
    with pytest.raises(asking.GatewayRefused, match="there is no connection line-1"):
        await asked


async def test_many_questions_get_each_its_own_answer(gateway: Device, peer: Configured) -> None:
    asked = [probe(gateway) for _ in range(20)]
    questions = [await peer.hear_a("probe") for _ in asked]
    for question in reversed(questions):
        number = int(question["id"][:4], 16)
        await peer.say(wire.Answer(id=question["id"], words=[number]))
    words = {(await each).words[0] for each in asked}
    assert words == {int(question["id"][:4], 16) for question in questions}


async def test_a_gateway_that_is_not_connected_is_not_asked(gateway: Device) -> None:
    with pytest.raises(asking.GatewayOffline, match="GW-1 is not connected"):
        await probe(gateway)


async def test_a_token_without_the_scope_is_not_asked(gateway: Device) -> None:
    issued = await in_database(
        lambda: issue_token(device=gateway, scopes=["telemetry", "configure"])
    )
    peer = Configured(issued.token)
    await peer.greet(tags=[])
    with pytest.raises(asking.NotAllowed):
        await probe(gateway)
    await peer.disconnect()


async def test_a_gateway_that_keeps_silent_is_given_up(
    gateway: Device, peer: Configured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "TIMEOUT_S", 0.3)
    asked = probe(gateway)
    await peer.hear_a("probe")
    with pytest.raises(asking.NoAnswer, match="did not answer"):
        await asked


async def test_an_answer_that_comes_too_late_is_no_harm(
    gateway: Device, peer: Configured, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as hasty:
        hasty.setattr(asking, "TIMEOUT_S", 0.3)
        asked = probe(gateway)
        late = await peer.hear_a("probe")
        with pytest.raises(asking.NoAnswer):
            await asked
    await peer.say(wire.Answer(id=late["id"], words=[1]))
    again = probe(gateway)
    question = await peer.hear_a("probe")
    await peer.say(wire.Answer(id=question["id"], words=[2]))
    assert (await again).words == [2]


async def answer_all(peer: Configured) -> None:
    while True:
        question = await peer.hear_a("probe")
        await peer.say(wire.Answer(id=question["id"], words=[7]))


async def test_questions_pass_again_after_the_layer_was_made_anew(
    gateway: Device, peer: Configured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "TIMEOUT_S", 0.5)
    answering = asyncio.create_task(answer_all(peer))

    async def is_answered() -> bool:
        try:
            return (await probe(gateway)).words == [7]
        except asking.NoAnswer:
            return False

    await until(is_answered, "the first answer")
    await fanout.reconnect()  # as the hub does when Redis brings nothing any more
    await until(is_answered, "an answer through the new layer")
    answering.cancel()
    await asyncio.wait([answering])
