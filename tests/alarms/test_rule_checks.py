"""What a rule needs before it can be saved."""

from __future__ import annotations

from typing import Any

import pytest
from alarm_line import SaveRule
from django.core.exceptions import ValidationError

from alarms.models import Alarm, Kind, Rule
from alarms.rules import save_rule
from devices.models import Camera, Device, Site, Tag

pytestmark = pytest.mark.django_db

NEEDED = "A rule of this kind needs it."


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        ({"limit": None}, "limit", NEEDED),
        ({"tag": None}, "tag", NEEDED),
        ({"kind": Kind.STALE, "tag": None}, "tag", NEEDED),
        ({"kind": Kind.DEVIATION}, "setpoint", NEEDED),
        ({"kind": Kind.DISCRETE}, "abnormal", NEEDED),
        ({"kind": Kind.DISCRETE, "abnormal": ["on"]}, "abnormal", NEEDED),
        ({"kind": Kind.SPOOL, "limit": None}, "limit", "Say the limit."),
        ({"kind": Kind.EXPRESSION}, "expression", "Write a condition."),
        ({"window_s": 0}, "window_s", "greater than or equal to 1"),
        ({"off_delay_s": 90_000}, "off_delay_s", "less than or equal to 86400"),
        ({"schedule": {"days": []}}, "schedule", "A schedule is a list"),
    ],
    ids=[
        *("limit", "tag", "stale", "setpoint", "states", "words", "spool", "expression"),
        *("window", "delay", "schedule"),
    ],
)
def test_what_is_missing_or_wrong_is_said_at_its_field(
    save: SaveRule, fields: dict[str, Any], field: str, said: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        save(**fields)
    assert said in " ".join(caught.value.message_dict[field])
    assert not Rule.objects.exists()


def test_all_that_is_wrong_is_said_at_once(save: SaveRule) -> None:
    with pytest.raises(ValidationError) as caught:
        save(deadband=-1.0, schedule=[{"days": [9]}], name="")
    assert set(caught.value.message_dict) == {"name", "deadband", "schedule"}
    with pytest.raises(ValidationError) as caught:
        save(kind=Kind.SPOOL, limit=None, schedule=3)
    assert set(caught.value.message_dict) == {"limit", "schedule"}


def test_an_expression_that_nothing_makes_true_is_refused_but_may_stay_where_it_is(
    save: SaveRule, device: Device
) -> None:
    with pytest.raises(ValidationError, match="OVEN-1 is not a camera"):
        save(kind=Kind.EXPRESSION, expression="fire(OVEN-1)")
    Camera.objects.create(device=device, source="rtsp://192.0.2.1/", model_names=["m"])
    rule = save(kind=Kind.EXPRESSION, expression="fire(OVEN-1)")
    Camera.objects.all().delete()
    rule.enabled = False
    assert save_rule(rule).version == 2


def test_tag_setpoint_and_device_are_of_the_site_of_the_rule(save: SaveRule, tag: Tag) -> None:
    west = Site.objects.create(slug="west", name="West works")
    pump = Device.objects.create(uid="PUMP-W", name="Pump", site=west)
    flow = Tag.objects.create(device=pump, name="flow")
    for fields in (
        {"tag": flow},
        {"kind": Kind.DEVIATION, "setpoint": flow},
        {"kind": Kind.OFFLINE, "device": pump},
    ):
        with pytest.raises(ValidationError, match="another site than the rule"):
            save(**fields)


def test_only_cameras_see_and_only_what_connects_has_a_spool_and_a_clock(
    save: SaveRule, gateway: Device, device: Device
) -> None:
    with pytest.raises(ValidationError, match="This is no camera"):
        save(kind=Kind.DETECTION, device=device)
    with pytest.raises(ValidationError, match="choose its gateway"):
        save(kind=Kind.CLOCK_SKEW, device=device, limit=5.0)
    save(kind=Kind.CLOCK_SKEW, device=gateway, limit=5.0)
    eye = Device.objects.create(uid="CAM", name="Camera", site=gateway.site, via=gateway)
    Camera.objects.create(device=eye, source="rtsp://192.0.2.1/", model_names=["m"])
    save(kind=Kind.DETECTION, device=eye, label="fire")
    assert Alarm.objects.count() == 2


def test_what_a_kind_does_not_look_at_is_not_kept(save: SaveRule, device: Device, tag: Tag) -> None:
    assert save(kind=Kind.OFFLINE, device=device, tag=tag).tag is None
    assert save(kind=Kind.HIGH, device=device).device is None
