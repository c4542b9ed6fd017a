"""The rail above the gallery: when how much was seen, and what of it is not reviewed."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from marked import client_of, mark, person, seen

from alarms.density import Stretch, counts_in
from alarms.models import Detection, Review
from devices.models import Device, Role, Site
from project.density import rail_of
from project.sightings import Filter, cards_of, read_filter, shown_filter

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
NOON = dt.datetime(2026, 3, 10, 12, tzinfo=dt.UTC)


@pytest.fixture
def user(site: Site) -> User:
    return person(site, Role.VIEWER)


def rail(site: Site, user: User, **wanted: Any) -> dict[str, Any]:
    return rail_of(site, Filter(**wanted), NOON, user)


def sums(shown: dict[str, Any]) -> dict[str, int]:
    return {each["label"]: sum(each["n"]) for each in shown["counts"]}


def test_detections_are_counted_by_class_and_bar_the_gravest_class_first(
    site: Site, camera: Device
) -> None:
    for label, minutes in (("person", 0), ("smoke", 59), ("fire", 60), ("fire", 119)):
        seen(camera, label, since=NOON + dt.timedelta(minutes=minutes))
    seen(camera, since=NOON + 2 * HOUR)  # after the end
    stretch = Stretch(NOON, NOON + 2 * HOUR, HOUR)
    found = counts_in(Detection.objects.all(), stretch)
    assert list(found.items()) == [("fire", [0, 2]), ("smoke", [1, 0]), ("person", [1, 0])]


def test_a_rail_of_too_many_bars_is_refused(site: Site) -> None:
    with pytest.raises(ValueError, match="parts"):
        counts_in(Detection.objects.all(), Stretch(NOON, NOON + 300 * HOUR, HOUR))


def test_the_rail_shows_seven_days_and_what_the_user_has_not_reviewed_of_each(
    site: Site, camera: Device, user: User
) -> None:
    rows = [seen(camera, since=NOON - number * 24 * HOUR) for number in (0, 0, 1, 6, 7)]
    Review.objects.create(user=user, detection=rows[0], at=NOON)
    Review.objects.create(user=person(site, Role.VIEWER, "else"), detection=rows[2], at=NOON)
    shown = rail(site, user)
    days = [(day["day"], day["total"], day["unreviewed"]) for day in shown["days"]]
    assert (days[0], days[-2], days[-1]) == (
        ("2026-03-04", 1, 1),
        ("2026-03-09", 1, 1),
        ("2026-03-10", 2, 1),
    )
    assert (sums(shown), shown["unreviewed"]) == ({"fire": 4}, 3)
    assert shown["step_ms"] == 2 * 3600 * 1000


def test_the_rail_follows_the_filter_but_the_header_counts_everything(
    site: Site, camera: Device, user: User
) -> None:
    seen(camera, since=NOON)
    mark(seen(camera, "smoke", since=NOON), "false")
    shown = rail(site, user, verdict="none")
    assert (sums(shown), shown["unreviewed"]) == ({"fire": 1}, 2)
    assert shown["days"][-1]["total"] == 1


def test_a_chosen_day_is_shown_in_quarters_of_an_hour_among_its_days(
    site: Site, camera: Device, user: User
) -> None:
    seen(camera, since=NOON - 24 * HOUR)
    recent = rail(site, user, day="2026-03-09")
    assert (sums(recent), recent["step_ms"]) == ({"fire": 1}, 15 * 60 * 1000)
    assert recent["days"][-1]["day"] == "2026-03-10"
    long_ago = rail(site, user, day="2026-01-05")
    assert long_ago["days"][-1]["day"] == "2026-01-05"


def test_what_was_chosen_long_ago_lies_on_the_rail(site: Site, user: User) -> None:
    end = round((NOON - 100 * 24 * HOUR).timestamp() * 1000)
    shown = rail(site, user, begin=end - 3_600_000, end=end)
    assert shown["from"] < end <= shown["to"]


def test_a_day_on_which_the_clocks_change_has_its_own_length(
    site: Site, camera: Device, user: User
) -> None:
    Site.objects.update(time_zone="Europe/Berlin")
    site.refresh_from_db()
    zone = ZoneInfo("Europe/Berlin")
    seen(camera, since=dt.datetime(2026, 3, 29, 23, 59, tzinfo=zone))
    shown = rail_of(site, Filter(day="2026-03-29"), NOON + 30 * 24 * HOUR, user)
    assert shown["to"] - shown["from"] == 23 * 3600 * 1000
    assert shown["counts"][0]["n"][-1] == 1
    assert len(shown["counts"][0]["n"]) == 92


def test_the_address_narrows_down_by_marks_and_by_a_stretch_of_time(
    site: Site, camera: Device, user: User
) -> None:
    old = seen(camera, since=NOON - HOUR)
    new = mark(seen(camera, since=NOON), "false")
    Review.objects.create(user=user, detection=old, at=NOON)

    def found(**query: str) -> list[int]:
        return [card["id"] for card in cards_of(site, read_filter(query), by=user)]

    at = round(NOON.timestamp() * 1000)
    assert found(review="unreviewed") == [new.pk]
    assert found(verdict="false") == [new.pk]
    assert found(verdict="none") == [old.pk]
    assert found(**{"from": str(at)}) == [new.pk]
    assert found(to=str(at)) == [old.pk]
    assert found(**{"from": str(at), "to": str(at - 1)}) == [new.pk, old.pk]  # no time at all
    assert found(day="2026-03-10", to=str(at)) == [old.pk]


def test_scripts_get_the_times_of_the_day_and_of_the_stretch_together(site: Site) -> None:
    at = round(NOON.timestamp() * 1000)
    told = shown_filter(site, Filter(day="2026-03-10", begin=at))
    assert (told["from"], told["to"]) == (at, at + 12 * 3_600_000)
    assert "begin" not in told


def test_the_page_and_its_answers_say_what_whoever_asks_has_reviewed(
    site: Site, camera: Device, user: User
) -> None:
    row = seen(camera, since=timezone.now())
    seen(camera, since=timezone.now())
    Review.objects.create(user=user, detection=row, at=NOON)
    client = client_of(user)
    page = client.get("/gallery/")
    assert page.context["config"]["reviewed"] == [row.pk]
    assert page.content.decode().count(" data-reviewed") == 1
    body = client.get("/gallery/", headers={"Accept": "application/json"}).json()
    assert body["reviewed"] == [row.pk]
    shown = client.get("/gallery/density/", {"label": "fire"}).json()
    assert (shown["unreviewed"], sum(day["total"] for day in shown["days"])) == (1, 2)
