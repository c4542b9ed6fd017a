"""What moves alarms although nothing came in: delays that end, shelves that run out, silence.

Every web process calls `sweep` twice a second; one at a time does the work. What is due stands in
the rows, so it does not matter which process does it, or that none did for a while.
"""

from __future__ import annotations

from typing import Final

from django.db import connection, transaction
from django.utils import timezone

from alarms import facts, rules
from alarms.conditions import engine
from alarms.conditions.model import Sample
from alarms.following import (
    follow,
    judge_samples,
    memory_of,
    now_ms,
    remember,
    spec_for,
    watches_of,
)
from alarms.journal import Happening
from alarms.models import Alarm
from alarms.states import Trigger
from alarms.transitions import Moves, locked

_LOCK: Final = 0x5E47_0004  # advisory lock: one process at a time sweeps


def sweep() -> int:
    """Do what is due.

    Returns:
        The number of alarms that were looked at.
    """
    with transaction.atomic():
        return _end_shelves() + _end_delays() if _take_lock() else 0


def look_around() -> int:
    """Judge what nobody reports: silence, lost devices, full spools, wrong clocks, schedules.

    Returns:
        The number of alarms that were looked at.
    """
    with transaction.atomic():
        if not _take_lock():
            return 0
        rules.add_missing_alarms()
        held = facts.held_by_design()
        # what is lost with its gateway is suppressed before it is told, and told before it is
        # released: so it is never announced for a moment
        looked_at = _hold({pk: why for pk, why in held.items() if why})
        looked_at += _tell(facts.differences())
        return looked_at + _hold({pk: why for pk, why in held.items() if not why})


# Each part locks without waiting, and writes before the next part reads.


def _end_shelves() -> int:
    """Bring back the alarms whose shelf has run out."""
    now, moves = timezone.now(), Moves()
    over = locked(Alarm.objects.filter(shelved_until__lte=now), skip_locked=True)
    for alarm in over:
        moves.pull(alarm, Trigger.UNSHELVE, Happening(Trigger.UNSHELVE, now, reason="time"))
    moves.write()
    return len(over)


def _end_delays() -> int:
    """Move the alarms whose on-delay or off-delay has ended without another reading."""
    due = locked(Alarm.objects.filter(due_at__lte=timezone.now()), skip_locked=True)
    watches, moves = watches_of(alarm.pk for alarm in due), Moves()
    for alarm in due:
        if spec := spec_for(alarm):
            memory = memory_of(alarm.memory)
            follow(moves, alarm, engine.expire(spec, memory, now_ms()))
            remember(moves, alarm, watches.get(alarm.pk, []), spec, memory)
        else:
            alarm.due_at = None
            moves.keep(alarm)
    moves.write()
    return len(due)


def _hold(wanted: dict[int, str]) -> int:
    """Suppress and unsuppress by design.

    Args:
        wanted: alarm id -> why it is to be suppressed, empty: no longer; only what differs.
    """
    alarms = locked(Alarm.objects.filter(pk__in=wanted), skip_locked=True)
    now, moves = timezone.now(), Moves()
    for alarm in alarms:
        why = wanted[alarm.pk]
        trigger = Trigger.SUPPRESS if why else Trigger.UNSUPPRESS
        moves.pull(alarm, trigger, Happening(trigger, now, reason=why))
    moves.write()
    return len(alarms)


def _tell(samples: dict[int, list[Sample]]) -> int:
    """Hand alarms what is to be judged; only what says something else than was known."""
    alarms = locked(Alarm.objects.filter(pk__in=samples), skip_locked=True)
    watches, moves = watches_of(samples), Moves()
    for alarm in alarms:
        judge_samples(moves, alarm, watches.get(alarm.pk, []), samples[alarm.pk])
    moves.write()
    return len(alarms)


def _take_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_xact_lock(%s)", [_LOCK])
        return bool(cursor.fetchone()[0])
