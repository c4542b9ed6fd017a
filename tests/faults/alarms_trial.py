"""One whole run with alarms: a world, a schedule of faults, the settling, and the verdict."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import psycopg2
from websockets.exceptions import WebSocketException

from tests.faults.alarms_checker import Verdict, check
from tests.faults.alarms_evidence import Entry, Evidence, Note, Row
from tests.faults.alarms_faults import Break
from tests.faults.alarms_world import AlarmsWorld, open_alarms_world
from tests.faults.ground import Ground
from tests.faults.nemesis import say
from tests.faults.page import fresh_view
from tests.faults.processes import happens
from tests.faults.world import APPLICATION

SETTLE: Final = 45  # crossings that are stored between two faults
_MISTAKES: Final = (
    *("frames was refused", "frames is tried again", "were stored and not judged"),
    "deadlock detected",
)
LATE_S: Final = 50.0  # from 60 s on a reading is history: such a machine proves nothing


@dataclass
class AlarmsReport:
    """What one run did and what came of it."""

    name: str
    seed: int
    faults: Counter[str]
    seconds: float = 0.0
    verdict: Verdict = field(default_factory=Verdict)
    page: str = ""  # what is wrong with the page; empty: it shows the list
    errors: dict[str, int] = field(default_factory=dict)  # in logs, by what they say
    actions: Counter[str] = field(default_factory=Counter)  # orders that were done
    figures: dict[str, float] = field(default_factory=dict)  # of the way there

    @property
    def problems(self) -> list[str]:
        """Everything that is wrong, a line each."""
        found = [f"{name.replace('_', ' ')} {n}" for name, n in self.verdict.faults.items()]
        found += [f"page: {self.page}"] if self.page else []
        found += self.verdict.details
        return [*found, *(f"log: {text}, {count} times" for text, count in self.errors.items())]

    def __str__(self) -> str:
        """Write the summary."""
        kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(self.faults.items()))
        return "\n".join(
            [
                f"{self.name}: {self.faults.total()} faults in {self.seconds:.0f} s,"
                f" seed {self.seed}",
                f"  {_listed(self.verdict.counts)}",
                f"  {_listed(self.figures)}; orders done: {_listed(self.actions)}",
                f"  faults: {kinds}",
                *(f"  WRONG {problem}" for problem in self.problems),
            ]
        )


def _listed(counts: dict[str, Any] | Counter[str]) -> str:
    return ", ".join(f"{name} {count:g}" for name, count in counts.items())


def run_alarms_trial(
    name: str,
    ground: Ground,
    schedule: Sequence[Break],
    *,
    seed: int,
    crossings: int,
    application: str = APPLICATION,
) -> AlarmsReport:
    """Run the schedule against a new world on these servers, and judge what is left.

    Args:
        name: of the site, and of the world's folder.
        ground: the servers.
        schedule: what is killed, one after the other.
        seed: of the readings and of the orders.
        crossings: how many of a limit there must be in all, at least.
        application: that the web processes serve.
    """
    began = time.monotonic()
    report = AlarmsReport(name, seed, Counter(fault.__name__ for fault in schedule))
    say(f"{name}: seed {seed}, {len(schedule)} faults")
    with open_alarms_world(name, ground, seed, application) as world:
        torment(world, schedule)
        world.wait_crossings(max(0, crossings - world.driver.crossings))
        settle(world)
        found = read_database(world)
        report.verdict = check(evidence_of(world, found))
        report.page = judge_page(world)
        report.errors = errors_in_logs(world)
        report.actions = world.operator.done()
        report.figures = {
            "posts": world.driver.reports,
            "failed tries": world.driver.failed + world.operator.door.failed,
            "slowest s": round(world.driver.slowest_s, 1),
            "orders sent again": world.operator.repeated,
            "kills": sum(process.kills for process in world.processes),
        }
    report.seconds = time.monotonic() - began
    assert report.figures["slowest s"] < LATE_S, "the machine is too busy: readings were history"
    return report


def torment(world: AlarmsWorld, schedule: Sequence[Break]) -> None:
    """Inflict the faults, each healed, with some crossings stored in between."""
    world.wait_crossings(SETTLE)
    for number, fault in enumerate(schedule, 1):
        say(f"  {number:3} {fault.__name__}")
        fault(world)
        world.revive()
        world.wait_crossings(SETTLE)


def settle(world: AlarmsWorld) -> None:
    """End the senders and the operator, and wait until nothing is under way any more."""
    world.driver.finish()
    world.operator.finish()
    moving = "due_at is not null or (shelved_until is not null and not one_shot)"
    world.wait(lambda: _none(world, "alarms_alarm", f"({moving})"), "the end of all delays")
    undone = "state in ('waiting', 'sending')"
    world.wait(lambda: _none(world, "alarms_notification", undone), "the end of all deliveries")


def _none(world: AlarmsWorld, table: str, condition: str) -> bool:
    try:
        return world.count(table, condition) == 0
    except psycopg2.OperationalError:
        return False


def read_database(world: AlarmsWorld) -> dict[str, Any]:
    """Return what `tests.faults.alarms_dump` prints."""
    told = world.ground.run("-m", "tests.faults.alarms_dump", str(world.seeded.site))
    found: dict[str, Any] = json.loads(told)
    return found


def evidence_of(world: AlarmsWorld, found: dict[str, Any]) -> Evidence:
    """Put together what the checker judges."""
    alarms = world.seeded.alarms
    return Evidence(
        truth={alarms[name]: changes for name, changes in world.driver.truth().items()},
        orders=world.operator.orders,
        received=world.receiver.received,
        routes=list(world.seeded.routes.values()),
        rows=[Row(*row) for row in found["rows"]],
        entries=[Entry(*entry) for entry in found["entries"]],
        notes=[Note(*note[:-1], log=tuple(note[-1])) for note in found["notes"]],
        broken_at=found["broken_at"],
        unsealed=found["unsealed"],
    )


def errors_in_logs(world: AlarmsWorld) -> dict[str, int]:
    """Count what no kill explains: mistakes while readings are judged, and waiting in a circle."""
    logs = [*(process.log for process in world.processes), world.ground.postgres.log]
    text = "\n".join(log.read_text() for log in logs)
    return {what: count for what in _MISTAKES if (count := text.count(what))}


def judge_page(world: AlarmsWorld) -> str:
    """Compare what the page shows in the end with a fresh one, and with the list of the database.

    Returns:
        What is wrong; empty when nothing is.
    """
    page, wrong = world.page, list[str]()
    if page.holes or page.refused or not page.deltas:
        return f"{page.holes} holes, {page.deltas} deltas, refused: {page.refused}"

    def is_current() -> bool:
        wrong[:] = _differences(world)
        return not wrong

    return "" if happens(is_current) else wrong[0]


def _differences(world: AlarmsWorld) -> list[str]:
    try:
        fresh = fresh_view(world.network, world.page)[world.topic]
    except (OSError, TimeoutError, WebSocketException) as error:
        return [f"a fresh page could not be opened: {error!r}"]
    shown = world.page.shown[world.topic]
    stored = {row["id"]: row for row in read_database(world)["listed"]}
    return [
        f"alarm {key}: {shown.get(key)}, on a fresh page {fresh.get(key)}, stored {stored.get(key)}"
        for key in shown.keys() | fresh.keys() | stored.keys()
        if not shown.get(key) == fresh.get(key) == stored.get(key)
    ]
