"""Detections that their gateway has forgotten: it is there, and tells of them no more.

While a hazard lasts its gateway tells of it again and again, so silence means something: a gateway
that lost its disk, or a phase that its full spool dropped, will never end what it began. Without a
connection silence means nothing, and the pages say so of what was active (``detections.js``).
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.db import transaction
from django.db.models import Q

from alarms import gallery
from alarms.models import Detection
from alarms.phases import patience

_AT_ONCE: Final = 200


def end_forgotten(now: dt.datetime) -> int:
    """End what gateways do not tell of although they could.

    When it ended nobody knows, so ``ended_at`` stays empty. Whatever a gateway tells of it later
    counts as if this had not happened.

    Returns:
        The number of ended detections.
    """
    total = 0
    while ended := _end_some(now):
        total += ended
    return total


@transaction.atomic
def _end_some(now: dt.datetime) -> int:
    active = Detection.objects.select_for_update(no_key=True, skip_locked=True, of=("self",))
    rows = active.filter(_forgotten(now), state=Detection.State.ACTIVE)
    ids = list(rows.order_by("site_id", "pk").values_list("pk", flat=True)[:_AT_ONCE])
    Detection.objects.filter(pk__in=ids).update(state=Detection.State.ENDED)
    gallery.announce(ids)
    return len(ids)


def _forgotten(now: dt.datetime) -> Q:
    untold = Q()
    for is_ours in (True, False):
        long_ago = now - patience(is_ours=is_ours)
        untold |= Q(gateway__state__config_version__isnull=not is_ours) & _untold_since(long_ago)
    return Q(gateway=None) | untold


def _untold_since(limit: dt.datetime) -> Q:
    """Say that since then the gateway and the camera were there, and nothing was told."""
    connected = Q(gateway__state__connected=True, gateway__state__changed_at__lt=limit)
    sees = Q(camera__state__link_down_since=None) & ~Q(camera__state__link_event_at__gte=limit)
    return Q(heard_at__lt=limit) & connected & sees
