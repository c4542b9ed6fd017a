"""Messages in words: in the language of their channel and the time zone of their plant."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from alarms.models import Event, Kind, Notification, NotificationChannel, Priority
from alarms.notify.base import Message
from alarms.notify.facts import Facts
from alarms.wording import own_name, own_text

SUBJECT_CHARS: Final = 200


def render(notification: Notification, channel: NotificationChannel) -> Message:
    """Write a message."""
    with translation.override(channel.language or settings.LANGUAGE_CODE):
        subject, body = _subject(notification), _body(notification)
    one_line = " ".join(subject.split())[:SUBJECT_CHARS]
    return Message(str(notification.pk), one_line, body, notification.facts)


def _subject(notification: Notification) -> str:
    facts = notification.facts
    if notification.event == Event.TEST:
        return _("Test: messages of Sentinel arrive here")
    text = _("P%(number)d %(priority)s: %(what)s") % {
        "number": facts["priority"],
        "priority": Priority(facts["priority"]).label,
        "what": _what(facts),
    }
    before = _before(notification)
    return f"{before}: {text}" if before else text


def _before(notification: Notification) -> str:
    """Say what is told of the alarm, unless it is its beginning."""
    if notification.event == Event.ACKNOWLEDGED:
        return _("Acknowledged")
    if notification.event == Event.CLEARED:
        return _("Returned to normal")
    minutes = _minutes_waited(notification)
    if notification.step or minutes:
        return _("Not acknowledged for %(minutes)d min") % {"minutes": minutes}
    return ""


def _minutes_waited(notification: Notification) -> int:
    if notification.announced_at is None:
        return 0
    return round((notification.due_at - notification.announced_at).total_seconds() / 60)


def _what(facts: Facts) -> str:
    """Say where and what: "SIM001 temperature high 91.2 °C (limit 85 °C)"."""
    source = " ".join(filter(None, (facts["device"], facts["tag_label"] or facts["tag"])))
    kind = facts["kind"]
    what = _rule(facts) if kind == Kind.EXPRESSION or not source else _kind(facts)
    limit = "" if facts["limit"] is None else _("(limit %(limit)s)") % {"limit": _number(facts)}
    return " ".join(filter(None, (source, what, _value(facts), limit)))


def _rule(facts: Facts) -> str:
    return own_name(facts["rule"], facts["tag_label"] or facts["tag"])


def _kind(facts: Facts) -> str:
    label = str(Kind(facts["kind"]).label) if facts["kind"] in Kind.values else facts["kind"]
    return " ".join(filter(None, (label, facts["label"])))


def _value(facts: Facts) -> str:
    value, kind = facts["value"], facts["kind"]
    if value is None or kind == Kind.DETECTION:
        return ""
    return f"{value:.{facts['decimals']}f} {facts['unit']}".strip()


def _number(facts: Facts) -> str:
    return f"{facts['limit']:g} {facts['unit']}".strip()


def _body(notification: Notification) -> str:
    facts = notification.facts
    if notification.event == Event.TEST:
        text = _("%(by)s tries the channel %(channel)s. No alarm is behind this message.")
        return "\n".join([text % facts, "", facts["url"], ""])
    lines = [f"{name}: {value}" for name, value in _lines(facts) if value]
    advice = [f"{name}: {value}" for name, value in _advice(facts) if value]
    return "\n".join([_what(facts), "", *lines, *([""] if advice else []), *advice, "",
                      facts["url"], ""])  # fmt: skip


def _lines(facts: Facts) -> Iterator[tuple[str, str]]:
    device = " · ".join(filter(None, (facts["device"], facts["device_name"])))
    yield _("Plant"), facts["site_name"]
    yield _("Area"), facts["area"]
    yield _("Device"), device
    yield _("Rule"), _rule(facts)
    yield _("Raised"), _moment(facts, "raised_at")
    yield _("Returned to normal"), _moment(facts, "returned_at")
    acked = " · ".join(filter(None, (_moment(facts, "acked_at"), facts.get("acked_by"))))
    yield _("Acknowledged"), acked
    yield _("Comment"), facts.get("comment", "")


def _advice(facts: Facts) -> Iterator[tuple[str, str]]:
    yield _("Cause"), own_text(facts["cause"])
    yield _("Consequence"), facts["consequence"]
    yield _("Action"), own_text(facts["action"])


def _moment(facts: Facts, name: str) -> str:
    text = facts.get(name)
    if not text:
        return ""
    local = dt.datetime.fromisoformat(text).astimezone(ZoneInfo(facts["time_zone"]))
    return f"{local:%Y-%m-%d %H:%M:%S} ({facts['time_zone']})"
