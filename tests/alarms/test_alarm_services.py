"""What operators do: once, in order, refused with the name of whoever was first."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from alarm_line import Line, SaveRule, story, the_alarm
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from alarms.models import Alarm, JournalEntry, Priority, Rule
from alarms.services import Action, Conflict, Order, Result, perform
from alarms.states import State
from devices.models import Membership, Role, Site, Tag

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def raised(line: Line, save: SaveRule, tag: Tag) -> Rule:
    rule = save()
    line.say(tag, 95.0)
    return rule


def order(user: User, action: Action, *alarms: Alarm, **more: object) -> Result:
    items = {alarm.pk: alarm.rev for alarm in alarms}
    given: dict[str, object] = {"action": action, "items": items, "request_id": uuid.uuid4()}
    return perform(user, Order(**given | more))  # type: ignore[arg-type]


def later(hours: float = 1) -> dt.datetime:
    return timezone.now() + dt.timedelta(hours=hours)


def test_an_acknowledgement_says_who_and_when(raised: Rule, operator: User) -> None:
    result = order(operator, Action.ACKNOWLEDGE, the_alarm(raised), reason="on my way")
    alarm = the_alarm(raised)
    assert result == Result([alarm.pk], [])
    assert (alarm.state, alarm.acked_by, alarm.comment) == ("acknowledged", "olga", "on my way")


def test_the_second_to_acknowledge_hears_who_was_first(
    raised: Rule, operator: User, site: Site
) -> None:
    other = User.objects.create_user("otto")
    Membership.objects.create(user=other, site=site, role=Role.OPERATOR)
    seen = the_alarm(raised)
    order(operator, Action.ACKNOWLEDGE, seen)
    (conflict,) = order(other, Action.ACKNOWLEDGE, seen).conflicts
    assert (conflict.code, conflict.by, conflict.rev) == ("changed", "olga", the_alarm(raised).rev)


def test_an_order_that_is_sent_again_does_nothing_again(raised: Rule, operator: User) -> None:
    seen, request = the_alarm(raised), uuid.uuid4()
    first = order(operator, Action.COMMENT, seen, reason="look", request_id=request)
    assert order(operator, Action.COMMENT, seen, reason="look", request_id=request) == first
    assert JournalEntry.objects.filter(action="comment").count() == 1


def test_priority_one_is_acknowledged_one_by_one(
    line: Line, save: SaveRule, tag: Tag, operator: User
) -> None:
    critical, other = save(priority=Priority.CRITICAL), save(name="Warm", limit=70.0)
    line.say(tag, 95.0)
    result = order(operator, Action.ACKNOWLEDGE, the_alarm(critical), the_alarm(other))
    assert result.done == [the_alarm(other).pk]
    assert result.conflicts == [
        Conflict(the_alarm(critical).pk, "one_by_one", "", None, the_alarm(critical).rev)
    ]
    assert order(operator, Action.ACKNOWLEDGE, the_alarm(critical)).done


def test_a_shelved_alarm_says_until_when_and_why(raised: Rule, operator: User) -> None:
    until = later()
    order(operator, Action.SHELVE, the_alarm(raised), until=until, reason="sensor is replaced")
    alarm = the_alarm(raised)
    assert (alarm.shelved, alarm.shelved_until) == (True, until)
    assert (alarm.held_by, alarm.hold_reason) == ("olga", "sensor is replaced")
    assert not alarm.status.announced


def test_a_one_shot_shelf_ends_when_the_condition_returns(
    raised: Rule, operator: User, line: Line, tag: Tag
) -> None:
    order(operator, Action.SHELVE, the_alarm(raised), one_shot=True, reason="known")
    line.say(tag, 20.0)
    alarm = the_alarm(raised)
    assert (alarm.shelved, alarm.state) == (False, State.NORMAL)
    assert story(alarm) == ["raise", "shelve", "clear", "unshelve"]


@pytest.mark.parametrize(
    ("action", "more", "field"),
    [
        (Action.SHELVE, {"until_h": 1}, "reason"),
        (Action.SHELVE, {"reason": "x"}, "until"),
        (Action.SHELVE, {"reason": "x", "until_h": -1}, "until"),
        (Action.SHELVE, {"reason": "x", "until_h": 25}, "until"),
        (Action.COMMENT, {"reason": "  "}, "reason"),
        (Action.COMMENT, {"reason": "x" * 501}, "reason"),
    ],
    ids=["no-reason", "no-end", "past", "too-long", "no-comment", "long-comment"],
)
def test_an_order_that_cannot_be_is_refused_by_field(
    raised: Rule, operator: User, action: Action, more: dict[str, object], field: str
) -> None:
    hours = more.pop("until_h", None) if "until_h" in (more := dict(more)) else None
    if isinstance(hours, int):
        more["until"] = later(hours)
    with pytest.raises(ValidationError) as refused:
        order(operator, action, the_alarm(raised), **more)
    assert list(refused.value.message_dict) == [field]


def test_an_operator_may_not_take_an_alarm_out_of_service(raised: Rule, operator: User) -> None:
    with pytest.raises(PermissionDenied):
        order(operator, Action.REMOVE, the_alarm(raised), reason="maintenance")
    assert not the_alarm(raised).out_of_service


def test_an_alarm_of_another_site_does_not_exist(raised: Rule) -> None:
    stranger = User.objects.create_user("sam")
    (conflict,) = order(stranger, Action.ACKNOWLEDGE, the_alarm(raised)).conflicts
    assert conflict == Conflict(the_alarm(raised).pk, "not_found")


def test_a_viewer_changes_nothing(raised: Rule, operator: User) -> None:
    Membership.objects.update(role=Role.VIEWER)
    with pytest.raises(PermissionDenied):
        order(operator, Action.ACKNOWLEDGE, the_alarm(raised))


def test_a_shelf_that_is_ordered_again_after_its_end_was_done(
    raised: Rule, operator: User, line: Line
) -> None:
    seen, request = the_alarm(raised), uuid.uuid4()
    until = timezone.now() + dt.timedelta(milliseconds=300)
    asked = {"until": until, "reason": "x", "request_id": request}
    assert order(operator, Action.SHELVE, seen, **asked).done
    Alarm.objects.update(shelved_until=timezone.now())
    again = {**asked, "until": timezone.now() - dt.timedelta(seconds=1)}
    assert order(operator, Action.SHELVE, seen, **again).done == [seen.pk]
