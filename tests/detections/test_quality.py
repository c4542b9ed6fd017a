"""How good the cameras are by what people marked, over REST and on its page."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone
from marked import client_of, mark, person, seen

from alarms.quality import Quality, quality_of
from devices.models import Camera, Device, Role, Site

pytestmark = pytest.mark.django_db
LONG_AGO = dt.timedelta(days=30)


def known(site: Site) -> Quality:
    (found,) = quality_of(site, timezone.now() - LONG_AGO)
    return found


def mark_many(camera: Device, kind: str, count: int, **fields: Any) -> None:
    for _ in range(count):
        mark(seen(camera, **fields), kind)


def test_detections_are_counted_by_camera_class_and_verdict(site: Site, camera: Device) -> None:
    for kind in ("true", "false", "false", "unsure"):
        mark(seen(camera), kind)
    seen(camera)
    mark(seen(camera, "smoke"), "true")
    mark(seen(camera, since=timezone.now() - dt.timedelta(days=31)), "true")
    fire, smoke = quality_of(site, timezone.now() - LONG_AGO)
    assert dict(fire.counts) == {"true": 1, "false": 2, "unsure": 1, "": 1}
    assert (fire.camera, fire.label, fire.judged, fire.total) == ("CAM-1", "fire", 3, 5)
    assert (smoke.label, smoke.judged) == ("smoke", 1)


def test_the_threshold_in_force_is_the_cameras_own_or_that_of_the_newest_detection(
    site: Site, camera: Device
) -> None:
    seen(camera, threshold=0.4, since=timezone.now() - dt.timedelta(days=2))
    seen(camera, threshold=0.55)
    assert (known(site).threshold, known(site).is_own) == (0.55, False)
    rules = [{"label": "fire", "threshold": 0.6}, {"label": "smoke", "threshold": None}]
    Camera.objects.create(device=camera, source="rtsp://192.0.2.9/", rules=rules)
    assert (known(site).threshold, known(site).is_own) == (0.6, True)


def test_only_what_the_present_threshold_would_have_reported_counts(
    site: Site, camera: Device
) -> None:
    mark(seen(camera, threshold=0.4, reached=0.45), "false")  # below the threshold of now
    mark(seen(camera, threshold=0.7, reached=0.95), "true")  # when it was higher: no sample
    mark(seen(camera, threshold=0.4, reached=0.5), "true")
    mark(seen(camera, threshold=0.5, reached=0.503), "true")  # the newest
    found = known(site)
    assert (found.threshold, found.judged, found.advice().now.marked) == (0.5, 4, 2)


def test_what_was_told_before_the_highest_median_was_kept_reached_its_threshold(
    site: Site, camera: Device
) -> None:
    mark(seen(camera, reached=None, score=0.3), "true")
    (marked,) = known(site).marked
    assert marked.percent == 50


def test_the_page_and_the_api_propose_a_threshold_and_say_what_it_costs(
    site: Site, camera: Device
) -> None:
    mark_many(camera, "false", 12, reached=0.56)
    mark_many(camera, "true", 1, reached=0.57)
    mark_many(camera, "true", 40, reached=0.9)
    client = client_of(person(site, Role.VIEWER))
    body = client.get("/api/v1/detections/quality/", {"site": "east", "days": "30"}).json()
    (row,) = body["rows"]
    assert (row["threshold"], row["proposed"], row["enough"]) == (0.5, 0.6, True)
    now, proposed = row["choices"][0], row["choices"][2]
    assert (now["true"], now["false"]) == (41, 12)
    assert (proposed["lost"], proposed["spared"], proposed["precision"]) == (1, 12, 1.0)
    assert proposed["low"] > 0.9

    page = client.get("/gallery/quality/").content.decode()
    said = "Raise it to 60\u202f%: 12 of 12 false alarms fewer, 1 of 41 hazards lost."
    assert said in page


def test_from_too_few_marks_the_page_says_how_many_there_are(site: Site, camera: Device) -> None:
    mark_many(camera, "true", 3)
    client = client_of(person(site, Role.VIEWER))
    assert "Too few marked (3 of 20)." in client.get("/gallery/quality/").content.decode()


def test_where_no_threshold_is_precise_enough_the_page_says_so(site: Site, camera: Device) -> None:
    mark_many(camera, "true", 15, reached=0.9)
    mark_many(camera, "false", 15, reached=0.9)
    page = client_of(person(site, Role.VIEWER)).get("/gallery/quality/").content.decode()
    assert "No threshold reaches 90\u202f%: at most 33\u202f% is sure." in page


def test_only_engineers_are_offered_the_dataset(site: Site, camera: Device) -> None:
    mark(seen(camera), "true")
    viewer, engineer = person(site, Role.VIEWER), person(site, Role.ENGINEER)
    pages = [client_of(user).get("/gallery/quality/").content for user in (viewer, engineer)]
    assert [b"detections/dataset/" in page for page in pages] == [False, True]
