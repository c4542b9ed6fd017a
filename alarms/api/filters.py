"""What lists can be narrowed down by."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django.db.models import Q, QuerySet

from alarms.models import Alarm, Detection, JournalEntry, Kind, Priority, Rule, Verdict
from devices.models import Site


class DetectionFilter(filters.FilterSet):
    """Detections by where, what, when and how certain."""

    site = filters.CharFilter(field_name="site__slug", label="slug")
    camera = filters.CharFilter(field_name="camera_uid", label="UID")
    since = filters.IsoDateTimeFilter(field_name="since", lookup_expr="gte", label="began then")
    until = filters.IsoDateTimeFilter(field_name="since", lookup_expr="lt", label="began before")
    min_score = filters.NumberFilter(field_name="score", lookup_expr="gte", label="0 to 1")
    verdict = filters.ChoiceFilter(field_name="verdict__kind", choices=Verdict.Kind.choices)
    judged = filters.BooleanFilter(
        field_name="verdict", lookup_expr="isnull", exclude=True, label="somebody gave a verdict"
    )
    reviewed = filters.BooleanFilter(field_name="is_reviewed", label="by whoever asks")

    class Meta:
        model = Detection
        fields = ("label", "state", "historical", "legal_hold")


class AlarmFilter(filters.FilterSet):
    """Alarms by where, what and how they are."""

    site = filters.CharFilter(field_name="site__slug", label="slug")
    device = filters.CharFilter(field_name="device__uid", label="UID")
    area = filters.CharFilter(field_name="device__area", label="area of the device")
    kind = filters.ChoiceFilter(field_name="rule__kind", choices=Kind.choices)
    priority = filters.ChoiceFilter(field_name="rule__priority", choices=Priority.choices)

    class Meta:
        model = Alarm
        fields = ("state", "shelved", "suppressed", "out_of_service")


class JournalFilter(filters.FilterSet):
    """The journal by where, what, who and when."""

    site = filters.CharFilter(method="by_site", label="slug")
    alarm = filters.NumberFilter(field_name="alarm_id", label="number of the alarm")
    device = filters.CharFilter(field_name="device_uid", label="UID")
    priority = filters.ChoiceFilter(choices=Priority.choices)
    since = filters.IsoDateTimeFilter(field_name="at", lookup_expr="gte", label="from then on")
    until = filters.IsoDateTimeFilter(field_name="at", lookup_expr="lt", label="before then")

    class Meta:
        model = JournalEntry
        fields = ("action", "actor", "area", "kind", "historical")

    def by_site(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Keep those of a site; an entry outlives it, so there is no key to follow."""
        return rows.filter(site_id__in=Site.objects.filter(slug=value).values("pk"))


class RuleFilter(filters.FilterSet):
    """Rules by where, what and whence."""

    site = filters.CharFilter(field_name="site__slug", label="slug")
    device = filters.CharFilter(method="by_device", label="UID: rules of it, or of its tags")
    tag = filters.NumberFilter(field_name="tag_id", label="number of the tag")

    class Meta:
        model = Rule
        fields = ("kind", "priority", "enabled", "latching", "origin", "overridden", "label")

    def by_device(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Keep those of a device or of one of its tags."""
        return rows.filter(Q(device__uid=value) | Q(tag__device__uid=value))
