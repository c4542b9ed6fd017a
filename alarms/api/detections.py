"""Door to detections and their snapshots. They come from gateways; here they are looked at."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from alarms import reviews
from alarms.api.filters import DetectionFilter
from alarms.api.review_fields import (
    HeldSerializer,
    HoldSerializer,
    JudgeSerializer,
    ReviewedSerializer,
    ReviewManySerializer,
    ReviewSerializer,
    SaidSerializer,
    VerdictSerializer,
    checked,
    meanwhile,
    said_of,
)
from alarms.detections import set_legal_hold
from alarms.gallery import best_of, picture_url, with_pictures
from alarms.models import Detection, Snapshot
from alarms.reviews import with_reviewed
from devices.api.base import ReadOnly
from devices.api.fields import SiteField
from devices.api.problems import Conflict
from devices.api.strict import Base
from devices.models import Role
from devices.selectors import trend_tags


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
    """One hazard from its start to its end.

    ``boxes`` and ``thumb`` are of its best picture. ``state`` is how it was when it was told of
    last, at ``heard_at``. One that has ended without ``ended_at`` was never ended by its gateway.
    ``ended_why``: ``over`` (not seen any more), ``stopped`` (its gateway stopped), ``changed`` (its
    rules, zones or camera are others); empty while it lasts, or where nobody told. ``reached`` is
    the highest median of the confidence that was told, null where this was not kept. ``verdict`` is
    the plant's, ``reviewed`` is of whoever asks. ``hold_reason`` is of the last change of the hold.
    """

    site = SiteField(read_only=True)
    camera = serializers.CharField(source="camera_uid", read_only=True)
    event = serializers.CharField(source="event.hex", read_only=True)
    boxes = serializers.SerializerMethodField()
    thumb = serializers.SerializerMethodField()
    verdict = serializers.SerializerMethodField()
    reviewed = serializers.BooleanField(source="is_reviewed", read_only=True)

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
                "reached",
                "threshold",
                "zone",
                "track",
                "model",
            ),
            *("historical", "legal_hold", "hold_reason", "verdict", "reviewed", "boxes", "thumb"),
        )
        read_only_fields = fields

    @extend_schema_field(BoxSerializer(many=True))
    def get_boxes(self, row: Detection) -> list[Any]:
        """Return what was found in its best picture; none: it has no picture."""
        best = best_of(row)
        return best.boxes if best else []

    def get_thumb(self, row: Detection) -> str | None:
        """Return where the thumbnail of its best picture is."""
        return picture_url(best_of(row), "thumb")

    @extend_schema_field(SaidSerializer(allow_null=True))
    def get_verdict(self, row: Detection) -> dict[str, Any] | None:
        """Return what somebody said that it was; null: nobody has."""
        return said_of(getattr(row, "verdict", None))


class WholeDetectionSerializer(DetectionSerializer):
    """The same with all its pictures.

    ``trend_tags`` are up to eight tags to look at beside it at ``/api/v1/trends/``: of the camera's
    area, or what the camera tells of itself where the area has none.
    """

    snapshots = SnapshotSerializer(many=True, read_only=True)
    trend_tags = serializers.SerializerMethodField()

    class Meta(DetectionSerializer.Meta):
        fields = (*DetectionSerializer.Meta.fields, "snapshots", "trend_tags")  # type: ignore[assignment]

    def get_trend_tags(self, row: Detection) -> list[int]:
        """Return their ids; none: there are none, or the camera is not known any more."""
        return trend_tags(row.camera) if row.camera else []


class Detections(ReadOnly):
    """What cameras saw, the newest first, and what people say of it."""

    queryset = Detection.objects.select_related("site").order_by("-since", "-pk")
    serializer_class = WholeDetectionSerializer
    lookup_value_converter = "int"
    http_method_names = ["get", "post", "head"]
    filterset_class = DetectionFilter
    search_fields = ("camera_uid", "camera__name", "label", "zone")
    ordering_fields = ("since", "at", "received_at", "score", "peak")

    def need(self) -> Role:
        """Whoever sees a detection may review it; a verdict and a hold are the plant's."""
        needs = {"verdict": Role.OPERATOR, "hold": Role.ENGINEER}
        return needs.get(self.action, Role.VIEWER)

    def get_queryset(self) -> QuerySet[Any]:
        """Have at hand the pictures, and what whoever asks has reviewed."""
        rows = with_reviewed(with_pictures(super().get_queryset()), self.request.user)
        return rows if self.action == "list" else rows.prefetch_related("snapshots")

    def get_serializer_class(self) -> type[DetectionSerializer]:
        """Leave the pictures out of lists."""
        return DetectionSerializer if self.action == "list" else WholeDetectionSerializer

    @extend_schema(request=ReviewSerializer, responses=ReviewedSerializer)
    @action(detail=True, methods=["post"])
    def review(self, request: Request, pk: int) -> Response:
        """Note that you have looked at it, or take that back. Others do not see it."""
        asked = checked(ReviewSerializer, request)
        return self._review([self.get_object().pk], reviewed=asked["reviewed"])

    @extend_schema(
        operation_id="detections_review_many",
        request=ReviewManySerializer,
        responses=ReviewedSerializer,
    )
    @action(detail=False, methods=["post"], url_path="review", url_name="review-many")
    def review_many(self, request: Request) -> Response:
        """Do the same to up to 200; ``done`` has those that there are."""
        asked = checked(ReviewManySerializer, request)
        return self._review(asked["ids"], reviewed=asked["reviewed"])

    def _review(self, ids: list[int], *, reviewed: bool) -> Response:
        done = reviews.review(ids=ids, by=self.user, reviewed=reviewed)
        return Response({"done": done, "reviewed": reviewed})

    @extend_schema(request=JudgeSerializer, responses=VerdictSerializer)
    @action(detail=True, methods=["post"])
    def verdict(self, request: Request, pk: int) -> Response:
        """Say for the plant what it was; empty takes it back. 409: somebody else was faster."""
        row, asked = self.get_object(), checked(JudgeSerializer, request)
        try:
            said = reviews.judge(
                detection=row,
                by=self.user,
                kind=asked["verdict"],
                note=asked["note"],
                was=asked.get("was"),
            )
        except reviews.JudgedMeanwhile as error:
            raise Conflict(meanwhile(error.now)) from error
        return Response({"id": row.pk, "verdict": said_of(said)})

    @extend_schema(request=HoldSerializer, responses=HeldSerializer)
    @action(detail=True, methods=["post"])
    def hold(self, request: Request, pk: int) -> Response:
        """Keep it and its pictures beyond their time, or no longer. Both need a reason."""
        row, asked = self.get_object(), checked(HoldSerializer, request)
        set_legal_hold(detection=row, **asked)
        held = {"legal_hold": row.legal_hold, "hold_reason": row.hold_reason}
        return Response({"id": row.pk, **held})
