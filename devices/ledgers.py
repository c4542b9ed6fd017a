"""What is counted over everything that a gateway ever sent, and when it was connected.

Dearer than one row, so whoever shows it live keeps a ledger for a while.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Min, Sum

from devices.accounting import (
    Account,
    Span,
    StreamAccount,
    account_of,
    availability,
    spans_of,
)
from devices.models import Connection, Device, Gap

Row = dict[str, Any]

DAY: Final = timedelta(days=1)
WEEK: Final = timedelta(days=7)
DAY_STEP: Final = timedelta(minutes=30)  # of one bar of the strip
WEEK_STEP: Final = timedelta(hours=4)
MOST_GAPS: Final = 20  # newest first


def ledger_of(gateway: Device, now: datetime) -> Row:
    """Account for a gateway, all of it as of one moment.

    Returns:
        ``{stored, dropped, lost, holes, kept_days, codes, quarantined, streams, gaps,
        gap_count, reasons, since, day, week, strips}``, ready for JSON: moments are epoch
        milliseconds, ``stored`` and ``dropped`` count frames, ``lost`` and ``quarantined``
        readings, ``day`` and ``week`` are shares from 0 to 1, or None when it never connected.
    """
    with _at_one_moment():
        account = account_of(uid=gateway.uid)
        return {
            **_totals(account, events_are_kept=_events_are_kept(gateway, now)),
            "kept_days": settings.READINGS_KEEP_DAYS,
            "streams": [_stream(each) for each in account.streams],
            **_gaps(gateway),
            **_contact(gateway, now),
        }


@contextmanager
def _at_one_moment() -> Iterator[None]:
    """Count what is there at one moment: frames go on coming in between two statements."""
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("set transaction isolation level repeatable read, read only")
        yield


# ---------------------------------------------------------------- frames


def _events_are_kept(gateway: Device, now: datetime) -> bool:
    """Say whether none of its events can have been given up for its age."""
    return gateway.created_at > now - timedelta(days=settings.READINGS_KEEP_DAYS)


def _totals(account: Account, *, events_are_kept: bool) -> Row:
    judged = [each for each in account.streams if each.stream != "events" or events_are_kept]
    return {
        "stored": sum(each.stored for each in account.streams),
        "dropped": sum(each.dropped for each in account.streams),
        "lost": sum(each.readings_dropped for each in account.streams),
        "holes": sum(each.holes for each in judged),
        "codes": account.quarantined,
        "quarantined": sum(account.quarantined.values()),
    }


def _stream(account: StreamAccount) -> Row:
    return {
        "epoch": account.epoch,
        "stream": account.stream,
        "last": account.last,
        "at": ms(account.at),
        "stored": account.stored,
        "dropped": account.dropped,
        "lost": account.readings_dropped,
    }


def _gaps(gateway: Device) -> Row:
    of_gateway = Gap.objects.filter(device=gateway)
    by_reason = of_gateway.order_by().values("reason")
    reasons = by_reason.annotate(gaps=Count("pk"), readings=Sum("readings"))
    return {
        "gap_count": sum(each["gaps"] for each in reasons),
        "reasons": {each["reason"]: each["readings"] for each in reasons},
        "gaps": [_gap(each) for each in of_gateway[:MOST_GAPS]],
    }


def _gap(gap: Gap) -> Row:
    return {
        "at": ms(gap.received_at),
        "stream": gap.stream,
        "from": gap.seq_from,
        "to": gap.seq_to,
        "first": ms(gap.first_at),
        "last": ms(gap.last_at),
        "readings": gap.readings,
        "reason": gap.reason,
    }


# ---------------------------------------------------------------- contact


def first_connected(device_id: int) -> datetime | None:
    """Return when a device first connected, as far as its connections are kept."""
    opened = Connection.objects.filter(device=device_id).aggregate(first=Min("opened_at"))
    first: datetime | None = opened["first"]
    return first


def contact_spans(device_id: int, begin: datetime, now: datetime) -> list[Span]:
    """Return when a device was connected between two moments, of which the later one is now."""
    spans = spans_of(device_id=device_id, since=begin, until=now)
    still_open = Connection.objects.filter(device=device_id, closed_at=None)
    if spans and still_open.filter(device__state__connected=True).exists():
        spans[-1] = Span(spans[-1].begin, now)  # it counts as connected until it is given up
    return spans


def _contact(gateway: Device, now: datetime) -> Row:
    first = first_connected(gateway.pk)
    # the first bar may begin a little earlier
    spans = contact_spans(gateway.pk, now - WEEK - WEEK_STEP, now)
    return {
        "since": ms(first),
        "day": _share(spans, first, now - DAY, now),
        "week": _share(spans, first, now - WEEK, now),
        "strips": {
            "day": _strip(spans, first, now, DAY, DAY_STEP),
            "week": _strip(spans, first, now, WEEK, WEEK_STEP),
        },
    }


def _share(
    spans: Sequence[Span], first: datetime | None, begin: datetime, end: datetime
) -> float | None:
    """Share of a time in which it was connected; what was before its first connection is left out.

    Returns:
        0 to 1; None when nothing is left.
    """
    if first is None or first >= end:
        return None
    return round(availability(spans, max(begin, first), end), 4)


def _strip(
    spans: Sequence[Span], first: datetime | None, now: datetime, span: timedelta, step: timedelta
) -> Row:
    """Shares of equal stretches of time; the last one is not over yet.

    Returns:
        ``{from, step, shares}``: where the first begins and how long each is, in milliseconds.
    """
    step_s = step.total_seconds()
    last = datetime.fromtimestamp(now.timestamp() // step_s * step_s, now.tzinfo)
    count = int(span / step)
    begins = [last - step * place for place in reversed(range(count))]
    shares = [_share(spans, first, begin, min(begin + step, now)) for begin in begins]
    return {"from": ms(begins[0]), "step": ms_of(step), "shares": shares}


def ms(moment: datetime | None) -> int | None:
    """Return epoch milliseconds."""
    return None if moment is None else round(moment.timestamp() * 1000)


def ms_of(span: timedelta) -> int:
    """Return milliseconds."""
    return round(span / timedelta(milliseconds=1))
