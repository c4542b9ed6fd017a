"""How one alarm is judged: samples in, moves out, what was learnt kept in its row."""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

import msgspec
from django.utils import timezone

from alarms.conditions import engine
from alarms.conditions.model import Change, Memory, Sample, Spec
from alarms.journal import Happening
from alarms.models import DEVICE_KINDS, Alarm, Kind, Watch
from alarms.specs import spec_of
from alarms.states import Trigger
from alarms.transitions import Moves, locked

logger = logging.getLogger(__name__)

SIGNALS: Final = DEVICE_KINDS | {Kind.STALE}
_MOST_SPECS: Final = 20_000
_RETRY_S: Final = 60.0  # what could not be read may be there again
# by rule, version and source: a rule is never another one in the same version; when it was read
_specs: dict[tuple[int, int, str], tuple[Spec | None, float]] = {}


def with_watches(ids: Collection[int]) -> Iterator[tuple[Alarm, list[Watch]]]:
    """Lock these alarms, each with its watches."""
    if not ids:
        return
    alarms = locked(Alarm.objects.filter(pk__in=ids))
    by_alarm = watches_of(ids)
    for alarm in alarms:
        if watches := by_alarm.get(alarm.pk):
            yield alarm, watches


def watches_of(ids: Iterable[int]) -> dict[int, list[Watch]]:
    """Return the watches of these alarms."""
    found: dict[int, list[Watch]] = defaultdict(list)
    for watch in Watch.objects.filter(alarm_id__in=list(ids)):
        found[watch.alarm_id].append(watch)
    return found


def spec_for(alarm: Alarm) -> Spec | None:
    """Return how an alarm is judged; None: its rule cannot be read any more, and that is logged.

    An expression may name what was deleted since. Readings are stored all the same.
    """
    rule = alarm.rule
    key = (rule.pk, rule.version, alarm.source)
    known = _specs.get(key)
    if known is None or (known[0] is None and time.monotonic() - known[1] > _RETRY_S):
        if len(_specs) > _MOST_SPECS:
            _specs.clear()
        known = _specs[key] = (_read_spec(alarm), time.monotonic())
    return known[0]


def _read_spec(alarm: Alarm) -> Spec | None:
    try:
        return spec_of(alarm.rule, source=alarm.source)
    except ValueError as error:
        logger.error("rule %s (%s) is not judged: %s", alarm.rule_id, alarm.rule.name, error)
        return None


def judge_samples(
    moves: Moves, alarm: Alarm, watches: Sequence[Watch], samples: Sequence[Sample]
) -> list[Change]:
    """Judge samples of a locked alarm and move it as they say."""
    spec = spec_for(alarm)
    if spec is None:
        return []
    memory = memory_of(alarm.memory)
    changes = engine.feed(spec, memory, samples)
    follow(moves, alarm, changes)
    remember(moves, alarm, watches, spec, memory)
    return changes


def follow(moves: Moves, alarm: Alarm, changes: Iterable[Change]) -> None:
    """Move a locked alarm as its condition did."""
    for change in changes:
        happening = happening_of(change)
        seen = alarm.rule.kind == Kind.DETECTION and not change.active
        if seen or alarm.rule.kind in SIGNALS:  # 1.0 and 0.0 say nothing to people
            happening = replace(happening, value=None)
        moves.pull(alarm, Trigger(happening.action), happening)


def remember(
    moves: Moves, alarm: Alarm, watches: Sequence[Watch], spec: Spec, memory: Memory
) -> None:
    """Keep what was learnt, when a running delay ends, and the bands of the operands."""
    alarm.memory = msgspec.to_builtins(memory)
    due = engine.due(spec, memory)
    alarm.due_at = None if due is None else time_of(due)
    bands = engine.bands(spec, memory)
    moved = []
    for watch in watches:
        low, high = bands.get(watch.operand, (None, None))
        if (watch.low, watch.high) != (low, high):
            watch.low, watch.high = low, high
            moved.append(watch)
    moves.keep(alarm, moved)


def memory_of(stored: dict[str, object]) -> Memory:
    """Read what was kept."""
    return msgspec.convert(stored, Memory)


def happening_of(change: Change, *, historical: bool = False) -> Happening:
    return Happening(
        Trigger.RAISE if change.active else Trigger.CLEAR,
        time_of(change.at),
        value=change.value,
        limit=change.limit,
        historical=historical,
    )


def time_of(ms: int) -> dt.datetime:
    """Return the moment that so many milliseconds after the epoch is."""
    return dt.datetime.fromtimestamp(ms / 1000, dt.UTC)


def now_ms() -> int:
    """Return the present in milliseconds after the epoch."""
    return round(timezone.now().timestamp() * 1000)
