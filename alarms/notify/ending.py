"""What becomes of a notification after an attempt: sent, tried again, or failed with a reason."""

from __future__ import annotations

import datetime as dt
import logging
import random
import re
from typing import Final

from django.db import transaction
from django.utils import timezone

from alarms.models import (
    AttemptResult,
    DeliveryAttempt,
    Event,
    Notification,
    NotificationChannel,
    NotificationState,
)
from alarms.notify.base import Outcome, Result
from alarms.notify.reasons import GIVEN_UP, TOO_LATE
from alarms.notify.routing import next_due

logger = logging.getLogger(__name__)

GIVE_UP_S: Final = 86_400  # after it was due
FIRST_WAIT_S: Final = 15.0
LONGEST_WAIT_S: Final = 3600.0
CHANNEL_WAIT_S: Final = 30  # for the others of a channel that does not answer
_DETAIL: Final = 500  # characters
_SEPARATORS: Final = re.compile(r"[/:@?&=#]+")  # of the parts of a URL

_RESULTS: Final = {
    Result.SENT: AttemptResult.SENT,
    Result.TEMPORARY: AttemptResult.TEMPORARY,
    Result.PERMANENT: AttemptResult.PERMANENT,
}


def wait_s(attempts: int) -> float:
    """Return how long to wait after so many attempts: doubled each time, a fifth by chance."""
    longest = min(FIRST_WAIT_S * 2.0 ** min(attempts - 1, 20), LONGEST_WAIT_S)
    return longest * random.uniform(0.8, 1.2)  # noqa: S311 - no secret


@transaction.atomic
def record(
    notification: Notification, claimed_until: dt.datetime, outcome: Outcome, took_s: float
) -> None:
    """Write an attempt into the log, and what follows from it into the row.

    Args:
        notification: as it was claimed.
        claimed_until: end of that claim. If another worker has the row by now, its outcome counts.
        outcome: of the attempt.
        took_s: how long it took.
    """
    now = timezone.now()
    row = (
        Notification.objects.select_for_update(of=("self",), no_key=True)
        .select_related("channel", "route__site")
        .get(pk=notification.pk)
    )
    detail = _clean(outcome.detail, row.channel)
    mine = row.state == NotificationState.SENDING and row.claimed_until == claimed_until
    DeliveryAttempt.objects.create(
        notification=row,
        at=now,
        result=_RESULTS[outcome.result],
        detail=detail if mine else f"{TOO_LATE}: {detail}"[:_DETAIL],
        duration_ms=round(took_s * 1000),
    )
    if mine:
        _follow(row, outcome, detail, now)


def end(row: Notification, state: NotificationState, why: str, now: dt.datetime) -> None:
    """Store the final state of a locked row."""
    row.state, row.why, row.ended_at, row.claimed_until = state, why, now, None
    row.save(update_fields=["state", "why", "ended_at", "claimed_until", "lost"])


def _follow(row: Notification, outcome: Outcome, detail: str, now: dt.datetime) -> None:
    if outcome.result is Result.SENT:
        if not row.why:  # it was not cancelled while it was being sent
            _queue_repetition(row, now)
        end(row, NotificationState.SENT, "", now)
    elif row.why:  # cancelled while it was being sent
        end(row, NotificationState.CANCELLED, row.why, now)
    elif outcome.result is Result.PERMANENT:
        _fail(row, detail or "refused", now)
    else:
        _try_again(row, outcome, detail, now)


def _try_again(row: Notification, outcome: Outcome, detail: str, now: dt.datetime) -> None:
    again = now + dt.timedelta(seconds=wait_s(row.attempts))
    if (again - max(row.due_at, row.created_at)).total_seconds() > GIVE_UP_S:
        why = f"{GIVEN_UP % {'count': row.attempts}}: {detail}"
        _fail(row, why[:_DETAIL], now)
        return
    row.state, row.next_at, row.claimed_until = NotificationState.WAITING, again, None
    row.save(update_fields=["state", "next_at", "claimed_until"])
    if outcome.down:
        _postpone_others(row, now)


def _postpone_others(row: Notification, now: dt.datetime) -> None:
    """Do not try every message of a channel that does not answer; one at a time is enough."""
    others = Notification.objects.filter(
        channel=row.channel_id, state=NotificationState.WAITING, next_at__lte=now
    )
    ids = others.select_for_update(skip_locked=True, no_key=True).values_list("pk", flat=True)
    later = now + dt.timedelta(seconds=CHANNEL_WAIT_S)
    Notification.objects.filter(pk__in=list(ids)).update(next_at=later)


def _fail(row: Notification, why: str, now: dt.datetime) -> None:
    logger.warning("notification %s of channel %s failed: %s", row.pk, row.channel_name, why)
    end(row, NotificationState.FAILED, why, now)


def _queue_repetition(row: Notification, now: dt.datetime) -> None:
    """Queue the same once more, until somebody acknowledges: see need.py."""
    if row.event != Event.RAISED or row.route is None or not row.route.repeat_s:
        return
    due = next_due(row.route, max(row.due_at, now - dt.timedelta(seconds=row.route.repeat_s)))
    if due is None:
        return
    again = Notification(
        **{name: getattr(row, name) for name in _REPEATED}, step=row.step + 1, created_at=now
    )
    again.due_at = again.next_at = due
    Notification.objects.bulk_create([again], ignore_conflicts=True)


_REPEATED: Final = (
    *("site_id", "channel_id", "route_id", "channel_name", "recipient", "alarm_id", "occurrence"),
    *("announced_at", "event", "priority", "facts"),
)


def _clean(detail: str, channel: NotificationChannel | None) -> str:
    """Make one line of what the other side said, without the channel's secret."""
    text = " ".join(str(detail).split())
    secret = channel.secret if channel is not None else ""
    for part in {secret, *_SEPARATORS.split(secret)}:
        if len(part) >= 8:
            text = text.replace(part, "***")
    return "".join(each for each in text if each.isprintable())[:_DETAIL]
