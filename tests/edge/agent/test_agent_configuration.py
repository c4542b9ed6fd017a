"""A gateway without a file of its own: it reads what the cloud tells it to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from modbus_plant import Plant
from speaking_cloud import TOKEN
from telling_cloud import TellingCloud, document

from edge.config import Config, config_from, load_config
from edge.configured import KeptConfiguration, Packed
from edge.supervisor import run
from edge.wire import Answer, Configuration, Data, Event, Probe, Tags
from edge.wire.configuration import Document, pack

Running = Callable[[], AbstractAsyncContextManager[None]]


@pytest.fixture
async def cloud() -> AsyncIterator[TellingCloud]:
    cloud = TellingCloud(tokens={TOKEN})
    await cloud.start()
    yield cloud
    await cloud.stop()


@pytest.fixture
def config(cloud: TellingCloud, tmp_path: Path) -> Config:
    gateway = {"url": cloud.url, "uid": "GW-1", "spool": "gateway.spool", "state": "."}
    return config_from({"gateway": gateway}, "test", tmp_path, {})


@pytest.fixture
def gateway(config: Config) -> Running:
    @asynccontextmanager
    async def running() -> AsyncIterator[None]:
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            task = group.create_task(run(config, TOKEN, stop))
            try:
                yield
            finally:
                stop.set()
                await asyncio.wait({task})

    return running


def values_of(cloud: TellingCloud, tag: str) -> list[float | None]:
    return [value for _, name, _, value, _ in cloud.readings() if name == tag]


async def test_a_new_gateway_says_that_it_has_none_and_runs_what_it_gets(
    cloud: TellingCloud, plant: Plant, gateway: Running
) -> None:
    plant.registers[1][4] = 7
    cloud.want(3, document(plant.port, "level"))
    async with gateway():
        await cloud.until(lambda: cloud.answers() == [(3, [])])
        await cloud.until(lambda: 7.0 in values_of(cloud, "level"))
    assert cloud.hellos[0].config == 0


async def test_new_tags_are_declared_before_their_first_reading(
    cloud: TellingCloud, plant: Plant, gateway: Running
) -> None:
    cloud.want(1, document(plant.port, "level"))
    async with gateway():
        await cloud.until(lambda: cloud.answers() == [(1, [])])
        await cloud.change(2, document(plant.port, "level", "flow"))
        await cloud.until(lambda: bool(values_of(cloud, "flow")))
    numbers = {n: name for n, (_, name) in cloud.tags.items()}
    declared: set[str] = set()
    for frame in cloud.heard:
        if isinstance(frame, Tags):
            declared |= {decl.name for decl in frame.tags}
        elif isinstance(frame, Data):
            assert {numbers[n] for n in frame.tag} <= declared
    assert declared == {"level", "flow"}


async def test_a_change_needs_no_restart_and_no_new_connection(
    cloud: TellingCloud, plant: Plant, gateway: Running
) -> None:
    cloud.want(1, document(plant.port, "level"))
    async with gateway():
        await cloud.until(lambda: cloud.answers() == [(1, [])])
        await cloud.change(2, document(plant.port, "depth"))
        await cloud.until(lambda: cloud.answers()[1:] == [(2, [])])
        await cloud.until(lambda: bool(values_of(cloud, "depth")))
    assert len(cloud.hellos) == 1


async def test_the_last_good_one_runs_when_the_cloud_is_away(
    cloud: TellingCloud, plant: Plant, gateway: Running
) -> None:
    cloud.want(5, document(plant.port, "level"))
    async with gateway():
        await cloud.until(lambda: cloud.answers() == [(5, [])])
    await cloud.stop()
    async with gateway():
        seen = len(plant.reads)
        await plant.until(lambda: len(plant.reads) > seen)
        await cloud.start()
        await cloud.until(lambda: len(cloud.hellos) == 2)
    assert cloud.hellos[1].config == 5
    assert cloud.answers() == [(5, [])]  # nobody sent it again


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("not base64!", "base64"),
        (pack(document(1, "level", "level")), "level is used twice"),
        (pack(Document(devices=document(1, "level").devices)), "there is no 'plc'"),
    ],
)
async def test_a_refused_one_is_answered_with_its_mistakes_and_the_last_good_one_goes_on(
    cloud: TellingCloud, plant: Plant, gateway: Running, text: str, mistake: str
) -> None:
    cloud.want(1, document(plant.port, "level"))
    async with gateway():
        await cloud.until(lambda: cloud.answers() == [(1, [])])
        cloud.wanted = 2, text
        await cloud.configure()
        await cloud.until(lambda: len(cloud.answers()) == 2)
        plant.registers[1][4] = 9
        await cloud.until(lambda: 9.0 in values_of(cloud, "level"))
    version, mistakes = cloud.answers()[1]
    assert version == 2
    assert mistake in "\n".join(mistakes).lower()


async def test_a_large_one_arrives_in_parts_and_a_missing_part_is_told(
    cloud: TellingCloud, plant: Plant, gateway: Running
) -> None:
    text = pack(document(plant.port, "level"))
    async with gateway():
        await cloud.until(lambda: bool(cloud.hellos))
        await cloud.send(Configuration(1, 1, 3, text[:10]))
        await cloud.send(Configuration(1, 3, 3, text[20:]))
        await cloud.until(lambda: len(cloud.answers()) == 1)
        for i, part in enumerate((text[:10], text[10:20], text[20:])):
            await cloud.send(Configuration(1, i + 1, 3, part))
        await cloud.until(lambda: len(cloud.answers()) == 2)
    assert cloud.answers() == [(1, ["part 3 of 3 came out of order"]), (1, [])]


@pytest.mark.parametrize("damage", [b"", b"{", b'{"version":1,"sha256":"","text":""}'])
async def test_a_damaged_file_is_set_aside_and_said_and_the_cloud_sends_it_again(
    cloud: TellingCloud, plant: Plant, gateway: Running, config: Config, damage: bytes
) -> None:
    KeptConfiguration(config.state).write(Packed(4, pack(document(plant.port, "level"))))
    (config.state / "configuration.json").write_bytes(damage)
    cloud.want(4, document(plant.port, "level"))
    async with gateway():
        await cloud.until(lambda: cloud.answers() == [(4, [])])
    assert cloud.hellos[0].config == 0
    assert len(list(config.state.glob("configuration.json.damaged-*"))) == 1
    events = [frame.kind for frame in cloud.frames("events") if isinstance(frame, Event)]
    assert events[0] == "gateway.configuration_lost"


async def test_the_same_one_again_is_answered_and_changes_nothing(
    cloud: TellingCloud, plant: Plant, gateway: Running
) -> None:
    cloud.want(1, document(plant.port, "level"))
    async with gateway():
        await cloud.until(lambda: cloud.answers() == [(1, [])])
        await cloud.configure()
        await cloud.until(lambda: cloud.answers() == [(1, []), (1, [])])
    assert len(values_of(cloud, "level")) == 1


async def test_what_the_cloud_asks_to_be_read_now_is_answered(
    cloud: TellingCloud, plant: Plant, gateway: Running
) -> None:
    plant.registers[1][9] = 1234
    cloud.want(1, document(plant.port, "level"))
    async with gateway():
        await cloud.until(lambda: cloud.answers() == [(1, [])])
        await cloud.send(Probe("a", "plc", 1, "holding", 9, 2))
        await cloud.send(Probe("b", "elsewhere", 1, "holding", 9, 2))
        await cloud.until(lambda: len(cloud.heard_of(Answer)) == 2)
    answers = {answer.id: answer for answer in cloud.heard_of(Answer)}
    assert (answers["a"].words, answers["a"].error) == ([1234, 0], "")
    assert answers["b"].words == []
    assert "elsewhere" in answers["b"].error


async def test_a_gateway_with_devices_in_its_own_file_says_so_and_takes_none(
    cloud: TellingCloud, plant: Plant, tmp_path: Path
) -> None:
    path = tmp_path / "gw.toml"
    path.write_text(
        f'[gateway]\nurl = "{cloud.url}"\nuid = "GW-1"\nspool = "gw.spool"\n'
        f'[[connection]]\nname = "plc"\nhost = "127.0.0.1"\nport = {plant.port}\n'
        '[[device]]\nuid = "D1"\nconnection = "plc"\n'
        'tag = [{name = "level", address = 4, type = "uint16", scan_ms = 50}]\n'
    )
    cloud.want(1, document(plant.port, "other"))
    stop = asyncio.Event()
    task = asyncio.create_task(run(load_config(path, {}), TOKEN, stop))
    await cloud.until(lambda: len(cloud.answers()) == 1 and bool(values_of(cloud, "level")))
    stop.set()
    await task
    assert cloud.hellos[0].config is None
    assert "its own file" in cloud.answers()[0][1][0]
