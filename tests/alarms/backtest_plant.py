"""Stored readings, and rules over them that are not saved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from alarms.backtest import Report, backtest
from alarms.models import Kind, Rule
from devices.models import Device, Site, Tag
from devices.partitions import ensure_days

DAY = datetime(2026, 3, 1, tzinfo=UTC)
START = DAY + timedelta(hours=23)
START_MS = int(START.timestamp() * 1000)
END = START + timedelta(days=1)  # more than a day of readings is read in more than one piece
END_MS = START_MS + 86_400_000
GOOD, UNCERTAIN, BAD = 192, 64, 24
Row = tuple[int, float | None, int]  # milliseconds after START, value, quality


def store(tag: Tag, rows: list[Row]) -> None:
    with connection.cursor() as cursor:
        ensure_days(cursor, [(DAY + timedelta(days=n)).date() for n in range(-1, 3)])
        cursor.executemany(
            "insert into devices_reading (source_time, received_time, value, tag_id, quality)"
            " values (to_timestamp(%s / 1000.0), to_timestamp(%s / 1000.0), %s, %s, %s)",
            [[START_MS + t, START_MS + t + i, v, tag.pk, q] for i, (t, v, q) in enumerate(rows)],
        )


def make_tags() -> tuple[Tag, Tag]:
    site = Site.objects.create(slug="east", name="East works")
    device = Device.objects.create(uid="PUMP-1", name="Pump", site=site)
    speed = Tag.objects.create(device=device, name="speed", unit="rpm", silence_ms=10_000)
    return speed, Tag.objects.create(device=device, name="wanted", unit="rpm")


def make_rule(of: Tag, kind: str = Kind.HIGH, **fields: Any) -> Rule:
    """A rule that is not saved."""
    return Rule(**{"site": of.device.site, "kind": kind, "tag": of, "limit": 10.0, **fields})


def run(rule: Rule, *, since: datetime = START, until: datetime = END) -> Report:
    return backtest(rule, since=since, until=until)


def times(report: Report) -> list[tuple[int, int | None]]:
    """From when to when it was active, milliseconds after START."""
    return [
        (o.since - START_MS, None if o.until is None else o.until - START_MS)
        for o in report.counts.occurrences
    ]


def seconds(*values: float | None) -> list[Row]:
    """One reading each second; None is of bad quality."""
    return [(1000 * i, v, BAD if v is None else GOOD) for i, v in enumerate(values)]
