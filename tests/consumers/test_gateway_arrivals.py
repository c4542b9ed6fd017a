"""One token that connects again and again waits for its turn; others with theirs do not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from gateway_peer import Gateway
from pytest_django.fixtures import Settings

from devices.models import Device, Site
from devices.registry import issue_token
from realtime.arrivals import BURST

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def patient(settings: Settings) -> None:
    """A turn every hundred seconds: whoever waits, waits for longer than any test."""
    settings.GATEWAY_CONNECTIONS_PER_S = 0.01


@pytest.fixture
def tokens(db: None) -> dict[str, str]:
    site = Site.objects.create(slug="east", name="East works")
    devices = [Device.objects.create(uid=uid, name=uid, site=site) for uid in ("GW-1", "GW-2")]
    return {each.uid: issue_token(device=each).token for each in devices}


@pytest.fixture
async def hasty(tokens: dict[str, str]) -> AsyncIterator[Gateway]:
    """A gateway that has had all its connections at once, and waits for the next one."""
    for _ in range(BURST):
        earlier = Gateway(tokens["GW-1"])
        await earlier.greet(tags=[])
        await earlier.disconnect()
    waiting = Gateway(tokens["GW-1"])
    await waiting.send_input({"type": "websocket.connect"})
    yield waiting
    waiting.stop()


async def test_a_token_that_had_its_connections_waits_while_another_one_is_let_in(
    hasty: Gateway, tokens: dict[str, str]
) -> None:
    other = Gateway(tokens["GW-2"])
    assert (await other.greet(uid="GW-2", tags=[]))["type"] == "welcome"
    assert hasty.output_queue.empty()
    await other.disconnect()


async def test_whoever_does_not_wait_is_forgotten(hasty: Gateway) -> None:
    await hasty.send_input({"type": "websocket.disconnect", "code": 1006})
    await hasty.wait()
    assert hasty.output_queue.empty()


async def test_a_token_with_too_many_that_wait_is_refused(
    hasty: Gateway, tokens: dict[str, str]
) -> None:
    more = [Gateway(tokens["GW-1"]) for _ in range(BURST - 1)]
    for each in more:
        await each.send_input({"type": "websocket.connect"})
    last = Gateway(tokens["GW-1"])
    assert (await last.connect())[0]
    assert await last.closed_with() == ("too_many_connections", 4429)
    assert all(each.output_queue.empty() for each in more)
    for each in more:
        each.stop()
    await asyncio.wait_for(last.wait(), 10)
