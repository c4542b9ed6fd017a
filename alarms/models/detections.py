"""Detection events, their snapshots, and pictures that have not passed the image gate yet."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from devices.models import Device, Site


class Detection(models.Model):
    """One hazard that a camera saw, from its start to its end: evidence, which outlives its camera.

    ``event`` is the id that the gateway gave it. All its phases are joined here: see phases.py.
    """

    class State(models.TextChoices):
        ACTIVE = "active", _("active")
        ENDED = "ended", _("ended")

    event = models.UUIDField(_("event"))
    gateway = models.ForeignKey(
        Device,
        models.SET_NULL,
        null=True,
        related_name="told_detections",
        verbose_name=_("gateway"),
    )
    camera = models.ForeignKey(
        Device, models.SET_NULL, null=True, related_name="detections", verbose_name=_("camera")
    )
    camera_uid = models.CharField(_("camera"), max_length=64)  # as it was called then
    site = models.ForeignKey(
        Site, models.PROTECT, related_name="detections", verbose_name=_("site")
    )
    label = models.CharField(_("class"), max_length=32)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.ACTIVE)
    # source times
    since = models.DateTimeField(_("since"))  # of the first picture that it was seen in
    at = models.DateTimeField(_("last told"))  # of the newest phase
    # empty although it has ended: its gateway forgot it, see forgotten.py
    ended_at = models.DateTimeField(_("ended"), null=True)
    # "over", "stopped" or "changed", see edge/wire/detections.py; empty: it lasts, or nobody told
    ended_why = models.CharField(_("why it ended"), max_length=8, blank=True, default="")
    received_at = models.DateTimeField(_("received"))  # of the first phase
    heard_at = models.DateTimeField(_("last heard of"))  # when its newest phase came
    score = models.FloatField(_("confidence"))  # median over pictures, at ``at``
    peak = models.FloatField(_("highest confidence"))
    threshold = models.FloatField(_("threshold"))
    # the highest median that was told; empty: it was told before this was kept
    reached = models.FloatField(_("highest median"), null=True)
    zone = models.CharField(_("zone"), max_length=128, blank=True)
    track = models.IntegerField(_("track"), default=0)
    model = models.CharField(_("model"), max_length=64)  # sha256 of the weights
    # it was old already when it was first heard of: shown, but never rung
    historical = models.BooleanField(_("historical"), default=False)
    legal_hold = models.BooleanField(
        _("legal hold"),
        default=False,
        help_text=_("Neither it nor its pictures are deleted, however old they are."),
    )
    hold_reason = models.CharField(  # of the last change of the hold
        _("why it is held"), max_length=200, blank=True, default=""
    )

    class Meta:
        ordering = ("-since", "-pk")
        verbose_name = _("detection")
        verbose_name_plural = _("detections")
        constraints = [
            models.UniqueConstraint(fields=("gateway", "event"), name="one_detection_per_event"),
        ]
        indexes = [
            models.Index(fields=("site", "-since"), name="detections_by_site"),
            models.Index(fields=("camera", "-since"), name="detections_by_camera"),
            models.Index(fields=("label", "since"), name="detections_by_label"),
            models.Index(fields=("site",), condition=Q(state="active"), name="detections_active"),
        ]

    def __str__(self) -> str:
        return f"{self.camera_uid} {self.label} {self.since:%Y-%m-%d %H:%M:%S}"


class Snapshot(models.Model):
    """A picture of a detection, and what became of it at the image gate."""

    class State(models.TextChoices):
        PENDING = "pending", _("waits for the image gate")
        READY = "ready", _("ready")
        REFUSED = "refused", _("refused")

    class Role(models.TextChoices):
        BEST = "best", _("best")
        BEFORE = "before", _("before")
        AFTER = "after", _("after")

    detection = models.ForeignKey(Detection, models.CASCADE, related_name="snapshots")
    role = models.CharField(_("role"), max_length=8, choices=Role.choices)
    at = models.DateTimeField(_("time"))  # source time
    sha256 = models.CharField(max_length=64)  # of the picture as the gateway sent it
    width = models.PositiveSmallIntegerField(_("width"))  # pixels
    height = models.PositiveSmallIntegerField(_("height"))
    # edge.wire.Box each: label, score, x, y, w, h
    boxes: models.JSONField[list[Any], list[Any]] = models.JSONField(_("boxes"), default=list)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.PENDING)
    reason = models.CharField(_("reason"), max_length=32, blank=True)  # see gate.py
    # names in the storage; empty until the gate let it through
    name = models.CharField(max_length=100, blank=True)
    thumb = models.CharField(max_length=100, blank=True)
    bytes = models.PositiveIntegerField(_("size, bytes"), default=0)  # of the stored picture

    class Meta:
        ordering = ("at", "pk")
        verbose_name = _("snapshot")
        verbose_name_plural = _("snapshots")
        constraints = [
            models.UniqueConstraint(
                fields=("detection", "role", "sha256"), name="one_snapshot_per_picture"
            ),
        ]
        indexes = [models.Index(fields=("name",), name="snapshots_by_name")]

    def __str__(self) -> str:
        return f"{self.detection_id} {self.role}"


class SnapshotUpload(models.Model):
    """The bytes of a picture as they came, until the gate has looked at them.

    They are kept here and not in a file, so that they are committed with their detection, and so
    that nothing is ever served that did not pass the gate.
    """

    snapshot = models.OneToOneField(
        Snapshot, models.CASCADE, primary_key=True, related_name="upload"
    )
    jpeg = models.BinaryField()
    attempts = models.PositiveSmallIntegerField(default=0)  # that ended with the gate, see gate.py

    class Meta:
        verbose_name = _("snapshot upload")
        verbose_name_plural = _("snapshot uploads")

    def __str__(self) -> str:
        return str(self.snapshot_id)
