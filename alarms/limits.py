"""At which values of a tag alarms are raised: what pages draw beside its value."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from alarms.models import Kind, Rule
from devices.selectors import Row

LIMIT_KINDS: Final = (Kind.LOW_LOW, Kind.LOW, Kind.HIGH, Kind.HIGH_HIGH)  # from below


def limits_of(tags: Iterable[int]) -> list[Row]:
    """Return the limits of the rules in force of tags, which are named by their keys.

    Returns:
        ``{tag, kind, limit, priority}``, from the lowest limit of a tag to the highest.
    """
    rules = Rule.objects.filter(
        tag__in=tags, enabled=True, kind__in=LIMIT_KINDS, limit__isnull=False
    )
    fields = ("tag_id", "kind", "limit", "priority")
    rows = rules.order_by("tag_id", "limit", "kind", "priority").values_list(*fields)
    urgent = {row[:3]: row for row in reversed(rows)}  # of those at the same limit
    return [
        dict(zip(("tag", "kind", "limit", "priority"), urgent[key], strict=True))
        for key in reversed(urgent)
    ]
