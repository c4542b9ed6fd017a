"""Whether a queued message is still to be sent, asked right before it is.

Who acknowledges cancels what waits, in the same transaction; this is for what was changed since
elsewhere: channels, routes, rules.
"""

from __future__ import annotations

from typing import Final

from alarms.models import OPEN_STATES, Alarm, Event, Notification, NotificationState
from alarms.states import State

_WAIT_S: Final = 5


class Postponed(Exception):
    """It depends on a message that is just being sent."""

    seconds = _WAIT_S


def not_needed(row: Notification) -> str:
    """Return why nobody needs a message any more, as a key of `wording.WHYS`; empty: it is needed.

    Raises:
        Postponed: look again a little later.
    """
    if row.channel is None:
        return "channel_deleted"
    if row.event == Event.TEST:
        return ""
    if not row.channel.enabled:
        return "channel_disabled"
    if row.route is None:
        return "route_deleted"
    if not row.route.enabled:
        return "route_disabled"
    return _over(row) if row.event == Event.RAISED else _untold(row)


def _over(row: Notification) -> str:
    """Say whether the alarm no longer waits for an acknowledgement of this announcement."""
    if row.state == NotificationState.SENDING and row.why:
        return row.why  # cancelled while its worker was lost
    alarm = Alarm.objects.filter(pk=row.alarm_id).first() if row.alarm_id else None
    if alarm is None or alarm.status.holds or alarm.state != State.UNACKNOWLEDGED:
        return "over"
    same = alarm.occurrence == row.occurrence and alarm.announced_at == row.announced_at
    return "" if same else "announced_anew"


def _untold(row: Notification) -> str:
    """Say whether the recipient never heard of the alarm, so that its end is no news."""
    raised = Notification.objects.filter(
        route=row.route,
        recipient=row.recipient,
        alarm_id=row.alarm_id,
        occurrence=row.occurrence,
        event=Event.RAISED,
    )
    states = set(raised.values_list("state", flat=True))
    if NotificationState.SENT in states:
        return ""
    if states & set(OPEN_STATES):
        raise Postponed
    return "raise_not_sent"
