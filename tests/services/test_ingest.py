"""Storing frames: each exactly once, nothing lost, nothing that poisons."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from devices import ingest
from devices.intake import Entry, Outcome, Sender
from devices.models import Credential, Device, Gap, GatewayEvent, Latest, Position, Quarantined
from devices.partitions import ensure_days
from edge import wire

pytestmark = pytest.mark.django_db


def store(sender: Sender, *frames: wire.Data | wire.Event | wire.Gap, now_ms: int) -> Outcome:
    entries = [Entry(sender, frame, now_ms) for frame in frames]
    with transaction.atomic():
        with connection.cursor() as cursor:
            ensure_days(cursor, ingest.days_of(entries, now_ms))
        return ingest.store(entries, now_ms)


def data(seq: int, now_ms: int, *values: float | None, **columns: Any) -> wire.Data:
    count = len(values)
    fields: dict[str, Any] = {
        "stream": "live",
        "seq": seq,
        "t0": now_ms,
        "dt": [0] * count,
        "tag": list(range(count)),
        "v": list(values),
    }
    return wire.Data(**fields | columns)


def readings() -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select t.name, r.value, r.quality, r.raw from devices_reading r"
            " join devices_tag t on t.id = r.tag_id order by r.source_time, t.id"
        )
        return list(cursor.fetchall())


def test_a_frame_is_stored_and_acknowledged(sender: Sender, now_ms: int) -> None:
    outcome = store(sender, data(1, now_ms, 20.5, 3.25), now_ms=now_ms)
    assert readings() == [("temperature", 20.5, 192, None), ("pressure", 3.25, 192, None)]
    assert outcome.receipts[sender].acks == {"live": 1}
    assert outcome.receipts[sender].stored == 2


def test_a_repeated_frame_is_acknowledged_but_stored_once(sender: Sender, now_ms: int) -> None:
    for _ in range(2):
        outcome = store(sender, data(1, now_ms, 20.5), now_ms=now_ms)
        assert outcome.receipts[sender].acks == {"live": 1}
    assert len(readings()) == 1


def test_a_frame_repeated_in_the_same_batch_is_stored_once(sender: Sender, now_ms: int) -> None:
    frame = data(1, now_ms, 20.5)
    store(sender, frame, frame, now_ms=now_ms)
    assert len(readings()) == 1


def test_a_frame_after_a_hole_is_not_stored_but_asked_for(sender: Sender, now_ms: int) -> None:
    outcome = store(sender, data(1, now_ms, 1.0), data(3, now_ms, 3.0), now_ms=now_ms)
    assert outcome.receipts[sender].missing == {"live": 1}
    assert [value for _, value, _, _ in readings()] == [1.0]


def test_streams_count_for_themselves(sender: Sender, now_ms: int) -> None:
    outcome = store(
        sender,
        data(1, now_ms, 1.0),
        data(1, now_ms - 60_000, 2.0, stream="history"),
        now_ms=now_ms,
    )
    assert outcome.receipts[sender].acks == {"live": 1, "history": 1}


def test_a_new_spool_counts_from_one_again(device: Device, now_ms: int) -> None:
    from tests.services.conftest import make_sender

    for epoch in ("a" * 16, "b" * 16):
        store(make_sender(device, epoch), data(1, now_ms, 1.0), now_ms=now_ms)
    assert len(readings()) == 2


def test_a_gap_takes_the_place_of_the_frames_that_will_never_come(
    sender: Sender, now_ms: int
) -> None:
    gap = wire.Gap(
        stream="live", seq_from=2, seq=4, first=now_ms, last=now_ms, readings=9, reason="quota"
    )
    outcome = store(sender, data(1, now_ms, 1.0), gap, data(5, now_ms, 5.0), now_ms=now_ms)
    assert outcome.receipts[sender].acks == {"live": 5}
    stored = Gap.objects.get()
    assert (stored.seq_from, stored.seq_to, stored.readings) == (2, 4, 9)


def test_a_gap_over_frames_that_were_stored_covers_only_the_rest(
    sender: Sender, now_ms: int
) -> None:
    store(sender, data(1, now_ms, 1.0), data(2, now_ms, 2.0), now_ms=now_ms)
    gap = wire.Gap(
        stream="live", seq_from=1, seq=3, first=now_ms, last=now_ms, readings=9, reason="quota"
    )
    store(sender, gap, gap, now_ms=now_ms)
    stored = Gap.objects.get()
    assert (stored.seq_from, stored.seq_to) == (3, 3)


def test_a_bad_reading_has_no_value_and_a_reason(sender: Sender, now_ms: int) -> None:
    store(sender, data(1, now_ms, None, 3.0, q=[24, 192]), now_ms=now_ms)
    assert readings() == [("temperature", None, 24, None), ("pressure", 3.0, 192, None)]


def test_text_and_great_integers_keep_their_exact_form(sender: Sender, now_ms: int) -> None:
    frame = data(1, now_ms, None, 9007199254740993.0, 1.0, raw={0: "läuft", 1: "9007199254740993"})
    store(sender, frame, now_ms=now_ms)
    assert readings() == [
        ("temperature", None, 192, "läuft"),
        ("pressure", 9007199254740992.0, 192, "9007199254740993"),
        ("rpm", 1.0, 192, None),
    ]


def test_one_bad_reading_never_poisons_its_frame(sender: Sender, now_ms: int) -> None:
    text = (
        '{"type":"data","stream":"live","seq":1,"t0":%d,'
        '"dt":[0,0,0,400000,-40000000000],"tag":[0,1,77,2,2],"v":[1,"x",3,4,5]}'
    )
    frame = wire.decode_up(text.replace("-40000000000", "-2147483648") % now_ms)
    assert isinstance(frame, wire.Data)
    outcome = store(sender, frame, now_ms=now_ms)
    assert {(bad.i, bad.code) for bad in outcome.receipts[sender].bad["live"]} == {
        (1, "bad_value"),
        (2, "unknown_tag"),
        (3, "in_future"),
    }
    assert Quarantined.objects.count() == 3
    assert [value for _, value, _, _ in readings()] == [5.0, 1.0]


def test_a_reading_older_than_what_is_kept_goes_to_quarantine(sender: Sender, now_ms: int) -> None:
    store(sender, data(1, now_ms - 500 * ingest.DAY_MS, 1.0), now_ms=now_ms)
    assert readings() == []
    assert Quarantined.objects.get().code == "too_old"


def test_quarantine_is_written_once_for_a_repeated_frame(sender: Sender, now_ms: int) -> None:
    for _ in range(2):
        store(sender, data(1, now_ms, 1.0, tag=[77]), now_ms=now_ms)
    assert Quarantined.objects.count() == 1


def test_the_latest_reading_is_the_newest_by_source_time(sender: Sender, now_ms: int) -> None:
    outcome = store(
        sender,
        data(1, now_ms, 2.0, 1.0, 3.0, tag=[0, 0, 0], dt=[10, 0, 20]),
        now_ms=now_ms,
    )
    assert Latest.objects.get().value == 3.0
    assert [row[2] for rows in outcome.advanced.values() for row in rows] == [3.0]


def test_a_historical_reading_never_overwrites_the_latest(sender: Sender, now_ms: int) -> None:
    store(sender, data(1, now_ms, 2.0), now_ms=now_ms)
    outcome = store(sender, data(1, now_ms - 60_000, 1.0, stream="history"), now_ms=now_ms)
    assert Latest.objects.get().value == 2.0
    assert not any(outcome.advanced.values())
    assert len(readings()) == 2


def test_two_readings_of_one_tag_at_one_time_are_both_kept(sender: Sender, now_ms: int) -> None:
    store(sender, data(1, now_ms, 1.0, 2.0, tag=[0, 0]), now_ms=now_ms)
    assert len(readings()) == 2


def test_nothing_is_stored_after_revocation(sender: Sender, now_ms: int) -> None:
    Credential.objects.update(revoked_at=timezone.now())
    outcome = store(sender, data(1, now_ms, 1.0), now_ms=now_ms)
    assert outcome.receipts[sender].refused == "revoked"
    assert readings() == []
    assert Position.objects.get(stream="live").last == 0


def test_nothing_is_stored_for_a_disabled_device(sender: Sender, now_ms: int) -> None:
    Device.objects.update(enabled=False)
    outcome = store(sender, data(1, now_ms, 1.0), now_ms=now_ms)
    assert outcome.receipts[sender].refused == "revoked"
    assert readings() == []


def test_an_event_that_a_device_does_not_answer_changes_its_state(
    sender: Sender, device: Device, now_ms: int
) -> None:
    event = wire.Event(
        seq=1, at=now_ms, kind="device.down", device=device.uid, detail="COMM_FAILURE"
    )
    outcome = store(sender, event, event, now_ms=now_ms)
    assert outcome.receipts[sender].acks == {"events": 1}
    assert GatewayEvent.objects.get().kind == "device.down"
    device.state.refresh_from_db()
    assert device.state.link_detail == "COMM_FAILURE"


def test_an_older_event_does_not_change_the_state_back(
    sender: Sender, device: Device, now_ms: int
) -> None:
    def event(seq: int, kind: str, at: int) -> wire.Event:
        return wire.Event(seq=seq, at=at, kind=kind, device=device.uid)

    store(sender, event(1, "device.up", now_ms), now_ms=now_ms)
    store(sender, event(2, "device.down", now_ms - 5000), now_ms=now_ms)
    device.state.refresh_from_db()
    assert device.state.link_down_since is None


def test_a_gateway_cannot_name_a_device_that_is_not_its_own(
    sender: Sender, device: Device, now_ms: int
) -> None:
    Device.objects.create(uid="OTHER", name="Other", site=device.site)
    store(sender, wire.Event(seq=1, at=now_ms, kind="device.down", device="OTHER"), now_ms=now_ms)
    assert GatewayEvent.objects.get().device is None


def test_readings_of_several_days_find_their_partitions(sender: Sender, now_ms: int) -> None:
    day = ingest.DAY_MS
    store(
        sender,
        data(1, now_ms - 3 * day, 1.0, 2.0, 3.0, tag=[0, 0, 0], dt=[0, day, 2 * day]),
        now_ms=now_ms,
    )
    assert len(readings()) == 3
