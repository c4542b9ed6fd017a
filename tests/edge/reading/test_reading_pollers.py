"""The readers of a document on a real server: changed, asked, and stopped while they run."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from modbus_plant import Plant
from simulated_line import device, tag

from edge.gather import Gather
from edge.profile import Point
from edge.readers import Pollers
from edge.report import Reading
from edge.wire import Answer, Probe
from edge.wire.configuration import ConnectionConfig, DeviceConfig, Document


def level(**more: object) -> Point:
    return tag("level", 4, scan_ms=20, **more)


class Scene:
    """Pollers with somebody who takes what they read."""

    def __init__(self, plant: Plant) -> None:
        self.plant = plant
        self.gather = Gather()
        self.pollers = Pollers(self.gather)

    async def apply(self, *devices: DeviceConfig, **connection: object) -> None:
        settings = {"name": "c", "host": "127.0.0.1", "port": self.plant.port} | connection
        connections = [ConnectionConfig(**settings)]  # type: ignore[arg-type]
        await self.pollers.apply(Document(connections=connections, devices=list(devices)))

    async def next(self) -> list[Reading]:
        batch = await self.gather.take()
        assert batch is not None
        return batch.readings


@pytest.fixture
async def reading() -> AsyncIterator[Scene]:
    plant = Plant(1, 2)
    await plant.start()
    reading = Scene(plant)
    yield reading
    await reading.pollers.stop()
    await plant.stop()


async def test_devices_are_read_and_say_how_they_are(reading: Scene) -> None:
    reading.plant.registers[1][4] = 7
    await reading.apply(device(1, level()))
    [first] = await reading.next()
    assert (first.device, first.tag, first.value) == ("D1", "level", 7.0)
    [health] = reading.pollers.health()
    assert (health.device, health.state, health.blocks, health.holes) == ("D1", "up", 1, 0)
    assert health.requests >= 1
    assert 0 < health.latency_ms <= health.worst_ms


async def test_a_device_that_is_not_changed_is_not_reported_again(reading: Scene) -> None:
    await reading.apply(device(1, level()))
    await reading.next()
    asked = len(reading.plant.reads)
    await reading.apply(device(1, level()), device(2, level()))
    assert [r.device for r in await reading.next()] == ["D2"]
    await reading.plant.until(lambda: (1, 4, 1) in reading.plant.reads[asked:])


async def test_what_is_no_longer_in_the_document_is_no_longer_read(reading: Scene) -> None:
    await reading.apply(device(1, level()), device(2, level()))
    await reading.plant.until(lambda: {1, 2} <= {unit for unit, _, _ in reading.plant.reads})
    await reading.apply(device(2, level()))
    reading.plant.reads.clear()
    await reading.plant.until(lambda: len(reading.plant.reads) >= 6)
    assert {unit for unit, _, _ in reading.plant.reads[1:]} == {2}
    assert [health.device for health in reading.pollers.health()] == ["D2"]


async def test_a_connection_that_changed_is_opened_anew(reading: Scene) -> None:
    await reading.apply(device(1, level()))
    await reading.next()
    await reading.apply(device(1, level()), timeout_s=2.0)
    assert [r.device for r in await reading.next()] == ["D1"]


async def test_a_probe_is_answered_with_the_registers_between_the_scans(
    reading: Scene,
) -> None:
    reading.plant.registers[2][10:12] = [5, 6]
    await reading.apply(device(1, level()))
    answer = await reading.pollers.probe(Probe("p1", "c", 2, "holding", 10, 2))
    assert (answer.id, answer.words, answer.error) == ("p1", [5, 6], "")
    assert answer.latency_ms > 0


async def test_a_probe_that_fails_says_why(reading: Scene) -> None:
    await reading.apply()
    reading.plant.silent.add(2)
    refused = await reading.pollers.probe(Probe("p", "c", 1, "holding", 60, 10))
    assert refused.error == "exception code 2, illegal data address"
    elsewhere = await reading.pollers.probe(Probe("p", "d", 1, "holding", 0, 1))
    assert elsewhere.error == "there is no connection 'd'"


async def test_tags_on_demand_are_read_only_when_asked_for_and_then_always_reported(
    reading: Scene,
) -> None:
    await reading.apply(device(1, level(), tag("serial", 40, scan="demand")))
    assert [r.tag for r in await reading.next()] == ["level"]
    for _ in range(2):
        assert await reading.pollers.scan_now("D1") == Answer("")
        assert [r.tag for r in await reading.next()] == ["serial"]
    assert reading.plant.reads.count((1, 40, 1)) == 2


async def test_a_scan_on_demand_that_cannot_be_done_says_why(reading: Scene) -> None:
    await reading.apply(
        device(1, level()), device(2, tag("serial", 40, scan="demand")), timeout_s=0.1
    )
    nothing = await reading.pollers.scan_now("D1")
    assert nothing.error == "D1 has no tag that is read on demand"
    assert (await reading.pollers.scan_now("D9")).error == "there is no device 'D9'"
    reading.plant.silent.add(2)
    silent = await reading.pollers.scan_now("D2")
    assert silent.error == "D2 does not answer: no answer within 0.1 s"


async def test_nine_units_go_on_beside_a_dead_one_and_it_is_taken_back() -> None:
    plant = Plant(*range(1, 11))
    plant.silent.add(5)
    await plant.start()
    reading = Scene(plant)
    await reading.apply(*(device(unit, level()) for unit in range(1, 11)), timeout_s=0.1)
    nine = {*range(1, 11)} - {5}
    await plant.until(lambda: sum(unit == 5 for unit, _, _ in plant.reads) >= 3)
    for _ in range(5):
        plant.reads.clear()
        await plant.until(lambda: nine <= {unit for unit, _, _ in plant.reads})
    states = {health.device: health.state for health in reading.pollers.health()}
    assert states.pop("D5") in {"down", "probing"}
    assert set(states.values()) == {"up"}
    plant.silent.clear()
    plant.reads.clear()
    await plant.until(lambda: sum(unit == 5 for unit, _, _ in plant.reads) >= 3)
    await reading.pollers.stop()
    await plant.stop()
