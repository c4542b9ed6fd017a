"""The key figures on top of the overview: which ones a site has, and in which order."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from devices.models.registry import Site, Tag


class FigureKind(models.TextChoices):
    """What a figure says. The pages count the first ones, the others are made of tags."""

    DEVICES = "devices", _("devices online")
    GATEWAYS = "gateways", _("gateways connected")
    TAGS = "tags", _("tags reporting")
    BAD = "bad", _("tags without a valid value")
    OUTSIDE = "outside", _("tags outside their normal range")
    RATE = "rate", _("readings per second")
    DELAY = "delay", _("delay, source to page")
    UNACKNOWLEDGED = "unacknowledged", _("unacknowledged alarms")
    STANDING = "standing", _("standing alarms")
    DETECTIONS = "detections", _("detections of cameras in the last hour")
    TAG = "tag", _("value of one tag")
    SUM = "sum", _("sum of tags")
    MEAN = "mean", _("mean of tags")
    MIN = "min", _("smallest of tags")
    MAX = "max", _("largest of tags")


AGGREGATES = frozenset({FigureKind.SUM, FigureKind.MEAN, FigureKind.MIN, FigureKind.MAX})
OF_TAGS = AGGREGATES | {FigureKind.TAG}


class SiteFigure(models.Model):
    """One tile. A site without any shows `devices.figures.default_figures`."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="figures", verbose_name=_("site"))
    position = models.PositiveSmallIntegerField(
        _("place"), default=10, help_text=_("Smaller ones come first.")
    )
    kind = models.CharField(_("figure"), max_length=16, choices=FigureKind.choices)
    tags = models.ManyToManyField(
        Tag,
        blank=True,
        related_name="figures",
        verbose_name=_("tags"),
        help_text=_(
            "One for the value of a tag; several of the same unit for a sum, a mean and so on."
        ),
    )
    label = models.CharField(
        _("label"), max_length=60, blank=True, help_text=_("Empty: what it is called anyway.")
    )
    target = models.FloatField(
        _("target"),
        null=True,
        blank=True,
        help_text=_("In its unit. Shown beside the value; it judges nothing."),
    )

    class Meta:
        ordering = ("position", "pk")
        verbose_name = _("key figure")
        verbose_name_plural = _("key figures")

    def __str__(self) -> str:
        return f"{self.site}: {self.label or self.get_kind_display()}"
