"""How good cameras are, class by class, by what people have said of their detections."""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import Count, F, FloatField, QuerySet
from django.db.models.functions import Coalesce, Floor, Greatest

from alarms.models import Detection, Verdict
from alarms.precision import Advice, Marked, advise
from devices.models import Camera, Site

DAYS: Final = (7, 30, 90)  # that can be looked at; detections are kept for 90 by default
_SAME: Final = 1e-6  # thresholds differ by more
Key = tuple[str, str]  # UID of a camera, class


@dataclass(slots=True)
class Quality:
    """What is known of one class of one camera.

    ``marked`` has those that the present threshold would have reported, and only of times when it
    was not higher: what lay between the two was not reported then, so that the rest is no sample.
    """

    camera: str  # UID
    label: str
    threshold: float  # in force, 0 to 1
    is_own: bool  # it is set for this camera, not taken from the card of its model
    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))  # by verdict; "": none
    marked: list[Marked] = field(default_factory=list)

    @property
    def total(self) -> int:
        """How many detections there were."""
        return sum(self.counts.values())

    @property
    def judged(self) -> int:
        """How many were marked true or false."""
        return self.counts[Verdict.Kind.TRUE] + self.counts[Verdict.Kind.FALSE]

    def advice(self) -> Advice:
        """Say what other thresholds would do."""
        return advise(self.marked, self.threshold * 100)


def quality_of(site: Site, since: dt.datetime) -> list[Quality]:
    """Return each class of each camera of a site of which something was seen since then.

    Args:
        site: where.
        since: earlier detections do not count.
    """
    rows = Detection.objects.filter(site=site, since__gte=since)
    thresholds = _thresholds(site, rows)
    found = {
        key: Quality(*key, threshold=threshold, is_own=is_own)
        for key, (threshold, is_own) in thresholds.items()
    }
    groups = rows.values_list("camera_uid", "label", "verdict__kind").annotate(n=Count("pk"))
    for uid, label, kind, count in groups.order_by():
        if (uid, label) in found:  # else it came between the two queries
            found[uid, label].counts[kind or ""] += count
    for uid, label, threshold, mille, kind, count in _judged(rows):
        known = found.get((uid, label))
        if known is None:
            continue
        now = known.threshold
        if threshold <= now + _SAME and mille / 1000 >= now - 0.001:  # as it was rounded
            is_true = kind == Verdict.Kind.TRUE
            known.marked.append(Marked(mille / 10, is_true, count))
    return sorted(found.values(), key=lambda each: (each.camera, each.label))


def _judged(rows: QuerySet[Detection]) -> Iterable[tuple[str, str, float, float, str, int]]:
    """Count what was marked by what it reached, in thousandths: a bounded number of rows."""
    reached = Coalesce(F("reached"), Greatest("score", "threshold"), output_field=FloatField())
    judged = rows.filter(verdict__kind__in=(Verdict.Kind.TRUE, Verdict.Kind.FALSE))
    counted = judged.annotate(mille=Floor(reached * 1000 + _SAME))
    names = ("camera_uid", "label", "threshold", "mille", "verdict__kind")
    found: Any = counted.values_list(*names).annotate(n=Count("pk")).order_by()
    return found  # type: ignore[no-any-return]


def _thresholds(site: Site, rows: QuerySet[Detection]) -> dict[Key, tuple[float, bool]]:
    """Return the threshold in force by camera and class, and whether it is the camera's own."""
    newest = rows.order_by("camera_uid", "label", "-since", "-pk").distinct("camera_uid", "label")
    known = {
        (uid, label): (threshold, False)
        for uid, label, threshold in newest.values_list("camera_uid", "label", "threshold")
    }
    cameras = Camera.objects.filter(device__site=site)
    for uid, rules in cameras.values_list("device__uid", "rules"):
        for label, threshold in _set_in(rules):
            if (uid, label) in known:
                known[uid, label] = (threshold, True)
    return known


def _set_in(rules: list[Mapping[str, Any]]) -> Iterable[tuple[str, float]]:
    for rule in rules:
        threshold = rule.get("threshold")
        if isinstance(threshold, int | float) and math.isfinite(threshold):
            yield str(rule.get("label", "")), float(threshold)
