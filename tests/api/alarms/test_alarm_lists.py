"""What the API shows of alarms: the list, one of them with its story, the journal."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

import pytest
from alarm_door import Person
from alarm_making import clear, make_alarm, move, raise_
from django.utils import timezone

from alarms.models import Alarm, Detection, Snapshot
from alarms.states import Trigger
from devices.models import Device, Site, Tag

pytestmark = pytest.mark.django_db


def ids(body: Any) -> list[int]:
    return [row["id"] for row in body["results"]]


def test_the_list_has_what_there_is_to_see_the_most_urgent_first(
    viewer: Person, site: Site, hot: Alarm
) -> None:
    make_alarm(site, name="Quiet")
    urgent = raise_(make_alarm(site, name="Urgent", priority=1))
    body = viewer.get()
    assert ids(body) == [urgent.pk, hot.pk]
    row = body["results"][1]
    assert (row["device"], row["area"], row["tag_name"], row["unit"]) == (
        *("P-1", "Hall A", "temp", "°C"),
    )
    assert (row["state"], row["active"], row["announced"]) == ("unacknowledged", True, True)
    assert (row["value"], row["limit"], row["rev"]) == (91.5, 80.0, hot.rev)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"site": "east"}, {"hot", "shelved"}),
        ({"site": "west"}, set()),
        ({"state": "unacknowledged"}, {"hot", "shelved"}),
        ({"state": "latched"}, set()),
        ({"priority": "2"}, {"hot"}),
        ({"area": "Hall A"}, {"hot"}),
        ({"device": "P-1"}, {"hot"}),
        ({"kind": "discrete"}, {"shelved"}),
        ({"shelved": "true"}, {"shelved"}),
        ({"search": "hot"}, {"hot"}),
    ],
    ids=lambda value: " ".join(sorted(map(str, value))) or "none",  # the same in every process
)
def test_the_list_is_narrowed_down(
    viewer: Person, site: Site, hot: Alarm, query: dict[str, str], found: set[str]
) -> None:
    shelved = raise_(make_alarm(site, name="Door", kind="discrete", priority=3))
    move(shelved, Trigger.SHELVE, actor="li", reason="x")
    names = {hot.pk: "hot", shelved.pk: "shelved"}
    assert {names[pk] for pk in ids(viewer.get(**query))} == found


def test_a_word_that_the_list_does_not_know_is_a_mistake(viewer: Person) -> None:
    assert viewer.ask(sit="east").status_code == 400
    assert viewer.ask("journal/", aktion="raise").status_code == 400


def test_one_alarm_has_its_story(viewer: Person, operator: Person, hot: Alarm) -> None:
    operator.order("acknowledge", hot, reason="Seen")
    again = raise_(clear(Alarm.objects.get(pk=hot.pk)), 95.0)
    body = viewer.get(f"{hot.pk}/")
    assert (body["cause"], body["consequence"], body["action"]) == ("No flow", "", "Open the valve")
    assert [entry["action"] for entry in body["journal"]] == ["raise"]
    assert body["journal"][0]["value"] == 95.0
    (earlier,) = body["earlier"]
    assert (earlier["occurrence"], earlier["value"], earlier["acked_by"]) == (1, 91.5, "olga")
    assert earlier["raised_at"] <= earlier["returned_at"]
    assert again.occurrence == 2


def test_one_alarm_says_which_trend_belongs_to_it(viewer: Person, tag: Tag, hot: Alarm) -> None:
    raised = hot.raised_at
    assert raised is not None
    middle = round(raised.timestamp() * 1000)
    assert viewer.get(f"{hot.pk}/")["trend"] == {
        "tags": [
            *(
                {
                    "k": tag.pk,
                    "name": "temp",
                    "label": "",
                    "unit": "°C",
                    "dec": 1,
                    "lo": 20,
                    "hi": 80,
                },
            )
        ],
        "from_ms": middle - 600_000,
        "to_ms": middle + 600_000,
    }


def test_one_alarm_shows_the_picture_of_the_detection_that_raised_it(
    viewer: Person, site: Site
) -> None:
    camera = Device.objects.create(uid="CAM-1", name="Camera", site=site)
    at = timezone.now()
    detection = Detection.objects.create(
        event=UUID(int=9),
        gateway=camera,
        camera=camera,
        camera_uid=camera.uid,
        site=site,
        label="fire",
        **dict.fromkeys(("since", "at", "received_at", "heard_at"), at),
        **dict.fromkeys(("score", "peak", "threshold"), 0.9),
    )
    boxes = [{"label": "fire", "score": 0.9, "x": 0.1, "y": 0.1, "w": 0.2, "h": 0.2}]
    picture = Snapshot.objects.create(
        detection=detection, role="best", at=at, sha256="0" * 64, width=64, height=48,
        boxes=boxes, state="ready", name="a.jpg", thumb="a.jpg",
    )  # fmt: skip
    alarm = make_alarm(site, of=camera, kind="detection", label="fire", limit=None)
    raise_(alarm, 0.9, detection_id=detection.pk)

    shown = viewer.get(f"{alarm.pk}/")["evidence"]
    assert (shown["id"], shown["camera"], shown["label"]) == (detection.pk, "CAM-1", "fire")
    assert (shown["image"], shown["width"], shown["boxes"]) == (
        *(f"/media/snapshots/{picture.pk}/full/", 64, boxes),
    )


def test_an_alarm_that_is_normal_again_still_has_its_story(viewer: Person, site: Site) -> None:
    alarm = make_alarm(site)
    body = viewer.get(f"{alarm.pk}/")
    assert (body["state"], body["journal"], body["trend"], body["evidence"]) == (
        *("normal", [], None, None),
    )


# ---------------------------------------------------------------- journal


def test_the_journal_says_who_did_what_the_newest_first(
    viewer: Person, operator: Person, hot: Alarm
) -> None:
    operator.order("acknowledge", hot, reason="Seen")
    newest, first = viewer.get("journal/")["results"]
    assert (newest["action"], newest["actor"], newest["reason"]) == ("acknowledge", "olga", "Seen")
    assert (newest["before"], newest["after"]) == ("unacknowledged", "acknowledged")
    assert (first["action"], first["actor"], first["announced"]) == ("raise", "system", True)
    assert (first["rule_name"], first["device"], first["unit"], first["decimals"]) == (
        *("Too hot", "P-1", "°C", 1),
    )


def test_the_journal_is_narrowed_down_and_read_page_by_page(
    viewer: Person, operator: Person, site: Site, hot: Alarm
) -> None:
    operator.order("acknowledge", hot)
    later = (timezone.now() + dt.timedelta(minutes=1)).isoformat()
    for query, count in [
        ({"site": "east"}, 2),
        ({"site": "west"}, 0),
        ({"alarm": hot.pk}, 2),
        ({"alarm": hot.pk + 1}, 0),
        ({"action": "raise"}, 1),
        ({"actor": "olga"}, 1),
        ({"since": later}, 0),
        ({"until": later}, 2),
    ]:
        assert len(viewer.get("journal/", **query)["results"]) == count, query
    for n in range(50):
        raise_(make_alarm(site, name=f"Alarm {n}"))
    page = viewer.get("journal/")
    assert len(page["results"]) == 50
    rest = viewer.client.get(page["next"]).json()
    assert [entry["action"] for entry in rest["results"]] == ["acknowledge", "raise"]


def test_others_see_neither_alarms_nor_their_journal(stranger: Person, hot: Alarm) -> None:
    assert ids(stranger.get()) == []
    assert stranger.get("journal/")["results"] == []
    assert stranger.ask(f"{hot.pk}/").status_code == 404
