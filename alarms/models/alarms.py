"""Rules, and the alarms that they watch over."""

from __future__ import annotations

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from alarms.states import Hold, State, Status
from devices.models import Device, Site, Tag

DAY_S = 86_400
STATES = [(state.value, state.value) for state in State]  # the API's schema is told of them


class Kind(models.TextChoices):
    """What a rule looks at."""

    HIGH_HIGH = "high_high", _("high high")
    HIGH = "high", _("high")
    LOW = "low", _("low")
    LOW_LOW = "low_low", _("low low")
    DEVIATION = "deviation", _("deviation from a setpoint")
    RATE = "rate", _("rate of change")
    DISCRETE = "discrete", _("discrete state")
    BAD_QUALITY = "bad_quality", _("bad quality")
    STALE = "stale", _("no reading")
    OFFLINE = "offline", _("device offline")
    SPOOL = "spool", _("spool filling")
    CLOCK_SKEW = "clock_skew", _("clock skew")
    DETECTION = "detection", _("detection")
    EXPRESSION = "expression", _("expression")


TAG_KINDS = frozenset(
    {
        Kind.HIGH_HIGH, Kind.HIGH, Kind.LOW, Kind.LOW_LOW, Kind.DEVIATION, Kind.RATE,
        Kind.DISCRETE, Kind.BAD_QUALITY, Kind.STALE,
    }
)  # fmt: skip
DEVICE_KINDS = frozenset({Kind.OFFLINE, Kind.SPOOL, Kind.CLOCK_SKEW})


class Priority(models.IntegerChoices):
    """How urgent an alarm is; 1 comes first."""

    CRITICAL = 1, _("critical")
    HIGH = 2, _("high")
    MEDIUM = 3, _("medium")
    LOW = 4, _("low")


class Rule(models.Model):
    """What is abnormal, how urgent that is, and what to do about it (its rationalisation).

    One rule watches one tag, one device or camera, or all of a site: each is a source, and has an
    alarm of its own. `alarms/rules.py` saves rules; nothing else does.
    """

    site = models.ForeignKey(Site, models.PROTECT, related_name="rules", verbose_name=_("site"))
    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices)
    priority = models.PositiveSmallIntegerField(
        _("priority"), choices=Priority.choices, default=Priority.MEDIUM
    )
    enabled = models.BooleanField(_("enabled"), default=True)
    latching = models.BooleanField(
        _("latching"), default=False, help_text=_("It stays in the list until somebody resets it.")
    )
    # of what: the tag for kinds of tags, the device or camera for others (empty: all of the site)
    tag = models.ForeignKey(
        Tag, models.CASCADE, null=True, blank=True, related_name="rules", verbose_name=_("tag")
    )
    device = models.ForeignKey(
        Device,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="rules",
        verbose_name=_("device or camera"),
        help_text=_("Empty: every one of the site."),
    )
    # In the tag's unit; its unit per minute for a rate; seconds for a spool (how long its oldest
    # frame has waited) and for a clock.
    limit = models.FloatField(_("limit"), null=True, blank=True)
    deadband = models.FloatField(
        _("deadband"),
        default=0.0,
        validators=[MinValueValidator(0)],
        help_text=_("How far back from the limit a value must come until the alarm returns."),
    )
    on_delay_s = models.FloatField(
        _("on-delay, s"), default=0.0, validators=[MinValueValidator(0), MaxValueValidator(DAY_S)]
    )
    off_delay_s = models.FloatField(
        _("off-delay, s"), default=0.0, validators=[MinValueValidator(0), MaxValueValidator(DAY_S)]
    )
    setpoint = models.ForeignKey(
        Tag,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("setpoint tag"),
        help_text=_("For a deviation."),
    )
    window_s = models.FloatField(
        _("window, s"),
        default=60.0,
        validators=[MinValueValidator(1), MaxValueValidator(3600)],
        help_text=_("For a rate of change: over which time."),
    )
    abnormal: models.JSONField[list[Any], list[Any]] = models.JSONField(
        _("abnormal states"), default=list, blank=True, help_text=_("For a discrete tag.")
    )
    label = models.CharField(_("class"), max_length=32, blank=True)  # of a detection
    min_score = models.FloatField(
        _("confidence from"),
        default=0.0,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
    )
    zone = models.CharField(_("zone"), max_length=128, blank=True)
    expression = models.TextField(_("expression"), blank=True, max_length=1000)
    # when it holds: see alarms/schedule.py; empty: always
    schedule: models.JSONField[list[Any], list[Any]] = models.JSONField(
        _("schedule"), default=list, blank=True
    )
    cause = models.TextField(_("cause"), blank=True, max_length=1000)
    consequence = models.TextField(_("consequence"), blank=True, max_length=1000)
    action = models.TextField(_("action"), blank=True, max_length=1000)
    # "profile": made from the limits of the device's profile, and changed with it, see `overridden`
    origin = models.CharField(max_length=8, default="site", editable=False)
    overridden = models.BooleanField(_("overridden"), default=False, editable=False)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    class Meta:
        ordering = ("priority", "name", "pk")
        verbose_name = _("alarm rule")
        verbose_name_plural = _("alarm rules")
        constraints = [
            models.UniqueConstraint(
                fields=("tag", "kind"),
                condition=Q(origin="profile"),
                name="one_profile_rule_per_tag_and_kind",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Alarm(models.Model):
    """One rule at one source: the row exists from the moment that the rule is saved.

    `alarms/transitions.py` moves it, nothing else does. Whoever moves it holds its row lock.
    """

    rule = models.ForeignKey(Rule, models.CASCADE, related_name="alarms", verbose_name=_("rule"))
    site = models.ForeignKey(Site, models.PROTECT, related_name="alarms", verbose_name=_("site"))
    source = models.CharField(_("source"), max_length=40)  # "tag:12", "device:5", "site"
    tag = models.ForeignKey(Tag, models.CASCADE, null=True, related_name="alarms")
    device = models.ForeignKey(Device, models.CASCADE, null=True, related_name="alarms")

    # the state machine: see states.py
    state = models.CharField(_("state"), max_length=24, choices=STATES, default=State.NORMAL)
    shelved = models.BooleanField(_("shelved"), default=False)
    suppressed = models.BooleanField(_("suppressed by design"), default=False)
    out_of_service = models.BooleanField(_("out of service"), default=False)
    owed = models.BooleanField(default=False)  # announced, and not acknowledged since
    rev = models.PositiveBigIntegerField(default=0)  # moved on by every change: optimistic locking
    occurrence = models.PositiveBigIntegerField(default=0)  # moved on by every raise

    # of this occurrence
    raised_at = models.DateTimeField(_("raised"), null=True)  # source time
    returned_at = models.DateTimeField(_("returned"), null=True)  # source time
    acked_at = models.DateTimeField(_("acknowledged"), null=True)
    acked_by = models.CharField(_("acknowledged by"), max_length=150, blank=True)
    comment = models.CharField(_("comment"), max_length=500, blank=True)  # the newest
    value = models.FloatField(_("value"), null=True)  # at the last raise
    limit = models.FloatField(_("limit"), null=True)
    detection_id = models.BigIntegerField(null=True)  # that raised it; no key: it has its own time
    announced_at = models.DateTimeField(
        null=True
    )  # when operators were last told that it is active

    # why it is held
    shelved_until = models.DateTimeField(_("shelved until"), null=True)
    one_shot = models.BooleanField(_("until it returns"), default=False)
    held_by = models.CharField(_("held by"), max_length=150, blank=True)
    hold_reason = models.CharField(_("reason"), max_length=500, blank=True)

    # what judging remembers between readings: see alarms/conditions
    memory: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    past: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(
        default=dict
    )  # the same, of readings that came late
    due_at = models.DateTimeField(null=True)  # when a running delay ends

    class Meta:
        ordering = ("pk",)
        verbose_name = _("alarm")
        verbose_name_plural = _("alarms")
        constraints = [
            models.UniqueConstraint(fields=("rule", "source"), name="one_alarm_per_rule_and_source")
        ]
        indexes = [
            models.Index(fields=("due_at",), condition=Q(due_at__isnull=False), name="alarms_due"),
            models.Index(
                fields=("shelved_until",),
                condition=Q(shelved_until__isnull=False),
                name="alarms_shelved",
            ),
            models.Index(
                fields=("site",),
                condition=~Q(state=State.NORMAL)
                | Q(shelved=True)
                | Q(suppressed=True)
                | Q(out_of_service=True),
                name="alarms_listed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} {self.source}"

    @property
    def status(self) -> Status:
        """The state machine's part of the row; setting it moves the row."""
        holds = frozenset(hold for hold in Hold if getattr(self, hold.value))
        return Status(State(self.state), holds, self.owed)

    @status.setter
    def status(self, status: Status) -> None:
        self.state, self.owed = status.state, status.owed
        for hold in Hold:
            setattr(self, hold.value, hold in status.holds)


class Watch(models.Model):
    """An operand of an alarm's condition, and the band in which it changes nothing as things are.

    Judging looks at an alarm only when a reading leaves the band: see alarms/judging.py.
    """

    alarm = models.ForeignKey(Alarm, models.CASCADE, related_name="watches")
    operand = models.CharField(max_length=80)  # see alarms/conditions/operands.py
    tag = models.ForeignKey(Tag, models.CASCADE, null=True, related_name="+")
    # null: no bound on this side; low > high: every reading matters
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)

    class Meta:
        verbose_name = _("watch")
        verbose_name_plural = _("watches")
        constraints = [
            models.UniqueConstraint(fields=("alarm", "operand"), name="one_watch_per_operand")
        ]
        indexes = [models.Index(fields=("operand",), name="watches_by_operand")]

    def __str__(self) -> str:
        return f"{self.alarm_id} {self.operand}"
