"""Two gateways with one credential; and what a gateway tells of its devices."""

from __future__ import annotations

import pytest
from configured_peer import Configured
from gateway_peer import data
from presence_peers import until

from devices.models import AuditEntry, Device, DeviceHealth, GatewayEvent
from edge import wire
from realtime.consumers import downlink

pytestmark = pytest.mark.django_db(transaction=True)

SHARED = GatewayEvent.objects.filter(kind="gateway.shared_credential")


async def take_turns(token: str, turns: int) -> None:
    """Have two gateways take each other's place."""
    last = Configured(token)
    await last.greet(tags=[])
    for _ in range(turns):
        newer = Configured(token)
        await newer.greet(tags=[])
        assert await last.closed_with() == ("superseded", 4409)
        last = newer
    await last.disconnect()


async def test_gateways_that_take_each_others_place_four_times_are_noticed_once(
    gateway: Device, token: str
) -> None:
    await take_turns(token, turns=6)
    event = await SHARED.aget()
    assert event.gateway_id == gateway.pk
    entry = await AuditEntry.objects.aget(action="shared_credential")
    assert (entry.kind, entry.object_name) == ("device", "GW-1")


async def test_a_gateway_that_comes_back_three_times_is_not_suspected(token: str) -> None:
    await take_turns(token, turns=3)
    assert not await SHARED.aexists()


def health(**changes: object) -> wire.Health:
    fields = {"device": "METER-1", "state": "up", "requests": 10, "latency_ms": 4.5}
    return wire.Health([wire.UnitHealth(**fields | changes)])  # type: ignore[arg-type]


async def test_the_health_of_a_device_is_kept_as_it_was_last_told(
    meter: Device, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downlink, "HEALTH_S", 0.2)
    peer = Configured(token)
    await peer.greet(tags=[])
    for requests in range(1, 6):
        await peer.say(health(requests=requests, error="no answer", state="down"))

    async def is_kept() -> bool:
        row = await DeviceHealth.objects.filter(device=meter).afirst()
        return row is not None and row.requests == 5

    await until(is_kept, "the health")
    row = await DeviceHealth.objects.aget(device=meter)
    assert (row.state, row.error, row.latency_ms) == ("down", "no answer", 4.5)
    await peer.disconnect()


async def test_the_health_of_a_device_that_is_not_the_gateways_is_ignored(
    gateway: Device, meter: Device, token: str
) -> None:
    await Device.objects.acreate(uid="OTHER", name="Other", site=gateway.site)
    peer = Configured(token)
    await peer.greet(tags=[])
    await peer.say(health(device="OTHER"))
    await peer.say(health())

    async def is_kept() -> bool:
        return await DeviceHealth.objects.aexists()

    await until(is_kept, "the health")
    assert await DeviceHealth.objects.acount() == 1
    await peer.disconnect()


async def test_readings_are_acknowledged_while_health_waits_to_be_written(
    meter: Device, token: str
) -> None:
    peer = Configured(token)
    await peer.greet(tags=[wire.TagDecl(n=0, device="METER-1", name="flow")])
    for _ in range(50):
        await peer.say(health())
    await peer.say(data(1, 1.0))
    assert (await peer.hear())["type"] == "ack"
    await peer.disconnect()
