"""Files of readings that are too large to be made while somebody waits: see exporting/jobs.py."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from devices.models.registry import Site


class ExportFormat(models.TextChoices):
    """Kind of file."""

    CSV = "csv", "CSV"
    XLSX = "xlsx", "XLSX"


class ExportState(models.TextChoices):
    """How far a file is. Pages have words for it: static/js/exportwords.js."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"  # for a reason
    EXPIRED = "expired"  # its file is not kept any more


class ExportReason(models.TextChoices):
    """Why a file was not made."""

    TOO_MANY = "too_many"  # readings for a file of this kind
    NO_TAGS = "no_tags"  # one of them is not there any more
    NOT_ALLOWED = "not_allowed"  # its owner may not see the site any more
    STORAGE = "storage"  # the file could not be stored
    LOST = "lost"  # whoever made it was killed again and again
    MISTAKE = "mistake"  # one of ours: the log has it


class ExportJob(models.Model):
    """One file of readings that somebody ordered; only they see it."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="exports")
    site = models.ForeignKey(Site, models.CASCADE, related_name="exports")
    tags: models.JSONField[list[int], list[int]] = models.JSONField()  # their numbers
    from_ms = models.BigIntegerField()  # epoch milliseconds, of the first reading in it
    to_ms = models.BigIntegerField()  # of the first one after it
    format = models.CharField(max_length=4, choices=ExportFormat.choices)
    state = models.CharField(max_length=8, choices=ExportState.choices, default=ExportState.QUEUED)
    reason = models.CharField(max_length=16, choices=ExportReason.choices, blank=True)
    total = models.BigIntegerField(null=True)  # readings, once they are counted
    done = models.BigIntegerField(default=0)  # of them in the file
    size = models.BigIntegerField(null=True)  # bytes, once it is stored
    name = models.CharField(max_length=200, blank=True)  # in the storage
    attempts = models.PositiveSmallIntegerField(default=0)  # the last one holds the claim
    claimed_until = models.DateTimeField(null=True)  # of a running one; then it is taken up again
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-pk",)
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        indexes = [
            models.Index(
                fields=("created_at",),
                name="exports_to_be_made",
                condition=models.Q(state__in=("queued", "running")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.site_id} {self.format} {self.from_ms}..{self.to_ms}"
