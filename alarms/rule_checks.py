"""What a rule needs before it can be saved: all that is wrong with it is said at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from alarms import schedule
from alarms.expressions.resolving import accept_expression
from alarms.models import TAG_KINDS, Kind, Rule
from alarms.specs import IncompleteRule, spec_of
from devices.models import Camera, Device

# While one of these is wrong nobody can say what else the rule needs ...
_BASES: Final = frozenset({"site", "kind", "tag", "setpoint", "device"})
# ... and while one of these is, nobody can judge by it.
_NUMBERS: Final = frozenset(
    {"limit", "deadband", "on_delay_s", "off_delay_s", "window_s", "abnormal", "expression"}
)


def check(rule: Rule) -> None:
    """See that a rule can be judged.

    Raises:
        ValidationError: by field, in plain words.
    """
    mistakes: dict[str, list[str]] = {}
    _collect(mistakes, rule, Rule.full_clean)
    if not _BASES & mistakes.keys():
        _collect(mistakes, rule, _check_kind)
        _collect(mistakes, rule, _check_limit)
        _collect(mistakes, rule, _check_schedule)
    if not (_BASES | _NUMBERS) & mistakes.keys():
        _collect(mistakes, rule, _check_condition)
    if mistakes:
        raise ValidationError(mistakes)


def _collect(mistakes: dict[str, list[str]], rule: Rule, look: Callable[[Rule], None]) -> None:
    try:
        look(rule)
    except ValidationError as error:
        for field, texts in error.message_dict.items():
            mistakes.setdefault(field, texts)  # of what is wrong with a field, the first


def _check_kind(rule: Rule) -> None:
    """Drop what its kind does not look at, and see that the rest may be watched."""
    kind = Kind(rule.kind)
    if kind in TAG_KINDS:
        rule.device = None
        _belongs(rule, "tag", rule.tag.device if rule.tag else None)
        _belongs(rule, "setpoint", rule.setpoint.device if rule.setpoint else None)
        if rule.tag is None:
            raise ValidationError({"tag": _("A rule of this kind needs it.")})
    else:
        rule.tag = rule.setpoint = None
        _belongs(rule, "device", rule.device)
        _can_be_watched(kind, rule.device)


def _belongs(rule: Rule, field: str, device: Device | None) -> None:
    if device is not None and device.site_id != rule.site_id:
        raise ValidationError({field: _("It belongs to another site than the rule.")})


def _can_be_watched(kind: Kind, device: Device | None) -> None:
    """See that a device has what a rule looks at."""
    if device is None:
        return
    if kind is Kind.DETECTION and not Camera.objects.filter(device=device).exists():
        raise ValidationError({"device": _("This is no camera.")})
    if kind in {Kind.SPOOL, Kind.CLOCK_SKEW} and device.via_id is not None:
        raise ValidationError({"device": _("It does not connect by itself: choose its gateway.")})


def _check_limit(rule: Rule) -> None:
    if rule.kind in {Kind.SPOOL, Kind.CLOCK_SKEW} and rule.limit is None:
        raise ValidationError({"limit": _("Say the limit.")})


def _check_schedule(rule: Rule) -> None:
    try:
        schedule.validate(rule.schedule)
    except ValueError as error:
        raise ValidationError({"schedule": str(error)}) from error


def _check_condition(rule: Rule) -> None:
    """See that there is something to judge by; a new expression must be able to come true."""
    try:
        if rule.kind == Kind.EXPRESSION and _is_written_anew(rule):
            accept_expression(rule.expression, rule.site)
        spec_of(rule, source="device:0")  # whatever it watches: it is only looked at
    except IncompleteRule as error:
        raise ValidationError({str(error): _("A rule of this kind needs it.")}) from error
    except ValueError as error:
        raise ValidationError({"expression": str(error)}) from error


def _is_written_anew(rule: Rule) -> bool:
    return not Rule.objects.filter(pk=rule.pk, expression=rule.expression).exists()
