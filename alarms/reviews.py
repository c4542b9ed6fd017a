"""What people say of detections: I have looked at it; it was a hazard, or none."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from alarms import gallery
from alarms.models import MOST_NOTE, Detection, Review, Verdict
from devices.access import AnyUser, rows_for
from devices.audit import fields_of, record, recorded

MOST_AT_ONCE: Final = 200


class JudgedMeanwhile(Exception):
    """Somebody else has said something since the page was painted: look again, then decide."""

    def __init__(self, now: Verdict | None) -> None:
        super().__init__("judged meanwhile")
        self.now = now


@transaction.atomic
def review(*, ids: Collection[int], by: User, reviewed: bool = True) -> list[int]:
    """Note that somebody has looked at detections, or take that back.

    Args:
        ids: of detections; those that the user may not see, or that were deleted, do not count.
        by: who has looked. Nobody else's reviews are touched.
        reviewed: False takes it back.

    Returns:
        The ids that count, in order.

    Raises:
        ValidationError: there are more than `MOST_AT_ONCE`.
    """
    if len(ids) > MOST_AT_ONCE:
        message = _("At most %(most)d detections at once.") % {"most": MOST_AT_ONCE}
        raise ValidationError({"ids": message})
    visible = rows_for(by, Detection).filter(pk__in=ids).order_by("pk")
    known = list(visible.values_list("pk", flat=True))
    if reviewed:
        now = timezone.now()
        rows = [Review(user=by, detection_id=pk, at=now) for pk in known]
        Review.objects.bulk_create(rows, ignore_conflicts=True)
    else:
        Review.objects.filter(user=by, detection__in=known).delete()
    return known


@transaction.atomic
def judge(
    *, detection: Detection, by: User, kind: str, note: str = "", was: str | None = None
) -> Verdict | None:
    """Say for the whole plant what a detection was. Whoever says it has reviewed it, too.

    Args:
        detection: of which.
        by: who says it.
        kind: a `Verdict.Kind`; empty takes back what was said.
        note: why.
        was: what the page showed when they decided, empty for nothing; None: whatever it is.

    Returns:
        What is said now.

    Raises:
        ValidationError: there is no such verdict, or the note is too long.
        JudgedMeanwhile: it is not as ``was`` says, and not what is wanted either.
    """
    if kind and kind not in Verdict.Kind.values:
        raise ValidationError({"verdict": _("There is no such verdict.")})
    if len(note) > MOST_NOTE:
        raise ValidationError({"note": _("At most %d characters.") % MOST_NOTE})
    Detection.objects.select_for_update(no_key=True).get(pk=detection.pk)  # one at a time
    known = Verdict.objects.filter(pk=detection.pk).first()
    now = known.kind if known else ""
    if was is not None and now not in {was, kind}:
        raise JudgedMeanwhile(known)
    review(ids=[detection.pk], by=by)
    if (now, known.note if known else "") == (kind, note.strip()):
        return known
    said = _store(detection, by, kind, note.strip(), known)
    gallery.announce([detection.pk])
    return said


def _store(
    detection: Detection, by: User, kind: str, note: str, known: Verdict | None
) -> Verdict | None:
    if kind:
        name, at = by.get_username(), timezone.now()
        said = Verdict(detection=detection, kind=kind, by=name, at=at, note=note)
        with recorded(said, "judge"):
            said.save()
        return said
    if known is not None:
        record("unjudge", known, fields_of(known), None)
        known.delete()
    return None


def reviewed_among(user: AnyUser, ids: Collection[int]) -> list[int]:
    """Return those of these detections that a user has reviewed."""
    if not isinstance(user, User):
        return []
    rows = Review.objects.filter(user=user, detection__in=ids).order_by("detection")
    return list(rows.values_list("detection", flat=True))


def with_reviewed(rows: QuerySet[Detection], user: AnyUser) -> QuerySet[Detection]:
    """Mark rows as ``is_reviewed`` by a user."""
    return rows.annotate(is_reviewed=_is_reviewed(user))


def unreviewed(rows: QuerySet[Detection], user: AnyUser) -> QuerySet[Detection]:
    """Those of these detections that a user has not reviewed."""
    return rows.filter(~_is_reviewed(user))


def _is_reviewed(user: AnyUser) -> Exists:
    mine = Review.objects.filter(detection=OuterRef("pk"), user__pk=user.pk or 0)
    return Exists(mine)
