"""In which unit the value and the limit of an alarm are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from alarms.conditions.model import Memory
from alarms.expressions import ExpressionError
from alarms.expressions.evaluation import Comparison, Moment
from alarms.expressions.resolving import compile_expression
from alarms.expressions.units import rate_unit
from alarms.models import Alarm, Kind, Rule
from devices.models import Tag

_OTHERS: Final = {Kind.SPOOL: "%", Kind.CLOCK_SKEW: "s"}  # that are not in the unit of a tag
_NOTHING: Final = Moment(Memory(), 0)


def unit_of(alarm: Alarm) -> str:
    """Return the unit of an alarm's value and limit; empty: none, or nobody can know.

    Args:
        alarm: of `listing.with_names`. Of an expression it costs some queries.
    """
    if alarm.rule.kind != Kind.EXPRESSION:
        return _of_kind(alarm.rule.kind, alarm.tag)
    if alarm.value is None:
        return ""
    return _the_only(each for each in _compared(alarm.rule) if _may_be_of(each, alarm.limit))


def unit_of_rule(rule: Rule) -> str:
    """Return the unit of all that a rule compares; empty: none, or several."""
    if rule.kind == Kind.EXPRESSION:
        return _the_only(_compared(rule))
    return _of_kind(rule.kind, rule.tag)


def _of_kind(kind: str, tag: Tag | None) -> str:
    unit = tag.unit if tag else ""
    if kind == Kind.RATE:
        return rate_unit(unit)
    return _OTHERS.get(Kind(kind), unit) if kind in Kind.values else unit


def _compared(rule: Rule) -> Iterator[Comparison]:
    try:
        compiled = compile_expression(rule.expression, rule.site)
    except ExpressionError:
        return  # what it names is no longer there
    yield from compiled.statement.comparisons()


def _may_be_of(comparison: Comparison, limit: float | None) -> bool:
    """Say whether a limit can be the right side of a comparison; only numbers are known here."""
    written = comparison.right.value(_NOTHING)
    return written is None or written == limit


def _the_only(comparisons: Iterator[Comparison]) -> str:
    units = {each.unit for each in comparisons}
    return units.pop() if len(units) == 1 else ""
