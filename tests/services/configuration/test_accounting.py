"""Every reading accounted for, and when a gateway was connected."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from uuid import uuid4

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from devices import ingest
from devices.accounting import Span, account_of, availability, join_spans, spans_of
from devices.events import record_own
from devices.intake import Entry, Sender
from devices.models import Connection, Device, Gap, GatewayEvent, Position
from devices.retention import keep_partitions
from edge import wire

pytestmark = pytest.mark.django_db

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def store(sender: Sender, now_ms: int, *frames: wire.Data | wire.Event | wire.Gap) -> None:
    keep_partitions(dt.datetime.fromtimestamp(now_ms / 1000, dt.UTC))
    with transaction.atomic():
        ingest.store([Entry(sender, frame, now_ms) for frame in frames], now_ms)


def data(seq: int, now_ms: int, tag: int = 0) -> wire.Data:
    return wire.Data(stream="live", seq=seq, t0=now_ms, dt=[0], tag=[tag], v=[1.0])


def event(seq: int, now_ms: int) -> wire.Event:
    return wire.Event(seq=seq, at=now_ms, kind="device.up", device="GW-1")


def gap(seq_from: int, seq: int, reason: str = "quota") -> wire.Gap:
    return wire.Gap(
        stream="live",
        seq_from=seq_from,
        seq=seq,
        first=1,
        last=2,
        readings=10,
        reason=reason,  # type: ignore[arg-type]
    )


def test_stored_dropped_and_quarantined_add_up_to_the_last_number(
    sender: Sender, now_ms: int
) -> None:
    store(sender, now_ms, data(1, now_ms), gap(2, 5), data(6, now_ms, tag=9), gap(7, 7, "age"))
    store(sender, now_ms, event(1, now_ms), event(2, now_ms))
    account = account_of(uid="GW-1")
    live = next(each for each in account.streams if each.stream == "live")
    assert (live.last, live.dropped, live.stored) == (7, 5, 2)
    assert (live.readings_dropped, dict(live.reasons)) == (20, {"quota": 10, "age": 10})
    assert account.quarantined == {"unknown_tag": 1}
    assert (account.events, account.holes) == (2, 0)


def test_what_we_noted_ourselves_is_no_event_of_the_gateways(
    sender: Sender, device: Device, now_ms: int
) -> None:
    store(sender, now_ms, event(1, now_ms))
    record_own(gateway_id=device.pk, kind="token.kept", detail="")
    account = account_of(uid="GW-1")
    assert (account.events, account.holes) == (1, 0)


def test_an_event_that_is_missing_is_a_hole(sender: Sender, now_ms: int) -> None:
    store(sender, now_ms, event(1, now_ms), event(2, now_ms))
    GatewayEvent.objects.first().delete()  # type: ignore[union-attr]
    assert account_of(uid="GW-1").holes == 1


def test_numbers_that_two_records_name_or_that_never_came_are_holes(
    sender: Sender, now_ms: int
) -> None:
    store(sender, now_ms, gap(1, 5))
    known = Gap.objects.get()
    known.pk, known.seq_from, known.seq_to = None, 4, 7
    known.save()
    assert account_of(uid="GW-1").holes == 2 + 2


def test_what_came_over_http_has_no_stream(device: Device) -> None:
    Position.objects.create(device=device, epoch="hAAAAAAAAAAAAAAA", stream="live", last=1)
    assert account_of(uid="GW-1").streams == []


# ---------------------------------------------------------------- availability


def connect(device: Device, begin: float, end: float | None, seen: float = 0) -> None:
    Connection.objects.create(
        session=uuid4(),
        device=device,
        opened_at=NOON + begin * HOUR,
        last_seen_at=NOON + (seen if end is None else end) * HOUR,
        closed_at=None if end is None else NOON + end * HOUR,
    )


def test_overlapping_connections_count_once(device: Device) -> None:
    connect(device, -30, -23)
    connect(device, 1, 3)
    connect(device, 2, 4)
    connect(device, 5, None, seen=6)
    since, until = NOON - 24 * HOUR, NOON + 8 * HOUR
    spans = spans_of(device_id=device.pk, since=since, until=until)
    assert spans == [
        Span(since, NOON - 23 * HOUR),
        Span(NOON + HOUR, NOON + 4 * HOUR),
        Span(NOON + 5 * HOUR, NOON + 6 * HOUR),
    ]
    assert availability(spans, since, until) == pytest.approx(5 / 32)


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 20))))
def test_joined_spans_cover_the_same_minutes_and_never_touch(pairs: list[tuple[int, int]]) -> None:
    minute = dt.timedelta(minutes=1)
    spans = sorted(Span(NOON + a * minute, NOON + (a + n) * minute) for a, n in pairs)
    joined = join_spans(spans)
    assert all(a.end < b.begin for a, b in pairwise(joined))

    def minutes(some: list[Span]) -> set[int]:
        return {
            i
            for i in range(130)
            if any(span.begin <= NOON + i * minute < span.end for span in some)
        }

    assert minutes(joined) == minutes(spans)
