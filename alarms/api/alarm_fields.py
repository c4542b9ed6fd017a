"""Alarms, their journal and orders, as the API writes and reads them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from alarms import story
from alarms.api.detections import BoxSerializer
from alarms.models import Alarm, JournalEntry
from alarms.services import MAX_ITEMS
from alarms.wording import own_text
from devices.api.fields import SiteField
from devices.api.strict import Base, Strict

_MOST_ID = 2**63 - 1


class AlarmSerializer(Base[Alarm]):
    """One rule at one source, as it is now.

    ``rev`` goes up with every change; orders send back the one that they were made for.
    ``announced``: it waits for an operator. Times are those of the source, but for ``acked_at``.
    """

    site = SiteField(read_only=True)
    name = serializers.CharField(source="rule.name", read_only=True)
    kind = serializers.CharField(source="rule.kind", read_only=True)
    priority = serializers.IntegerField(source="rule.priority", read_only=True)
    latching = serializers.BooleanField(source="rule.latching", read_only=True)
    label = serializers.CharField(source="rule.label", read_only=True)  # type: ignore[assignment]
    active = serializers.BooleanField(source="status.active", read_only=True)
    announced = serializers.BooleanField(source="status.announced", read_only=True)
    device = serializers.CharField(source="device.uid", read_only=True, default=None)
    device_name = serializers.CharField(source="device.name", read_only=True, default="")
    area = serializers.CharField(source="device.area", read_only=True, default="")
    tag = serializers.IntegerField(source="tag_id", read_only=True, allow_null=True)
    tag_name = serializers.CharField(source="tag.name", read_only=True, default="")
    unit = serializers.CharField(source="tag.unit", read_only=True, default="")
    detection = serializers.IntegerField(source="detection_id", read_only=True, allow_null=True)

    class Meta:
        model = Alarm
        fields = (
            *("id", "rev", "site", "rule", "name", "kind", "priority", "latching", "label"),
            *("state", "active", "announced", "shelved", "suppressed", "out_of_service"),
            *("device", "device_name", "area", "tag", "tag_name", "unit", "detection"),
            *("occurrence", "raised_at", "returned_at", "acked_at", "acked_by", "comment"),
            *("value", "limit", "shelved_until", "one_shot", "held_by", "hold_reason"),
        )
        read_only_fields = fields


class JournalSerializer(Base[JournalEntry]):
    """What happened to an alarm, as it was then.

    As they are now: ``unit``, ``decimals`` and ``tag_label`` of the tag, ``label`` of the rule.

    ``announced``: operators were told that it is active. ``historical``: readings that came late
    told it. ``actor`` is a user name, or ``system``.
    """

    site = serializers.IntegerField(source="site_id", read_only=True)
    alarm = serializers.IntegerField(source="alarm_id", read_only=True)
    rule = serializers.IntegerField(source="rule_id", read_only=True)
    device = serializers.CharField(source="device_uid", read_only=True)
    device_name = serializers.CharField(read_only=True, allow_null=True, default=None)
    holds = serializers.SerializerMethodField()
    unit = serializers.CharField(read_only=True, allow_null=True, default=None)
    decimals = serializers.IntegerField(read_only=True, allow_null=True, default=None)
    tag_label = serializers.CharField(read_only=True, allow_null=True, default=None)
    label = serializers.CharField(  # type: ignore[assignment]  # a field, not DRF's
        read_only=True, allow_null=True, default=None
    )

    class Meta:
        model = JournalEntry
        fields = (
            *("id", "number", "at", "source_time", "site", "alarm", "occurrence"),
            *("rule", "rule_version", "rule_name", "kind", "priority", "device", "device_name"),
            *("area", "tag_name", "action", "before", "after", "holds", "announced", "historical"),
            *("actor", "reason", "value", "limit", "unit", "decimals", "tag_label", "label"),
        )
        read_only_fields = fields

    def get_holds(self, row: JournalEntry) -> list[str]:
        """Return what held it back after this."""
        return row.holds.split(",") if row.holds else []


class OccurrenceSerializer(serializers.Serializer[None]):
    """An earlier time at which the alarm was there."""

    occurrence = serializers.IntegerField()
    raised_at = serializers.DateTimeField(allow_null=True)
    returned_at = serializers.DateTimeField(allow_null=True)
    acked_at = serializers.DateTimeField(allow_null=True)
    acked_by = serializers.CharField(allow_blank=True)
    value = serializers.FloatField(allow_null=True)


class OwnTextField(serializers.CharField):
    """A text of a rule, in the language of the request where nobody but we wrote it."""

    def to_representation(self, value: str) -> str:
        return own_text(super().to_representation(value))


class TrendTagSerializer(serializers.Serializer[None]):
    """A tag whose trend belongs to the alarm; ``lo`` and ``hi`` are its normal range."""

    k = serializers.IntegerField(source="pk")
    name = serializers.CharField()
    label = serializers.CharField(allow_blank=True)  # type: ignore[assignment]  # a field, not DRF's
    unit = serializers.CharField(allow_blank=True)
    dec = serializers.IntegerField(source="decimals")
    lo = serializers.FloatField(source="low", allow_null=True)
    hi = serializers.FloatField(source="high", allow_null=True)


class TrendSerializer(serializers.Serializer[None]):
    """What to ask for at ``/api/v1/trends/``: ten minutes before and after the raise."""

    tags = TrendTagSerializer(many=True)
    from_ms = serializers.IntegerField()
    to_ms = serializers.IntegerField()


class EvidenceSerializer(serializers.Serializer[None]):
    """The detection that raised the alarm, with its best picture once it may be shown."""

    id = serializers.IntegerField(source="detection.pk")
    camera = serializers.CharField(source="detection.camera_uid")
    label = serializers.CharField(source="detection.label")  # type: ignore[assignment]
    score = serializers.FloatField(source="detection.score")
    since = serializers.DateTimeField(source="detection.since")
    image = serializers.CharField(allow_null=True)
    width = serializers.IntegerField(allow_null=True)
    height = serializers.IntegerField(allow_null=True)
    boxes = BoxSerializer(many=True)


class WholeAlarmSerializer(AlarmSerializer):
    """The same with what its rule says, what happened, and what there is to see of it."""

    cause = OwnTextField(source="rule.cause", read_only=True)
    consequence = serializers.CharField(source="rule.consequence", read_only=True)
    action = OwnTextField(source="rule.action", read_only=True)
    journal = serializers.SerializerMethodField()
    earlier = serializers.SerializerMethodField()
    trend = serializers.SerializerMethodField()
    evidence = serializers.SerializerMethodField()

    class Meta(AlarmSerializer.Meta):
        fields = (  # type: ignore[assignment]
            *AlarmSerializer.Meta.fields,
            *("cause", "consequence", "action", "journal", "earlier", "trend", "evidence"),
        )
        read_only_fields = fields  # type: ignore[assignment]

    @extend_schema_field(JournalSerializer(many=True))
    def get_journal(self, row: Alarm) -> Any:
        """Return what happened in this occurrence, the newest first."""
        return JournalSerializer(story.entries_of(row), many=True).data

    @extend_schema_field(OccurrenceSerializer(many=True))
    def get_earlier(self, row: Alarm) -> Any:
        """Return the occurrences before."""
        return OccurrenceSerializer(story.earlier(row), many=True).data  # type: ignore[arg-type]

    @extend_schema_field(TrendSerializer(allow_null=True))
    def get_trend(self, row: Alarm) -> Any:
        """Return which trends belong to it; null: none."""
        found = story.trend_of(row)
        return found and TrendSerializer(found).data  # type: ignore[arg-type]

    @extend_schema_field(EvidenceSerializer(allow_null=True))
    def get_evidence(self, row: Alarm) -> Any:
        """Return what a camera saw; null: none did, or it was deleted since."""
        found = story.evidence_of(row)
        return found and EvidenceSerializer(found).data  # type: ignore[arg-type]


# ---------------------------------------------------------------- orders


class ItemSerializer(Strict):
    """An alarm, and its ``rev`` as whoever orders saw it."""

    id = serializers.IntegerField(min_value=1, max_value=_MOST_ID)
    rev = serializers.IntegerField(min_value=0, max_value=_MOST_ID)


class OrderSerializer(Strict):
    """What is to be done to which alarms. An order that is sent again does nothing again."""

    request_id = serializers.UUIDField()
    items = serializers.ListField(child=ItemSerializer(), min_length=1, max_length=MAX_ITEMS)
    reason = serializers.CharField(
        max_length=500, allow_blank=True, default="", help_text="Or the comment."
    )
    until = serializers.DateTimeField(
        allow_null=True, default=None, help_text="When a shelf ends at the latest."
    )
    one_shot = serializers.BooleanField(
        default=False, help_text="Shelved until the alarm returns to normal, without a time."
    )

    def validate_items(self, items: list[dict[str, int]]) -> list[dict[str, int]]:
        """Refuse an alarm that is named twice."""
        if len({item["id"] for item in items}) != len(items):
            raise serializers.ValidationError("Name each alarm once.")
        return items


class ConflictSerializer(serializers.Serializer[None]):
    """Why one alarm was left as it is, who was first and when, and its ``rev`` now."""

    id = serializers.IntegerField()
    code = serializers.CharField(
        help_text="changed, one_by_one, not_found, not_active, already, still_active,"
        " unacknowledged, not_latched or held"
    )
    by = serializers.CharField(allow_blank=True)
    at = serializers.DateTimeField(allow_null=True)
    rev = serializers.IntegerField(allow_null=True)


class ResultSerializer(serializers.Serializer[None]):
    """What became of an order."""

    done = serializers.ListField(child=serializers.IntegerField())
    conflicts = ConflictSerializer(many=True)


class OrderRefusedSerializer(serializers.Serializer[None]):
    """Problem details: nothing was done, and why, alarm by alarm."""

    status = serializers.IntegerField()
    code = serializers.CharField()
    title = serializers.CharField()
    detail = serializers.CharField()
    errors = serializers.DictField(  # type: ignore[assignment]  # a field, not DRF's
        child=serializers.ListField(child=serializers.CharField())
    )
    conflicts = ConflictSerializer(many=True)
