"""From a rule to what judging needs of it."""

from __future__ import annotations

from numbers import Real

from alarms.conditions.limits import Deviation, Limit, Threshold
from alarms.conditions.model import Condition, Delays, Spec, tag_operand
from alarms.conditions.rates import Rate
from alarms.conditions.states import BadQuality, Discrete, Signal
from alarms.models import Kind, Rule

_FALLING = frozenset({Kind.LOW, Kind.LOW_LOW})
_LIMITS = frozenset({Kind.HIGH_HIGH, Kind.HIGH}) | _FALLING


class IncompleteRule(ValueError):
    """The rule lacks what its kind needs: there is nothing to judge by."""


def spec_of(rule: Rule, *, source: str) -> Spec:
    """Return how a rule judges at one of its sources. The rule need not be saved.

    Args:
        rule: of any kind.
        source: `Alarm.source`: "tag:12", "device:5" or "site".

    Raises:
        IncompleteRule: a limit, a tag, a setpoint or a state is missing or is no number.
        ValueError: its expression cannot be read: see alarms/expressions.
    """
    delays = Delays(_milliseconds(rule.on_delay_s), _milliseconds(rule.off_delay_s))
    return Spec(_condition_of(rule, source), delays)


def signal_operand(kind: str, source: str) -> str:
    """Return the operand of what the platform watches: "stale:12", "offline:5", "detection:7".

    A sample of it is 1.0 while it is so and 0.0 while it is not.
    """
    return f"{kind}:{source.rpartition(':')[2]}"


def _condition_of(rule: Rule, source: str) -> Condition:
    kind = Kind(rule.kind)
    if kind is Kind.EXPRESSION:
        from alarms.expressions.condition import condition_of  # it builds on conditions, as we do

        return condition_of(rule)
    if kind in _LIMITS:
        return Limit(_tag_of(rule), _threshold_of(rule, falling=kind in _FALLING))
    if kind is Kind.DEVIATION:
        return Deviation(_tag_of(rule), _setpoint_of(rule), _threshold_of(rule))
    if kind is Kind.RATE:
        threshold = _threshold_of(rule, falling=rule.limit is not None and rule.limit < 0)
        return Rate(_tag_of(rule), threshold, _milliseconds(rule.window_s))
    if kind is Kind.DISCRETE:
        return Discrete(_tag_of(rule), _states_of(rule))
    if kind is Kind.BAD_QUALITY:
        return BadQuality(_tag_of(rule))
    return Signal(signal_operand(kind.value, source))


def _tag_of(rule: Rule) -> str:
    if rule.tag_id is None:
        raise IncompleteRule("tag")
    return tag_operand(rule.tag_id)


def _setpoint_of(rule: Rule) -> str:
    if rule.setpoint_id is None:
        raise IncompleteRule("setpoint")
    return tag_operand(rule.setpoint_id)


def _threshold_of(rule: Rule, *, falling: bool = False) -> Threshold:
    if rule.limit is None:
        raise IncompleteRule("limit")
    return Threshold(rule.limit, rule.deadband, falling)


def _states_of(rule: Rule) -> tuple[float, ...]:
    """Booleans are numbers here, as they are in readings; texts have no value to compare."""
    if not rule.abnormal or not all(isinstance(state, Real) for state in rule.abnormal):
        raise IncompleteRule("abnormal")
    return tuple(sorted({float(state) for state in rule.abnormal}))


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)
