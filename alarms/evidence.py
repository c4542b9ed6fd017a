"""What proves an occurrence of an alarm, as one ZIP file with a SHA-256 of every part.

The parts are made from what is stored: the journal, the readings around it, the pictures of the
detection, and the rule with its changes. ``manifest.json`` names each part with its digest; the
digest of the manifest itself is told beside the file and written into the audit trail.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from alarms import files
from alarms.journal import fields_of_entry
from alarms.models import Alarm, Detection, JournalEntry, Snapshot
from alarms.states import Trigger
from devices.audit import Fields, record
from devices.models import AuditEntry, Tag
from devices.stored import series_of
from devices.trends import Window

AROUND: Final = timedelta(seconds=60)  # of the trend, before the raise and after the return
LONGEST: Final = timedelta(hours=24)  # of the trend of an alarm that lasts
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would compute


class NoSuchOccurrence(LookupError):
    """The alarm was never raised so often, or not live."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The file, and what to compare it with later."""

    name: str
    content: bytes
    manifest_sha256: str


def evidence_of(alarm: Alarm, occurrence: int) -> Evidence:
    """Put together what proves one occurrence. Who takes it is written into the audit trail.

    Args:
        alarm: of `listing.with_names`.
        occurrence: its number, from 1.

    Raises:
        NoSuchOccurrence: there is none with this number.
    """
    entries = list(
        JournalEntry.objects.filter(alarm_id=alarm.pk, occurrence=occurrence).order_by("pk")
    )
    raised = next((entry for entry in entries if entry.action == Trigger.RAISE), None)
    if raised is None:
        raise NoSuchOccurrence
    parts = dict(_parts(alarm, raised, entries))
    manifest = _json(
        {
            "alarm": alarm.pk,
            "occurrence": occurrence,
            "made_at": timezone.now(),
            "parts": [
                {"name": name, "bytes": len(part), "sha256": hashlib.sha256(part).hexdigest()}
                for name, part in sorted(parts.items())
            ],
        }
    )
    digest = hashlib.sha256(manifest).hexdigest()
    record("export", alarm, None, {"occurrence": occurrence, "manifest_sha256": digest})
    name = f"alarm-{alarm.pk}-{occurrence}.zip"
    return Evidence(name, _zip(parts | {"manifest.json": manifest}), digest)


def _parts(
    alarm: Alarm, raised: JournalEntry, entries: Sequence[JournalEntry]
) -> Iterator[tuple[str, bytes]]:
    journal = [fields_of_entry(entry) for entry in entries]
    yield "journal.json", _json(journal)
    yield "journal.csv", _csv(list(journal[0]), journal)
    yield "rule.json", _json(_rule(alarm, raised))
    for tag in _tags(alarm):
        name = f"trend/{tag.device.uid}.{tag.name.replace('/', '_')}.csv"
        yield name, _trend(tag, raised.source_time, _end(entries))
    yield from _pictures(raised.detection_id)


def _rule(alarm: Alarm, raised: JournalEntry) -> dict[str, Any]:
    """Return the rule as it is, and its changes: so it is known how it was in any version."""
    rule = alarm.rule
    changes = AuditEntry.objects.filter(kind="rule", object_id=str(rule.pk)).order_by("pk")
    fields = {field.name: field.value_from_object(rule) for field in rule._meta.concrete_fields}
    return {
        "version_that_raised": raised.rule_version,
        "version_now": rule.version,
        "now": fields,
        "changes": list(changes.values("number", "at", "actor", "action", "before", "after")),
    }


def _tags(alarm: Alarm) -> list[Tag]:
    ids = set(alarm.watches.exclude(tag=None).values_list("tag_id", flat=True))
    if alarm.tag_id is not None:
        ids.add(alarm.tag_id)
    return list(Tag.objects.select_related("device").filter(pk__in=ids).order_by("pk"))


def _end(entries: Sequence[JournalEntry]) -> datetime:
    cleared = [entry.source_time for entry in entries if entry.action == Trigger.CLEAR]
    return cleared[-1] if cleared else timezone.now()


def _trend(tag: Tag, since: datetime, until: datetime) -> bytes:
    until = min(until, since + LONGEST)
    window = Window(_ms(since - AROUND), _ms(until + AROUND))
    series = series_of(tag.pk, window)
    rows = [
        {
            "time": datetime.fromtimestamp(at / 1000, UTC).isoformat(),
            "value": "" if value != value else value,
            "unit": tag.unit,
            "good": good,
        }
        for at, value, good in zip(
            series.at.tolist(), series.value.tolist(), series.good.tolist(), strict=True
        )
    ]
    return _csv(["time", "value", "unit", "good"], rows)


def _pictures(detection_id: int | None) -> Iterator[tuple[str, bytes]]:
    detection = Detection.objects.filter(pk=detection_id).first() if detection_id else None
    if detection is None:
        return
    told = {field.name: field.value_from_object(detection) for field in detection._meta.fields}
    snapshots = list(detection.snapshots.filter(state=Snapshot.State.READY))
    boxes = [
        {"file": _file(each), "role": each.role, "at": each.at, "boxes": each.boxes,
         "sha256_as_sent": each.sha256}
        for each in snapshots
    ]  # fmt: skip
    yield "detection.json", _json({"detection": told, "pictures": boxes})
    for each in snapshots:
        try:
            yield _file(each), files.read(each.name)
        except FileNotFoundError:  # the manifest then has no such part
            continue


def _file(snapshot: Snapshot) -> str:
    return f"pictures/{snapshot.pk}-{snapshot.role}.jpg"


def _json(value: object) -> bytes:
    return json.dumps(value, indent=1, ensure_ascii=False, cls=DjangoJSONEncoder).encode()


def _csv(names: Sequence[str], rows: Sequence[Fields]) -> bytes:
    """Write a table that a spreadsheet opens rightly, and in which it computes nothing."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(names)
    writer.writerows([_cell(row[name]) for name in names] for row in rows)
    return ("\ufeff" + out.getvalue()).encode()


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _zip(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, part in sorted(parts.items()):
            file.writestr(name, part)
    return out.getvalue()


def _ms(time: datetime) -> int:
    return round(time.timestamp() * 1000)
