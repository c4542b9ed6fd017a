"""Readings of the last minutes, put straight into the table."""

from __future__ import annotations

import datetime as dt

from django.db import connection
from django.utils import timezone

from devices.models import Tag
from devices.partitions import ensure_days

GOOD = 192


def store_readings(tag: Tag, *readings: tuple[float, float]) -> None:
    """Store good readings: (seconds ago, value) each."""
    now = timezone.now()
    rows = [(now - dt.timedelta(seconds=ago), value) for ago, value in readings]
    with connection.cursor() as cursor:
        ensure_days(cursor, sorted({at.date() for at, _ in rows}))
        cursor.executemany(
            "insert into devices_reading (source_time, received_time, value, tag_id, quality)"
            " values (%s, %s, %s, %s, %s)",
            [[at, at, value, tag.pk, GOOD] for at, value in rows],
        )
