"""What there is: sites, devices, their tags, and who may speak for them."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from edge.wire import NAME_PATTERN, UID_PATTERN


class Site(models.Model):
    """A plant; the unit of dashboards and permissions."""

    slug = models.SlugField(_("slug"), unique=True)
    name = models.CharField(_("name"), max_length=100)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    members = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        blank=True,
        through="devices.Membership",
        related_name="sites",
        verbose_name=_("members"),
        help_text=_("Who may see this site. Administrators see all sites."),
    )

    class Meta:
        ordering = ("name",)
        verbose_name = _("site")
        verbose_name_plural = _("sites")

    def __str__(self) -> str:
        return self.name


class Device(models.Model):
    """Anything with tags. With a credential it connects by itself; a gateway speaks for others."""

    uid = models.CharField(
        _("UID"),
        max_length=64,
        unique=True,
        validators=[RegexValidator(UID_PATTERN, _("Letters, digits and . : _ - only."))],
    )
    name = models.CharField(_("name"), max_length=100)
    site = models.ForeignKey(Site, models.PROTECT, related_name="devices", verbose_name=_("site"))
    area = models.CharField(_("area"), max_length=64, blank=True)
    line = models.CharField(_("line"), max_length=64, blank=True)
    via = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("via gateway"),
        help_text=_("The gateway that speaks for this device; empty if it connects by itself."),
    )
    # what its gateway reads of it: see devices/configuration.py
    profile = models.ForeignKey(
        "devices.DeviceProfile",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="devices",
        verbose_name=_("profile"),
    )
    modbus = models.ForeignKey(
        "devices.ModbusConnection",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="devices",
        verbose_name=_("Modbus connection"),
        help_text=_("Where its gateway reads it; empty if the gateway has its own file."),
    )
    unit_id = models.PositiveSmallIntegerField(
        _("unit id"), default=1, validators=[MaxValueValidator(255)]
    )
    enabled = models.BooleanField(_("enabled"), default=True)
    discovery = models.BooleanField(
        _("discovery"),
        default=False,
        help_text=_("Tags that the registry does not know are added instead of quarantined."),
    )
    frames_per_s = models.FloatField(_("frames per second"), null=True, blank=True)
    readings_per_s = models.FloatField(_("readings per second"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ("uid",)
        verbose_name = _("device")
        verbose_name_plural = _("devices")
        constraints = [
            # nobody tells two such devices apart; gateways still have to name theirs exactly
            models.UniqueConstraint(
                Lower("uid"),
                name="one_device_per_uid_in_any_case",
                violation_error_message=_(
                    "There is a device whose UID differs from this one only in capital letters."
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.uid

    def clean(self) -> None:
        """Keep the way to every device one hop long.

        Raises:
            ValidationError: it would be longer, or lead in a circle.
        """
        if self.via is None:
            return
        leads_on = self.via.pk == self.pk or self.via.via_id is not None
        if leads_on or (not self._state.adding and self.children.exists()):
            message = _("A gateway connects by itself and is not reached via another one.")
            raise ValidationError({"via": message})


class Tag(models.Model):
    """A named point of a device."""

    device = models.ForeignKey(
        Device, models.CASCADE, related_name="tags", verbose_name=_("device")
    )
    name = models.CharField(
        _("name"),
        max_length=128,
        validators=[RegexValidator(NAME_PATTERN, _("Letters, digits and . : / _ - only."))],
    )
    label = models.CharField(_("label"), max_length=100, blank=True)
    unit = models.CharField(_("unit"), max_length=32, blank=True)
    decimals = models.PositiveSmallIntegerField(_("decimals"), default=1)
    low = models.FloatField(_("normal from"), null=True, blank=True)  # in the tag's unit
    high = models.FloatField(_("normal to"), null=True, blank=True)
    scan_ms = models.PositiveIntegerField(_("scan period, ms"), default=1000)
    silence_ms = models.PositiveIntegerField(_("longest silence, ms"), default=60_000)
    deadband = models.FloatField(
        _("deadband"),
        default=0.0,
        validators=[MinValueValidator(0)],
        help_text=_("In the tag's unit; smaller changes are not reported."),
    )
    scan = models.CharField(
        _("scan class"),
        max_length=8,
        choices=[("fast", _("fast")), ("slow", _("slow")), ("demand", _("on demand"))],
        default="fast",
    )
    read = models.BooleanField(_("read"), default=True)  # else its gateway leaves it out
    # fields of edge.profile.Point that differ from the profile's point of this name; all of them
    # (with address and type) where the profile has none
    point = models.JSONField(_("register"), default=dict, blank=True)
    position = models.PositiveSmallIntegerField(_("position on the page"), default=100)
    pinned = models.BooleanField(
        _("trend on the overview"),
        default=False,
    )

    class Meta:
        ordering = ("position", "name")
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        constraints = [
            models.UniqueConstraint(fields=("device", "name"), name="one_tag_per_name"),
        ]

    def __str__(self) -> str:
        return f"{self.device}/{self.name}"

    @property
    def stale_ms(self) -> int:
        """Time without a report after which the last value is stale, milliseconds.

        Three scans of grace on top of the longest silence: report by exception keeps quiet
        for up to ``silence_ms`` while the value stands still.
        """
        return self.silence_ms + 3 * self.scan_ms


def all_scopes() -> list[str]:
    """Return what a token may do unless it is narrowed."""
    return [scope.value for scope in Scope]


class Scope(models.TextChoices):
    """What a device token may be used for."""

    TELEMETRY = "telemetry", _("send readings")
    DETECTIONS = "detections", _("send detections and snapshots")
    CONFIGURE = "configure", _("receive its configuration and new tokens")
    COMMANDS = "commands", _("receive probes and commands")


class Credential(models.Model):
    """A device token: only its digest is stored (see devices/tokens.py)."""

    device = models.ForeignKey(
        Device, models.CASCADE, related_name="credentials", verbose_name=_("device")
    )
    lookup = models.CharField(_("look-up prefix"), max_length=12, unique=True, editable=False)
    digest = models.BinaryField(max_length=32, editable=False)  # sha256 of the secret part
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("created by"),
    )
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True, editable=False)
    scopes: models.JSONField[list[str], list[str]] = models.JSONField(
        _("scopes"), default=all_scopes
    )
    # a rotation: the token that this one takes the place of, which ends after an overlap
    replaces = models.OneToOneField(
        "self", models.SET_NULL, null=True, editable=False, related_name="replaced_by"
    )

    class Meta:
        ordering = ("-created_at",)
        verbose_name = _("credential")
        verbose_name_plural = _("credentials")

    def __str__(self) -> str:
        return f"{self.device} {self.lookup}"
