"""One whole run: a world, a schedule of faults, the drain, and the verdict."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Final

from websockets.exceptions import WebSocketException

from tests.faults.checker import check
from tests.faults.evidence import collect
from tests.faults.fault import Fault
from tests.faults.ground import Ground
from tests.faults.nemesis import say, torment
from tests.faults.page import Message, fresh_view
from tests.faults.processes import happens
from tests.faults.report import Report
from tests.faults.world import Cast, World, open_world

Value = tuple[int | None, float | None, int | None]
MIN_DELTAS: Final = 20  # that the page must have got, or it proves nothing


def run_trial(
    name: str,
    ground: Ground,
    schedule: Sequence[Fault],
    *,
    seed: int,
    cast: Cast | None = None,
    expected_reasons: Collection[str] = (),
) -> Report:
    """Run the schedule against a new world on these servers, and judge what is left."""
    began = time.monotonic()
    say(f"{name}: seed {seed}, {len(schedule)} faults")
    with open_world(name, cast or Cast(), ground) as world:
        torment(world, schedule)
        drain(world)
        page = judge_page(world)
        verdicts = {each.uid: check(each, expected_reasons) for each in collect(world)}
        errors = unhandled_errors(world)
    kinds = Counter(fault.kind for fault in schedule)
    return Report(name, seed, time.monotonic() - began, kinds, verdicts, page, errors)


def drain(world: World) -> None:
    """End the gateways in an orderly way, and send what is left in their spools."""
    for gateway in world.gateways:
        assert gateway.process.terminate() == 0, gateway.uid
    for gateway in world.gateways:
        gateway.drain.start()
    for gateway in world.gateways:
        world.wait(gateway.drain.ended_well, f"an empty spool of {gateway.uid}")


def unhandled_errors(world: World) -> dict[str, int]:
    """Count the tracebacks in the logs: whatever is broken, it was to be expected."""
    texts = {process.name: process.log.read_text() for process in world.processes}
    return {name: count for name, text in texts.items() if (count := text.count("Traceback"))}


def judge_page(world: World) -> str:
    """Compare what the page shows in the end with a fresh one, and with the database.

    Returns:
        What is wrong; empty when nothing is.
    """
    page = world.page
    if page.holes or page.refused or page.deltas < MIN_DELTAS:
        return f"{page.holes} holes, {page.deltas} deltas, refused: {page.refused}"
    wrong: list[str] = []

    def is_current() -> bool:
        wrong[:] = _differences(world)
        return not wrong

    return "" if happens(is_current) else wrong[0]


def _differences(world: World) -> list[str]:
    shown = world.page.shown
    try:
        fresh = fresh_view(world.network, world.page)
    except (OSError, TimeoutError, WebSocketException) as error:
        return [f"a fresh page could not be opened: {error!r}"]
    stored = stored_values(world)
    found = []
    for channel, rows in fresh.items():
        for key in rows.keys() | shown[channel].keys():
            ours, theirs = shown[channel].get(key), rows.get(key)
            if ours != theirs:
                found.append(f"{channel} {key}: {ours}, on a fresh page {theirs}")
            elif channel.startswith("tel:") and _value(theirs) != stored.get(key):
                found.append(f"{channel} {key}: {theirs}, in the database {stored.get(key)}")
    return found


def _value(row: Message | None) -> Value | None:
    return None if row is None else (row["t"], row["v"], row["q"])


def stored_values(world: World) -> dict[int, Value]:
    """Time, value and quality that the database knows as the latest of every tag."""
    rows = world.ground.query(
        "select t.id, (extract(epoch from l.source_time) * 1000)::bigint, l.value, l.quality"
        " from devices_tag t join devices_device d on d.id = t.device_id"
        " left join devices_latest l on l.tag_id = t.id where d.site_id = %s",
        world.site,
    )
    return {key: tuple(value) for key, *value in rows}
