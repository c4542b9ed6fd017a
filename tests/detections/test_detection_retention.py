"""What is deleted when its time is over, and what stays."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from detection_frames import detection, jpeg, now_ms
from django.utils import timezone
from pytest_django.fixtures import Settings

from alarms import tasks
from alarms.models import Detection, Snapshot
from alarms.retention import drop_old_detections
from alarms.snapshots import screen_next
from devices.feed import GALLERY, events_since, position
from devices.intake import Entry, Sender
from devices.models import Site
from realtime.flush import Flush

pytestmark = pytest.mark.django_db(transaction=True)
DAY_MS = 86_400_000


def saw(sender: Sender, seq: int, days_ago: int, data: bytes = b"", label: str = "fire") -> None:
    """Store a detection of so many days ago, with its picture."""
    at = now_ms() - days_ago * DAY_MS
    frame = detection(seq, id=uuid.UUID(int=seq).hex, data=data, at=at, since=at, label=label)
    Flush([Entry(sender, frame, now_ms())]).attempt()
    while screen_next():
        pass


def left() -> list[int]:
    """Return the numbers of the events that are still there."""
    return sorted(row.event.int for row in Detection.objects.all())


def files_in(media: Path) -> int:
    return len([path for path in media.rglob("*") if path.is_file()])


def test_old_detections_go_with_their_files_and_pages_hear_of_it(
    site: Site, sender: Sender, media: Path
) -> None:
    saw(sender, 1, 91, jpeg(colour="red"))
    saw(sender, 2, 89, jpeg(colour="blue"))
    gone = Detection.objects.get(event=uuid.UUID(int=1)).pk
    known = position(site_id=site.pk, topic=GALLERY)

    tasks.drop_old_detections()

    assert left() == [2]
    assert files_in(media) == 2
    told = events_since(site_id=site.pk, topic=GALLERY, since=known)
    assert told is not None
    assert [json.loads(event.payload) for event in told] == [{"id": gone, "gone": True}]


def test_a_file_stays_until_the_last_detection_that_shows_it_goes(
    sender: Sender, media: Path
) -> None:
    data = jpeg()
    saw(sender, 1, 91, data)
    saw(sender, 2, 50, data)

    assert drop_old_detections(timezone.now()) == 1
    assert files_in(media) == 2

    assert drop_old_detections(timezone.now() + timedelta(days=60)) == 1
    assert files_in(media) == 0


def test_what_is_on_legal_hold_stays(sender: Sender, media: Path) -> None:
    saw(sender, 1, 300, jpeg())
    Detection.objects.update(legal_hold=True)

    assert drop_old_detections(timezone.now()) == 0
    assert files_in(media) == 2


def test_each_class_is_kept_as_long_as_its_setting_says(sender: Sender, settings: Settings) -> None:
    settings.DETECTIONS_KEEP_DAYS_BY_LABEL = {"no_helmet": 10, "smoke": 200}
    for seq, (label, days) in enumerate(
        [("fire", 50), ("fire", 100), ("no_helmet", 50), ("no_helmet", 5), ("smoke", 150)], 1
    ):
        saw(sender, seq, days, label=label)

    assert drop_old_detections(timezone.now()) == 2
    assert left() == [1, 4, 5]


def test_what_still_waits_for_the_gate_is_not_deleted_under_it(sender: Sender) -> None:
    saw(sender, 1, 91, jpeg())
    Snapshot.objects.update(state="pending")

    assert drop_old_detections(timezone.now()) == 0


def test_the_worker_screens_what_the_web_process_left(sender: Sender) -> None:
    frame = detection(1, data=jpeg())
    Flush([Entry(sender, frame, now_ms())]).attempt()

    tasks.screen_snapshots()

    assert Snapshot.objects.get().state == "ready"
