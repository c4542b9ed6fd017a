"""What is sent to say something of detections, and what comes back."""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request

from alarms.models import MOST_NOTE, Verdict
from alarms.reviews import MOST_AT_ONCE
from devices.api.fields import Choice
from devices.api.strict import Strict

_KINDS: Final = Verdict.Kind.choices


class ReviewSerializer(Strict):
    """Whether you have looked at it."""

    reviewed = serializers.BooleanField(default=True)


class ReviewManySerializer(ReviewSerializer):
    """And at which."""

    ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**62), max_length=MOST_AT_ONCE
    )


class ReviewedSerializer(serializers.Serializer[Any]):
    """What you have reviewed now, or not any more."""

    done = serializers.ListField(child=serializers.IntegerField())
    reviewed = serializers.BooleanField()


class JudgeSerializer(Strict):
    """What it was. ``was`` is what you decided upon; left out: whatever it is."""

    verdict = Choice(_KINDS, allow_blank=True, help_text="Empty: nothing is said of it any more.")
    note = serializers.CharField(max_length=MOST_NOTE, required=False, default="", allow_blank=True)
    was = Choice(_KINDS, allow_blank=True, required=False, help_text="The verdict that you saw.")


class SaidSerializer(serializers.Serializer[Any]):
    """A verdict: by whom, when, and why."""

    kind = serializers.CharField(help_text=", ".join(Verdict.Kind.values))
    by = serializers.CharField()
    at = serializers.DateTimeField()
    note = serializers.CharField()


class VerdictSerializer(serializers.Serializer[Any]):
    """What is said of it now; null: nothing."""

    id = serializers.IntegerField()
    verdict = SaidSerializer(allow_null=True)


class HoldSerializer(Strict):
    """Whether it is kept, and why that changes."""

    hold = serializers.BooleanField()
    reason = serializers.CharField(max_length=200)


class HeldSerializer(serializers.Serializer[Any]):
    """How it is now."""

    id = serializers.IntegerField()
    legal_hold = serializers.BooleanField()
    hold_reason = serializers.CharField()


def checked(kind: type[Strict], request: Request) -> dict[str, Any]:
    """Return what was sent.

    Raises:
        rest_framework.exceptions.ValidationError: it is not what is expected.
    """
    asked = kind(data=request.data)
    asked.is_valid(raise_exception=True)
    values: dict[str, Any] = asked.validated_data
    return values


def said_of(verdict: Verdict | None) -> dict[str, Any] | None:
    """Return a verdict as it is sent."""
    if verdict is None:
        return None
    data: dict[str, Any] = SaidSerializer(verdict).data
    return data


def meanwhile(now: Verdict | None) -> str:
    """Say who was faster."""
    if now is None:
        return _("Somebody else has taken the verdict back meanwhile.")
    said = {"by": now.by, "verdict": Verdict.Kind(now.kind).label}
    return _("Meanwhile %(by)s has said: %(verdict)s.") % said
