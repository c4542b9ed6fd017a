"""The whole gateway, in this process, between a real Modbus server and a real websocket server."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest
from edge_makers import DEVICE, Runner
from modbus_plant import Plant
from speaking_cloud import TOKEN, Cloud

from edge.wire import Event, Gap


def values_of(cloud: Cloud, device: str) -> list[tuple[float | None, int]]:
    return [(v, q) for d, _, _, v, q in cloud.readings() if d == device]


def events_of(cloud: Cloud) -> list[tuple[str, str, str]]:
    events = [frame for frame in cloud.frames("events") if isinstance(frame, Event)]
    return [(event.kind, event.device, event.detail) for event in events]


async def change(plant: Plant, value: int) -> None:
    """Give register 4 of unit 1 a value and wait until it was surely read."""
    plant.registers[1][4] = value
    seen = plant.reads.count((1, 4, 1))
    await plant.until(lambda: plant.reads.count((1, 4, 1)) >= seen + 2)


async def vanish(cloud: Cloud) -> None:
    """Cut the connection and wait until the gateway is back."""
    seen = len(cloud.hellos)
    await cloud.drop_everyone()
    await cloud.until(lambda: len(cloud.hellos) > seen)


async def test_a_register_change_reaches_the_cloud_once(
    cloud: Cloud, plant: Plant, gateway: Runner
) -> None:
    plant.registers[1][4] = 7
    async with gateway():
        await cloud.until(lambda: (7.0, 192) in values_of(cloud, "D1"))
        plant.registers[1][4] = 8
        await cloud.until(lambda: (8.0, 192) in values_of(cloud, "D1"))
    assert values_of(cloud, "D1") == [(7.0, 192), (8.0, 192)]
    assert cloud.duplicates == 0


async def test_the_token_travels_in_the_header_and_the_hello_says_who_speaks(
    cloud: Cloud, gateway: Runner
) -> None:
    async with gateway():
        await cloud.until(lambda: bool(cloud.hellos))
    assert cloud.headers[0]["authorization"] == f"Bearer {TOKEN}"
    assert cloud.subprotocols == ["sentinel.gateway.v1"]
    hello = cloud.hellos[0]
    assert (hello.uid, hello.next) == ("GW-1", {"events": 1, "live": 1, "history": 1})
    assert [(d.device, d.name, d.unit, d.scan_ms, d.silence_ms) for d in hello.tags] == [
        ("D1", "level", "cm", 50, 60_000),
        ("D2", "level", "cm", 50, 60_000),
    ]


async def test_the_gateway_says_when_it_starts_and_when_a_device_goes_and_comes(
    cloud: Cloud, plant: Plant, gateway: Runner
) -> None:
    async with gateway():
        await cloud.until(lambda: ("device.up", "D2", "") in events_of(cloud))
        plant.silent.add(2)
        await cloud.until(lambda: ("device.down", "D2", "COMM_FAILURE") in events_of(cloud))
        plant.silent.clear()
        await cloud.until(lambda: events_of(cloud).count(("device.up", "D2", "")) == 2)
        await cloud.until(lambda: len(values_of(cloud, "D2")) == 3)  # events go first
    assert events_of(cloud)[0] == ("gateway.started", "GW-1", "0.1.0")
    assert values_of(cloud, "D2") == [(0.0, 192), (None, 24), (0.0, 192)]
    assert values_of(cloud, "D1") == [(0.0, 192)]


async def test_a_cloud_that_keeps_vanishing_costs_nothing_and_stores_nothing_twice(
    cloud: Cloud, plant: Plant, gateway: Runner
) -> None:
    async with gateway():
        await cloud.until(lambda: bool(values_of(cloud, "D1")))
        for value in range(1, 13):
            await change(plant, value)
            if value % 3 == 0:
                await vanish(cloud)
            if value == 7:
                await cloud.stop()
            if value == 8:
                await cloud.start()
        await cloud.until(lambda: values_of(cloud, "D1")[-1] == (12.0, 192))
    assert values_of(cloud, "D1") == [(float(value), 192) for value in range(13)]
    assert len(cloud.hellos) >= 5


async def test_what_was_read_before_a_restart_arrives_after_it_in_the_same_epoch(
    cloud: Cloud, plant: Plant, gateway: Runner
) -> None:
    await cloud.stop()
    async with gateway():
        for value in (1, 2, 3):
            await change(plant, value)
    async with gateway():
        await change(plant, 4)
        await cloud.start()
        await cloud.until(lambda: (4.0, 192) in values_of(cloud, "D1"))
    values = [value for value, _ in values_of(cloud, "D1")]
    assert values == sorted(values)  # 3 is read again by the second process, that is all
    assert [values.count(value) for value in (1.0, 2.0, 4.0)] == [1, 1, 1]
    assert len({hello.epoch for hello in cloud.hellos}) == 1
    assert [kind for kind, _, _ in events_of(cloud)].count("gateway.started") == 2


@pytest.mark.parametrize("named", [True, False])
async def test_a_frame_that_the_cloud_refuses_becomes_a_gap_and_the_rest_goes_on(
    cloud: Cloud, plant: Plant, gateway: Runner, named: bool
) -> None:
    cloud.poison.add(("live", 2))
    cloud.names_poison = named
    async with gateway():
        await cloud.until(lambda: bool(values_of(cloud, "D1")))
        for value in (1, 2, 3):
            await change(plant, value)
        await cloud.until(lambda: (3.0, 192) in values_of(cloud, "D1"))
    gaps = [frame for frame in cloud.frames("live") if isinstance(frame, Gap)]
    assert [(gap.seq_from, gap.seq, gap.reason) for gap in gaps] == [(2, 2, "refused")]


async def test_a_refused_token_is_logged_once_and_tried_until_it_is_accepted(
    cloud: Cloud, gateway: Runner, caplog: pytest.LogCaptureFixture
) -> None:
    cloud.token = "another"
    with caplog.at_level(logging.INFO, "edge"):
        async with gateway():
            await cloud.until(lambda: len(cloud.headers) >= 3)
            cloud.token = TOKEN
            await cloud.until(lambda: bool(cloud.beats))
    losses = [r for r in caplog.records if "no connection to" in r.message]
    assert [record.levelname for record in losses] == ["ERROR"]
    assert "4401" in losses[0].message
    assert [r.message for r in caplog.records if "connected to" in r.message] != []
    assert not any(TOKEN in record.message for record in caplog.records)


async def test_a_heartbeat_says_how_the_gateway_is(
    cloud: Cloud, plant: Plant, gateway: Runner
) -> None:
    plant.silent.add(2)
    async with gateway():
        await cloud.until(lambda: any(b.read_errors and not b.waiting for b in cloud.beats))
    assert cloud.beats[-1].oldest is None
    assert cloud.beats[-1].spool_bytes > 0


async def test_more_tags_than_fit_one_frame_are_declared_in_several(
    cloud: Cloud, gateway: Runner
) -> None:
    tags = [
        f'[[device.tag]]\nname = "t{i}"\naddress = {i % 64}\ntype = "uint16"\n' for i in range(1100)
    ]
    device = '[[device]]\nuid = "D1"\nconnection = "plc"\nmax_registers = 60\n'
    async with gateway(devices=device + "".join(tags)):
        await cloud.until(lambda: len(cloud.readings("live")) == 1100)
    assert {name for _, name in cloud.tags.values()} == {f"t{i}" for i in range(1100)}


async def test_the_truth_log_agrees_with_what_the_cloud_stored(
    cloud: Cloud, plant: Plant, gateway: Runner, tmp_path: Path
) -> None:
    async with gateway(truth_log="truth.log"):
        for value in (1, 2, 3):
            await change(plant, value)
        await cloud.until(lambda: (3.0, 192) in values_of(cloud, "D1"))
    lines = [json.loads(line) for line in (tmp_path / "truth.log").read_text().splitlines()]
    told = [
        tuple(reading) for line in lines if line["stream"] == "live" for reading in line["readings"]
    ]
    stored = cloud.readings("live")
    assert told[: len(stored)] == stored
    assert all(line["count"] == len(line["readings"]) for line in lines)


async def test_a_tag_that_is_no_longer_configured_keeps_its_number(
    cloud: Cloud, gateway: Runner
) -> None:
    async with gateway():
        await cloud.until(lambda: len(values_of(cloud, "D2")) == 1)
    async with gateway(devices=DEVICE.format(unit=2)):
        await cloud.until(lambda: len(values_of(cloud, "D2")) == 2)
    first, second = ({d.n: (d.device, d.name) for d in hello.tags} for hello in cloud.hellos)
    assert first == second
