"""Sends what is due: claims a row, sends outside of any transaction, writes down what came of it.

Any number of workers may do it at once: a claimed row is skipped by the others until its claim runs
out. A worker that is killed between sending and writing leaves such a row; it is sent again, under
the same id, and the log says that it may have been sent before.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from alarms.models import (
    OPEN_STATES,
    AttemptResult,
    DeliveryAttempt,
    Notification,
    NotificationChannel,
    NotificationState,
)
from alarms.notify import ending
from alarms.notify.base import Outcome, temporary
from alarms.notify.need import Postponed, not_needed
from alarms.notify.reasons import LOST, MAYBE_SENT
from alarms.notify.senders import SENDERS, configuration_of
from alarms.notify.wording import render

logger = logging.getLogger(__name__)

CLAIM_S: Final = 180  # longer than any sender takes
MAX_LOST: Final = 5  # a message that ends its worker so often is given up
_THREADS: Final = 4  # one channel that is slow to fail must not hold up the others
_ROUND_S: Final = 20.0  # of one task; the next one goes on


@dataclass(frozen=True, slots=True)
class Claim:
    """A row in hand. Only who holds the claim writes the outcome."""

    notification: Notification
    channel: NotificationChannel
    until: dt.datetime


def deliver_due() -> int:
    """Send what is due, several channels at a time.

    Returns:
        How many attempts were made.
    """
    end = time.monotonic() + _ROUND_S
    if not _due(timezone.now()).exists():
        return 0
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="deliver") as pool:
        return sum(pool.map(_work, [end] * _THREADS))


def send_next() -> bool:
    """Send the most urgent message that is due and that nobody else has in hand.

    Returns:
        Whether there was one.
    """
    claim = claim_next(timezone.now())
    if claim is None:
        return False
    started = time.monotonic()
    outcome = _send(claim)
    ending.record(claim.notification, claim.until, outcome, time.monotonic() - started)
    return True


def claim_next(now: dt.datetime) -> Claim | None:
    """Take the next row, after those that nobody needs any more have been crossed out."""
    while True:
        with transaction.atomic():
            row = (
                _due(now)
                .select_for_update(skip_locked=True, of=("self",), no_key=True)
                .select_related("channel", "route__site")
                .order_by("priority", "next_at", "pk")
                .first()
            )
            if row is None:
                return None
            claim = _claim(row, now)
        if claim is not None:
            return claim


def _due(now: dt.datetime) -> QuerySet[Notification]:
    waiting = Q(state=NotificationState.WAITING, next_at__lte=now)
    left = Q(state=NotificationState.SENDING, claimed_until__lt=now)
    return Notification.objects.filter(waiting | left, state__in=OPEN_STATES)


def _claim(row: Notification, now: dt.datetime) -> Claim | None:
    """Mark a locked row as being sent, or end it."""
    if row.state == NotificationState.SENDING and not _survives(row, now):
        return None
    try:
        why = not_needed(row)
    except Postponed as later:
        row.state, row.claimed_until = NotificationState.WAITING, None
        row.next_at = now + dt.timedelta(seconds=later.seconds)
        row.save(update_fields=["state", "claimed_until", "next_at", "lost"])
        return None
    if why or row.channel is None:
        ending.end(row, NotificationState.CANCELLED, why, now)
        return None
    row.state, row.attempts = NotificationState.SENDING, row.attempts + 1
    row.claimed_until = now + dt.timedelta(seconds=CLAIM_S)
    row.save(update_fields=["state", "attempts", "claimed_until", "lost"])
    return Claim(row, row.channel, row.claimed_until)


def _survives(row: Notification, now: dt.datetime) -> bool:
    """Write down that the outcome of an attempt is unknown; say whether there is to be another."""
    logger.warning("notification %s may have been sent before: its worker was lost", row.pk)
    DeliveryAttempt.objects.create(
        notification=row,
        at=now,
        result=AttemptResult.LOST,
        detail=MAYBE_SENT,
    )
    row.lost += 1
    if row.lost < MAX_LOST:
        return True
    ending.end(row, NotificationState.FAILED, LOST % {"count": row.lost}, now)
    return False


def _send(claim: Claim) -> Outcome:
    """Write the message and send it; whatever goes wrong is worth another attempt."""
    channel, notification = claim.channel, claim.notification
    try:
        message = render(notification, channel)
        configuration = configuration_of(channel, notification.recipient)
        return SENDERS[channel.kind].send(message, configuration)
    except Exception as error:  # a mistake of ours or of a library must not stop the others
        logger.exception("notification %s could not be sent", notification.pk)
        return temporary(f"{type(error).__name__}: {error}")


def _work(end: float) -> int:
    count = 0
    try:
        while time.monotonic() < end and send_next():
            count += 1
    finally:
        connection.close()  # each thread has its own
    return count
