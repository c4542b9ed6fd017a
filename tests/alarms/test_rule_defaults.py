"""Rules that nobody wrote: they follow the limits of profiles, and every site has some."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from alarms.defaults import deadband_of, fit_profile_rules, limits_of, restore
from alarms.models import Alarm, JournalEntry, Kind, Rule, Watch
from alarms.rules import delete_rule, save_rule
from alarms.site_rules import DEFAULTS, fit_site_rules
from alarms.tasks import fit_rules
from devices.models import Camera, Device, DeviceProfile, Latest, Site, Tag
from devices.people import save_site
from devices.profiles import apply_profile, import_profile
from devices.registry import clone_device, create_device, save_device, save_tags

pytestmark = pytest.mark.django_db

FREQUENCY = (
    '{"name": "f", "label": "Frequency", "unit": "Hz", "address": 0, "type": "float32",'
    ' "range": [40, 70], "low_low": 49.0, "low": 49.8, "high": 50.2, "high_high": 51.0}'
)
LEVEL = '{"name": "level", "address": 2, "type": "float32", "high": 90}'


def keep(version: str, *points: str) -> DeviceProfile:
    head = f'"id": "meter", "version": "{version}", "vendor": "V", "model": "M"'
    return import_profile(data=f'{{{head}, "points": [{", ".join(points)}]}}'.encode())


@pytest.fixture
def plant(db: None) -> Site:
    site = Site(slug="plant", name="Plant")
    save_site(site=site)
    return site


@pytest.fixture
def meter(plant: Site) -> Device:
    meter = create_device(uid="M-1", name="Meter", site=plant)
    apply_profile(device=meter, profile=keep("1.0.0", FREQUENCY, LEVEL))
    return meter


def limits() -> dict[tuple[str, str], float | None]:
    rules = Rule.objects.filter(origin="profile").select_related("tag")
    return {(rule.tag.name if rule.tag else "", rule.kind): rule.limit for rule in rules}


ALL = {
    ("f", "low_low"): 49.0,
    ("f", "low"): 49.8,
    ("f", "high"): 50.2,
    ("f", "high_high"): 51.0,
    ("level", "high"): 90.0,
}


# ---------------------------------------------------------------- limits of profiles


def test_each_limit_of_a_profile_makes_one_rule_with_its_alarm(meter: Device) -> None:
    assert fit_profile_rules() == 5
    assert limits() == ALL
    rule = Rule.objects.get(tag__name="f", kind=Kind.HIGH_HIGH)
    assert (rule.name, rule.priority, rule.enabled) == ("Frequency high high", 2, True)
    assert Rule.objects.get(tag__name="level").priority == 3
    assert Alarm.objects.count() == 5
    assert fit_profile_rules() == 0


def test_a_change_of_the_plant_is_followed_when_it_is_committed(
    plant: Site, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        meter = create_device(uid="M-1", name="Meter", site=plant)
        apply_profile(device=meter, profile=keep("1.0.0", FREQUENCY, LEVEL))
        assert not Rule.objects.exists()
    assert limits() == ALL
    assert Rule.objects.filter(origin="default", kind=Kind.OFFLINE).exists()


def test_a_limit_that_a_person_gave_the_tag_wins_over_the_profile(
    meter: Device, django_capture_on_commit_callbacks: Any
) -> None:
    fit_profile_rules()
    tag = meter.tags.get(name="f")
    tag.high, tag.point = 50.5, {"high_high": 52.0}
    with django_capture_on_commit_callbacks(execute=True):
        save_tags(device=meter, tags=[tag])
    changed = {("f", "high"): 50.5, ("f", "high_high"): 52.0}
    assert limits() == ALL | changed


def test_a_new_version_of_the_profile_changes_makes_and_deletes_rules(meter: Device) -> None:
    fit_profile_rules()
    higher = FREQUENCY.replace("50.2", "50.4").replace('"high_high": 51.0', '"decimals": 3')
    apply_profile(device=meter, profile=keep("1.1.0", higher, LEVEL.replace("high", "low_low")))
    fit_profile_rules()
    assert limits() == {
        ("f", "low_low"): 49.0,
        ("f", "low"): 49.8,
        ("f", "high"): 50.4,
        ("level", "low_low"): 90.0,
    }


def test_a_rule_that_somebody_changed_is_left_alone(meter: Device) -> None:
    fit_profile_rules()
    rule = Rule.objects.get(tag__name="f", kind=Kind.HIGH)
    rule.limit = 50.9
    save_rule(rule)
    assert Rule.objects.get(pk=rule.pk).overridden
    apply_profile(device=meter, profile=keep("1.1.0", LEVEL))
    fit_profile_rules()
    assert limits() == {("f", "high"): 50.9, ("level", "high"): 90.0}


def test_a_changed_rule_can_go_back_to_the_limit_of_the_profile(meter: Device) -> None:
    fit_profile_rules()
    rule = Rule.objects.get(tag__name="f", kind=Kind.HIGH)
    rule.limit, rule.enabled, rule.on_delay_s = 50.9, False, 5.0
    save_rule(rule)
    restore(rule, by="erin")
    rule.refresh_from_db()
    assert (rule.limit, rule.enabled, rule.on_delay_s, rule.overridden) == (50.2, True, 0, False)
    assert rule.version == 3
    assert Watch.objects.filter(alarm__rule=rule).count() == 1


def test_going_back_to_a_limit_that_is_no_longer_there_deletes_the_rule(meter: Device) -> None:
    fit_profile_rules()
    rule = Rule.objects.get(tag__name="f", kind=Kind.HIGH)
    save_rule(rule)
    apply_profile(device=meter, profile=keep("1.1.0", LEVEL))
    restore(Rule.objects.get(pk=rule.pk), by="erin")
    assert not Rule.objects.filter(pk=rule.pk).exists()


def test_a_clone_has_rules_of_its_own(meter: Device) -> None:
    fit_profile_rules()
    twin = clone_device(device=meter, uid="M-2", name="Second", unit_id=2)
    fit_profile_rules([twin.pk])
    assert Rule.objects.filter(tag__device=twin).count() == 5


def test_the_rules_of_a_device_move_with_it_to_another_site(meter: Device, plant: Site) -> None:
    fit_profile_rules()
    west = Site.objects.create(slug="west", name="West works")
    meter.site = west
    save_device(device=meter)
    fit_profile_rules()
    assert set(Rule.objects.values_list("site", flat=True)) == {west.pk}
    assert set(Alarm.objects.values_list("site", flat=True)) == {west.pk}
    assert limits() == ALL


def test_a_tag_that_is_no_longer_read_has_no_limits(meter: Device) -> None:
    fit_profile_rules()
    meter.tags.filter(name="f").update(read=False)
    fit_profile_rules()
    assert limits() == {("level", "high"): 90.0}


def test_a_limit_that_is_passed_already_raises_its_alarm_at_once(meter: Device) -> None:
    tag = meter.tags.get(name="level")
    Latest.objects.create(
        tag=tag,
        value=95.0,
        quality=192,
        **dict.fromkeys(("source_time", "received_time"), "2026-01-01T00:00:00Z"),
    )
    fit_profile_rules()
    assert Alarm.objects.get(rule__tag=tag).status.active
    Tag.objects.filter(pk=tag.pk).update(high=None)
    fit_profile_rules()
    told = JournalEntry.objects.filter(tag_name="level").order_by("pk")
    assert list(told.values_list("action", flat=True)) == ["raise", "clear"]


def test_whoever_changes_the_plant_waits_for_some_rules_only(meter: Device) -> None:
    assert fit_profile_rules(most=2) == 2
    fit_rules()
    assert limits() == ALL


def test_a_rule_of_a_profile_is_not_deleted_by_hand(meter: Device) -> None:
    fit_profile_rules()
    with pytest.raises(ValidationError, match="Disable it instead"):
        delete_rule(Rule.objects.filter(kind=Kind.HIGH)[0])


def test_the_range_of_a_tag_is_a_limit_also_where_no_profile_has_it(meter: Device) -> None:
    Tag.objects.create(device=meter, name="extra", high=5.0)
    fit_profile_rules()
    assert limits() == ALL | {("extra", "high"): 5.0}


def test_the_range_of_a_tag_is_a_limit_also_without_a_profile(plant: Site) -> None:
    boiler = Device.objects.create(uid="BLR", name="Boiler", site=plant)
    Tag.objects.create(device=boiler, name="pressure", low=7.4, high=8.6)
    fit_profile_rules()
    assert limits() == {("pressure", "low"): 7.4, ("pressure", "high"): 8.6}


@pytest.mark.parametrize("wrong", ["49", None, True, [49]])
def test_what_is_no_number_is_no_limit(wrong: object) -> None:
    tag = Tag(name="f", point={"high_high": wrong})
    assert limits_of(tag, {"f": {"name": "f", "high_high": 51.0}}) == {}


NUMBERS = st.floats(-1e6, 1e6)


@given(low=NUMBERS, wide=st.floats(1e-3, 1e6), reach=st.tuples(NUMBERS, NUMBERS) | st.none())
def test_a_deadband_never_reaches_the_other_limit(
    low: float, wide: float, reach: tuple[float, float] | None
) -> None:
    high = low + wide
    deadband = deadband_of(high, low, high, reach)
    assert 0 <= deadband <= 0.11 * (high - low)


@pytest.mark.parametrize(
    ("limit", "low", "high", "reach", "deadband"),
    [
        (85.0, 55.0, 85.0, (-20, 150), 3.0),  # a tenth of the band; 2 % of the range are 3.4
        (50.2, 49.8, 50.2, (40, 70), 0.04),
        (100.0, None, 100.0, (0, 120), 2.4),
        (80.0, None, 80.0, None, 1.6),  # no range: 2 % of the limit
        (0.0, None, 0.0, None, 0.0),
    ],
)
def test_a_deadband_is_two_per_cent_but_not_too_wide(
    limit: float,
    low: float | None,
    high: float | None,
    reach: tuple[float, float] | None,
    deadband: float,
) -> None:
    assert deadband_of(limit, low, high, reach) == deadband


# ---------------------------------------------------------------- what every site has


def test_a_site_has_rules_for_its_devices_and_with_cameras_for_them_too(plant: Site) -> None:
    fit_rules()
    assert set(Rule.objects.values_list("kind", flat=True)) == {"offline", "spool", "clock_skew"}
    gateway = create_device(uid="GW", name="Gateway", site=plant)
    camera = create_device(uid="CAM", name="Camera", site=plant, via=gateway)
    Camera.objects.create(device=camera, source="rtsp://192.0.2.1/", model_names=["m"])
    fit_rules()
    seen = Rule.objects.filter(kind=Kind.DETECTION)
    assert set(seen.values_list("label", "priority")) == {
        ("fire", 1),
        ("smoke", 2),
        ("no_helmet", 2),
    }
    assert Rule.objects.count() == len(DEFAULTS)
    assert fit_site_rules() == 0


def test_a_rule_that_every_site_has_does_not_come_back(plant: Site) -> None:
    fit_site_rules()
    rule = Rule.objects.get(kind=Kind.OFFLINE)
    with pytest.raises(ValidationError, match="every site has"):
        delete_rule(rule)
    rule.enabled = False
    save_rule(rule)
    fit_site_rules()
    assert not Rule.objects.filter(kind=Kind.OFFLINE, enabled=True).exists()


def test_a_site_with_a_rule_of_its_own_for_lost_devices_gets_no_second_one(plant: Site) -> None:
    save_rule(Rule(site=plant, kind=Kind.OFFLINE, name="Lost", priority=1))
    fit_site_rules()
    assert Rule.objects.filter(kind=Kind.OFFLINE).count() == 1


def test_rules_that_nobody_named_are_stored_in_english_whoever_asks(meter: Device) -> None:
    with translation.override("zh-hans"):
        fit_profile_rules()
        fit_site_rules()
    assert Rule.objects.filter(name="Frequency high high").exists()
    assert Rule.objects.filter(name="Device offline").exists()
