"""What is deleted when its time is over: detections with their pictures, by class."""

from __future__ import annotations

import datetime as dt
from itertools import groupby
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from alarms import files, gallery
from alarms.models import Detection, JournalEntry, Snapshot

_AT_ONCE: Final = 200


def drop_old_detections(now: dt.datetime) -> int:
    """Delete what is older than its class is kept for, unless it is on legal hold.

    Returns:
        Number of deleted detections.
    """
    total = 0
    while dropped := _drop_some(now):
        total += dropped
    return total


@transaction.atomic
def _drop_some(now: dt.datetime) -> int:
    """Delete some, files before the commit: rather a picture that is gone than one that stays."""
    old = Detection.objects.select_for_update(skip_locked=True, of=("self",)).filter(_old(now))
    waiting = Snapshot.objects.filter(state=Snapshot.State.PENDING)
    old = old.exclude(pk__in=waiting.values("detection_id"))  # the gate is about to name files
    rows = list(old.order_by("site_id", "pk")[:_AT_ONCE])
    ids = [row.pk for row in rows]
    pictures = list(Snapshot.objects.filter(detection__in=ids))
    Detection.objects.filter(pk__in=ids).delete()
    names = [name for picture in pictures for name in (picture.name, picture.thumb)]
    files.delete_unused([picture.sha256 for picture in pictures], names)
    for site_id, here in groupby(rows, lambda row: row.site_id):
        gallery.announce_gone(site_id, [row.pk for row in here])
    return len(ids)


def _old(now: dt.datetime) -> Q:
    by_label = settings.DETECTIONS_KEEP_DAYS_BY_LABEL
    others = ~Q(label__in=by_label) & _before(now, settings.DETECTIONS_KEEP_DAYS)
    for label, days in by_label.items():
        others |= Q(label=label) & _before(now, days)
    return Q(legal_hold=False) & others & ~(_rang() & ~_before(now, settings.READINGS_KEEP_DAYS))


def _rang() -> Q:
    """Those that raised an alarm are its evidence: they are kept as long as the readings are."""
    return Q(pk__in=JournalEntry.objects.exclude(detection_id=None).values("detection_id"))


def _before(now: dt.datetime, days: int) -> Q:
    return Q(since__lt=now - dt.timedelta(days=days))
