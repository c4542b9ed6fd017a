"""`manage.py seed_demo`: what is there afterwards, and what a second run leaves alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command

from alarms.expressions.resolving import compile_expression
from alarms.models import Alarm, Rule
from alarms.rules import delete_rule, save_rule
from devices.access import sites_for
from devices.configuration import compose
from devices.models import (
    Camera,
    Credential,
    Device,
    GatewayConfiguration,
    ModbusConnection,
    Site,
    Tag,
)
from devices.registry import revoke_credential
from devices.tokens import authenticate
from project.plant import read_plant

pytestmark = pytest.mark.django_db


def seed(folder: Path) -> None:
    call_command("seed_demo", state=folder, verbosity=0)


def token(folder: Path, uid: str) -> str:
    return (folder / f"{uid.lower()}.token").read_text()


def test_the_plant_of_the_gateway_files_is_in_the_registry(tmp_path: Path) -> None:
    seed(tmp_path)
    gateways = read_plant()
    assert len(gateways) == 2
    for gateway in gateways:
        assert authenticate(f"Bearer {token(tmp_path, gateway.uid)}").device_uid == gateway.uid
        children = Device.objects.filter(via__uid=gateway.uid)
        assert {device.uid for device in children} == {device.uid for device in gateway.devices}
    sim001 = Tag.objects.filter(device__uid="SIM001")
    assert {tag.name for tag in sim001} == {"temperature", "pressure", "rpm"}
    assert all(tag.pinned for tag in sim001)
    assert Device.objects.exclude(via=None).count() >= 6


def test_its_users_can_do_what_their_names_say(tmp_path: Path) -> None:
    seed(tmp_path)
    admin, operator = (User.objects.get(username=name) for name in ("admin", "operator"))
    assert (admin.is_superuser, operator.is_staff) == (True, False)
    assert [site.slug for site in sites_for(operator)] == ["demo"]
    assert operator.check_password((tmp_path / "operator.password").read_text())


def test_a_second_run_changes_nothing_that_people_changed(tmp_path: Path) -> None:
    seed(tmp_path)
    before = {file.name: file.read_text() for file in tmp_path.iterdir()}
    Device.objects.filter(uid="SIM001").update(name="Our pump", enabled=False)
    Tag.objects.filter(device__uid="SIM001", name="rpm").update(pinned=False, high=9000)
    operator = User.objects.get(username="operator")
    operator.set_password("their own choice")
    operator.save()
    seed(tmp_path)
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == before
    pump = Device.objects.get(uid="SIM001")
    assert (pump.name, pump.enabled) == ("Our pump", False)
    assert Tag.objects.get(device=pump, name="rpm").high == 9000
    assert User.objects.get(username="operator").check_password("their own choice")
    assert Credential.objects.count() == 2


def test_a_revoked_or_lost_token_is_replaced(tmp_path: Path) -> None:
    seed(tmp_path)
    revoked = token(tmp_path, "GW-PRESS")
    revoke_credential(credential=Credential.objects.get(device__uid="GW-PRESS"))
    (tmp_path / "gw-utilities.token").unlink()
    seed(tmp_path)
    assert token(tmp_path, "GW-PRESS") != revoked
    for uid in ("GW-PRESS", "GW-UTILITIES"):
        assert authenticate(f"Bearer {token(tmp_path, uid)}").device_uid == uid


def test_secrets_are_files_for_their_owner_alone(tmp_path: Path) -> None:
    tokens = tmp_path / "tokens"
    call_command("seed_demo", state=tmp_path, tokens=tokens, verbosity=0)
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert len(files) == 4
    assert all(file.stat().st_mode & 0o777 == 0o600 for file in files)
    assert {file.name for file in tokens.iterdir()} == {"gw-press.token", "gw-utilities.token"}


# ---------------------------------------------------------------- the gateway without a file


def seed_with_meters(folder: Path, place: str = "127.0.0.1:15025") -> Device:
    call_command("seed_demo", state=folder, meters=place, verbosity=0)
    return Device.objects.get(uid="GW-ENERGY")


def test_the_energy_gateway_is_configured_from_the_registry(tmp_path: Path) -> None:
    gateway = seed_with_meters(tmp_path)
    document = compose(gateway)
    assert [(each.name, each.host, each.port) for each in document.connections] == [
        ("meters", "127.0.0.1", 15025)
    ]
    assert [(each.uid, each.unit, each.max_registers) for each in document.devices] == [
        ("MTR001", 1, 80)
    ]
    assert "v_l1" in {tag.name for tag in document.devices[0].tags}
    assert authenticate(f"Bearer {token(tmp_path, 'GW-ENERGY')}").device_uid == "GW-ENERGY"


def test_seeding_again_makes_no_new_configuration_unless_the_meters_have_moved(
    tmp_path: Path,
) -> None:
    versions = GatewayConfiguration.objects.filter(gateway=seed_with_meters(tmp_path))
    assert versions.count() == 1
    Tag.objects.filter(device__uid="MTR001", name="v_l1").update(label="Ours", pinned=True)
    seed_with_meters(tmp_path)
    assert Tag.objects.get(device__uid="MTR001", name="v_l1").label == "Ours"
    seed_with_meters(tmp_path, "127.0.0.1:40001")
    assert ModbusConnection.objects.get().port == 40001


def test_without_meters_there_is_no_energy_gateway(tmp_path: Path) -> None:
    seed(tmp_path)
    assert not Device.objects.filter(uid="GW-ENERGY").exists()


# ---------------------------------------------------------------- the gateway with cameras


def test_the_camera_gateway_watches_a_rendered_scene_and_an_rtsp_camera(tmp_path: Path) -> None:
    call_command("seed_demo", state=tmp_path, camera="127.0.0.1:18554", verbosity=0)
    document = compose(Device.objects.get(uid="GW-CAMERAS"))
    schemes = {camera.uid: camera.source.partition(":")[0] for camera in document.cameras}
    assert schemes == {"CAM001": "scene", "CAM002": "rtsp"}


def test_a_camera_that_moved_is_followed_but_one_that_people_replaced_is_not(
    tmp_path: Path,
) -> None:
    call_command("seed_demo", state=tmp_path, camera="127.0.0.1:18554", verbosity=0)
    Camera.objects.filter(device__uid="CAM001").update(source="usb:0")
    call_command("seed_demo", state=tmp_path, camera="127.0.0.1:18555", verbosity=0)
    sources = dict(Camera.objects.values_list("device__uid", "source"))
    assert sources["CAM001"] == "usb:0"
    assert ":18555/" in sources["CAM002"]


# ---------------------------------------------------------------- alarm rules


def test_the_demo_has_rules_and_none_of_their_alarms_is_active(tmp_path: Path) -> None:
    call_command(
        "seed_demo", state=tmp_path, camera="127.0.0.1:18554", meters="127.0.0.1:15025", verbosity=0
    )
    pump = Rule.objects.filter(tag__device__uid="SIM001", tag__name="temperature")
    assert dict(pump.values_list("kind", "limit")) == {
        "low": 55.0, "high": 85.0, "high_high": 95.0, "rate": 3.0,
    }  # fmt: skip
    made = Rule.objects.filter(origin="site")
    assert set(made.values_list("kind", flat=True)) == {
        "rate", "deviation", "discrete", "expression",
    }  # fmt: skip
    assert set(Rule.objects.filter(origin="default").values_list("kind", flat=True)) == {
        "offline", "spool", "clock_skew", "detection",
    }  # fmt: skip
    assert not Alarm.objects.exclude(state="normal").exists()
    both = Alarm.objects.get(rule__kind="expression")
    assert both.watches.count() == 2
    seen = Rule.objects.filter(kind="detection")
    assert set(seen.values_list("off_delay_s", flat=True)) == {180.0}


def test_seeding_again_leaves_rules_as_people_have_them(tmp_path: Path) -> None:
    seed(tmp_path)
    for rule in Rule.objects.filter(origin="site").exclude(kind="rate"):
        delete_rule(rule)
    rate = Rule.objects.get(kind="rate")
    rate.limit = 9.0
    save_rule(rate)
    before = Rule.objects.count()
    seed(tmp_path)
    assert (Rule.objects.count(), Rule.objects.get(kind="rate").limit) == (before, 9.0)


def test_the_expressions_of_the_documentation_can_be_used_in_the_demo(tmp_path: Path) -> None:
    call_command("seed_demo", state=tmp_path, camera="127.0.0.1:18554", verbosity=0)
    site = Site.objects.get(slug="demo")
    text = (Path(__file__).resolve().parents[2] / "docs" / "alarms.md").read_text()
    examples = text.partition("## Expressions")[2].split("```")[1].strip().splitlines()
    assert len(examples) == 4
    for example in examples:
        assert compile_expression(example, site).text == example
