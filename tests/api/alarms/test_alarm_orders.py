"""What people do to alarms over the API, one by one and several at once."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from alarm_door import Person
from alarm_making import clear, make_alarm, raise_
from django.utils import timezone

from alarms.models import Alarm, JournalEntry
from alarms.states import State
from devices.models import Site, Tag

pytestmark = pytest.mark.django_db


def now(alarm: Alarm) -> Alarm:
    return Alarm.objects.get(pk=alarm.pk)


def in_an_hour(hours: float = 1) -> str:
    return (timezone.now() + dt.timedelta(hours=hours)).isoformat()


def test_an_operator_acknowledges_with_a_comment(operator: Person, hot: Alarm) -> None:
    assert operator.order("acknowledge", hot, reason="On my way") == (
        200,
        {"done": [hot.pk], "conflicts": []},
    )
    assert (now(hot).state, now(hot).acked_by) == (State.ACKNOWLEDGED, "olga")
    assert now(hot).comment == "On my way"


def test_a_comment_moves_nothing_but_the_revision(operator: Person, hot: Alarm) -> None:
    assert operator.order("comment", hot, reason="Looks odd")[0] == 200
    assert (now(hot).state, now(hot).comment) == (State.UNACKNOWLEDGED, "Looks odd")
    assert now(hot).rev == hot.rev + 1


def test_a_latched_alarm_is_reset_after_it_was_acknowledged(operator: Person, tag: Tag) -> None:
    alarm = clear(raise_(make_alarm(tag.device.site, of=tag, latching=True)))
    status, body = operator.order("reset", alarm)
    assert (status, body["conflicts"][0]["code"]) == (409, "unacknowledged")
    operator.order("acknowledge", alarm)
    assert operator.order("reset", now(alarm))[0] == 200
    assert now(alarm).state == State.NORMAL


def test_a_shelf_has_an_end_and_a_reason_and_can_be_ended(operator: Person, hot: Alarm) -> None:
    until = in_an_hour()
    assert operator.order("shelve", hot, reason="Sensor in repair", until=until)[0] == 200
    held = now(hot)
    assert (held.shelved, held.held_by, held.hold_reason) == (True, "olga", "Sensor in repair")
    assert held.shelved_until == dt.datetime.fromisoformat(until)
    assert operator.order("unshelve", held)[0] == 200
    assert not now(hot).shelved


def test_a_shelf_until_it_returns_ends_with_the_condition(operator: Person, hot: Alarm) -> None:
    assert operator.order("shelve", hot, reason="Known", one_shot=True)[0] == 200
    assert clear(now(hot)).shelved is False


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"until": "2100-01-01T00:00:00Z", "reason": "x"}, "until"),
        ({"until": "2020-01-01T00:00:00Z", "reason": "x"}, "until"),
        ({"reason": "x"}, "until"),
        ({"one_shot": True}, "reason"),
        ({"one_shot": True, "reason": "x" * 501}, "reason"),
        ({"one_shot": True, "reason": "x", "forever": True}, "forever"),
    ],
    ids=["too late", "past", "no end", "no reason", "long reason", "unknown word"],
)
def test_a_mistake_in_an_order_is_told_by_field(
    operator: Person, hot: Alarm, fields: dict[str, object], field: str
) -> None:
    status, body = operator.order("shelve", hot, **fields)
    assert (status, body["code"]) == (400, "invalid")
    assert set(body["errors"]) == {field}
    assert now(hot).rev == hot.rev


def test_one_order_names_an_alarm_once_and_names_at_least_one(operator: Person, hot: Alarm) -> None:
    assert operator.order("acknowledge", hot, hot)[1]["errors"].keys() == {"items"}
    assert operator.order("acknowledge")[0] == 400


def test_only_an_engineer_takes_an_alarm_out_of_service_and_back(
    operator: Person, engineer: Person, hot: Alarm
) -> None:
    assert operator.order("remove", hot, reason="Rebuilt")[0] == 403
    assert engineer.order("remove", hot, reason="Rebuilt")[0] == 200
    assert operator.order("restore", now(hot))[0] == 403
    assert engineer.order("restore", now(hot))[0] == 200
    assert not now(hot).out_of_service


# ---------------------------------------------------------------- who was first


def test_the_second_one_hears_who_was_first(operator: Person, other: Person, hot: Alarm) -> None:
    other.order("acknowledge", hot)
    status, body = operator.order("acknowledge", hot)
    (conflict,) = body["conflicts"]
    assert (status, body["code"], body["status"]) == (409, "conflict", 409)
    assert (conflict["id"], conflict["code"], conflict["by"]) == (hot.pk, "changed", "li")
    assert conflict["rev"] == now(hot).rev
    age = timezone.now() - dt.datetime.fromisoformat(conflict["at"])
    assert dt.timedelta(0) <= age < dt.timedelta(minutes=1)


def test_one_that_somebody_was_faster_with_does_not_stop_the_rest(
    operator: Person, other: Person, site: Site, hot: Alarm
) -> None:
    second = raise_(make_alarm(site, name="Second"))
    other.order("acknowledge", hot)
    status, body = operator.order("acknowledge", hot, second)
    assert (status, body["done"]) == (200, [second.pk])
    assert [each["code"] for each in body["conflicts"]] == ["changed"]


def test_what_is_sent_again_is_done_once(operator: Person, hot: Alarm) -> None:
    request = str(uuid.uuid4())
    first = operator.order("acknowledge", hot, request_id=request)
    assert operator.order("acknowledge", hot, request_id=request) == first
    assert JournalEntry.objects.filter(action="acknowledge").count() == 1


def test_the_most_urgent_are_acknowledged_one_by_one(operator: Person, site: Site) -> None:
    first, second = (raise_(make_alarm(site, name=name, priority=1)) for name in ("A", "B"))
    status, body = operator.order("acknowledge", first, second)
    assert (status, {each["code"] for each in body["conflicts"]}) == (409, {"one_by_one"})
    assert operator.order("acknowledge", first)[0] == 200


# ---------------------------------------------------------------- who may


def test_a_viewer_sees_alarms_and_does_nothing_to_them(viewer: Person, hot: Alarm) -> None:
    assert viewer.get()["count"] == 1
    status, body = viewer.order("acknowledge", hot)
    assert (status, body["code"]) == (403, "not_allowed")
    assert now(hot).rev == hot.rev


def test_alarms_of_other_sites_are_like_such_as_do_not_exist(stranger: Person, hot: Alarm) -> None:
    absent = Alarm(pk=hot.pk + 999_999, rev=0)
    answers = [stranger.order("acknowledge", alarm) for alarm in (hot, absent)]
    for alarm, (status, body) in zip((hot, absent), answers, strict=True):
        (conflict,) = body["conflicts"]
        assert status == 409
        assert conflict == {
            "id": alarm.pk, "code": "not_found", "by": "", "at": None, "rev": None,
        }  # fmt: skip
    assert now(hot).rev == hot.rev


def test_an_order_without_a_session_is_not_taken(hot: Alarm, operator: Person) -> None:
    operator.client.logout()
    assert operator.order("acknowledge", hot)[0] == 401
