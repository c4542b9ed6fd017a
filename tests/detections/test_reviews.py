"""What people say of detections over REST: reviews of their own, verdicts of the plant, holds."""

from __future__ import annotations

import json

import pytest
from django.contrib.auth.models import User
from django.test import Client
from marked import client_of, person, post, seen

from alarms import gallery, retention, reviews
from alarms.models import Detection, Review, Verdict
from devices.audit import acting
from devices.feed import GALLERY, snapshot
from devices.models import AuditEntry, Device, Membership, Role, Site

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(site: Site) -> User:
    return person(site, Role.OPERATOR, "olga")


@pytest.fixture
def viewer(site: Site) -> Client:
    return client_of(person(site, Role.VIEWER))


def told(site: Site) -> list[dict[str, object]]:
    """Return what open galleries have heard."""
    rows: list[dict[str, object]] = json.loads(snapshot(site_id=site.pk, topic=GALLERY).rows)
    return rows


def test_a_review_is_of_whoever_gave_it_and_of_nobody_else(
    site: Site, camera: Device, viewer: Client, operator: User
) -> None:
    row, other = seen(camera), client_of(operator)
    answer = post(viewer, f"{row.pk}/review/")
    assert answer.json() == {"done": [row.pk], "reviewed": True}
    path = f"/api/v1/detections/{row.pk}/"
    assert (viewer.get(path).json()["reviewed"], other.get(path).json()["reviewed"]) == (
        True,
        False,
    )
    assert told(site) == []  # it is nothing that the plant is told of
    assert post(viewer, f"{row.pk}/review/", reviewed=False).json()["reviewed"] is False
    assert not Review.objects.exists()


def test_many_are_reviewed_at_once_and_those_of_others_do_not_count(
    camera: Device, viewer: Client
) -> None:
    rows = [seen(camera) for _ in range(3)]
    west = Site.objects.create(slug="west", name="West works")
    foreign = seen(Device.objects.create(uid="CAM-W", name="West", site=west))
    ids = [row.pk for row in rows]
    answer = post(viewer, "review/", ids=[*ids, foreign.pk, 999_999])
    assert answer.json()["done"] == ids
    assert post(viewer, "review/", ids=[ids[0]] * 201).status_code == 400
    assert post(viewer, "review/", ids=ids).json()["done"] == ids  # twice is once
    assert Review.objects.count() == 3


def test_a_verdict_is_the_plants_and_open_galleries_hear_of_it(
    site: Site, camera: Device, operator: User
) -> None:
    row, client = seen(camera), client_of(operator)
    answer = post(client, f"{row.pk}/verdict/", verdict="false", note=" steam ", was="")
    assert answer.status_code == 200, answer.content
    said = answer.json()["verdict"]
    assert (said["kind"], said["by"], said["note"]) == ("false", "olga", "steam")
    (card,) = told(site)
    shown = card["verdict"]
    assert isinstance(shown, dict)
    assert (shown["kind"], shown["by"], shown["note"]) == ("false", "olga", "steam")
    assert reviews.reviewed_among(operator, [row.pk]) == [row.pk]  # who judges has looked


def test_a_verdict_can_be_changed_and_taken_back_and_all_of_it_is_on_record(
    camera: Device, operator: User
) -> None:
    row, client = seen(camera), client_of(operator)
    for kind in ("false", "true", ""):
        assert post(client, f"{row.pk}/verdict/", verdict=kind).status_code == 200
    assert not Verdict.objects.exists()
    entries = AuditEntry.objects.filter(kind="verdict").order_by("pk")
    story = [(entry.action, entry.actor, (entry.after or {}).get("kind")) for entry in entries]
    assert story == [
        ("judge", "olga", "false"),
        ("judge", "olga", "true"),
        ("unjudge", "olga", None),
    ]


def test_who_decided_upon_an_older_verdict_is_told_who_was_faster(
    site: Site, camera: Device, operator: User
) -> None:
    row = seen(camera)
    post(client_of(operator), f"{row.pk}/verdict/", verdict="true", was="")
    slower = client_of(person(site, Role.OPERATOR, "oleg"))
    refused = post(slower, f"{row.pk}/verdict/", verdict="false", was="")
    assert refused.status_code == 409
    assert "olga" in refused.json()["detail"]
    assert Verdict.objects.get().kind == "true"
    same = post(slower, f"{row.pk}/verdict/", verdict="true", was="")
    assert same.status_code == 200  # they agree


@pytest.mark.parametrize(
    "body", [{"verdict": "maybe"}, {}, {"verdict": "true", "note": "x" * 501}, {"verdikt": "true"}]
)
def test_what_is_no_verdict_is_refused(
    camera: Device, operator: User, body: dict[str, str]
) -> None:
    answer = post(client_of(operator), f"{seen(camera).pk}/verdict/", **body)
    assert answer.status_code == 400
    assert not Verdict.objects.exists()


def test_who_only_looks_gives_no_verdict(camera: Device, viewer: Client) -> None:
    assert post(viewer, f"{seen(camera).pk}/verdict/", verdict="true").status_code == 403


def test_an_engineer_holds_a_detection_with_a_reason_and_it_outlives_its_time(
    site: Site, camera: Device, operator: User
) -> None:
    row, engineer = seen(camera), client_of(person(site, Role.ENGINEER))
    path = f"{row.pk}/hold/"
    assert post(client_of(operator), path, hold=True, reason="x").status_code == 403
    assert post(engineer, path, hold=True, reason="  ").status_code == 400
    answer = post(engineer, path, hold=True, reason="Claim 12")
    held = {"id": row.pk, "legal_hold": True, "hold_reason": "Claim 12"}
    assert answer.json() == held
    entry = AuditEntry.objects.latest("pk")
    assert (entry.action, entry.actor) == ("hold", "engineer")
    assert (told(site)[0]["hold"], told(site)[0]["hold_reason"]) == (True, "Claim 12")
    Detection.objects.update(since="2020-01-01T00:00:00Z")
    now = row.at
    assert retention.drop_old_detections(now) == 0

    assert post(engineer, path, hold=False, reason="Claim settled").status_code == 200
    assert AuditEntry.objects.latest("pk").after == {
        "legal_hold": False,
        "hold_reason": "Claim settled",
    }
    assert retention.drop_old_detections(now) == 1


def test_reviews_and_verdicts_go_with_their_detection(camera: Device, operator: User) -> None:
    row = seen(camera)
    with acting("olga"):
        reviews.judge(detection=row, by=operator, kind="true")
    row.delete()
    assert (Review.objects.count(), Verdict.objects.count()) == (0, 0)


def test_lists_are_narrowed_down_by_what_was_said(
    camera: Device, operator: User, viewer: Client
) -> None:
    one, other = seen(camera), seen(camera, "smoke")
    reviews.judge(detection=one, by=operator, kind="false")
    post(viewer, f"{other.pk}/review/")

    def found(**query: str) -> list[str]:
        listed = viewer.get("/api/v1/detections/", query).json()["results"]
        return [each["label"] for each in listed]

    assert found(verdict="false") == ["fire"]
    assert found(judged="false") == ["smoke"]
    assert found(judged="true") == ["fire"]
    assert found(reviewed="true") == ["smoke"]


def test_a_card_of_an_unjudged_detection_says_that_nobody_said_anything(camera: Device) -> None:
    seen(camera)
    card = gallery.card(gallery.with_pictures(Detection.objects.all()).get())
    assert (card["verdict"], card["hold_reason"]) == (None, "")


def test_who_may_see_nothing_of_the_site_reviews_nothing(camera: Device, viewer: Client) -> None:
    row = seen(camera)
    Membership.objects.all().delete()
    assert post(viewer, f"{row.pk}/review/").status_code == 404
    assert post(viewer, "review/", ids=[row.pk]).json()["done"] == []
