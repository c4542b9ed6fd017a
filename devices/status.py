"""What a device's state is called, and since when. Pure: time is an argument.

A device that connects by itself is judged by its own connection, any other by the connection of
its gateway and by what the gateway says of it. Silence makes a device stale only while it is
connected: without a connection nothing can be known, and that is what the page has to say.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

StatusName = Literal["disabled", "new", "offline", "stale", "online"]

GATEWAY = "gateway"  # detail of a device that is offline because its gateway is


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of one device. Times are aware; ``None`` means it never happened."""

    enabled: bool
    via_gateway: bool
    # of the connection that carries it: its own, or its gateway's
    connected: bool
    connection_changed_at: datetime | None
    connection_seen_at: datetime | None
    # what its gateway said last: answering again or not answering since
    link_event_at: datetime | None
    link_down_since: datetime | None
    link_detail: str
    # over all its tags
    reported_at: datetime | None  # newest received time
    fresh_until: datetime | None  # the last of the tags' reports counts until then
    patience: timedelta | None  # the longest time without a report; None: it has no tags


@dataclass(frozen=True, slots=True)
class Status:
    """A device's state for the pages."""

    name: StatusName
    detail: str = ""
    since: datetime | None = None
    seen: datetime | None = None  # last contact; None while in contact, or never


def status_of(facts: Facts, now: datetime) -> Status:
    """Judge one device."""
    if not facts.enabled:
        return Status("disabled", seen=_last_contact(facts))
    if _never_seen(facts):
        return Status("new")
    if not facts.connected:
        detail = GATEWAY if facts.via_gateway else ""
        return Status("offline", detail, facts.connection_changed_at, _last_contact(facts))
    if facts.via_gateway and facts.link_down_since is not None:
        since = facts.link_down_since
        return Status("offline", facts.link_detail, since, since)
    stale_at = _stale_at(facts)
    if stale_at is not None and now > stale_at:
        return Status("stale", "", stale_at, facts.reported_at)
    return Status("online", since=_in_contact_since(facts))


def _never_seen(facts: Facts) -> bool:
    if facts.reported_at is not None:
        return False
    if facts.via_gateway:
        return facts.link_event_at is None
    return facts.connection_changed_at is None and facts.connection_seen_at is None


def _last_contact(facts: Facts) -> datetime | None:
    heard = None if facts.via_gateway else facts.connection_seen_at
    return heard or facts.reported_at


def _in_contact_since(facts: Facts) -> datetime | None:
    """Start of the connection, or the moment at which the device answered again."""
    told = facts.link_event_at if facts.via_gateway else None
    return max(filter(None, (facts.connection_changed_at, told)), default=None)


def _stale_at(facts: Facts) -> datetime | None:
    """Tell until when the device may keep silent; a new contact gives it its whole patience."""
    if facts.patience is None:
        return None
    begun = _in_contact_since(facts)
    grace = begun + facts.patience if begun is not None else None
    return max(filter(None, (facts.fresh_until, grace)), default=None)
