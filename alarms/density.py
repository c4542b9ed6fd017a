"""How many detections there were when: counted by the database, in equal stretches and by day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Count, ExpressionWrapper, FloatField, Q, QuerySet
from django.db.models.functions import Extract, Floor, TruncDate

from alarms.models import Detection
from alarms.reviews import unreviewed, with_reviewed
from devices.access import AnyUser

MOST_BINS: Final = 200
_FIRST: Final = ("fire", "smoke", "no_helmet")  # the gravest at the bottom of each bar


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time, divided into equal parts."""

    begin: dt.datetime
    end: dt.datetime
    step: dt.timedelta

    @property
    def bins(self) -> int:
        """Into how many; the last one may be shorter."""
        return -(-(self.end - self.begin) // self.step)


@dataclass(frozen=True, slots=True)
class Day:
    """How many there were on one day of the plant."""

    day: dt.date
    total: int
    unreviewed: int  # by whoever asks


def counts_in(rows: QuerySet[Detection], stretch: Stretch) -> dict[str, list[int]]:
    """Count detections by class and part of a time; classes in the order of their gravity.

    Raises:
        ValueError: there are more than `MOST_BINS` parts.
    """
    if stretch.bins > MOST_BINS:
        raise ValueError(f"{stretch.bins} parts")
    seconds = Extract("since", "epoch", tzinfo=dt.UTC)
    place = ExpressionWrapper(
        (seconds - stretch.begin.timestamp()) / stretch.step.total_seconds(),
        output_field=FloatField(),
    )
    within = rows.filter(since__gte=stretch.begin, since__lt=stretch.end).order_by()
    groups = within.annotate(bin=Floor(place)).values_list("label", "bin")
    found: dict[str, list[int]] = {}
    for label, number, count in groups.annotate(n=Count("pk")):
        row = found.setdefault(label, [0] * stretch.bins)
        row[min(int(number), stretch.bins - 1)] += count
    return {label: found[label] for label in sorted(found, key=_gravity)}


def days_of(
    rows: QuerySet[Detection], days: Sequence[tuple[dt.date, dt.datetime, dt.datetime]],
    zone: dt.tzinfo, user: AnyUser,
) -> list[Day]:  # fmt: skip
    """Count detections by day of the plant, and those that a user has not reviewed.

    Args:
        rows: of which.
        days: following each other, each with its begin and its end.
        zone: of the plant.
        user: whose reviews count.
    """
    within = rows.filter(since__gte=days[0][1], since__lt=days[-1][2]).order_by()
    by_day = with_reviewed(within, user).annotate(day=TruncDate("since", tzinfo=zone))
    still_open = Count("pk", filter=Q(is_reviewed=False))
    groups = by_day.values_list("day").annotate(n=Count("pk"), open=still_open)
    found = {day: (count, left) for day, count, left in groups.values_list("day", "n", "open")}
    return [Day(day, *found.get(day, (0, 0))) for day, _begin, _end in days]


def unreviewed_since(rows: QuerySet[Detection], since: dt.datetime, user: AnyUser) -> int:
    """Count what a user has not reviewed of what was seen since then."""
    return unreviewed(rows.filter(since__gte=since), user).count()


def _gravity(label: str) -> tuple[int, str]:
    return (_FIRST.index(label) if label in _FIRST else len(_FIRST), label)
