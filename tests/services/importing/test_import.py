"""Importing devices and tags: what a dry run says, and what is done."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from exchange import bring_in, content, exported, look, reasons

from devices.audit import acting
from devices.importing.files import read_file
from devices.importing.service import ImportRefused, apply
from devices.models import (
    AuditEntry,
    Device,
    DeviceProfile,
    GatewayConfiguration,
    Membership,
    Role,
    Site,
    Tag,
    TopicEvent,
)

pytestmark = pytest.mark.django_db


@pytest.mark.usefixtures("meter")
def test_what_was_exported_is_no_difference(engineer: User) -> None:
    for name, data in exported().items():
        outcome = look(data, engineer)
        assert outcome.is_empty, name
        assert sum(each.unchanged for each in outcome.differences) > 0


@pytest.mark.usefixtures("meter")
def test_an_export_brings_everything_back_after_it_was_deleted(engineer: User) -> None:
    before, data = content(), exported()["all.xlsx"]
    Device.objects.get(uid="M-1").delete()
    outcome = bring_in(data, engineer)
    assert [finding.key for finding in outcome.differences[0].added] == [("M-1",)]
    assert content() == before


def test_a_dry_run_changes_nothing(meter: Device, engineer: User) -> None:
    events, versions = TopicEvent.objects.count(), GatewayConfiguration.objects.count()
    outcome = look("uid,name,site\nM-1,Renamed,east\nM-2,New,east\n", engineer)
    assert [len(d.added) for d in outcome.differences] == [1]
    (change,) = outcome.differences[0].changed[0].changes
    assert change == ("name", "Meter", "Renamed")
    meter.refresh_from_db()
    assert (meter.name, Device.objects.count()) == ("Meter", 2)
    assert TopicEvent.objects.count() == events
    assert GatewayConfiguration.objects.count() == versions


def test_what_the_dry_run_said_is_done_and_announced(meter: Device, engineer: User) -> None:
    versions = GatewayConfiguration.objects.count()
    bring_in("uid,name,area\nM-1,Renamed,Hall 2\n", engineer)
    meter.refresh_from_db()
    assert (meter.name, meter.area) == ("Renamed", "Hall 2")
    assert TopicEvent.objects.latest("pk").payload["name"] == "Renamed"
    assert GatewayConfiguration.objects.count() == versions + 1


def test_a_new_plant_comes_in_one_file_with_gateways_after_their_devices(
    profile: DeviceProfile, engineer: User
) -> None:
    bring_in(
        "uid,name,site,via,profile\nD-1,Meter,east,GW-7,meter@1.0.0\nGW-7,Gateway,east,,\n",
        engineer,
    )
    meter = Device.objects.get(uid="D-1")
    assert meter.via == Device.objects.get(uid="GW-7")
    assert meter.profile == profile
    assert list(meter.tags.values_list("name", flat=True)) == ["v", "a"]


def test_what_the_file_does_not_name_stays(meter: Device, engineer: User) -> None:
    Tag.objects.filter(name="v").update(label="Voltage", low=1.0)
    outcome = bring_in("device;name;high\nM-1;v;250.5\n", engineer)
    assert outcome.differences[0].changed[0].changes == (("high", None, 250.5),)
    tag = meter.tags.get(name="v")
    assert (tag.label, tag.low, tag.high, tag.unit) == ("Voltage", 1.0, 250.5, "V")
    assert meter.tags.count() == 2


def test_an_empty_limit_is_none_and_zero_is_zero(meter: Device, engineer: User) -> None:
    Tag.objects.filter(name="v").update(low=1.0, high=5.0, scan_ms=700)
    bring_in("device,name,low,high,scan_ms\nM-1,v,,0,\n", engineer)
    tag = meter.tags.get(name="v")
    assert (tag.low, tag.high, tag.scan_ms) == (None, 0.0, 700)


@pytest.mark.parametrize(
    ("file", "at", "reason"),
    [
        ("uid,name\nM-1,x\nM-1,y\n", 3, "It is also on line 2."),
        ("uid,name\n,x\n", 2, "uid: is missing"),
        ("uid,name,site\nNEW,x,nowhere\n", 2, "site: you are not an engineer of “nowhere”"),
        ("uid,name\nNEW,x\n", 2, "site: is missing"),
        ("uid,unit_id\nM-1,300\n", 2, "unit_id:"),
        ("uid,unit_id\nM-1,1.5\n", 2, "not a whole number"),
        ("uid,enabled\nM-1,maybe\n", 2, "neither yes nor no"),
        ("uid,via\nM-1,GW-404\n", 2, "via: there is no gateway “GW-404”"),
        ("uid,via\nGW-1,M-1\n", 2, "via: A gateway connects by itself"),
        ("uid,profile\nM-1,meter@9.9.9\n", 2, "profile: there is no “meter@9.9.9”"),
        ("uid,connection\nM-1,line404\n", 2, "connection: GW-1 has no “line404”"),
        ("uid,name,site\nspace here,x,east\n", 2, "uid: Letters, digits"),
        ("device,name\nNOBODY,v\n", 2, "device: you have no device “NOBODY”"),
        ("device,name,low\nM-1,v,1e999\n", 2, "low: “1e999” is not a number"),
        ("device,name,low\nM-1,v,nan\n", 2, "low: “nan” is not a number"),
        ('device,name,register\nM-1,v,"{""scale"": ""x""}"\n', 2, "scale"),
        ("device,name,register\nM-1,v,[]\n", 2, "register: This is not a JSON object"),
        ("device,name,scan\nM-1,v,often\n", 2, "scan:"),
        ("device,name,deadband\nM-1,v,-1\n", 2, "deadband:"),
    ],
)
def test_what_cannot_be_is_refused_with_its_line_and_in_plain_words(
    meter: Device, engineer: User, file: str, at: int, reason: str
) -> None:
    before = content()
    ((found, said), *_rest) = reasons(look(file, engineer))
    assert found == at
    assert reason in said
    with pytest.raises(ImportRefused):
        bring_in(file, engineer)
    assert content() == before


def test_a_refused_row_keeps_the_others_out_too(meter: Device, engineer: User) -> None:
    with pytest.raises(ImportRefused, match="nothing was changed"):
        bring_in("uid,name\nM-1,Renamed\nGW-404,x\n", engineer)
    meter.refresh_from_db()
    assert meter.name == "Meter"


def test_what_its_gateway_could_not_read_is_refused(meter: Device, engineer: User) -> None:
    outcome = look("device,name,scan_ms,silence_ms\nM-1,v,5000,100\n", engineer)
    assert outcome.problems == ["device M-1, tag v: silence_ms: must not be shorter than scan_ms"]
    with pytest.raises(ImportRefused):
        bring_in("device,name,scan_ms,silence_ms\nM-1,v,5000,100\n", engineer)


def test_a_file_that_was_looked_at_is_not_applied_to_another_registry(
    meter: Device, engineer: User
) -> None:
    file = b"uid,name\nM-1,Renamed\n"
    shown = look(file, engineer)
    Device.objects.filter(pk=meter.pk).update(name="Meanwhile")
    with pytest.raises(ImportRefused, match="has changed since"):
        apply(tables=read_file(file), by=engineer, expected=shown.digest)


def test_only_engineers_of_a_site_change_it(meter: Device) -> None:
    before = content()
    operator = User.objects.create_user("operator")
    Membership.objects.create(user=operator, site=meter.site, role=Role.OPERATOR)
    stranger = User.objects.create_user("stranger")
    west = Site.objects.create(slug="west", name="West works")
    Membership.objects.create(user=stranger, site=west, role=Role.ADMIN)
    for user in (operator, stranger):
        for file in ("uid,name\nM-1,Mine\n", "device,name\nM-1,new\n"):
            assert reasons(look(file, user))
            with pytest.raises(ImportRefused):
                bring_in(file, user)
    assert content() == before


def test_a_device_goes_to_another_site_only_by_an_engineer_of_both(
    meter: Device, engineer: User
) -> None:
    west = Site.objects.create(slug="west", name="West works")
    assert "site: you are not an engineer" in reasons(look("uid,site\nM-1,west\n", engineer))[0][1]
    Membership.objects.create(user=engineer, site=west, role=Role.ENGINEER)
    bring_in("uid,site\nM-1,west\n", engineer)
    events = [event.payload for event in TopicEvent.objects.order_by("pk")]
    assert any(event.get("gone") for event in events)
    assert Device.objects.get(uid="M-1").site == west


def test_who_imported_what_is_in_the_audit_trail(meter: Device, engineer: User) -> None:
    with acting("engineer", "192.0.2.1"):
        bring_in("uid,name\nM-1,Renamed\n", engineer)
    entry = AuditEntry.objects.latest("pk")
    assert (entry.actor, entry.action, entry.object_name) == ("engineer", "change", "M-1")
    assert (entry.before, entry.after) == ({"name": "Meter"}, {"name": "Renamed"})
