"""Around the readings. The readings table itself is partitioned and has no model: see ingest.py."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from devices.models.registry import Device, Tag


class Latest(models.Model):
    """The newest reading of a tag by source time. Historical readings never overwrite it."""

    tag = models.OneToOneField(Tag, models.CASCADE, primary_key=True, related_name="latest")
    source_time = models.DateTimeField()
    received_time = models.DateTimeField()
    value = models.FloatField(null=True)
    quality = models.SmallIntegerField()
    raw = models.TextField(null=True)  # noqa: DJ001 - no text and empty text differ

    class Meta:
        verbose_name = _("latest reading")
        verbose_name_plural = _("latest readings")

    def __str__(self) -> str:
        return f"{self.tag_id} {self.value}"


class Position(models.Model):
    """Number of the last stored frame in one stream of one spool: the fence that stores once."""

    device = models.ForeignKey(Device, models.CASCADE, related_name="positions")
    epoch = models.CharField(max_length=16)
    stream = models.CharField(max_length=8)
    last = models.BigIntegerField(default=0)
    # frames up to it that told of a detection and were joined to it: many make one row
    phases = models.BigIntegerField(default=0)
    updated_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=("device", "epoch", "stream"), name="one_position_per_stream"
            ),
        ]
        verbose_name = _("stream position")
        verbose_name_plural = _("stream positions")

    def __str__(self) -> str:
        return f"{self.device_id} {self.stream} {self.last}"


class Gap(models.Model):
    """Frames that a gateway dropped and said so."""

    device = models.ForeignKey(Device, models.CASCADE, related_name="gaps")
    epoch = models.CharField(max_length=16)
    stream = models.CharField(max_length=8)
    seq_from = models.BigIntegerField()
    seq_to = models.BigIntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    readings = models.BigIntegerField()
    reason = models.CharField(max_length=16)
    received_at = models.DateTimeField()

    class Meta:
        ordering = ("-received_at",)
        verbose_name = _("gap")
        verbose_name_plural = _("gaps")

    def __str__(self) -> str:
        return f"{self.device_id} {self.stream} {self.seq_from}..{self.seq_to} {self.reason}"


class Quarantined(models.Model):
    """A reading that could not be stored, kept as it was sent, with the reason."""

    device = models.ForeignKey(Device, models.CASCADE, related_name="quarantined")
    stream = models.CharField(max_length=8, blank=True)
    seq = models.BigIntegerField(null=True)
    i = models.IntegerField()  # index in the frame, -1 for the whole frame
    code = models.CharField(max_length=32)
    raw = models.TextField()
    received_at = models.DateTimeField()

    class Meta:
        ordering = ("-received_at",)
        verbose_name = _("quarantined reading")
        verbose_name_plural = _("quarantine")
        indexes = [models.Index(fields=("device", "-received_at"), name="quarantine_by_device")]

    def __str__(self) -> str:
        return f"{self.device_id} {self.code}"
