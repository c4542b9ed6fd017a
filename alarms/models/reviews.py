"""What people say of detections: who has looked at them, and what they were."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import models
from django.utils.translation import gettext_lazy as _

from alarms.models.detections import Detection

MOST_NOTE = 500  # characters


class Review(models.Model):
    """Somebody has looked at a detection. It is theirs alone: nothing at the plant follows."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+", verbose_name=_("user"))
    detection = models.ForeignKey(
        Detection, models.CASCADE, related_name="reviews", verbose_name=_("detection")
    )
    at = models.DateTimeField(_("reviewed at"))

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        constraints = [
            models.UniqueConstraint(fields=("user", "detection"), name="one_review_per_user"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.detection_id}"


class Verdict(models.Model):
    """What a detection was, as somebody said: one for the whole plant, the last word counts."""

    class Kind(models.TextChoices):
        TRUE = "true", _("true hazard")
        FALSE = "false", _("false alarm")
        UNSURE = "unsure", _("cannot be told")

    detection = models.OneToOneField(
        Detection,
        models.CASCADE,
        primary_key=True,
        related_name="verdict",
        verbose_name=_("detection"),
    )
    kind = models.CharField(_("verdict"), max_length=8, choices=Kind.choices)
    by = models.CharField(_("by"), max_length=150)  # user name: it outlives its user
    at = models.DateTimeField(_("said at"))
    note = models.CharField(_("note"), max_length=MOST_NOTE, blank=True)

    class Meta:
        verbose_name = _("verdict")
        verbose_name_plural = _("verdicts")

    def __str__(self) -> str:
        return f"{self.detection_id} {self.kind}"
