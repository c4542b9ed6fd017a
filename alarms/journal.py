"""What happened to alarms: written in the transaction of the change, and never altered.

As in the audit trail (devices/audit.py), a trigger numbers the entries at the commit and links each
to the one before it, and PostgreSQL refuses to update, delete or empty the table. `verify` computes
the chain by itself, so that an altered trigger does not vouch for itself.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Final

from django.utils import timezone

from alarms.models import Alarm, JournalEntry
from alarms.states import Status
from devices.audit import Fields
from devices.chain import Chain, check, digest_in

SYSTEM: Final = "system"
COMMENT: Final = "comment"  # an action that moves nothing


@dataclass(frozen=True, slots=True)
class Happening:
    """What happened, beside the move itself."""

    action: str  # a Trigger, or COMMENT
    source_time: dt.datetime
    actor: str = SYSTEM
    reason: str = ""
    value: float | None = None
    limit: float | None = None
    historical: bool = False
    detection_id: int | None = None
    request_id: uuid.UUID | None = None


def entry_of(
    alarm: Alarm, happening: Happening, before: Status, after: Status, *, announced: bool = False
) -> JournalEntry:
    """Make an entry, not stored yet. ``alarm`` is as it was moved, with rule, tag and device."""
    rule, device = alarm.rule, alarm.device
    return JournalEntry(
        at=timezone.now(),
        source_time=happening.source_time,
        site_id=alarm.site_id,
        alarm_id=alarm.pk,
        occurrence=alarm.occurrence,
        rule_id=rule.pk,
        rule_version=rule.version,
        rule_name=rule.name,
        kind=rule.kind,
        priority=rule.priority,
        source=alarm.source,
        device_uid=device.uid if device else "",
        area=device.area if device else "",
        tag_name=alarm.tag.name if alarm.tag else "",
        action=happening.action,
        before=before.state,
        after=after.state,
        holds=",".join(sorted(after.holds)),
        announced=announced,
        historical=happening.historical,
        actor=happening.actor[:150],
        reason=happening.reason[:500],
        value=happening.value,
        limit=happening.limit,
        detection_id=happening.detection_id
        or (None if happening.historical else alarm.detection_id),
        request_id=happening.request_id,
    )


def fields_of_entry(entry: JournalEntry) -> Fields:
    """Return what an entry says, by column, with the number and digest that the commit gave it."""
    return {field.name: field.value_from_object(entry) for field in entry._meta.concrete_fields}


# ---------------------------------------------------------------- checking

# What the trigger of migration 0006 links, in its order.
_ENTRIES: Final = """
select number, digest, (extract(epoch from at) * 1000000)::int8::text,
       (extract(epoch from source_time) * 1000000)::int8::text,
       site_id::text, alarm_id::text, occurrence::text, rule_id::text, rule_version::text,
       rule_name, kind, priority::text, source, device_uid, area, tag_name, action, before, after,
       holds, announced::text, historical::text, actor, reason, value::text, "limit"::text,
       detection_id::text, request_id::text
from alarms_journalentry where number > %s order by number limit %s"""


def verify() -> Chain:
    """Go through the whole journal and say whether every entry follows from those before it."""
    return check(JournalEntry, _ENTRIES)


def digest_of(number: int) -> str:
    """Return the digest of the entry with this number; empty: there is none."""
    return digest_in(JournalEntry, number)
