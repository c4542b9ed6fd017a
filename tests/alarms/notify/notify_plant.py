"""An alarm that tests move by hand, and what is queued because of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

from django.utils import timezone

from alarms.models import (
    Alarm,
    DeliveryAttempt,
    Event,
    JournalEntry,
    Kind,
    Notification,
    NotificationChannel,
    NotificationRoute,
    Priority,
    Rule,
)
from alarms.notify import outbox
from alarms.notify.deliver import send_next
from alarms.states import State
from devices.models import Site, Tag


@dataclass
class Bell:
    """One alarm, moved as `alarms/transitions.py` moves it, with times of the test's choice."""

    alarm: Alarm

    def announce(self, *, ago_s: float = 0.0, value: float = 91.23, action: str = "raise") -> None:
        """Raise it, or have it announced by the end of a hold."""
        alarm, now = self.alarm, timezone.now() - dt.timedelta(seconds=ago_s)
        if action == "raise":
            alarm.occurrence += 1
            alarm.raised_at, alarm.value, alarm.limit = now, value, alarm.rule.limit
        alarm.state, alarm.shelved, alarm.announced_at = State.UNACKNOWLEDGED, False, now
        self._note(action, announced=True)

    def acknowledge(self, by: str = "olga", comment: str = "") -> None:
        self.alarm.state = State.ACKNOWLEDGED
        self._note("acknowledge", actor=by, reason=comment)

    def clear(self) -> None:
        active = self.alarm.state == State.UNACKNOWLEDGED
        self.alarm.state = State.RETURNED if active else State.NORMAL
        self._note("clear", value=80.0)

    def shelve(self) -> None:
        self.alarm.shelved = True
        self._note("shelve", actor="olga", reason="known")

    def comment(self) -> None:
        self._note("comment", actor="olga", reason="looking")

    def _note(self, action: str, **fields: Any) -> None:
        alarm = self.alarm
        alarm.save()
        given = {"value": alarm.value, "limit": alarm.limit, "actor": "system"} | fields
        entry = JournalEntry.objects.create(
            at=timezone.now(),
            source_time=timezone.now(),
            site_id=alarm.site_id,
            alarm_id=alarm.pk,
            occurrence=alarm.occurrence,
            rule_id=alarm.rule_id,
            rule_version=1,
            rule_name=alarm.rule.name,
            kind=alarm.rule.kind,
            priority=alarm.rule.priority,
            source=alarm.source,
            device_uid=alarm.device.uid if alarm.device else "",
            area=alarm.device.area if alarm.device else "",
            tag_name=alarm.tag.name if alarm.tag else "",
            action=action,
            before="",
            after=alarm.state,
            **given,
        )
        outbox.note(alarm, entry)


def make_bell(site: Site, tag: Tag, **rule: Any) -> Bell:
    given: dict[str, Any] = {
        "name": "Oven too hot",
        "kind": Kind.HIGH,
        "priority": Priority.CRITICAL,
        "limit": 85.0,
        "cause": "Blocked fan",
        "action": "Open the damper",
    }
    made = Rule.objects.create(site=site, tag=tag, **given | rule)
    alarm = Alarm.objects.create(
        rule=made, site=site, source=f"tag:{tag.pk}", tag=tag, device=tag.device
    )
    return Bell(alarm)


def mailbox(site: Site | None, *recipients: str, **fields: Any) -> NotificationChannel:
    configuration = {"recipients": list(recipients) or ["olga@plant.test"]}
    given: dict[str, Any] = {"name": "Shift", "kind": "email", "configuration": configuration}
    return NotificationChannel.objects.create(site=site, **given | fields)


def route(site: Site, channel: NotificationChannel, **fields: Any) -> NotificationRoute:
    return NotificationRoute.objects.create(site=site, channel=channel, **fields)


def queued(event: Event = Event.RAISED) -> list[Notification]:
    """What was queued, in order."""
    return list(Notification.objects.filter(event=event).order_by("due_at", "recipient"))


def states() -> list[tuple[str, str]]:
    """Event and state of everything in the outbox, in the order in which it was queued."""
    rows = Notification.objects.order_by("created_at", "due_at", "recipient")
    return [(row.event, row.state) for row in rows]


def send_all() -> int:
    count = 0
    while send_next():
        count += 1
    return count


def let_pass(seconds: float) -> None:
    """Have everything that is planned happen so much earlier."""
    for row in Notification.objects.all():
        row.next_at -= dt.timedelta(seconds=seconds)
        row.due_at -= dt.timedelta(seconds=seconds)
        if row.claimed_until is not None:
            row.claimed_until -= dt.timedelta(seconds=seconds)
        row.save()


def subject(mail: EmailMessage) -> str:
    return str(mail["Subject"]).strip()  # a long one begins on the next line


def log() -> list[str]:
    return list(DeliveryAttempt.objects.order_by("pk").values_list("result", flat=True))
