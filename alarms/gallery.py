"""What the pages show of detections: a card each, told as events of the topic ``gallery``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from itertools import groupby
from typing import Final

from django.db.models import Prefetch, QuerySet
from django.urls import reverse

from alarms.models import Detection, Snapshot, Verdict
from alarms.phases import patience
from devices.feed import GALLERY, announce_all, rows_told
from devices.selectors import Row

_ORDER: Final = (Snapshot.State.READY, Snapshot.State.PENDING, Snapshot.State.REFUSED)


def announce(detection_ids: Collection[int]) -> None:
    """Tell the pages, with the commit of the caller's transaction, how these detections are now.

    The topics stay locked until that commit, so call it late.
    """
    if not detection_ids:
        return
    found = with_pictures(Detection.objects.filter(pk__in=detection_ids))
    for site_id, rows in groupby(found.order_by("site_id", "pk"), lambda row: row.site_id):
        announce_all(site_id=site_id, topic=GALLERY, payloads=[card(row) for row in rows])


def announce_gone(site_id: int, detection_ids: Iterable[int]) -> None:
    """Tell the pages which of the detections that they show were deleted."""
    gone = sorted(rows_told(site_id=site_id, topic=GALLERY) & set(detection_ids))
    if gone:
        payloads: list[Row] = [{"id": pk, "gone": True} for pk in gone]
        announce_all(site_id=site_id, topic=GALLERY, payloads=payloads)


def with_pictures(rows: QuerySet[Detection]) -> QuerySet[Detection]:
    """Have at hand what `card` needs."""
    best = Snapshot.objects.filter(role=Snapshot.Role.BEST).order_by("-at", "-pk")
    prefetch = Prefetch("snapshots", best, to_attr="best")
    return rows.select_related("camera", "gateway__state", "verdict").prefetch_related(prefetch)


def best_of(row: Detection) -> Snapshot | None:
    """Return the best picture of one of `with_pictures`.

    The newest that can be shown; if none can, one that waits for the gate rather than one refused.
    """
    best: list[Snapshot] = row.best  # type: ignore[attr-defined]  # see with_pictures
    return min(best, key=lambda each: _ORDER.index(each.state), default=None)


def card(row: Detection) -> Row:
    """Return one detection of `with_pictures` as the pages get it; times are epoch milliseconds."""
    best = best_of(row)
    picture = best if best and best.state == Snapshot.State.READY else None
    return {
        "id": row.pk,
        "event": row.event.hex,
        "label": row.label,
        "camera": row.camera_uid,
        "name": row.camera.name if row.camera else row.camera_uid,
        "area": row.camera.area if row.camera else "",
        "since": _ms(row.since),
        "at": _ms(row.at),
        "ended": _ms(row.ended_at),
        "why": row.ended_why,
        "received": _ms(row.received_at),
        "heard": _ms(row.heard_at),
        "patience": round(patience(is_ours=_is_ours(row)).total_seconds() * 1000),
        "score": row.score,
        "peak": row.peak,
        "threshold": row.threshold,
        "zone": row.zone,
        "state": row.state,
        "historical": row.historical,
        "hold": row.legal_hold,
        "hold_reason": row.hold_reason,
        "verdict": verdict_of(row),
        "picture": best.state if best else "none",
        "reason": best.reason if best else "",
        "thumb": picture_url(picture, "thumb"),
        "image": picture_url(picture, "full"),
        "width": picture.width if picture else None,
        "height": picture.height if picture else None,
        "boxes": picture.boxes if picture else [],
    }


def verdict_of(row: Detection) -> Row | None:
    """Return what somebody said that it was; None: nobody has."""
    verdict: Verdict | None = getattr(row, "verdict", None)
    if verdict is None:
        return None
    return {
        "kind": verdict.kind,
        "by": verdict.by,
        "at": _ms(verdict.at),
        "note": verdict.note,
    }


def _is_ours(row: Detection) -> bool:
    state = getattr(row.gateway, "state", None)
    return state is not None and state.config_version is not None


def picture_url(picture: Snapshot | None, size: str) -> str | None:
    """Return where a picture is served, if it is; it never changes there."""
    if picture is None or picture.state != Snapshot.State.READY:
        return None
    return reverse("snapshot", args=[picture.pk, size])


def _ms(time: dt.datetime | None) -> int | None:
    return None if time is None else round(time.timestamp() * 1000)
