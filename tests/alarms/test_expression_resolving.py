from __future__ import annotations

import uuid
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from alarms.conditions.model import online_operand, seen_operand, tag_operand
from alarms.expressions import ExpressionError, UnknownName
from alarms.expressions.condition import condition_of
from alarms.expressions.resolving import accept_expression, compile_expression, known_labels
from alarms.models import Detection, Kind, Rule
from devices.models import Camera, Device, Site, Tag

UIDS = ("oven-1", "PUMP-1", "cam-3", "GW-01", "a", "a.b", "24017", "and")
TAGS = ("temperature", "flow", "b.c", "c", "x/y-z", "1st")


@pytest.fixture
def plant(site: Site) -> dict[str, Device]:
    devices = {uid: Device.objects.create(uid=uid, name=uid, site=site) for uid in UIDS}
    for uid, name, unit in (
        ("oven-1", "temperature", "°C"),
        ("oven-1", "setpoint", "°C"),
        ("PUMP-1", "flow", "m³/h"),
        ("a", "b.c", ""),
        ("a.b", "c", ""),
    ):
        Tag.objects.create(device=devices[uid], name=name, unit=unit)
    return devices


def operand(name: str) -> str:
    uid, _, tag = name.partition("/")
    return tag_operand(Tag.objects.get(device__uid=uid, name=tag).pk)


def test_names_become_operands_with_units(site: Site, plant: dict[str, Device]) -> None:
    text = "fire(cam-3) and not online(GW-01) or rate(oven-1.temperature) > 2 °C/min"
    assert compile_expression(text, site).units == {
        seen_operand(plant["cam-3"].pk, "fire"): "",
        online_operand(plant["GW-01"].pk): "",
        operand("oven-1/temperature"): "°C",
    }


def test_names_cost_two_queries_however_many_there_are(
    site: Site, plant: dict[str, Device], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    text = "fire(cam-3) and oven-1.temperature > oven-1.setpoint + 5 or bad(PUMP-1.flow)"
    with django_assert_num_queries(2):
        compile_expression(text, site)


def test_of_several_devices_that_a_name_begins_with_the_longest_one_counts(
    site: Site, plant: dict[str, Device]
) -> None:
    assert compile_expression("a.b.c > 1", site).operands == {operand("a.b/c")}
    quoted = compile_expression('"a"."b.c" > 1', site)
    assert quoted.operands == {operand("a/b.c")}
    assert compile_expression(quoted.text, site) == quoted


def test_a_shorter_device_counts_where_the_longer_one_has_no_such_tag(
    site: Site, plant: dict[str, Device]
) -> None:
    Tag.objects.filter(device=plant["a.b"]).delete()
    assert compile_expression("a.b.c > 1", site).operands == {operand("a/b.c")}


def test_devices_of_other_sites_are_not_there(plant: dict[str, Device]) -> None:
    west = Site.objects.create(slug="west", name="West works")
    with pytest.raises(UnknownName, match="no device oven-1"):
        compile_expression("oven-1.temperature > 1", west)


def test_a_mistyped_name_is_answered_with_what_comes_close(
    site: Site, plant: dict[str, Device]
) -> None:
    with pytest.raises(UnknownName, match=r"no tag temprature\. Did you mean temperature\?"):
        compile_expression("oven-1.temprature > 1", site)
    with pytest.raises(UnknownName, match=r"no device GW-1\. Did you mean GW-01\?"):
        compile_expression("online(GW-1)", site)


@pytest.mark.parametrize(
    "text",
    ['"\\"" = 1', '"\'; drop".x = 1', '"ü"."ü" > 1', f"{'a.' * 400}b > 1", "x(a)"],
    ids=["quote", "sql", "umlaut", "long", "function"],
)
def test_names_that_nothing_can_have_are_refused(
    site: Site, plant: dict[str, Device], text: str
) -> None:
    with pytest.raises(UnknownName):
        compile_expression(text, site)


def test_a_class_of_a_cameras_own_rules_is_a_function(site: Site, plant: dict[str, Device]) -> None:
    with pytest.raises(UnknownName, match="no function forklift"):
        compile_expression("forklift(cam-3)", site)
    Camera.objects.create(device=plant["cam-3"], source="rtsp://x/", rules=[{"label": "forklift"}])
    compiled = compile_expression("forklift(cam-3)", site)
    assert compiled.operands == {seen_operand(plant["cam-3"].pk, "forklift")}


def tell(site: Site, camera: Device, label: str) -> None:
    now = datetime(2026, 11, 1, tzinfo=UTC)
    Detection.objects.create(
        event=uuid.uuid4(), camera=camera, camera_uid=camera.uid, site=site, label=label,
        since=now, at=now, received_at=now, heard_at=now, score=0.9, peak=0.9, threshold=0.5,
        model="0" * 64,
    )  # fmt: skip


def test_a_class_that_was_seen_is_a_function(site: Site, plant: dict[str, Device]) -> None:
    tell(site, plant["cam-3"], "leak")
    assert compile_expression("leak(cam-3)", site).text == "leak(cam-3)"
    assert known_labels(site) == {"fire", "smoke", "helmet", "no_helmet", "leak"}


@pytest.mark.parametrize("text", ["fire(PUMP-1)", 'not seen(PUMP-1, "smoke")'], ids=["is", "seen"])
def test_only_cameras_may_be_asked_what_they_see(
    site: Site, plant: dict[str, Device], text: str
) -> None:
    with pytest.raises(ExpressionError, match=r"^PUMP-1 is not a camera\.$") as caught:
        accept_expression(text, site)
    assert text[caught.value.start : caught.value.end] == "PUMP-1"


def test_a_camera_is_set_up_as_one_or_has_told_of_something_seen(
    site: Site, plant: dict[str, Device]
) -> None:
    Camera.objects.create(device=plant["cam-3"], source="rtsp://x/")
    tell(site, plant["a"], "leak")
    text = 'fire(cam-3) and seen(a, "smoke")'
    assert accept_expression(text, site) == compile_expression(text, site)


def test_a_class_that_no_camera_of_the_site_sees_is_refused_with_what_comes_close(
    site: Site, plant: dict[str, Device]
) -> None:
    Camera.objects.create(device=plant["cam-3"], source="rtsp://x/", rules=[{"label": "leak"}])
    accept_expression('seen(cam-3, "leak")', site)
    with pytest.raises(UnknownName, match=r"sees smok\. Did you mean smoke\? Known are fire, helm"):
        accept_expression('seen(cam-3, "smok")', site)
    with pytest.raises(UnknownName, match=r"sees unicorn\. Known are") as caught:
        accept_expression('seen(cam-3, "unicorn")', site)
    assert (caught.value.start, caught.value.end) == (12, 21)


def test_a_rule_whose_camera_is_none_any_more_is_still_judged(
    site: Site, plant: dict[str, Device]
) -> None:
    rule = Rule(site=site, kind=Kind.EXPRESSION, expression='seen(cam-3, "unicorn")')
    assert condition_of(rule).operands == {seen_operand(plant["cam-3"].pk, "unicorn")}


def test_a_rule_has_the_condition_that_it_says(site: Site, plant: dict[str, Device]) -> None:
    rule = Rule(site=site, kind=Kind.EXPRESSION, expression="mean(PUMP-1.flow, 5 min) < 10 m3/h")
    condition = condition_of(rule)
    assert condition.windows == {operand("PUMP-1/flow"): 300_000}


def test_a_rule_whose_tag_is_gone_has_no_condition(site: Site, plant: dict[str, Device]) -> None:
    rule = Rule(site=site, kind=Kind.EXPRESSION, expression="PUMP-1.flow > 1")
    plant["PUMP-1"].tags.all().delete()
    with pytest.raises(ExpressionError, match="no tag flow"):
        condition_of(rule)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    tags=st.lists(st.tuples(st.sampled_from(UIDS), st.sampled_from(TAGS)), min_size=1, max_size=5),
    sign=st.sampled_from(["+", "-", "*", "/"]),
)
def test_the_canonical_form_compiles_to_the_same(
    site: Site, plant: dict[str, Device], tags: list[tuple[str, str]], sign: str
) -> None:
    for uid, name in tags:
        Tag.objects.update_or_create(device=plant[uid], name=name, defaults={"unit": ""})
    text = f" {sign} ".join(f'"{uid}"."{name}"' for uid, name in tags) + " > 0"
    compiled = compile_expression(text, site)
    assert compile_expression(compiled.text, site) == compiled
    assert len(compiled.operands) == len(set(tags))
