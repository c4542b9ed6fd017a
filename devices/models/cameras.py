"""Cameras: what a gateway shall watch, and for what."""

from __future__ import annotations

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from devices.models.registry import Device


class Camera(models.Model):
    """How the gateway of a device gets pictures of it, and what it looks for in them.

    The lists are as edge.wire.cameras has them, which checks them (devices/cameras.py).
    """

    class Transport(models.TextChoices):
        TCP = "tcp", "TCP"
        UDP = "udp", "UDP"

    device = models.OneToOneField(
        Device,
        models.CASCADE,
        primary_key=True,
        related_name="camera",
        verbose_name=_("device"),
    )
    source = models.CharField(
        _("source"),
        max_length=400,
        help_text=_("URL; a password in it is kept apart and never shown again."),
    )
    password = models.CharField(max_length=100, blank=True, editable=False)
    transport = models.CharField(
        _("transport"), max_length=3, choices=Transport.choices, default=Transport.TCP
    )
    model_names: models.JSONField[list[str], list[str]] = models.JSONField(
        _("models"), default=list, blank=True, help_text=_('For example ["fire_smoke"].')
    )
    looks_per_s = models.FloatField(
        _("pictures per second"),
        default=5.0,
        validators=[MinValueValidator(0.1), MaxValueValidator(30)],
    )
    motion_gate = models.BooleanField(
        _("motion gate"),
        default=True,
        help_text=_("A picture in which nothing moves is looked at less often."),
    )
    rules: models.JSONField[list[Any], list[Any]] = models.JSONField(
        _("rules"), default=list, blank=True
    )
    zones: models.JSONField[list[Any], list[Any]] = models.JSONField(
        _("zones"), default=list, blank=True
    )
    enabled = models.BooleanField(_("watched"), default=True)

    class Meta:
        verbose_name = _("camera")
        verbose_name_plural = _("cameras")

    def __str__(self) -> str:
        return str(self.device)
