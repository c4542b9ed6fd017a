"""What the gateways are to read: profiles, Modbus connections, and the versions sent to them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from edge.wire.configuration import CONNECTION_PATTERN


class DeviceProfile(models.Model):
    """One version of a profile: the file as it was checked in. Never edited, only superseded."""

    slug = models.CharField(_("identifier"), max_length=64)  # the file's ``id``
    version = models.CharField(_("version"), max_length=16)
    vendor = models.CharField(_("vendor"), max_length=128)
    model = models.CharField(_("model"), max_length=128)
    title = models.CharField(_("title"), max_length=128, blank=True)
    document = models.JSONField(_("document"))  # the whole file
    shipped = models.BooleanField(_("shipped"), default=False)  # comes with Sentinel
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("created by"),
    )

    class Meta:
        ordering = ("vendor", "model", "version")
        verbose_name = _("profile")
        verbose_name_plural = _("profiles")
        constraints = [
            models.UniqueConstraint(fields=("slug", "version"), name="one_profile_per_version"),
        ]

    def __str__(self) -> str:
        return f"{self.vendor} {self.model} {self.version}"

    @property
    def reference(self) -> str:
        """How configurations and files name it."""
        return f"{self.slug}@{self.version}"


class ModbusConnection(models.Model):
    """A Modbus endpoint of a gateway: an address, or a serial line, with units behind it."""

    class Kind(models.TextChoices):
        TCP = "tcp", _("Modbus TCP")
        RTU = "rtu", _("Modbus RTU (serial)")
        RTU_OVER_TCP = "rtu_over_tcp", _("Modbus RTU over TCP")
        TLS = "tls", _("Modbus TCP with TLS")

    gateway = models.ForeignKey(
        "devices.Device",
        models.CASCADE,
        related_name="modbus_connections",
        verbose_name=_("gateway"),
    )
    name = models.CharField(
        _("name"),
        max_length=64,
        validators=[RegexValidator(CONNECTION_PATTERN, _("Letters, digits and _ - only."))],
    )
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices, default=Kind.TCP)
    host = models.CharField(_("host"), max_length=255, blank=True)
    port = models.PositiveIntegerField(
        _("port"), default=502, validators=[MinValueValidator(1), MaxValueValidator(65535)]
    )
    serial_port = models.CharField(
        _("serial port"), max_length=255, blank=True, help_text=_("For example /dev/ttyUSB0.")
    )
    baud = models.PositiveIntegerField(_("baud rate"), default=9600)
    parity = models.CharField(
        _("parity"), max_length=1, choices=[("N", "N"), ("E", "E"), ("O", "O")], default="N"
    )
    data_bits = models.PositiveSmallIntegerField(
        _("data bits"), choices=[(7, "7"), (8, "8")], default=8
    )
    stop_bits = models.PositiveSmallIntegerField(
        _("stop bits"), choices=[(1, "1"), (2, "2")], default=1
    )
    ca_file = models.CharField(
        _("CA file"), max_length=255, blank=True, help_text=_("On the gateway. Empty: its own.")
    )
    server_name = models.CharField(_("server name"), max_length=255, blank=True)
    timeout_s = models.FloatField(
        _("timeout, s"),
        default=1.0,
        validators=[MinValueValidator(0.01), MaxValueValidator(60)],
    )
    retries = models.PositiveSmallIntegerField(
        _("retries"), default=1, validators=[MaxValueValidator(5)]
    )

    class Meta:
        ordering = ("gateway", "name")
        verbose_name = _("Modbus connection")
        verbose_name_plural = _("Modbus connections")
        constraints = [
            models.UniqueConstraint(fields=("gateway", "name"), name="one_connection_per_name"),
        ]

    def __str__(self) -> str:
        place = self.serial_port if self.kind == self.Kind.RTU else f"{self.host}:{self.port}"
        return f"{self.name} ({place})"


class GatewayConfiguration(models.Model):
    """One version of what a gateway is to read, as it is sent. Never edited."""

    gateway = models.ForeignKey(
        "devices.Device",
        models.CASCADE,
        related_name="configurations",
        verbose_name=_("gateway"),
    )
    version = models.PositiveIntegerField(_("version"))  # counts from 1 for each gateway
    packed = models.TextField()  # see edge.wire.configuration.pack
    digest = models.CharField(max_length=64)  # sha256 of ``packed``
    summary = models.CharField(_("content"), max_length=200)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    # what the gateway said of it
    running_since = models.DateTimeField(_("running since"), null=True)
    refused_at = models.DateTimeField(_("refused"), null=True)
    mistakes: models.JSONField[list[Any], list[Any]] = models.JSONField(_("mistakes"), default=list)

    class Meta:
        ordering = ("-version",)
        verbose_name = _("gateway configuration")
        verbose_name_plural = _("gateway configurations")
        constraints = [
            models.UniqueConstraint(
                fields=("gateway", "version"), name="one_configuration_per_version"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gateway_id} v{self.version}"


class DeviceHealth(models.Model):
    """How a device answers its gateway, as the gateway last told. See edge.wire.UnitHealth."""

    device = models.OneToOneField(
        "devices.Device", models.CASCADE, primary_key=True, related_name="health"
    )
    state = models.CharField(_("state"), max_length=8, default="unknown")
    requests = models.BigIntegerField(_("requests"), default=0)
    timeouts = models.BigIntegerField(_("timeouts"), default=0)
    refusals = models.BigIntegerField(_("refusals"), default=0)
    retries = models.BigIntegerField(_("retries"), default=0)
    overruns = models.BigIntegerField(_("late scans"), default=0)
    latency_ms = models.FloatField(_("latency, ms"), default=0.0)
    worst_ms = models.FloatField(_("longest latency, ms"), default=0.0)
    blocks = models.BigIntegerField(_("requests in a round"), default=0)
    holes = models.BigIntegerField(_("refused tags"), default=0)
    error = models.CharField(_("last error"), max_length=256, blank=True)
    at = models.DateTimeField(_("told"))

    class Meta:
        verbose_name = _("device health")
        verbose_name_plural = _("device health")

    def __str__(self) -> str:
        return f"{self.device_id} {self.state}"
