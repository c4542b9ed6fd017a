"""Who is told of alarms and by which way, and the outbox with its delivery log."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from alarms.models.alarms import DAY_S, Priority
from devices.models import Site


class ChannelKind(models.TextChoices):
    """By which way a message goes."""

    EMAIL = "email", _("e-mail")
    WEBHOOK = "webhook", _("webhook")
    APPRISE = "apprise", _("messenger (Apprise)")


class NotificationChannel(models.Model):
    """A way to somebody: addresses, a webhook, a messenger.

    `alarms/notify/channels.py` saves channels and routes; nothing else does.
    """

    name = models.CharField(_("name"), max_length=100)
    site = models.ForeignKey(
        Site,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="channels",
        verbose_name=_("site"),
        help_text=_("Empty: routes of every site may use it."),
    )
    kind = models.CharField(_("kind"), max_length=8, choices=ChannelKind.choices)
    # e-mail: {"recipients": [address]}; webhook: {"url": text}; apprise: {"schema": text}
    configuration: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(
        _("configuration"), default=dict, blank=True
    )
    # webhook: the key of its signatures; apprise: the whole URL, because it has tokens in it.
    # Never shown again, never in the audit trail.
    secret = models.CharField(_("secret"), max_length=1000, blank=True)
    language = models.CharField(
        _("language"),
        max_length=16,
        blank=True,
        help_text=_("Empty: the language of this installation."),
    )
    enabled = models.BooleanField(_("enabled"), default=True)

    class Meta:
        ordering = ("name", "pk")
        verbose_name = _("notification channel")
        verbose_name_plural = _("notification channels")

    def __str__(self) -> str:
        return self.name


class NotificationRoute(models.Model):
    """Which alarms of a site are told by which channel, when, and how long nobody may react."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="routes", verbose_name=_("site"))
    channel = models.ForeignKey(
        NotificationChannel, models.CASCADE, related_name="routes", verbose_name=_("channel")
    )
    enabled = models.BooleanField(_("enabled"), default=True)
    min_priority = models.PositiveSmallIntegerField(
        _("from priority"),
        choices=Priority.choices,
        default=Priority.LOW,
        help_text=_("Alarms of this priority and of more urgent ones."),
    )
    # each empty: all
    areas: models.JSONField[list[str], list[str]] = models.JSONField(
        _("areas"), default=list, blank=True
    )
    kinds: models.JSONField[list[str], list[str]] = models.JSONField(
        _("kinds of rules"), default=list, blank=True
    )
    labels: models.JSONField[list[str], list[str]] = models.JSONField(
        _("classes"),
        default=list,
        blank=True,
        help_text=_("Of detections; other alarms are not narrowed down by it."),
    )
    # see alarms/schedule.py; empty: always
    schedule: models.JSONField[list[Any], list[Any]] = models.JSONField(
        _("schedule"), default=list, blank=True
    )
    delay_s = models.PositiveIntegerField(
        _("after, s"),
        default=0,
        validators=[MaxValueValidator(DAY_S)],
        help_text=_("Escalation: only if it is still not acknowledged so long after the alarm."),
    )
    repeat_s = models.PositiveIntegerField(
        _("again every, s"),
        null=True,
        blank=True,
        validators=[MinValueValidator(60), MaxValueValidator(DAY_S)],
        help_text=_("Until it is acknowledged. Empty: told once."),
    )
    also_cleared = models.BooleanField(_("also when it has returned to normal"), default=False)
    also_acknowledged = models.BooleanField(_("also when it is acknowledged"), default=False)

    class Meta:
        ordering = ("site", "min_priority", "delay_s", "pk")
        verbose_name = _("notification route")
        verbose_name_plural = _("notification routes")

    def __str__(self) -> str:
        return f"P1-P{self.min_priority} > {self.channel}"


class Event(models.TextChoices):
    """What a message tells."""

    RAISED = "raised", _("raised")
    ACKNOWLEDGED = "acknowledged", _("acknowledged")
    CLEARED = "cleared", _("returned to normal")
    TEST = "test", _("test")


class NotificationState(models.TextChoices):
    """How far a message is. The last three are final, and have `why` unless it was sent."""

    WAITING = "waiting", _("waiting")
    SENDING = "sending", _("being sent")
    SENT = "sent", _("sent")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("not needed any more")


OPEN_STATES = (NotificationState.WAITING, NotificationState.SENDING)


class Notification(models.Model):
    """One message to one recipient: a row of the outbox, and afterwards of the delivery log.

    It outlives its alarm, route and channel; what it tells is in `facts`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(
        Site, models.PROTECT, null=True, related_name="notifications", verbose_name=_("site")
    )
    channel = models.ForeignKey(
        NotificationChannel,
        models.SET_NULL,
        null=True,
        related_name="notifications",
        verbose_name=_("channel"),
    )
    route = models.ForeignKey(
        NotificationRoute, models.SET_NULL, null=True, related_name="notifications"
    )
    channel_name = models.CharField(_("channel"), max_length=100)  # as it was
    recipient = models.CharField(_("recipient"), max_length=254, blank=True)  # address of an e-mail

    # which moment of which alarm: no keys, see the docstring
    alarm_id = models.BigIntegerField(null=True)
    occurrence = models.BigIntegerField(default=0)
    announced_at = models.DateTimeField(null=True)  # Alarm.announced_at: which announcement
    event = models.CharField(_("what"), max_length=12, choices=Event.choices)
    step = models.PositiveIntegerField(_("repetition"), default=0)  # 0: the first message
    priority = models.PositiveSmallIntegerField(_("priority"), choices=Priority.choices)
    facts: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)

    state = models.CharField(
        _("state"),
        max_length=9,
        choices=NotificationState.choices,
        default=NotificationState.WAITING,
    )
    why = models.CharField(_("why"), max_length=500, blank=True)  # it failed or is not needed
    created_at = models.DateTimeField(_("queued"))
    due_at = models.DateTimeField(_("due"))
    next_at = models.DateTimeField(_("next attempt"))
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    lost = models.PositiveIntegerField(default=0)  # attempts of which nobody knows the outcome
    claimed_until = models.DateTimeField(null=True)  # while it is being sent; also says by whom
    ended_at = models.DateTimeField(_("ended"), null=True)

    class Meta:
        ordering = ("-created_at", "-pk")
        verbose_name = _("delivery log entry")
        verbose_name_plural = _("delivery log entries")
        constraints = [
            models.UniqueConstraint(
                fields=(
                    *("route", "recipient", "alarm_id", "occurrence"),
                    *("announced_at", "event", "step"),
                ),
                name="one_notification_per_step",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["sent", "failed", "cancelled"], ended_at__isnull=False)
                | Q(state__in=["waiting", "sending"], ended_at__isnull=True),
                name="notification_ended_or_open",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["failed", "cancelled"]) | ~Q(why=""),
                name="notification_failed_with_a_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=("priority", "next_at"),
                condition=Q(state__in=["waiting", "sending"]),
                name="notifications_open",
            ),
            models.Index(fields=("alarm_id", "occurrence"), name="notifications_by_alarm"),
            models.Index(fields=("site", "-created_at"), name="notifications_by_site"),
            models.Index(fields=("channel", "-created_at"), name="notifications_by_channel"),
        ]

    def __str__(self) -> str:
        return f"{self.channel_name} {self.event} {self.recipient}".rstrip()


class AttemptResult(models.TextChoices):
    """What became of one attempt."""

    SENT = "sent", _("sent")
    TEMPORARY = "temporary", _("failed for now")
    PERMANENT = "permanent", _("failed for good")
    LOST = "lost", _("unknown: it may have been sent")


class DeliveryAttempt(models.Model):
    """One attempt to send a notification."""

    notification = models.ForeignKey(
        Notification, models.CASCADE, related_name="log", verbose_name=_("notification")
    )
    at = models.DateTimeField(_("time"))
    result = models.CharField(_("result"), max_length=9, choices=AttemptResult.choices)
    detail = models.CharField(_("detail"), max_length=500, blank=True)
    duration_ms = models.PositiveIntegerField(_("took, ms"), default=0)

    class Meta:
        ordering = ("at", "pk")
        verbose_name = _("delivery attempt")
        verbose_name_plural = _("delivery attempts")

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.result}"
