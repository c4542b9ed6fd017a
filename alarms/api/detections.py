"""Door to detections and their snapshots. They come from gateways; here they are looked at."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from alarms.api.filters import DetectionFilter
from alarms.detections import set_legal_hold
from alarms.gallery import best_of, picture_url, with_pictures
from alarms.models import Detection, Snapshot
from devices.api.base import Registry
from devices.api.fields import SiteField
from devices.api.strict import Base


class BoxSerializer(serializers.Serializer[None]):
    """A rectangle in a picture, in shares of its width and height."""

    label = serializers.CharField(read_only=True)  # type: ignore[assignment]  # a field, not DRF's
    score = serializers.FloatField(read_only=True)
    x = serializers.FloatField(read_only=True)
    y = serializers.FloatField(read_only=True)
    w = serializers.FloatField(read_only=True)
    h = serializers.FloatField(read_only=True)


class SnapshotSerializer(Base[Snapshot]):
    """A picture. ``image`` and ``thumb`` are addresses, once the image gate let it through."""

    boxes = BoxSerializer(many=True, read_only=True)
    image = serializers.SerializerMethodField()
    thumb = serializers.SerializerMethodField()

    class Meta:
        model = Snapshot
        fields = (
            *("id", "role", "at", "sha256", "width", "height", "boxes", "bytes"),
            *("state", "reason", "image", "thumb"),
        )
        read_only_fields = fields

    def get_image(self, row: Snapshot) -> str | None:
        """Return where it is."""
        return picture_url(row, "full")

    def get_thumb(self, row: Snapshot) -> str | None:
        """Return where it is."""
        return picture_url(row, "thumb")


class DetectionSerializer(Base[Detection]):
    """One hazard from its start to its end. Only the legal hold can be changed.

    ``boxes`` and ``thumb`` are of its best picture. ``state`` is how it was when it was told of
    last, at ``heard_at``. One that has ended without ``ended_at`` was never ended by its gateway.
    ``ended_why``: ``over`` (not seen any more), ``stopped`` (its gateway stopped), ``changed`` (its
    rules, zones or camera are others); empty while it lasts, or where nobody told.
    """

    site = SiteField(read_only=True)
    camera = serializers.CharField(source="camera_uid", read_only=True)
    event = serializers.CharField(source="event.hex", read_only=True)
    boxes = serializers.SerializerMethodField()
    thumb = serializers.SerializerMethodField()

    class Meta:
        model = Detection
        fields = (
            *("id", "event", "site", "camera", "label", "state", "since", "at", "ended_at"),
            *(
                "ended_why",
                "received_at",
                "heard_at",
                "score",
                "peak",
                "threshold",
                "zone",
                "track",
                "model",
            ),
            *("historical", "legal_hold", "boxes", "thumb"),
        )
        read_only_fields = tuple(name for name in fields if name != "legal_hold")

    @extend_schema_field(BoxSerializer(many=True))
    def get_boxes(self, row: Detection) -> list[Any]:
        """Return what was found in its best picture; none: it has no picture."""
        best = best_of(row)
        return best.boxes if best else []

    def get_thumb(self, row: Detection) -> str | None:
        """Return where the thumbnail of its best picture is."""
        return picture_url(best_of(row), "thumb")


class WholeDetectionSerializer(DetectionSerializer):
    """The same with all its pictures."""

    snapshots = SnapshotSerializer(many=True, read_only=True)

    class Meta(DetectionSerializer.Meta):
        fields = (*DetectionSerializer.Meta.fields, "snapshots")  # type: ignore[assignment]


class Detections(Registry):
    """What cameras saw, the newest first."""

    queryset = Detection.objects.select_related("site").order_by("-since", "-pk")
    serializer_class = WholeDetectionSerializer
    lookup_value_converter = "int"
    http_method_names = ["get", "patch", "head"]
    filterset_class = DetectionFilter
    search_fields = ("camera_uid", "camera__name", "label", "zone")
    ordering_fields = ("since", "at", "received_at", "score", "peak")

    def get_queryset(self) -> QuerySet[Any]:
        """Have the pictures at hand."""
        rows = with_pictures(super().get_queryset())
        return rows if self.action == "list" else rows.prefetch_related("snapshots")

    def get_serializer_class(self) -> type[DetectionSerializer]:
        """Leave the pictures out of lists."""
        return DetectionSerializer if self.action == "list" else WholeDetectionSerializer

    def store(self, row: Detection) -> None:
        """Set or end the legal hold."""
        set_legal_hold(detection=row, hold=row.legal_hold)
