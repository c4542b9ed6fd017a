"""Tokens are renewed over the gateway's socket; killed at any step, it is never locked out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta

import psycopg2
import pytest
from configured_peer import Configured, listening
from django.db import connection
from django.utils import timezone
from presence_peers import until

from devices.models import Credential, Device, GatewayEvent
from devices.registry import issue_token, revoke_credential
from devices.rotation import ROTATION_CHANNEL, rotate
from devices.states import notify
from edge import wire
from realtime.database import in_database

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def peer(token: str) -> Configured:
    """A gateway that is connected with its first token."""
    peer = Configured(token)
    await peer.greet(tags=[])
    return peer


async def ask(gateway: Device) -> None:
    await in_database(lambda: rotate(device=gateway))


async def is_let_in(token: str) -> bool:
    peer = Configured(token)
    assert (await peer.connect())[0]
    await peer.say(wire.Hello(v=1, uid="GW-1", epoch="0" * 16, next={}, wall=1))
    answer = await peer.hear()
    await peer.disconnect()
    return bool(answer["type"] == "welcome")


async def reconnected(token: str) -> Configured:
    peer = Configured(token)
    await peer.greet(tags=[])
    return peer


def lookup_of(token: str) -> str:
    return token.split("_")[1]


async def expiry_of(token: str) -> timedelta | None:
    credential = await Credential.objects.aget(lookup=lookup_of(token))
    return credential.expires_at - timezone.now() if credential.expires_at else None


async def test_a_connected_gateway_is_handed_a_new_token_at_once(
    gateway: Device, peer: Configured
) -> None:
    await listening()
    await ask(gateway)
    new = (await peer.hear_a("token"))["token"]
    await peer.disconnect()
    assert await is_let_in(new)


async def test_a_gateway_that_was_away_is_handed_its_new_token_when_it_connects(
    gateway: Device, token: str, peer: Configured
) -> None:
    await peer.disconnect()
    await ask(gateway)
    again = await reconnected(token)
    new = (await again.hear_a("token"))["token"]
    await again.disconnect()
    assert await is_let_in(new)


async def test_killed_before_it_wrote_the_token_down_it_comes_back_with_the_old_one_for_another(
    gateway: Device, token: str, peer: Configured
) -> None:
    await listening()
    await ask(gateway)
    lost = (await peer.hear_a("token"))["token"]
    await peer.disconnect()
    again = await reconnected(token)
    new = (await again.hear_a("token"))["token"]
    await again.disconnect()
    assert new != lost
    assert not await is_let_in(lost)
    assert await is_let_in(new)


async def test_killed_after_it_wrote_the_token_down_it_comes_back_with_the_new_one(
    gateway: Device, token: str, peer: Configured
) -> None:
    await listening()
    await ask(gateway)
    new = (await peer.hear_a("token"))["token"]
    await peer.disconnect()  # without a word that it is kept
    again = await reconnected(new)
    await again.says_nothing_of("token")
    await again.disconnect()


async def test_that_a_token_is_kept_is_noted(gateway: Device, peer: Configured) -> None:
    await listening()
    await ask(gateway)
    new = (await peer.hear_a("token"))["token"]
    await peer.say(wire.Kept(lookup_of(new)))

    async def is_noted() -> bool:
        kept = GatewayEvent.objects.filter(gateway=gateway, kind="token.kept")
        return await kept.filter(detail=lookup_of(new)).aexists()

    await until(is_noted, "the kept token")
    await peer.disconnect()


async def test_the_old_token_stays_good_until_the_new_one_was_shown(
    gateway: Device, token: str, peer: Configured
) -> None:
    await listening()
    await ask(gateway)
    new = (await peer.hear_a("token"))["token"]
    await peer.disconnect()
    assert await expiry_of(token) is None
    assert await is_let_in(new)
    left = await expiry_of(token)
    assert left is not None
    assert timedelta(hours=23) < left <= timedelta(hours=24)
    assert await is_let_in(token)


async def test_a_new_token_that_is_never_shown_ends_in_seven_days(
    gateway: Device, token: str, peer: Configured
) -> None:
    await listening()
    await ask(gateway)
    new = (await peer.hear_a("token"))["token"]
    await peer.disconnect()
    left = await expiry_of(new)
    assert left is not None
    assert timedelta(days=6) < left <= timedelta(days=7)
    await Credential.objects.filter(lookup=lookup_of(new)).aupdate(expires_at=timezone.now())
    assert not await is_let_in(new)
    assert await is_let_in(token)


async def test_a_new_token_lives_as_long_as_the_one_before_it(gateway: Device) -> None:
    ends = timezone.now() + timedelta(days=100)
    issued = await in_database(lambda: issue_token(device=gateway, expires_at=ends))
    peer = await reconnected(issued.token)
    await listening()
    await ask(gateway)
    new = (await peer.hear_a("token"))["token"]
    await peer.disconnect()
    assert await is_let_in(new)
    left = await expiry_of(new)
    assert left is not None
    assert timedelta(days=99) < left <= timedelta(days=100)


async def test_at_most_two_tokens_of_a_chain_are_good_however_often_it_is_rotated(
    gateway: Device, token: str, peer: Configured
) -> None:
    await listening()
    for _ in range(4):
        await ask(gateway)
        new = (await peer.hear_a("token"))["token"]
        good = Credential.objects.filter(device=gateway, revoked_at=None).exclude(
            expires_at__lte=timezone.now()
        )
        assert await good.acount() <= 2
        await peer.disconnect()
        peer = await reconnected(new)
    assert not await Credential.objects.filter(device=gateway, expires_at=None).aexists()
    await peer.disconnect()


async def test_a_token_that_is_asked_for_again_takes_the_place_of_the_one_before(
    gateway: Device, token: str, peer: Configured
) -> None:
    await listening()
    handed = []
    for _ in range(3):
        await ask(gateway)
        handed.append((await peer.hear_a("token"))["token"])
    await peer.disconnect()
    assert [await is_let_in(each) for each in handed] == [False, False, True]


async def test_a_token_without_the_scope_is_handed_none(gateway: Device) -> None:
    issued = await in_database(lambda: issue_token(device=gateway, scopes=["telemetry"]))
    peer = await reconnected(issued.token)
    with pytest.raises(Exception, match="has not shown a token"):
        await ask(gateway)
    await peer.says_nothing_of("token")
    await peer.disconnect()


async def test_a_revoked_token_takes_its_unused_successor_with_it(
    gateway: Device, token: str, peer: Configured
) -> None:
    await listening()
    await ask(gateway)
    new = (await peer.hear_a("token"))["token"]
    await peer.disconnect()
    leaked = await Credential.objects.aget(lookup=lookup_of(token))
    await in_database(lambda: revoke_credential(credential=leaked))
    assert not await is_let_in(token)
    assert not await is_let_in(new)


async def test_readings_are_acknowledged_while_a_new_token_waits_for_the_database(
    gateway: Device, peer: Configured
) -> None:
    await listening()
    await ask(gateway)
    first = (await peer.hear_a("token"))["token"]
    with locked(lookup_of(first)):
        await in_database(lambda: notify(ROTATION_CHANNEL, str(gateway.pk)))
        await until(lambda: in_database(somebody_waits), "the task that draws the token")
        await peer.say(wire.Event(seq=1, at=1, kind="test.ping", device="GW-1"))
        assert await peer.hear() == {"type": "ack", "stream": "events", "seq": 1}
    assert (await peer.hear_a("token"))["token"] != first
    await peer.disconnect()


@contextmanager
def locked(lookup: str) -> Iterator[None]:
    """Hold the row of a token, as a transaction that takes its time."""
    with closing(psycopg2.connect(**connection.get_connection_params())) as other:
        with other.cursor() as cursor:
            cursor.execute(
                "select 1 from devices_credential where lookup = %s for update", [lookup]
            )
        yield


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from pg_stat_activity"
            " where wait_event_type = 'Lock' and datname = current_database()"
        )
        return bool(cursor.fetchone()[0])
