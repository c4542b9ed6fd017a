"""A gateway gets its configuration over its socket, and says what became of it."""

from __future__ import annotations

import random
import time

import pytest
from configured_peer import Configured, listening
from gateway_peer import data
from outage import Database
from presence_peers import until

from devices.models import Device, DeviceState, GatewayConfiguration, ModbusConnection, Tag
from devices.registry import issue_token, save_device, save_tags
from edge import wire
from realtime import authority as watching
from realtime.database import in_database

pytestmark = pytest.mark.django_db(transaction=True)

FLOW = {"address": 0, "type": "uint16"}


def newest() -> GatewayConfiguration:
    return GatewayConfiguration.objects.latest("version")


async def test_a_gateway_without_a_configuration_gets_the_newest_after_the_welcome(
    meter: Device, token: str
) -> None:
    gateway = Configured(token)
    welcome = await gateway.greet(config=0, tags=[])
    assert welcome["type"] == "welcome"
    version, document = await gateway.hear_configuration()
    assert version == (await in_database(newest)).version
    assert [device.uid for device in document.devices] == ["METER-1"]
    assert [tag.name for tag in document.devices[0].tags] == ["flow"]
    await gateway.disconnect()


async def test_a_gateway_that_runs_the_newest_version_hears_nothing(
    meter: Device, token: str
) -> None:
    gateway = Configured(token)
    await gateway.greet(config=(await in_database(newest)).version, tags=[])
    await gateway.says_nothing_of("configuration")
    await gateway.disconnect()


async def test_a_gateway_with_a_file_of_its_own_is_sent_no_configuration(
    meter: Device, token: str
) -> None:
    gateway = Configured(token)
    await gateway.greet(tags=[])
    await listening()
    await in_database(rename, meter, "Other name")
    await gateway.says_nothing_of("configuration")
    await gateway.disconnect()


async def test_a_token_without_the_scope_is_sent_no_configuration(
    gateway: Device, meter: Device
) -> None:
    issued = await in_database(lambda: issue_token(device=gateway, scopes=["telemetry"]))
    peer = Configured(issued.token)
    await peer.greet(config=0, tags=[])
    await peer.says_nothing_of("configuration")
    await peer.disconnect()


def rename(device: Device, name: str) -> None:
    device.name = name
    save_device(device=device)


async def test_a_change_reaches_a_connected_gateway_within_two_seconds_on_the_same_socket(
    meter: Device, token: str
) -> None:
    gateway = Configured(token)
    await gateway.greet(config=0, tags=[])
    before, _ = await gateway.hear_configuration()
    await listening()
    changed = time.monotonic()
    await in_database(rename, meter, "Main meter")
    version, document = await gateway.hear_configuration()
    assert time.monotonic() - changed < 2
    assert version == before + 1
    assert document.devices[0].name == "Main meter"
    await gateway.disconnect()


async def test_the_tags_of_a_new_device_are_understood_on_the_same_socket(
    gateway: Device, line: ModbusConnection, token: str
) -> None:
    peer = Configured(token)
    await peer.greet(config=0, tags=[])
    await peer.hear_configuration()
    await listening()
    pump = Device(uid="PUMP-2", name="Pump", site=gateway.site, via=gateway, modbus=line)
    await in_database(lambda: save_device(device=pump))
    await in_database(
        lambda: save_tags(device=pump, tags=[Tag(device=pump, name="flow", point=FLOW)])
    )
    document = (await peer.hear_configuration())[1]
    while not (document.devices and document.devices[0].tags):
        document = (await peer.hear_configuration())[1]
    await peer.say(wire.Tags([wire.TagDecl(n=7, device="PUMP-2", name="flow")]))
    await peer.say(data(1, 4.5, tag=[7]))
    assert await peer.hear_a("ack") == {"type": "ack", "stream": "live", "seq": 1}
    await peer.disconnect()


async def test_a_tag_that_comes_to_the_registry_is_understood_without_a_new_hello(
    meter: Device, token: str
) -> None:
    gateway = Configured(token)
    later = wire.TagDecl(n=0, device="METER-1", name="volume")
    assert (await gateway.greet(config=0, tags=[later]))["unknown"] == [0]
    await gateway.hear_configuration()
    await listening()
    volume = Tag(device=meter, name="volume", point={"address": 4, "type": "uint32"})
    await in_database(lambda: save_tags(device=meter, tags=[volume]))
    await gateway.hear_configuration()

    async def is_understood() -> bool:
        is_understood.seq += 1  # type: ignore[attr-defined]
        await gateway.say(data(is_understood.seq, 4.5))  # type: ignore[attr-defined]
        return "bad" not in await gateway.hear_a("ack")

    is_understood.seq = 0  # type: ignore[attr-defined]
    await until(is_understood, "the new tag")
    await gateway.disconnect()


async def test_a_change_that_nobody_heard_is_sent_when_listening_begins_again(
    meter: Device, token: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = Configured(token)
    await gateway.greet(config=0, tags=[])
    await gateway.hear_configuration()
    await listening()
    monkeypatch.setattr("devices.configuration.notify", lambda *_: None)
    monkeypatch.setattr("devices.telling.notify", lambda *_: None)
    await in_database(rename, meter, "Main meter")
    database.cut()
    _, document = await gateway.hear_configuration()
    assert document.devices[0].name == "Main meter"
    await gateway.disconnect()


async def test_a_change_that_nobody_heard_is_sent_by_the_regular_look(
    meter: Device, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "RECHECK_S", 0.3)
    gateway = Configured(token)
    await gateway.greet(config=0, tags=[])
    await gateway.hear_configuration()
    monkeypatch.setattr("devices.configuration.notify", lambda *_: None)
    monkeypatch.setattr("devices.telling.notify", lambda *_: None)
    await in_database(rename, meter, "Main meter")
    _, document = await gateway.hear_configuration()
    assert document.devices[0].name == "Main meter"
    await gateway.disconnect()


async def test_a_running_version_is_noted(gateway: Device, meter: Device, token: str) -> None:
    peer = Configured(token)
    await peer.greet(config=0, tags=[])
    version, _ = await peer.hear_configuration()
    await peer.say(wire.Configured(version))

    async def is_noted() -> bool:
        return (await DeviceState.objects.aget(device=gateway)).config_version == version

    await until(is_noted, "the running version")
    row = await in_database(newest)
    assert row.running_since is not None
    assert (row.refused_at, row.mistakes) == (None, [])
    await peer.disconnect()


async def test_a_refused_version_is_noted_with_its_mistakes(
    gateway: Device, meter: Device, token: str
) -> None:
    peer = Configured(token)
    await peer.greet(config=1, tags=[])
    version, _ = await peer.hear_configuration()
    await peer.say(wire.Configured(version, ["connection line-1: ca_file: is missing"]))

    async def is_noted() -> bool:
        return (await in_database(newest)).refused_at is not None

    await until(is_noted, "the refusal")
    assert (await in_database(newest)).mistakes == ["connection line-1: ca_file: is missing"]
    assert (await DeviceState.objects.aget(device=gateway)).config_version == 1
    await peer.disconnect()


async def test_acknowledgements_overtake_a_long_configuration(meter: Device, token: str) -> None:
    """Each round of acknowledgements waits for one part at most."""
    await in_database(lambda: save_tags(device=meter, tags=incompressible_tags(meter)))
    peer = Configured(token)
    await peer.greet(config=0, tags=[wire.TagDecl(n=0, device="METER-1", name="flow")])
    first = await peer.hear_a("configuration")
    assert first["parts"] > 2
    await peer.say(data(1, 1.0))
    kinds = [(await peer.hear())["type"] for _ in range(first["parts"])]
    assert sorted(set(kinds)) == ["ack", "configuration"]
    await peer.disconnect()


def incompressible_tags(device: Device) -> list[Tag]:
    noise = random.Random(1)
    return [
        Tag(device=device, name=f"tag-{i}", point=FLOW | {"states": states(noise)})
        for i in range(300)
    ]


def states(noise: random.Random) -> dict[str, str]:
    return {str(i): noise.randbytes(40).hex() for i in range(60)}
