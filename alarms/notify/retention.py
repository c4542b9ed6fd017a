"""Deletes from the delivery log what is old."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.conf import settings

from alarms.models import OPEN_STATES, Notification

_AT_ONCE: Final = 1000


def drop_old_notifications(now: dt.datetime) -> int:
    """Delete notifications that were queued so long ago and have ended, with their attempts.

    Returns:
        Number of deleted notifications.
    """
    limit = now - dt.timedelta(days=settings.NOTIFICATIONS_KEEP_DAYS)
    old = Notification.objects.exclude(state__in=OPEN_STATES).filter(created_at__lt=limit)
    total = 0
    while ids := list(old.values_list("pk", flat=True)[:_AT_ONCE]):
        Notification.objects.filter(pk__in=ids).delete()
        total += len(ids)
    return total
