"""What a chart shows beside its lines: poor qualities and alarms, and the door to them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from alarm_making import clear, make_alarm, move, raise_
from django.contrib.auth.models import User
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from alarms.models import Watch
from alarms.spans import spans_of
from alarms.states import Trigger
from devices.models import Device, Site, Tag
from devices.partitions import ensure_days
from devices.qualities import READ_MS, poor_stretches
from devices.rollups import roll_up
from devices.trends import Window

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
NOW_MS = int(NOW.timestamp() * 1000)
S, MIN, H = 1000, 60_000, 3_600_000
GOOD, UNCERTAIN, BAD = 192, 64, 24


@pytest.fixture
def tag(db: None) -> Tag:
    site = Site.objects.create(slug="east", name="East works")
    site.members.add(User.objects.create_user("member"))
    device = Device.objects.create(uid="PUMP-1", name="Pump", site=site)
    return Tag.objects.create(device=device, name="speed", scan_ms=1000, silence_ms=7000)


def store(tag: Tag, readings: list[tuple[int, int]]) -> None:
    """Store readings, (milliseconds before now, quality) each."""
    rows = [(NOW - dt.timedelta(milliseconds=ago), quality) for ago, quality in readings]
    with connection.cursor() as cursor:
        ensure_days(cursor, sorted({at.date() for at, _ in rows}))
        cursor.executemany(
            "insert into devices_reading (source_time, received_time, value, tag_id, quality)"
            " values (%s, %s, %s, %s, %s)",
            [[at, at, 1.0 if q >= UNCERTAIN else None, tag.pk, q] for at, q in rows],
        )


def poor(tag: Tag, length_ms: int, points: int = 720) -> list[tuple[int, int, int, float]]:
    """Return the poor stretches up to now, in milliseconds before it."""
    window = Window(NOW_MS - length_ms, NOW_MS)
    (found,) = poor_stretches(tags=[tag], window=window, points=points, now_ms=NOW_MS)
    assert found["k"] == tag.pk
    return [(NOW_MS - a, NOW_MS - b, q, round(share, 3)) for a, b, q, share in found["poor"]]


# ---------------------------------------------------------------- qualities


def test_a_poor_reading_counts_until_the_next_one(tag: Tag) -> None:
    store(tag, [(50 * S, GOOD), (45 * S, BAD), (40 * S, BAD), (38 * S, GOOD), (30 * S, GOOD)])
    assert poor(tag, MIN) == [(45 * S, 38 * S, BAD, 1)]


def test_a_poor_reading_counts_no_longer_than_its_tag_may_be_silent(tag: Tag) -> None:
    store(tag, [(50 * S, BAD), (20 * S, GOOD), (5 * S, BAD)])
    assert tag.stale_ms == 10 * S
    assert poor(tag, MIN) == [(50 * S, 40 * S, BAD, 1), (5 * S, 0, BAD, 1)]


def test_bad_and_uncertain_are_told_apart(tag: Tag) -> None:
    store(tag, [(30 * S, UNCERTAIN), (28 * S, UNCERTAIN), (26 * S, BAD), (24 * S, GOOD)])
    assert poor(tag, MIN) == [(30 * S, 26 * S, UNCERTAIN, 1), (26 * S, 24 * S, BAD, 1)]


def test_what_no_chart_could_part_is_one_stretch_that_says_how_much_of_it_was_poor(
    tag: Tag,
) -> None:
    store(tag, [(ago * S, BAD if ago % 4 == 0 else GOOD) for ago in range(60, 20, -1)])
    assert poor(tag, H, points=60) == [(60 * S, 23 * S, BAD, round(10 / 37, 3))]


def test_readings_that_are_good_leave_nothing(tag: Tag) -> None:
    store(tag, [(ago * S, GOOD) for ago in range(60, 0, -1)])
    assert poor(tag, MIN) == []


def test_sums_tell_of_long_windows_which_quarter_hours_had_bad_readings(tag: Tag) -> None:
    length = READ_MS + 6 * H
    store(tag, [(ago * MIN, BAD if ago in {600, 605} else GOOD) for ago in range(1800, 0, -5)])
    from_readings = poor(tag, length)
    assert [row[2] for row in from_readings] == [BAD]
    roll_up(NOW + dt.timedelta(hours=1), budget_s=30)
    assert poor(tag, length) == [(605 * MIN, 599 * MIN, 0, 1)]
    assert poor(tag, length, points=60) == [(615 * MIN, 585 * MIN, 0, 0.333)]


# ---------------------------------------------------------------- alarms


def spans(*tags: Tag, ago_s: float = 3600, until_s: float = 0) -> list[dict[str, Any]]:
    now = timezone.now()
    begin, end = now - dt.timedelta(seconds=ago_s), now - dt.timedelta(seconds=until_s)
    found, more = spans_of(tags=[tag.pk for tag in tags], begin=begin, end=end)
    assert not more
    return found


def test_an_alarm_is_there_from_its_raise_until_its_condition_ends(tag: Tag) -> None:
    alarm = raise_(make_alarm(tag.device.site, of=tag, priority=1), 96.0, ago_s=600)
    (row,) = spans(tag)
    assert (row["alarm"], row["tag"], row["priority"]) == (alarm.pk, tag.pk, 1)
    assert (row["value"], row["limit"], row["to_ms"]) == (96.0, 80.0, None)
    move(alarm, Trigger.CLEAR, source_time=timezone.now() - dt.timedelta(seconds=300))
    (row,) = spans(tag)
    assert round((row["to_ms"] - row["from_ms"]) / 1000) == 300


def test_only_what_was_active_in_the_window_is_there(tag: Tag) -> None:
    alarm = raise_(make_alarm(tag.device.site, of=tag), ago_s=900)
    move(alarm, Trigger.CLEAR, source_time=timezone.now() - dt.timedelta(seconds=600))
    assert len(spans(tag, ago_s=800)) == 1  # it began before
    assert len(spans(tag, ago_s=1000, until_s=700)) == 1  # it ended after
    assert spans(tag, ago_s=500) == []
    assert spans(tag, ago_s=2000, until_s=1000) == []


def test_every_occurrence_is_one_of_its_own_the_newest_first(tag: Tag) -> None:
    alarm = make_alarm(tag.device.site, of=tag)
    for _ in range(3):
        alarm = clear(raise_(alarm))
    assert [row["occurrence"] for row in spans(tag)] == [3, 2, 1]


def test_alarms_of_other_tags_are_not_there_but_those_that_watch_it_are(tag: Tag) -> None:
    other = Tag.objects.create(device=tag.device, name="torque")
    raise_(make_alarm(tag.device.site, of=other))
    assert spans(tag) == []
    both = make_alarm(tag.device.site, of=tag.device, kind="expression", limit=None)
    Watch.objects.create(alarm=both, operand=f"tag:{tag.pk}", tag=tag)
    raise_(both, None)
    (row,) = spans(tag)
    assert (row["alarm"], row["tag"]) == (both.pk, tag.pk)


# ---------------------------------------------------------------- the door


def ask(client: Client, pk: int, **changes: Any) -> HttpResponse:
    now = int(timezone.now().timestamp() * 1000)
    return client.get("/trends/marks/", {"tag": pk, "from_ms": now - H, "to_ms": now} | changes)


def test_a_member_gets_alarms_and_qualities_of_a_tag(tag: Tag, client: Client) -> None:
    client.force_login(User.objects.get(username="member"))
    raise_(make_alarm(tag.device.site, of=tag), ago_s=60)
    answer = ask(client, tag.pk).json()
    assert [row["name"] for row in answer["alarms"]] == ["Too hot"]
    assert answer["more"] is False
    assert answer["qualities"] == [{"k": tag.pk, "poor": []}]


def test_a_stranger_learns_no_more_than_that_there_is_nothing(tag: Tag, client: Client) -> None:
    client.force_login(User.objects.create_user("stranger"))
    assert ask(client, tag.pk).status_code == ask(client, 999_999).status_code == 404


def test_nonsense_is_refused_with_what_is_wrong(tag: Tag, client: Client) -> None:
    client.force_login(User.objects.get(username="member"))
    response = ask(client, tag.pk, to_ms=1)
    assert response.status_code == 400
    assert "to_ms" in str(response.json())


def test_an_address_without_a_site_leads_to_that_of_its_first_tag(tag: Tag, client: Client) -> None:
    member = User.objects.get(username="member")
    first = Site.objects.create(slug="aaa", name="A first plant")
    first.members.add(member)
    client.force_login(member)
    assert client.get("/trends/").context["site"] == first
    assert client.get(f"/trends/?tags={tag.pk},7").context["site"] == tag.device.site
    assert client.get("/trends/?tags=99999999999,x").context["site"] == first
