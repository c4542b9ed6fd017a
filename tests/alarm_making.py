"""Rules with their alarms, made straight in the database, and moved as judging would move them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone

from alarms.journal import Happening
from alarms.models import Alarm, Rule
from alarms.states import Refusal, Trigger
from alarms.transitions import Moves, locked
from devices.models import Device, Site, Tag


def make_alarm(site: Site, *, of: Tag | Device | None = None, **rule: Any) -> Alarm:
    """Make a rule at one source, with its alarm: of a tag, of a device, or of the site."""
    tag = of if isinstance(of, Tag) else None
    device = tag.device if tag else of
    known = {"name": "Too hot", "kind": "high", "priority": 2, "limit": 80.0} | rule
    source = f"tag:{tag.pk}" if tag else f"device:{device.pk}" if device else "site"
    with transaction.atomic():  # a server that runs watches a rule that it sees by itself
        made = Rule.objects.create(site=site, tag=tag, device=None if tag else device, **known)
        return Alarm.objects.create(rule=made, site=site, source=source, tag=tag, device=device)


def move(alarm: Alarm, trigger: Trigger, **happening: Any) -> Alarm:
    """Pull a trigger and return the alarm as it is then; it must not be refused."""
    known = {"source_time": timezone.now()} | happening
    with transaction.atomic():
        moves, (row,) = Moves(), locked(Alarm.objects.filter(pk=alarm.pk))
        refusal = moves.pull(row, trigger, Happening(trigger, **known))
        assert not isinstance(refusal, Refusal), refusal
        moves.write()
    return Alarm.objects.get(pk=alarm.pk)


def raise_(alarm: Alarm, value: float | None = 91.5, *, ago_s: float = 0.0, **fields: Any) -> Alarm:
    """Raise an alarm; ``fields`` are set in its row before, as judging sets ``detection_id``."""
    Alarm.objects.filter(pk=alarm.pk).update(**fields)
    at = timezone.now() - dt.timedelta(seconds=ago_s)
    return move(alarm, Trigger.RAISE, source_time=at, value=value, limit=alarm.rule.limit)


def clear(alarm: Alarm) -> Alarm:
    """Let the condition of an alarm end."""
    return move(alarm, Trigger.CLEAR)
