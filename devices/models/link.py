"""How the devices are connected, now and before. Written by `realtime`, read by everyone."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from devices.models.registry import Device


class DeviceState(models.Model):
    """The present state of one device."""

    device = models.OneToOneField(
        Device, models.CASCADE, primary_key=True, related_name="state", verbose_name=_("device")
    )
    # a device that connects by itself
    connected = models.BooleanField(_("connected"), default=False)
    session = models.UUIDField(null=True, editable=False)  # of the connection that counts
    changed_at = models.DateTimeField(_("since"), null=True)
    last_seen_at = models.DateTimeField(_("last seen"), null=True)
    skew_ms = models.IntegerField(_("clock skew, ms"), null=True)  # gateway minus server
    agent = models.CharField(_("agent"), max_length=128, blank=True)
    # what it said of itself in its last heartbeat, and when
    beat_at = models.DateTimeField(_("last heartbeat"), null=True)
    waiting = models.BigIntegerField(_("frames waiting"), default=0)
    oldest_at = models.DateTimeField(_("oldest waiting"), null=True)
    spool_bytes = models.BigIntegerField(_("spool size, bytes"), default=0)
    read_errors = models.BigIntegerField(_("read errors"), default=0)
    # version of its configuration that it runs; none: it has its own file, or never said
    config_version = models.PositiveIntegerField(_("configuration"), null=True)
    # a device reached through a gateway: what the gateway last said of it
    link_down_since = models.DateTimeField(_("not answering since"), null=True)
    link_event_at = models.DateTimeField(null=True)  # source time of the event that said so
    link_detail = models.CharField(_("reason"), max_length=128, blank=True)

    class Meta:
        verbose_name = _("device state")
        verbose_name_plural = _("device states")

    def __str__(self) -> str:
        return f"{self.device_id} {'connected' if self.connected else 'not connected'}"


class Connection(models.Model):
    """One connection of a device, open or past."""

    session = models.UUIDField(primary_key=True)
    device = models.ForeignKey(Device, models.CASCADE, related_name="connections")
    remote = models.CharField(max_length=64, blank=True)
    agent = models.CharField(max_length=128, blank=True)
    opened_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    close_code = models.IntegerField(null=True)
    reason = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ("-opened_at",)
        verbose_name = _("connection")
        verbose_name_plural = _("connections")
        indexes = [
            models.Index(fields=("device", "-opened_at"), name="connection_by_device"),
            models.Index(
                fields=("last_seen_at",),
                condition=models.Q(closed_at=None),
                name="connection_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.device_id} {self.opened_at:%Y-%m-%d %H:%M:%S}"


class GatewayEvent(models.Model):
    """Something that happened on a gateway, as it told it."""

    gateway = models.ForeignKey(Device, models.CASCADE, related_name="told_events")
    device = models.ForeignKey(Device, models.CASCADE, related_name="events", null=True)
    kind = models.CharField(max_length=160)
    detail = models.CharField(max_length=1024, blank=True)
    own = models.BooleanField(default=False)  # we noted it: it has no number in a stream
    at = models.DateTimeField()  # source time
    received_at = models.DateTimeField()

    class Meta:
        ordering = ("-at",)
        verbose_name = _("gateway event")
        verbose_name_plural = _("gateway events")
        indexes = [models.Index(fields=("device", "-at"), name="event_by_device")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.kind}"
