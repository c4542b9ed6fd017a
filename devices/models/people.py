"""Who may do what at which site, who changed what, and how new devices come in."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from devices.models.registry import Device, Site


class Role(models.TextChoices):
    """What somebody may do at a site; each includes those before it."""

    VIEWER = "viewer", _("viewer")
    OPERATOR = "operator", _("operator")
    ENGINEER = "engineer", _("engineer")
    ADMIN = "admin", _("administrator")


class Membership(models.Model):
    """The role of one user at one site."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="memberships",
        verbose_name=_("user"),
    )
    site = models.ForeignKey(
        Site, models.CASCADE, related_name="memberships", verbose_name=_("site")
    )
    role = models.CharField(_("role"), max_length=8, choices=Role.choices, default=Role.OPERATOR)

    class Meta:
        ordering = ("site", "user")
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(fields=("user", "site"), name="one_role_per_user_and_site"),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.role} {self.site}"


class Enrolment(models.Model):
    """A one-time code with which a new gateway gets its token: only its digest is stored."""

    site = models.ForeignKey(
        Site, models.CASCADE, related_name="enrolments", verbose_name=_("site")
    )
    lookup = models.CharField(_("look-up prefix"), max_length=12, unique=True, editable=False)
    digest = models.BinaryField(max_length=32, editable=False)
    uid = models.CharField(
        _("UID"), max_length=64, blank=True, help_text=_("Empty: the gateway chooses.")
    )
    needs_approval = models.BooleanField(_("needs approval"), default=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("created by"),
    )
    expires_at = models.DateTimeField(_("expires"))
    used_at = models.DateTimeField(_("used"), null=True, editable=False)
    remote = models.CharField(_("address"), max_length=64, blank=True, editable=False)
    agent = models.CharField(_("agent"), max_length=128, blank=True, editable=False)
    device = models.ForeignKey(
        Device,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="enrolments",
        verbose_name=_("device"),
    )
    approved_at = models.DateTimeField(_("approved"), null=True, editable=False)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("approved by"),
    )

    class Meta:
        ordering = ("-created_at",)
        verbose_name = _("enrolment")
        verbose_name_plural = _("enrolments")

    def __str__(self) -> str:
        return f"{self.site} {self.lookup}"


class AuditEntry(models.Model):
    """Who changed what, and from where. The database refuses to change or delete an entry.

    ``digest`` is the sha256 of the entry and of the digest before it, so that an entry that was
    altered behind the database's back breaks the chain (see devices/audit.py).
    """

    # place in the chain, from 1; both are given by the database when the transaction commits
    number = models.BigIntegerField(_("number"), null=True, unique=True)
    digest = models.CharField(max_length=64, blank=True)

    at = models.DateTimeField(_("time"))
    actor = models.CharField(_("who"), max_length=150)  # user name, or "device UID", "system"
    remote = models.CharField(_("address"), max_length=64, blank=True)
    action = models.CharField(_("action"), max_length=32)  # "create", "change", "revoke", ...
    kind = models.CharField(_("kind"), max_length=32)  # "device", "credential", ...
    object_id = models.CharField(max_length=64)
    object_name = models.CharField(_("object"), max_length=200)
    site_id = models.BigIntegerField(null=True, db_index=True)  # no key: it outlives the site
    before = models.JSONField(_("before"), null=True)  # only the fields that changed
    after = models.JSONField(_("after"), null=True)

    class Meta:
        ordering = ("-pk",)
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit trail")
        indexes = [models.Index(fields=("kind", "object_id"), name="audit_by_object")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.actor} {self.action} {self.object_name}"
