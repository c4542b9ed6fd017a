"""Queues what people are told, in the transaction that moves the alarm.

Nothing is sent here and nobody is waited for: see deliver.py.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Final

from django.db.models import Q
from django.utils import timezone

from alarms.models import (
    OPEN_STATES,
    Alarm,
    Event,
    JournalEntry,
    Notification,
    NotificationChannel,
    NotificationRoute,
    NotificationState,
    Priority,
)
from alarms.notify import wake
from alarms.notify.facts import Facts, facts_after, facts_of, facts_of_test, label_of
from alarms.notify.routing import first_due, routes_of, takes
from alarms.notify.senders import recipients_of
from alarms.states import Trigger

Noted = tuple[Alarm, JournalEntry]

# After these nobody is to be told any more that the alarm is active.
_ENDS: Final = frozenset(
    {
        *(Trigger.ACKNOWLEDGE, Trigger.CLEAR, Trigger.RESET),
        *(Trigger.SHELVE, Trigger.SUPPRESS, Trigger.REMOVE),
    }
)
_FOLLOW_UPS: Final = {Trigger.ACKNOWLEDGE: Event.ACKNOWLEDGED, Trigger.CLEAR: Event.CLEARED}


def note(alarm: Alarm, entry: JournalEntry) -> None:
    """Queue and cancel what follows from one move; see `note_all`."""
    note_all([(alarm, entry)])


def note_all(noted: Sequence[Noted]) -> None:
    """Queue and cancel what follows from moves, in their order.

    One query for all announcements and one for all that ends, however many there are; more only
    where somebody is to be told.

    Args:
        noted: alarms of `listing.with_names` as they were moved, and the entries as they were
            stored. Historical ones are left out.
    """
    noted = [(alarm, entry) for alarm, entry in noted if not entry.historical]
    batch = _Batch([entry for _, entry in noted])
    for alarm, entry in noted:
        if entry.announced:
            batch.announce(alarm, entry)
        elif entry.action in _ENDS:
            batch.end(entry)
    batch.write()


def queue_test(channel: NotificationChannel, by: str) -> list[Notification]:
    """Queue a test message to everybody behind a channel, enabled or not."""
    facts = facts_of_test(channel, by)
    now = timezone.now()
    rows = [
        Notification(
            site_id=channel.site_id,
            channel=channel,
            channel_name=channel.name,
            recipient=recipient,
            event=Event.TEST,
            priority=Priority.CRITICAL,  # somebody waits for it
            facts=facts,
            created_at=now,
            due_at=now,
            next_at=now,
        )
        for recipient in recipients_of(channel)
    ]
    Notification.objects.bulk_create(rows)
    wake.wake_on_commit()
    return rows


class _Batch:
    """The moves of one transaction."""

    def __init__(self, entries: list[JournalEntry]) -> None:
        self._now = timezone.now()
        announced = [entry for entry in entries if entry.announced]
        self._routes = routes_of({entry.site_id for entry in announced}) if announced else {}
        here = {entry.alarm_id for entry in announced if entry.site_id in self._routes}
        ended = {entry.alarm_id for entry in entries if entry.action in _ENDS}
        self._rows = _rows_of(here | ended, {entry.occurrence for entry in entries})
        self._new: list[Notification] = []
        self._cancelled: dict[str, list[Notification]] = defaultdict(list)

    def announce(self, alarm: Alarm, entry: JournalEntry) -> None:
        """Queue a message for each route that an alarm takes."""
        self._cancel(entry.alarm_id, "announced_anew")
        routes = self._routes.get(entry.site_id, ())
        label = label_of(alarm) if routes else ""
        for route in routes:
            if takes(route, entry, label):
                self._queue_first(alarm, entry, route, label)

    def end(self, entry: JournalEntry) -> None:
        """Cancel what waits, and tell those who were told of the alarm what became of it."""
        self._cancel(entry.alarm_id, entry.action)
        event = _FOLLOW_UPS.get(Trigger(entry.action))
        if event is None:
            return
        for raised in _told(self._rows[entry.alarm_id], entry.occurrence):
            if raised.route is not None and _wants(raised.route, event):
                facts = facts_after(raised.facts, entry, event)
                self._new.append(_like(raised, event, facts, self._now))

    def write(self) -> None:
        """Store it."""
        for why, rows in self._cancelled.items():
            _cancel_all([row.pk for row in rows], why)
        if self._new:
            Notification.objects.bulk_create(self._new, ignore_conflicts=True)
            wake.wake_on_commit()

    def _queue_first(
        self, alarm: Alarm, entry: JournalEntry, route: NotificationRoute, label: str
    ) -> None:
        announced_at = alarm.announced_at or entry.at
        due = first_due(route, announced_at)
        if due is None:
            return
        facts = facts_of(alarm, entry, route.site, label)
        for recipient in recipients_of(route.channel):
            row = Notification(
                site_id=entry.site_id,
                channel=route.channel,
                route=route,
                channel_name=route.channel.name,
                recipient=recipient,
                alarm_id=entry.alarm_id,
                occurrence=entry.occurrence,
                announced_at=announced_at,
                event=Event.RAISED,
                priority=entry.priority,
                facts=facts,
                created_at=self._now,
                due_at=due,
                next_at=due,
            )
            self._new.append(row)

    def _cancel(self, alarm_id: int, why: str) -> None:
        """Cancel what waits or is being sent of an alarm, and forget what was to be queued."""
        self._new = [row for row in self._new if row.alarm_id != alarm_id or _lasts(row)]
        for row in self._rows[alarm_id]:
            if row.state in OPEN_STATES and not _lasts(row):
                self._cancelled[why].append(row)


def _lasts(row: Notification) -> bool:
    """Say whether a message stays true whatever happens to the alarm."""
    return row.event != Event.RAISED


def _rows_of(
    alarms: Collection[int], occurrences: Collection[int]
) -> dict[int, list[Notification]]:
    """Read what is open of alarms, and what was told of these occurrences."""
    by_alarm: dict[int, list[Notification]] = defaultdict(list)
    if not alarms:
        return by_alarm
    told = Q(state=NotificationState.SENT, event=Event.RAISED, occurrence__in=occurrences)
    rows = Notification.objects.filter(Q(state__in=OPEN_STATES) | told, alarm_id__in=alarms)
    for row in rows.select_related("route", "channel").order_by("created_at", "pk"):
        by_alarm[row.alarm_id or 0].append(row)
    return by_alarm


def _told(rows: Iterable[Notification], occurrence: int) -> list[Notification]:
    """Pick one row for each route and recipient that were, or are just being, told of a raise."""
    found = {
        (row.route_id, row.recipient): row
        for row in rows
        if row.event == Event.RAISED
        and row.occurrence == occurrence
        and row.state in {NotificationState.SENT, NotificationState.SENDING}
    }
    return list(found.values())


def _wants(route: NotificationRoute, event: Event) -> bool:
    if not route.enabled:
        return False
    return route.also_acknowledged if event is Event.ACKNOWLEDGED else route.also_cleared


def _like(raised: Notification, event: Event, facts: Facts, now: dt.datetime) -> Notification:
    return Notification(
        site_id=raised.site_id,
        channel=raised.channel,
        route=raised.route,
        channel_name=raised.channel_name,
        recipient=raised.recipient,
        alarm_id=raised.alarm_id,
        occurrence=raised.occurrence,
        announced_at=raised.announced_at,
        event=event,
        priority=raised.priority,
        facts=facts,
        created_at=now,
        due_at=now,
        next_at=now,
    )


def _cancel_all(pks: Sequence[uuid.UUID], why: str) -> None:
    """Cancel what waits; what is being sent is not tried again if it fails."""
    rows = Notification.objects.filter(pk__in=pks)
    rows.filter(state=NotificationState.SENDING).update(why=why)
    rows.filter(state=NotificationState.WAITING).update(
        state=NotificationState.CANCELLED, why=why, ended_at=timezone.now()
    )
