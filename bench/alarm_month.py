"""A month of an alarm journal, the same in every run: for the tests and figures of the metrics.

Every alarm's entries come out of the state machine, so that none is impossible. Most alarms are
quiet, few make most of the load, some chatter, and nearly all of it happens in bad hours, so that
floods begin and end.
"""

from __future__ import annotations

import io
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Final

from alarms.states import Refusal, State, Status, Trigger, next_status

START: Final = datetime(2026, 10, 1, tzinfo=UTC)
DAYS: Final = 30
ALARMS: Final = 400
CHATTERING: Final = 12  # of them
BAD_HOURS: Final = 200
IN_BAD_HOURS: Final = 0.97  # of the raises
S: Final = 1_000_000  # microseconds
DAY: Final = 86_400 * S
CHUNK: Final = 50_000  # rows of one COPY, far within the time that a statement may take

COLUMNS: Final = (
    "at", "source_time", "site_id", "alarm_id", "occurrence", "rule_id", "rule_version",
    "rule_name", "kind", "priority", "source", "device_uid", "area", "tag_name", "action",
    "before", "after", "holds", "announced", "historical", "actor", "reason", "digest",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """What the metrics read of a journal entry. Times are microseconds after the start."""

    at: int
    source: int
    alarm: int
    occurrence: int
    priority: int
    action: str
    before: str
    after: str
    holds: str
    announced: bool
    historical: bool


@dataclass
class Story:
    """One alarm and what is written down of it."""

    alarm: int
    priority: int
    latching: bool = False
    status: Status = field(default_factory=Status)
    occurrence: int = 0
    entries: list[Entry] = field(default_factory=list)

    def pull(self, trigger: Trigger, at: int, late: int = 0) -> None:
        """Do what `alarms.transitions` does, ``late`` microseconds after it happened."""
        before = self.status
        after = next_status(before, trigger, latching=self.latching)
        if isinstance(after, Refusal) or (after == before and trigger is not Trigger.SHELVE):
            return
        self.occurrence += trigger is Trigger.RAISE
        asks = after.state is State.UNACKNOWLEDGED and not after.holds
        told = asks and (before.state is not State.UNACKNOWLEDGED or bool(before.holds))
        self.status = after
        self._write(trigger, (at, at - late), (before, after), announced=told)

    def log_past(self, trigger: Trigger, at: int, late: int) -> None:
        """Write down what was found in readings that came late."""
        self._write(trigger, (at, at - late), (Status(), Status()), historical=True)

    def _write(
        self,
        trigger: Trigger,
        times: tuple[int, int],
        states: tuple[Status, Status],
        *,
        announced: bool = False,
        historical: bool = False,
    ) -> None:
        (at, source), (before, after) = times, states
        self.entries.append(
            Entry(
                *(at, source, self.alarm, self.occurrence, self.priority, trigger.value),
                *(before.state.value, after.state.value, ",".join(sorted(after.holds))),
                *(announced, historical),
            )
        )


def month(entries: int, seed: int = 1) -> list[Entry]:
    """Return so many entries of `ALARMS` alarms over `DAYS` days, ordered by time."""
    draw = random.Random(seed)
    raises = _raises(draw, entries // 2)
    told: list[Entry] = []
    for alarm, times in enumerate(raises, 1):
        priority = draw.choices((1, 2, 3, 4), (6, 18, 46, 30))[0]
        story = Story(alarm, priority, latching=alarm % 17 == 0)
        for at, trigger in sorted(_plan(draw, times)):
            if trigger in {Trigger.RAISE, Trigger.CLEAR} and draw.random() < 0.01:
                story.log_past(trigger, at, draw.randrange(3600 * S))
            story.pull(trigger, at, draw.randrange(2 * S))
        told += story.entries
    return sorted(told, key=lambda entry: entry.at)[:entries]


def _raises(draw: random.Random, count: int) -> list[list[int]]:
    """When each alarm becomes active: one by one, or in bursts that chatter."""
    bad = [draw.randrange(DAYS * DAY) for _ in range(BAD_HOURS)]
    times: list[list[int]] = [[] for _ in range(ALARMS)]
    weights = [1 / (n + 3) for n in range(ALARMS)]
    for place in draw.choices(range(ALARMS), weights, k=count // 2):
        times[place].append(_moment(draw, bad))
    left = count - count // 2
    while left > 0:
        at, place = _moment(draw, bad), draw.randrange(CHATTERING)
        for _ in range(size := draw.randrange(4, 40)):
            at += draw.randrange(2 * S, (10 + 4 * place) * S)
            times[place].append(at)
        left -= size
    return times


def _moment(draw: random.Random, bad: list[int]) -> int:
    if draw.random() < IN_BAD_HOURS:
        return draw.choice(bad) + draw.randrange(2700 * S)
    return draw.randrange(DAYS * DAY)


def _plan(draw: random.Random, raises: list[int]) -> Iterator[tuple[int, Trigger]]:
    """Return what happens to one alarm that becomes active at these times."""
    for at, following in zip(raises := sorted(raises), [*raises[1:], DAYS * DAY], strict=False):
        gap = max(2, following - at)
        lasts = min(round(draw.lognormvariate(3.5, 2) * S), gap - 1)
        yield at, Trigger.RAISE
        yield at + lasts, Trigger.CLEAR
        if draw.random() < 0.4:
            yield at + round(draw.lognormvariate(4.5, 1) * S), Trigger.ACKNOWLEDGE
        if draw.random() < 0.002:
            yield at + 5 * S, Trigger.SHELVE
            yield at + draw.choice((900, 3600, 28_800)) * S, Trigger.UNSHELVE
        if draw.random() < 0.001:
            yield at + 7 * S, Trigger.REMOVE
            yield at + 7200 * S, Trigger.RESTORE


# ---------------------------------------------------------------- into the database


def time_of(at: int, start: datetime = START) -> datetime:
    """Return the time so many microseconds after the start."""
    return start + timedelta(microseconds=at)


def store(entries: Iterable[Entry], site_id: int, start: datetime = START) -> None:
    """Copy entries into the journal, unsealed: sealing a million would take an hour.

    Needs a transaction, and a session that may switch triggers off.
    """
    from django.db import connection

    columns = ", ".join(f'"{name}"' for name in COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute("set local session_replication_role = replica")
        rows = iter(entries)
        while chunk := list(islice(rows, CHUNK)):
            lines = ("\t".join(_row(entry, site_id, start)) for entry in chunk)
            text = io.StringIO("\n".join(lines))
            cursor.copy_expert(f"copy alarms_journalentry ({columns}) from stdin", text)
        cursor.execute("set local session_replication_role = origin")


def _row(entry: Entry, site_id: int, start: datetime) -> tuple[str, ...]:
    n = str(entry.alarm)
    return (
        *(time_of(entry.at, start).isoformat(), time_of(entry.source, start).isoformat()),
        *(str(site_id), n, str(entry.occurrence), n, "1", f"Rule {n}", "high"),
        *(str(entry.priority), f"tag:{n}", f"PLC-{entry.alarm % 40}", f"Hall {entry.alarm % 5}"),
        *(f"temperature-{n}", entry.action, entry.before, entry.after, entry.holds),
        *(str(entry.announced), str(entry.historical), "system", "", ""),
    )
