"""The door of the charts: a member, a stranger, nobody, and nonsense."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from devices.models import Device, Site, Tag
from devices.partitions import ensure_days
from devices.rollups import roll_up

pytestmark = pytest.mark.django_db

NOW = int(time.time() * 1000)


@pytest.fixture
def tag(db: None) -> Tag:
    site = Site.objects.create(slug="east", name="East works")
    site.members.add(User.objects.create_user("member"))
    device = Device.objects.create(uid="PUMP-1", name="Pump", site=site)
    return Tag.objects.create(device=device, name="speed")


@pytest.fixture
def member(tag: Tag, client: Client) -> Client:
    client.force_login(User.objects.get(username="member"))
    return client


def ask(client: Client, pk: int, **changes: Any) -> HttpResponse:
    query = {"tag": pk, "from_ms": NOW - 60_000, "to_ms": NOW, "points": 100} | changes
    return client.get("/api/v1/trends/", query)


def test_a_member_gets_the_readings_of_a_window(member: Client, tag: Tag) -> None:
    moment = datetime.fromtimestamp((NOW - 1000) / 1000, UTC)
    with connection.cursor() as cursor:
        ensure_days(cursor, [moment.date()])
        cursor.execute(
            "insert into devices_reading (source_time, received_time, value, tag_id, quality)"
            " values (%s, %s, 60.5, %s, 192)",
            [moment, moment + timedelta(milliseconds=50), tag.pk],
        )

    response = ask(member, tag.pk)

    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    assert response["Cache-Control"] == "no-store"
    answer = response.json()
    assert answer["series"] == [{"k": tag.pk, "step_ms": 0, "t": [NOW - 1000], "v": [60.5]}]
    assert abs(answer["now_ms"] - time.time() * 1000) < 60_000


def test_a_month_is_walked_through_from_the_sums(member: Client, tag: Tag) -> None:
    """The worker has its turn in between, which changes nothing but the time it takes."""
    Tag.objects.filter(pk=tag.pk).update(silence_ms=3_600_000)
    step = 30 * 60_000
    end = NOW // step * step
    start, count = end - 1440 * step, 1440 * 3
    days = {datetime.fromtimestamp((start + i * step) / 1000, UTC).date() for i in range(1440)}
    with connection.cursor() as cursor:
        ensure_days(cursor, days)
        cursor.execute(
            "insert into devices_reading (source_time, received_time, value, tag_id, quality)"
            " select at, at, i, %s, 192 from (select i, to_timestamp(%s) + i * interval '10 min'"
            " as at from generate_series(0, %s) i) s",
            [tag.pk, start // 1000, count - 1],
        )
    before = ask(member, tag.pk, from_ms=start, to_ms=end, points=2000).json()["series"]

    while roll_up(datetime.fromtimestamp(end / 1000, UTC), budget_s=60):
        pass
    (month,) = ask(member, tag.pk, from_ms=start, to_ms=end, points=2000).json()["series"]

    assert [month] == before
    assert month["step_ms"] == step
    assert (min(month["lo"]), max(month["hi"])) == (0, count - 1)
    for point in (0, 777, -1):  # into each: it is what was seen from afar
        at = month["t"][point]
        (near,) = ask(member, tag.pk, from_ms=at, to_ms=at + step).json()["series"]
        assert (near["step_ms"], len(near["v"])) == (0, 3)
        assert (min(near["v"]), max(near["v"])) == (month["lo"][point], month["hi"][point])


def test_several_tags_are_asked_for_at_once(member: Client, tag: Tag) -> None:
    other = Tag.objects.create(device=tag.device, name="torque")

    response = member.get(
        f"/api/v1/trends/?tag={other.pk}&tag={tag.pk}&from_ms={NOW - 60_000}&to_ms={NOW}"
    )

    assert [one["k"] for one in response.json()["series"]] == [other.pk, tag.pk]


def test_a_stranger_learns_no_more_than_that_there_is_nothing(tag: Tag, client: Client) -> None:
    client.force_login(User.objects.create_user("stranger"))

    assert ask(client, tag.pk).status_code == ask(client, 999_999).status_code == 404
    assert ask(client, tag.pk).json() == ask(client, 999_999).json()


def test_nobody_is_let_in_without_a_session(tag: Tag, client: Client) -> None:
    assert ask(client, tag.pk).status_code == 401


@pytest.mark.parametrize(
    "changes",
    [
        {"tag": "x"},
        {"tag": 0},
        {"tag": 2**40},
        {"tag": [1] * 33},
        {"from_ms": "x"},
        {"from_ms": -1},
        {"from_ms": "1e5"},
        {"from_ms": NOW},
        {"from_ms": NOW + 1},
        {"from_ms": NOW - 367 * 86_400_000},
        {"to_ms": 10**18},
        {"to_ms": "9" * 5000},
        {"to_ms": "NaN"},
        {"points": 9},
        {"points": 4001},
        {"points": "\x00"},
        {"from_ms": ""},
    ],
)
def test_a_question_that_makes_no_sense_is_refused_with_the_reason(
    member: Client, tag: Tag, changes: dict[str, Any]
) -> None:
    response = ask(member, tag.pk, **changes)

    assert response.status_code == 400
    assert response.json()


@pytest.mark.parametrize("missing", ["tag", "from_ms", "to_ms"])
def test_a_question_without_its_parts_is_refused(member: Client, tag: Tag, missing: str) -> None:
    query = {"tag": tag.pk, "from_ms": NOW - 60_000, "to_ms": NOW}
    del query[missing]

    response = member.get("/api/v1/trends/", query)

    assert response.status_code == 400
    assert missing in response.json()["errors"]


def test_trends_can_only_be_read(member: Client, tag: Tag) -> None:
    assert member.post("/api/v1/trends/", {"tag": tag.pk}).status_code == 405
