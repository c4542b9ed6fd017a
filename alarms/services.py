"""What people do to alarms: acknowledge, comment, shelve, take out of service, reset.

One order names one or several alarms, each with the ``rev`` that its page showed, and an id of its
own: sent again it does nothing again. Every alarm gets its own answer, so that one which somebody
else was faster with does not stop the rest.
"""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from alarms.journal import COMMENT, Happening
from alarms.models import Alarm, JournalEntry, Priority
from alarms.states import Refusal, Trigger
from alarms.transitions import Moves, locked
from devices.access import require, scoped
from devices.models import Role

MAX_ITEMS: Final = 200  # in one order: what a page shows at most


class Action(enum.StrEnum):
    """What can be ordered."""

    ACKNOWLEDGE = "acknowledge"
    COMMENT = "comment"
    RESET = "reset"
    SHELVE = "shelve"
    UNSHELVE = "unshelve"
    REMOVE = "remove"
    RESTORE = "restore"


# Out of service has no end by itself, so it takes an engineer.
NEEDS: Final = {
    action: Role.ENGINEER if action in {Action.REMOVE, Action.RESTORE} else Role.OPERATOR
    for action in Action
}
_NEEDS_REASON: Final = frozenset({Action.COMMENT, Action.SHELVE, Action.REMOVE})


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody wants done."""

    action: Action
    items: Mapping[int, int]  # alarm id -> the ``rev`` that they saw
    request_id: uuid.UUID
    reason: str = ""  # or the comment
    until: dt.datetime | None = None  # of a shelf; None with `one_shot`
    one_shot: bool = False  # shelved until the condition returns, at most for the longest time


@dataclass(frozen=True, slots=True)
class Conflict:
    """Why one alarm was not touched."""

    id: int
    code: str  # a Refusal, "changed", "one_by_one" or "not_found"
    by: str = ""  # who was first
    at: dt.datetime | None = None
    rev: int | None = None  # as it is now


@dataclass(slots=True)
class Result:
    """What became of an order."""

    done: list[int] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)


@transaction.atomic
def perform(user: User, order: Order) -> Result:
    """Do what was ordered, alarm by alarm.

    Raises:
        ValidationError: the order itself cannot be: no reason, no end, too long, too many alarms.
        PermissionDenied: the user sees an alarm, with a lesser role than needed.
    """
    repeated = _done_before(order)
    if not repeated:  # what was done is done, also when its end has passed since
        _check(order, timezone.now())
    visible = scoped(Alarm.objects.filter(pk__in=order.items), user)
    alarms = locked(visible)
    for site_id in sorted({alarm.site_id for alarm in alarms}):
        require(user, site_id, NEEDS[order.action])
    result, moves = Result(), Moves()
    known = {alarm.pk for alarm in alarms}
    result.conflicts += [Conflict(pk, "not_found") for pk in order.items if pk not in known]
    for alarm in alarms:
        conflict = None if alarm.pk in repeated else _do(moves, user, order, alarm)
        if conflict is None:
            result.done.append(alarm.pk)
        else:
            result.conflicts.append(conflict)
    moves.write()
    return result


def longest_shelf() -> dt.timedelta:
    """Return for how long an alarm can be shelved at most."""
    return dt.timedelta(hours=settings.ALARM_SHELVE_MAX_HOURS)


def _check(order: Order, now: dt.datetime) -> None:
    if not 0 < len(order.items) <= MAX_ITEMS:
        raise ValidationError(_("Choose between 1 and %(most)d alarms.") % {"most": MAX_ITEMS})
    if order.action in _NEEDS_REASON and not order.reason.strip():
        raise ValidationError({"reason": _("Say why.")})
    if len(order.reason) > 500:
        raise ValidationError({"reason": _("At most 500 characters.")})
    if order.action is not Action.SHELVE or order.one_shot:
        return
    if order.until is None or order.until <= now:
        raise ValidationError({"until": _("Say until when; the time must lie ahead.")})
    if order.until > now + longest_shelf():
        message = _("An alarm can be shelved for %(hours)g hours at most.")
        raise ValidationError({"until": message % {"hours": settings.ALARM_SHELVE_MAX_HOURS}})


def _done_before(order: Order) -> set[int]:
    entries = JournalEntry.objects.filter(request_id=order.request_id)
    return set(entries.values_list("alarm_id", flat=True))


def _do(moves: Moves, user: User, order: Order, alarm: Alarm) -> Conflict | None:
    if order.items[alarm.pk] != alarm.rev:
        return _conflict(alarm, "changed")
    one_by_one = order.action is Action.ACKNOWLEDGE and alarm.rule.priority == Priority.CRITICAL
    if one_by_one and len(order.items) > 1:
        return _conflict(alarm, "one_by_one")
    happening = Happening(
        order.action,
        timezone.now(),
        actor=user.get_username(),
        reason=order.reason.strip(),
        request_id=order.request_id,
    )
    if order.action == COMMENT:
        moves.comment(alarm, happening)
        return None
    if order.action is Action.SHELVE:
        alarm.shelved_until = order.until or happening.source_time + longest_shelf()
        alarm.one_shot = order.one_shot
    refusal = moves.pull(alarm, Trigger(order.action), happening)
    return None if refusal is None else _conflict(alarm, refusal)


def _conflict(alarm: Alarm, code: str | Refusal) -> Conflict:
    """Say who was first: whoever moved the alarm last."""
    entries = JournalEntry.objects.filter(alarm_id=alarm.pk, historical=False)
    last = entries.exclude(actor="system").order_by("-pk").first()
    return Conflict(
        alarm.pk, str(code), last.actor if last else "", last.at if last else None, alarm.rev
    )
