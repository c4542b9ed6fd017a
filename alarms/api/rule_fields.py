"""Rules and back-tests, as the API writes and reads them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from rest_framework import serializers

from alarms import schedule
from alarms.models import Rule
from alarms.trials import RANGES, Trial
from devices.access import rows_for
from devices.api.fields import Choice, DeviceField, SiteField
from devices.api.strict import Base, Strict
from devices.models import Tag


class TagField(serializers.PrimaryKeyRelatedField[Tag]):
    """A tag by its number."""

    default_error_messages = {
        "does_not_exist": "There is no tag {pk_value} that you may use here.",
        "incorrect_type": "The number of a tag is expected.",
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**({"queryset": Tag.objects.none()} | kwargs))

    def get_queryset(self) -> Any:
        """Look only among those that the user may see."""
        return rows_for(self.context["request"].user, Tag).select_related("device")


class RuleSerializer(Base[Rule]):
    """What is abnormal, how urgent that is, and what to do about it: see docs/alarms.md.

    ``limit`` and ``deadband`` are in the tag's unit, for a rate in its unit per minute, for a spool
    and a clock in seconds. ``origin``: ``site`` (somebody made it), ``profile`` (from a limit in
    the profile of the device; ``overridden`` once somebody changed it) or ``default`` (every site
    has it).
    """

    site = SiteField()
    tag = TagField(required=False, allow_null=True)
    device = DeviceField(required=False, allow_null=True)
    setpoint = TagField(required=False, allow_null=True)
    abnormal = serializers.ListField(child=serializers.FloatField(), required=False, max_length=100)
    schedule = serializers.ListField(child=serializers.DictField(), required=False)
    active = serializers.SerializerMethodField(help_text="How many of its alarms are active.")

    class Meta:
        model = Rule
        fields = (
            *("id", "site", "name", "kind", "priority", "enabled", "latching"),
            *("tag", "device", "limit", "deadband", "on_delay_s", "off_delay_s"),
            *("setpoint", "window_s", "abnormal", "label", "min_score", "zone", "expression"),
            *("schedule", "cause", "consequence", "action"),
            *("origin", "overridden", "version", "active"),
        )
        read_only_fields = ("origin", "overridden", "version")
        validators = ()  # the one constraint is on rules of profiles, which nobody makes here

    def get_active(self, rule: Rule) -> int:
        """Return how many of its alarms are active now."""
        return int(getattr(rule, "active", 0))

    def validate_site(self, site: Any) -> Any:
        """Keep a rule at its site."""
        return self._unmoved("site", site)

    def validate_kind(self, kind: str) -> Any:
        """Keep a rule of its kind: its alarms and their journal are of that kind."""
        return self._unmoved("kind", kind)

    def validate_schedule(self, value: Any) -> Any:
        """Say what is wrong with it beside what is wrong with other fields."""
        try:
            schedule.validate(value)
        except ValueError as error:
            raise serializers.ValidationError(str(error)) from error
        return value

    def _unmoved(self, name: str, value: Any) -> Any:
        if self.instance is not None and getattr(self.instance, name) != value:
            raise serializers.ValidationError("This cannot change. Make a new rule.")
        return value


class TrialRuleSerializer(RuleSerializer):
    """A rule that is tried and not stored: how it would be, and over which time."""

    name = serializers.CharField(max_length=100, default="back-test")
    range = Choice(choices=[(name, name) for name in RANGES], default="24h")

    class Meta(RuleSerializer.Meta):
        fields = (*RuleSerializer.Meta.fields, "range")  # type: ignore[assignment]


class ExpressionSerializer(Strict):
    """An expression, and at which site its names mean something."""

    site = SiteField()
    expression = serializers.CharField(max_length=1000, trim_whitespace=False)


# ---------------------------------------------------------------- answers


class OccurrenceOfTrialSerializer(serializers.Serializer[None]):
    """Once active. ``peak``: what was furthest from normal."""

    since = serializers.DateTimeField()
    until = serializers.DateTimeField(allow_null=True)
    peak = serializers.FloatField(allow_null=True)


class DaySerializer(serializers.Serializer[None]):
    """One day of the plant's calendar."""

    day = serializers.DateField()
    activations = serializers.IntegerField()


class ProposalSerializer(serializers.Serializer[None]):
    """The shortest off-delay that ends chattering; ``removed``: which share of it, 0 to 1."""

    off_delay_s = serializers.IntegerField()
    removed = serializers.FloatField()


class TrialSerializer(serializers.Serializer[None]):
    """What the rule would have done. Of many occurrences the first and the last are listed."""

    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    samples = serializers.IntegerField(help_text="Stored readings that it looked at.")
    activations = serializers.IntegerField()
    active_s = serializers.FloatField(help_text="Altogether.")
    longest_s = serializers.FloatField()
    per_day = DaySerializer(many=True)
    occurrences = OccurrenceOfTrialSerializer(many=True)
    chattering = serializers.IntegerField(help_text="Activations in quick succession.")
    chattering_episodes = serializers.IntegerField()
    proposal = ProposalSerializer(allow_null=True)
    unknown = serializers.ListField(
        child=serializers.CharField(), help_text="What it looks at, and nothing is stored of."
    )


class CheckedSerializer(serializers.Serializer[None]):
    """The expression can be used; ``text`` is its canonical form."""

    ok = serializers.BooleanField()
    text = serializers.CharField()


class ExpressionRefusedSerializer(serializers.Serializer[None]):
    """Problem details: what is wrong with the expression, and which characters of it, from 0.

    Without the last three something else was wrong with the request.
    """

    status = serializers.IntegerField()
    code = serializers.CharField()
    title = serializers.CharField()
    detail = serializers.CharField()
    errors = serializers.DictField(  # type: ignore[assignment]  # a field, not DRF's
        child=serializers.ListField(child=serializers.CharField())
    )
    message = serializers.CharField(required=False)
    start = serializers.IntegerField(required=False)
    end = serializers.IntegerField(required=False, help_text="Not included.")


def answer_of(trial: Trial) -> dict[str, Any]:
    """Return what is sent of a back-test."""
    report, counts = trial.report, trial.report.counts
    return {
        "since": _time(report.since),
        "until": _time(report.until),
        "samples": report.samples,
        "activations": counts.activations,
        "active_s": counts.active_ms / 1000,
        "longest_s": counts.longest_ms / 1000,
        "per_day": [{"day": day, "activations": n} for day, n in counts.per_day.items()],
        "occurrences": [
            {"since": _time(each.since), "until": _time(each.until), "peak": each.peak}
            for each in counts.occurrences
        ],
        "chattering": counts.chattering,
        "chattering_episodes": counts.episode_count,
        "proposal": trial.proposal
        and {"off_delay_s": trial.proposal.off_delay_s, "removed": trial.proposal.removed},
        "unknown": trial.unknown,
    }


def _time(ms: int | None) -> dt.datetime | None:
    return None if ms is None else dt.datetime.fromtimestamp(ms / 1000, dt.UTC)
