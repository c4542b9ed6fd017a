"""Detections in the storing transaction: none stops the others, none is lost, pages see sixty."""

from __future__ import annotations

import json
import signal
import threading
import uuid
from typing import Any

import pytest
from detection_frames import detection, jpeg, now_ms
from django.db import connection
from pytest_django.fixtures import Settings

from alarms import files, gallery
from alarms.detections import set_legal_hold
from alarms.gatekeeper import gatekeeper
from alarms.models import Detection, Snapshot, SnapshotUpload
from alarms.snapshots import MAX_ATTEMPTS, screen_next
from devices.feed import GALLERY, KEPT_ROWS, events_since, position, snapshot
from devices.intake import Entry, Outcome, Sender, weight_of
from devices.models import AuditEntry, Device, Quarantined, Site
from devices.registry import delete_device
from edge import wire
from realtime.flush import Flush

pytestmark = pytest.mark.django_db(transaction=True)


def store(sender: Sender, *frames: wire.Stored) -> Outcome:
    outcome = Flush([Entry(sender, frame, now_ms()) for frame in frames]).attempt()
    assert outcome is not None
    return outcome


def events(count: int) -> list[wire.Detection]:
    """Make so many detections, the newest first in time."""
    now = now_ms()
    return [
        detection(i, id=uuid.UUID(int=i).hex, since=now - 1000 * i, at=now - 1000 * i)
        for i in range(1, count + 1)
    ]


def rows_of(site: Site) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(snapshot(site_id=site.pk, topic=GALLERY).rows)
    return rows


def test_one_detection_that_the_database_refuses_does_not_stop_the_others(sender: Sender) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "create function pg_temp.refuse() returns trigger language plpgsql as"
            " $$ begin raise exception 'refused' using errcode = '22000'; end $$"
        )
        cursor.execute(
            "create trigger refuse before insert on alarms_detection for each row"
            " when (new.zone = 'refused') execute function pg_temp.refuse()"
        )
    frames = events(3)
    frames[1].zone = "refused"
    frames[1].picture = None
    try:
        outcome = store(sender, *frames)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("drop trigger refuse on alarms_detection")

    receipt = outcome.receipts[sender]
    assert receipt.acks == {"events": 3}
    assert [bad.code for bad in receipt.bad["events"]] == ["database"]
    assert Detection.objects.count() == 2
    kept = Quarantined.objects.get()
    assert kept.seq == 2
    assert "refused" in kept.raw


def test_the_bytes_of_a_quarantined_picture_are_not_kept_in_its_row(sender: Sender) -> None:
    store(sender, detection(1, data=jpeg(), camera="NOWHERE"))

    kept = Quarantined.objects.get()
    assert "jpeg" not in json.loads(kept.raw)
    assert not SnapshotUpload.objects.exists()


def test_readings_and_detections_of_one_batch_are_stored_together(sender: Sender) -> None:
    reading = wire.Data(stream="live", seq=1, t0=now_ms(), dt=[0], tag=[9], v=[1.0])

    outcome = store(sender, detection(1), reading)

    assert outcome.receipts[sender].acks == {"events": 1, "live": 1}
    assert Detection.objects.count() == 1


def test_a_large_picture_weighs_more_than_a_reading(sender: Sender) -> None:
    data = b"x" * 64 * 1024

    assert weight_of(detection(1)) == 1
    assert weight_of(detection(1, data=data)) == 257


def test_an_event_that_a_new_spool_tells_again_is_stored_once(sender: Sender) -> None:
    frame = detection(1, data=jpeg())
    store(sender, frame)
    again = Sender(sender.device_id, sender.site_id, sender.credential_id)

    outcome = store(again, frame)

    assert not outcome.receipts[again].bad
    assert outcome.pictures == 0
    assert Detection.objects.count() == Snapshot.objects.count() == 1


def test_the_gallery_shows_the_newest_sixty_and_events_lead_to_the_same(
    site: Site, sender: Sender
) -> None:
    store(sender, *events(50))
    before, known = rows_of(site), position(site_id=site.pk, topic=GALLERY)
    later = [
        detection(50 + i, id=uuid.UUID(int=100 + i).hex, since=now_ms(), at=now_ms() + i)
        for i in range(1, 21)
    ]
    store(sender, *later)

    shown = {row["id"]: row for row in before}
    told = events_since(site_id=site.pk, topic=GALLERY, since=known) or []
    for event in told:
        row = json.loads(event.payload)
        shown[row["id"]] = row
    newest = sorted(shown.values(), key=lambda row: (row["since"], row["id"]), reverse=True)
    kept = newest[: KEPT_ROWS[GALLERY]]

    assert len(told) == 20
    assert len(rows_of(site)) == 60
    assert sorted(rows_of(site), key=lambda row: row["id"]) == sorted(
        kept, key=lambda row: row["id"]
    )


def test_a_detection_outlives_its_camera_and_its_gateway(
    site: Site, sender: Sender, camera: Device, device: Device
) -> None:
    store(sender, detection(1))
    delete_device(device=camera)
    delete_device(device=device)

    row = gallery.with_pictures(Detection.objects.all()).get()
    assert gallery.card(row)["camera"] == "CAM-1"
    assert (row.camera, row.gateway, row.site) == (None, None, site)


def test_a_legal_hold_is_told_and_on_record(site: Site, sender: Sender) -> None:
    store(sender, detection(1))

    set_legal_hold(detection=Detection.objects.get(), hold=True, reason="Claim 12")

    assert rows_of(site)[0]["hold"] is True
    entry = AuditEntry.objects.latest("pk")
    held = {"legal_hold": True, "hold_reason": "Claim 12"}
    assert (entry.action, entry.after) == ("hold", held)


# ---------------------------------------------------------------- the gate, from the table


def test_equal_pictures_of_two_detections_share_their_files(sender: Sender, media: Any) -> None:
    data = jpeg()
    store(sender, *[detection(i, id=uuid.UUID(int=i).hex, data=data) for i in (1, 2)])
    while screen_next():
        pass

    one, other = Snapshot.objects.all()
    assert one.state == other.state == "ready"
    assert (one.name, one.thumb) == (other.name, other.thumb)
    assert one.name == f"snapshots/{one.sha256[:2]}/{one.sha256}.jpg"
    assert len([path for path in media.rglob("*") if path.is_file()]) == 2


def test_a_file_that_was_cut_short_is_written_anew(sender: Sender) -> None:
    frame = detection(1, data=jpeg())
    assert frame.picture is not None
    files.write("snapshots", frame.picture.sha256, b"half")
    store(sender, frame)

    screen_next()

    assert files.read(Snapshot.objects.get().name)[:3] == b"\xff\xd8\xff"


def test_a_storage_that_fails_leaves_the_picture_for_later(
    sender: Sender, settings: Settings, media: Any
) -> None:
    store(sender, detection(1, data=jpeg()))
    media.write_text("a file where the folder should be")
    with pytest.raises(OSError, match="media"):
        screen_next()
    assert SnapshotUpload.objects.count() == 1

    media.unlink()
    screen_next()

    assert Snapshot.objects.get().state == "ready"


def test_a_picture_that_is_refused_is_told_to_the_pages_with_the_reason(
    site: Site, sender: Sender
) -> None:
    store(sender, detection(1, data=b"no picture"))
    (waits,) = rows_of(site)
    assert (waits["picture"], waits["reason"], waits["thumb"]) == ("pending", "", None)
    before = position(site_id=site.pk, topic=GALLERY)

    screen_next()

    told = events_since(site_id=site.pk, topic=GALLERY, since=before)
    assert told is not None
    card = json.loads(told[-1].payload)
    assert (card["picture"], card["reason"], card["thumb"]) == ("refused", "not_jpeg", None)


def test_an_older_picture_is_shown_while_a_better_one_waits(site: Site, sender: Sender) -> None:
    store(sender, detection(1, data=jpeg()))
    screen_next()
    store(sender, detection(2, "update", data=jpeg(colour="red")))

    (shown,) = rows_of(site)
    assert (shown["picture"], shown["boxes"][0]["label"]) == ("ready", "fire")
    assert shown["thumb"]


def test_a_picture_that_the_gate_dies_of_is_given_up_after_three_attempts(sender: Sender) -> None:
    store(sender, detection(1, data=jpeg()))
    for attempt in range(1, MAX_ATTEMPTS + 1):
        process = gatekeeper._running()
        process.send_signal(signal.SIGSTOP)  # so that it has the picture in hand when it dies
        killer = threading.Timer(0.5, process.kill)
        killer.start()
        assert screen_next()
        killer.join()
        if attempt < MAX_ATTEMPTS:
            assert SnapshotUpload.objects.get().attempts == attempt

    assert Snapshot.objects.get().reason == "crashed"
    assert not screen_next()
