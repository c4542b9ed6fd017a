"""When a device could be heard of: shares of time, and the outages between.

A device that connects by itself could be heard of while it had a connection. One behind a gateway
could while the gateway had one, except when the gateway told that it does not answer. Nothing is
said of the time before the first connection, nor of what is not kept any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final, NamedTuple

from django.conf import settings
from django.db.models import Q, QuerySet

from devices.accounting import Span, availability, join_spans
from devices.events import says_down
from devices.ledgers import contact_spans, first_connected
from devices.models import Connection, Device, GatewayEvent, Latest
from devices.status import GATEWAY

DAY: Final = timedelta(days=1)
LENGTHS: Final = {"day": DAY, "week": 7 * DAY, "month": 30 * DAY}
WIDTH: Final = 1000  # of a drawn strip
_THINNEST: Final = 2.0  # what is drawn of an outage at least, so that it can be seen
_LOOK_BACK: Final = 20  # events before a time, of which the last that tells anything counts
_LINK_KINDS: Final = ("device.down", "device.up", "camera.state")


class Outage(NamedTuple):
    """A time in which a device could not be heard of."""

    begin: datetime
    end: datetime | None  # None: it lasts
    code: int | None = None  # websocket close code of the connection that ended
    detail: str = ""  # name of a quality, or GATEWAY


class Piece(NamedTuple):
    """A part of a strip, in the same units as `WIDTH`."""

    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Strip:
    """The last day, week or month of a device, to be drawn."""

    name: str  # of `LENGTHS`
    begin: datetime
    share: float | None  # of the time that is known, 0 to 1; None: nothing is known
    unknown: float  # where the known time begins, in units of `WIDTH`
    pieces: list[Piece]  # of outages
    outages: int


@dataclass(frozen=True, slots=True)
class Contact:
    """When a device could be heard of."""

    since: datetime | None  # from when on that is known; None: it never connected
    strips: list[Strip]
    outages: list[Outage]  # of the longest strip, the newest first


def contact_of(device: Device, now: datetime) -> Contact:
    """Say when a device could be heard of in the last 30 days."""
    carrier = device.via or device
    begin = now - max(LENGTHS.values())
    since = first_connected(carrier.pk)
    if since is not None and device.via:
        since = _answers_since(device, since, now)
    if since is None:
        return Contact(None, [_strip(name, [], None, now) for name in LENGTHS], [])
    spans = contact_spans(carrier.pk, max(begin, since), now)
    outages = list(_between(spans, max(begin, since), now))
    if device.via:
        outages = [Outage(out.begin, out.end, out.code, GATEWAY) for out in outages]
        outages += _silences(device, max(begin, since), now)
    outages = _with_codes(carrier, sorted(outages, key=lambda out: out.begin, reverse=True))
    cuts = join_spans(Span(out.begin, out.end or now) for out in reversed(outages))
    return Contact(since, [_strip(name, cuts, since, now) for name in LENGTHS], outages)


def _answers_since(device: Device, first: datetime, now: datetime) -> datetime | None:
    """Say from when on it is known whether a device answers its gateway; None: it never did.

    Args:
        device: behind a gateway.
        first: when its gateway first connected.
        now: the moment.
    """
    kept = now - timedelta(days=settings.READINGS_KEEP_DAYS)  # events go with the readings
    told = _link_events(device).order_by("at").values_list("at", flat=True).first()
    if told is None and not Latest.objects.filter(tag__device=device).exists():
        return None
    if device.created_at < kept:
        return max(first, kept)
    return max(first, told or device.created_at)


# ---------------------------------------------------------------- outages


def _link_events(device: Device) -> QuerySet[GatewayEvent]:
    return GatewayEvent.objects.filter(device=device, kind__in=_LINK_KINDS)


def _between(spans: Sequence[Span], begin: datetime, now: datetime) -> Iterator[Outage]:
    """Return the times without a connection."""
    edges = [Span(begin, begin), *spans, Span(now, now)]
    for before, after in pairwise(edges):
        if before.end < after.begin:
            yield Outage(before.end, None if after.begin == now else after.begin)


def _silences(device: Device, begin: datetime, now: datetime) -> list[Outage]:
    """Return the times in which a device did not answer its gateway, as it told."""
    events = _link_events(device).values_list("at", "kind", "detail")
    before = events.filter(at__lt=begin).order_by("-at", "-pk")[:_LOOK_BACK]
    told = events.filter(at__gte=begin, at__lte=now).order_by("at", "pk")
    silences: list[Outage] = []
    down: Outage | None = None
    for at, kind, detail in [*reversed(before), *told]:
        said = says_down(kind, detail)
        if said and down is None:
            reason = detail if kind == "device.down" else "NOT_CONNECTED"
            down = Outage(max(at, begin), None, None, reason)
        elif said is False and down is not None:
            silences += [down._replace(end=at)] if at > begin else []
            down = None
    return [*silences, down] if down else silences


def _with_codes(carrier: Device, outages: list[Outage]) -> list[Outage]:
    """Say why the connections before the outages ended."""
    ends = Q(closed_at__in=[out.begin for out in outages])
    rows = Connection.objects.filter(ends, device=carrier).values_list("closed_at", "close_code")
    codes = dict(rows)
    return [out._replace(code=codes.get(out.begin)) for out in outages]


# ---------------------------------------------------------------- to be drawn


def _strip(name: str, cuts: Iterable[Span], since: datetime | None, now: datetime) -> Strip:
    begin = now - LENGTHS[name]
    if since is None or since >= now:
        return Strip(name, begin, None, WIDTH, [], 0)
    known = max(begin, since)
    inside = [Span(max(cut.begin, known), cut.end) for cut in cuts if cut.end > known]
    share = 1 - availability(inside, known, now)
    places = [(_place(cut.begin, begin, now), _place(cut.end, begin, now)) for cut in inside]
    return Strip(name, begin, share, _place(known, begin, now), list(_drawn(places)), len(inside))


def _place(moment: datetime, begin: datetime, now: datetime) -> float:
    return round(WIDTH * ((moment - begin) / (now - begin)), 1)


def _drawn(places: Iterable[tuple[float, float]]) -> Iterator[Piece]:
    """Join what cannot be told apart, and make everything wide enough to be seen."""
    begin = end = -1.0
    for left, right in places:
        if end >= 0 and left <= end:
            end = max(end, right)
            continue
        if end >= 0:
            yield Piece(begin, round(end - begin, 1))
        begin = min(left, WIDTH - _THINNEST)
        end = max(right, begin + _THINNEST)
    if end >= 0:
        yield Piece(begin, round(end - begin, 1))
