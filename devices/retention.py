"""What is made ahead of its time, and what is given up after it."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.conf import settings
from django.db import connection, transaction

from devices import rollups, sums
from devices.models import Connection, Gap, GatewayEvent, Quarantined
from devices.partitions import drop_before, ensure_days
from devices.posting import forget_keys

AHEAD_DAYS: Final = 3


def keep_partitions(now: dt.datetime) -> int:
    """Make the partitions of the days to come and drop those whose readings are too old.

    Ingest makes a missing partition by itself; one that is there already costs it nothing.

    Returns:
        Number of dropped partitions.
    """
    today = now.astimezone(dt.UTC).date()
    ahead = [today + dt.timedelta(days=days) for days in range(AHEAD_DAYS + 1)]
    with transaction.atomic(), connection.cursor() as cursor:
        ensure_days(cursor, ahead)
        ensure_days(cursor, ahead, sums.MINUTES)
    # ingest takes a day less, so that nothing is just being copied into what is dropped
    first = today - dt.timedelta(days=settings.READINGS_KEEP_DAYS)
    return _drop_days(dt.datetime.combine(first, dt.time(), dt.UTC))


def _drop_days(before: dt.datetime) -> int:
    """Drop readings, and their sums by the minute; the sums by the quarter hour are made first."""
    rollups.finish(before)
    with transaction.atomic(), connection.cursor() as cursor:
        rollups.make_final(cursor, before)
        drop_before(cursor, before.date(), sums.MINUTES)
        return drop_before(cursor, before.date())


def drop_old_rows(now: dt.datetime) -> dict[str, int]:
    """Delete what goes with readings that are no longer kept, and keys nobody sends again.

    Returns:
        Name of what was deleted -> number of rows.
    """
    limit = now - dt.timedelta(days=settings.READINGS_KEEP_DAYS)
    old = {
        "connections": Connection.objects.filter(closed_at__lt=limit),
        "gateway events": GatewayEvent.objects.filter(received_at__lt=limit),
        "gaps": Gap.objects.filter(received_at__lt=limit),
        "quarantined": Quarantined.objects.filter(received_at__lt=limit),
    }
    keep = max(sums.KEEP, dt.timedelta(days=settings.READINGS_KEEP_DAYS))
    deleted = {name: rows.delete()[0] for name, rows in old.items()}
    return deleted | {"sums": sums.forget_old(now, keep=keep), "keys": forget_keys()}
