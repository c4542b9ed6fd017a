"""A back-test as people ask for it: a rule that need not be saved, over the last day or month."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from alarms.backtest import Proposal, Report, backtest, propose_off_delay
from alarms.models import TAG_KINDS, Kind, Rule
from alarms.rule_checks import check
from devices.models import Device

RANGES: Final = {"24h": dt.timedelta(hours=24), "30d": dt.timedelta(days=30)}
TRIED: Final = TAG_KINDS | {Kind.EXPRESSION}  # the others look at what is not stored


@dataclass(frozen=True, slots=True)
class Trial:
    """What a rule would have done, and the off-delay that would end its chattering."""

    report: Report
    proposal: Proposal | None
    unknown: list[str]  # in words: what nothing is stored of


def try_rule(rule: Rule, span: str) -> Trial:
    """Judge the stored readings of a rule; nothing is kept.

    Args:
        rule: as it would be saved.
        span: one of `RANGES`, up to now.

    Raises:
        ValidationError: it could not be saved so, or there is nothing stored that it looks at.
    """
    if rule.kind in Kind.values and rule.kind not in TRIED:
        message = _("What rules of this kind look at is not stored, so there is nothing to try.")
        raise ValidationError({"kind": message})
    check(rule)
    until = timezone.now()
    since = until - RANGES[span]
    try:
        report = backtest(rule, since=since, until=until)
        proposal = propose_off_delay(rule, since=since, until=until)
    except ValueError as error:
        raise ValidationError(str(error)) from error
    return Trial(report, proposal, [_in_words(operand) for operand in report.unknown])


def _in_words(operand: str) -> str:
    what, _colon, number = operand.partition(":")
    if what != "online":
        return operand
    uid = Device.objects.filter(pk=number).values_list("uid", flat=True).first()
    return _("connection of %(device)s") % {"device": uid or number}
