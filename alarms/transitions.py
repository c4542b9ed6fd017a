"""The one way an alarm moves: state, row, journal, list of the pages, outbox of the notifications.

    moves = Moves()
    for alarm in locked(Alarm.objects.filter(...)):
        moves.pull(alarm, Trigger.RAISE, Happening(...))
    moves.write()

All in one transaction of the caller's, which holds the locks of the rows until it commits.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Final

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from alarms import listing
from alarms.journal import Happening, entry_of
from alarms.models import Alarm, JournalEntry, Watch
from alarms.states import HOLDS, Hold, Refusal, State, Status, Trigger, next_status

# What a move or a judgement changes of a row.
_COLUMNS: Final = (
    "state", "shelved", "suppressed", "out_of_service", "owed", "rev", "occurrence", "raised_at",
    "returned_at", "acked_at", "acked_by", "comment", "value", "limit", "detection_id",
    "announced_at", "shelved_until", "one_shot", "held_by", "hold_reason", "memory", "past",
    "due_at",
)  # fmt: skip


def locked(alarms: QuerySet[Alarm], *, skip_locked: bool = False) -> list[Alarm]:
    """Lock alarms until the end of the transaction, always in the same order."""
    rows = listing.with_names(alarms).order_by("pk")
    return list(rows.select_for_update(of=("self",), no_key=True, skip_locked=skip_locked))


class Moves:
    """The moves of one transaction, written together."""

    def __init__(self) -> None:
        self._moved: dict[int, Alarm] = {}
        self._kept: dict[int, Alarm] = {}  # of which only what judging remembers changed
        self._watches: list[Watch] = []
        self._entries: list[tuple[Alarm, JournalEntry]] = []

    def pull(self, alarm: Alarm, trigger: Trigger, happening: Happening) -> Refusal | None:
        """Move a locked alarm, or say why that cannot be. What changes nothing is not journaled."""
        before = alarm.status
        after = next_status(before, trigger, latching=alarm.rule.latching)
        if isinstance(after, Refusal):
            return after
        if after == before and trigger is not Trigger.SHELVE:
            return None
        alarm.status = after
        announced = _announced(before, after)
        _note_move(alarm, trigger, happening, announced=announced)
        self._add(alarm, entry_of(alarm, happening, before, after, announced=announced))
        if trigger is Trigger.CLEAR and alarm.shelved and alarm.one_shot:
            self._end_one_shot(alarm, happening)
        return None

    def comment(self, alarm: Alarm, happening: Happening) -> None:
        """Write a comment on a locked alarm."""
        alarm.comment = happening.reason[:500]
        self._add(alarm, entry_of(alarm, happening, alarm.status, alarm.status))

    def log_past(self, alarm: Alarm, happening: Happening) -> None:
        """Write down what readings that came late tell: it moves nothing and nobody is told."""
        state = State.UNACKNOWLEDGED if happening.action == Trigger.RAISE else State.NORMAL
        other = State.NORMAL if state is State.UNACKNOWLEDGED else State.UNACKNOWLEDGED
        entry = entry_of(alarm, happening, Status(other), Status(state))
        self._entries.append((alarm, entry))

    def keep(self, alarm: Alarm, watches: Iterable[Watch] = ()) -> None:
        """Store what judging remembers of a locked alarm, and its bands that are others now."""
        self._kept[alarm.pk] = alarm
        self._watches.extend(watches)

    def write(self) -> None:
        """Store everything and tell everyone. Call it last in the transaction."""
        if self._moved:
            Alarm.objects.bulk_update(self._moved.values(), _COLUMNS, batch_size=500)
        _store_memories([self._kept[pk] for pk in self._kept.keys() - self._moved.keys()])
        _store_bands(self._watches)
        if self._entries:
            JournalEntry.objects.bulk_create([entry for _, entry in self._entries], batch_size=500)
            _note_for_others(self._entries)
        if self._moved:
            listing.announce(list(self._moved.values()))

    def _add(self, alarm: Alarm, entry: JournalEntry) -> None:
        alarm.rev += 1
        self._moved[alarm.pk] = alarm
        self._entries.append((alarm, entry))

    def _end_one_shot(self, alarm: Alarm, happening: Happening) -> None:
        self.pull(
            alarm,
            Trigger.UNSHELVE,
            Happening(Trigger.UNSHELVE, happening.source_time, reason="one_shot"),
        )


def _store_memories(alarms: Sequence[Alarm]) -> None:
    """Store what judging changed of alarms that did not move: there may be thousands."""
    if not alarms:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "update alarms_alarm a set memory = n.memory::jsonb, past = n.past::jsonb,"
            " due_at = n.due_at, detection_id = n.detection_id"
            " from unnest(%s::int8[], %s::text[], %s::text[], %s::timestamptz[], %s::int8[])"
            " n(id, memory, past, due_at, detection_id) where a.id = n.id",
            [
                [alarm.pk for alarm in alarms],
                [json.dumps(alarm.memory) for alarm in alarms],
                [json.dumps(alarm.past) for alarm in alarms],
                [alarm.due_at for alarm in alarms],
                [alarm.detection_id for alarm in alarms],
            ],
        )


def _store_bands(watches: Sequence[Watch]) -> None:
    if not watches:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "update alarms_watch w set low = n.low, high = n.high"
            " from unnest(%s::int8[], %s::float8[], %s::float8[]) n(id, low, high)"
            " where w.id = n.id",
            [
                list(column)
                for column in zip(*((w.pk, w.low, w.high) for w in watches), strict=True)
            ],
        )


def _announced(before: Status, after: Status) -> bool:
    """Say whether operators are told by this move that an alarm is active."""
    asks = after.state is State.UNACKNOWLEDGED and not after.holds
    return asks and (before.state is not State.UNACKNOWLEDGED or bool(before.holds))


def _note_move(alarm: Alarm, trigger: Trigger, happening: Happening, *, announced: bool) -> None:
    if announced:
        alarm.announced_at = timezone.now()
        alarm.acked_at, alarm.acked_by = None, ""  # also of what is announced anew
    if trigger is Trigger.RAISE:
        alarm.occurrence += 1
        alarm.raised_at, alarm.returned_at = happening.source_time, None
        alarm.acked_at, alarm.acked_by, alarm.comment = None, "", ""
        alarm.value, alarm.limit = happening.value, happening.limit
    elif trigger is Trigger.CLEAR:
        alarm.returned_at = happening.source_time
    elif trigger is Trigger.ACKNOWLEDGE:
        alarm.acked_at, alarm.acked_by = timezone.now(), happening.actor[:150]
        alarm.comment = happening.reason[:500] or alarm.comment
    elif trigger in HOLDS:
        _note_hold(alarm, trigger, happening)


def _note_hold(alarm: Alarm, trigger: Trigger, happening: Happening) -> None:
    hold, begins = HOLDS[trigger]
    if begins and hold is not Hold.SUPPRESSED:  # a person's reason is shown before a design's
        alarm.held_by, alarm.hold_reason = happening.actor[:150], happening.reason[:500]
    if hold is Hold.SHELVED and not begins:
        alarm.shelved_until, alarm.one_shot = None, False
    if not alarm.status.holds:
        alarm.held_by = alarm.hold_reason = ""


def _note_for_others(entries: Sequence[tuple[Alarm, JournalEntry]]) -> None:
    """Queue the notifications of these moves."""
    from alarms.notify import outbox

    outbox.note_all([(alarm, entry) for alarm, entry in entries if not entry.historical])
