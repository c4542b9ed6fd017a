"""The tabs of the page of a device: what each shows, to whom, and what it costs."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from alarm_making import clear, make_alarm, raise_
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from alarms.models import Rule
from devices.audit import acting, fields_of, record
from devices.cameras import save_camera
from devices.configuration import note_configured
from devices.models import (
    Camera,
    Device,
    DeviceState,
    GatewayEvent,
    Membership,
    ModbusConnection,
    Role,
    Site,
    Tag,
)
from devices.registry import issue_token, save_connection, save_device
from project.device_bars import bars_of
from project.device_events import happenings_of
from project.device_page import TABS

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
ADDRESS = "192.0.2.40"


@pytest.fixture
def gateway() -> Device:
    site = Site.objects.create(slug="east", name="East works")
    return Device.objects.create(uid="GW-1", name="Gateway", site=site)


@pytest.fixture
def pump(gateway: Device) -> Device:
    """Return a pump that the gateway reads over Modbus."""
    line = ModbusConnection(gateway=gateway, name="line1", host=ADDRESS)
    save_connection(connection=line)
    pump = Device(uid="PUMP-1", name="Pump", site=gateway.site, via=gateway, modbus=line, unit_id=7)
    save_device(device=pump)
    Tag.objects.create(
        device=pump,
        name="heat",
        unit="°C",
        low=50,
        high=80,
        point={"address": 12, "type": "float32", "scale": 0.1},
    )
    return pump


def member(site: Site, role: Role) -> Client:
    """Sign somebody in who has this role at a site."""
    user = User.objects.create_user(f"{role}-{site.slug}")
    Membership.objects.create(user=user, site=site, role=role)
    client = Client()
    client.force_login(user)
    return client


def page(client: Client, device: Device, tab: str = "", **query: str) -> str:
    answer = client.get(f"/devices/{device.uid}/", {"tab": tab} | query)
    assert answer.status_code == 200
    return str(answer.content.decode())


def told(gateway: Device, device: Device, kind: str, at: datetime, detail: str = "") -> None:
    GatewayEvent.objects.create(
        gateway=gateway, device=device, kind=kind, detail=detail, at=at, received_at=at
    )


# ---------------------------------------------------------------- who sees what


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_opens_for_a_viewer_and_says_which_one_it_is(pump: Device, tab: str) -> None:
    text = page(member(pump.site, Role.VIEWER), pump, tab)
    assert f'data-tab="{tab}"' in text
    assert text.count('aria-current="page"') == 1


def test_a_tab_that_does_not_exist_is_the_live_one(pump: Device) -> None:
    text = page(member(pump.site, Role.VIEWER), pump, "x'\"<y>")
    assert 'data-tab="live"' in text


@pytest.mark.parametrize("tab", TABS)
def test_the_device_of_another_site_does_not_exist(pump: Device, tab: str) -> None:
    stranger = member(Site.objects.create(slug="west", name="West"), Role.ADMIN)
    for accept in ("text/html", "application/json"):
        url = f"/devices/{pump.uid}/?tab={tab}"
        assert stranger.get(url, headers={"accept": accept}).status_code == 404


def test_addresses_tokens_and_ways_into_the_administration_are_for_engineers(
    gateway: Device, pump: Device
) -> None:
    lookup = issue_token(device=gateway).credential.lookup
    for role, shown in ((Role.VIEWER, False), (Role.OPERATOR, False), (Role.ENGINEER, True)):
        client = member(pump.site, role)
        of_pump, of_gateway = page(client, pump, "config"), page(client, gateway, "config")
        assert (ADDRESS in of_pump) == (ADDRESS in of_gateway) == shown
        assert (lookup in of_gateway) == shown
        assert (f"/admin/devices/device/{pump.pk}/change/" in of_pump) == shown
        assert "holding register 12" in of_pump
        assert "× 0.1" in of_pump


def test_the_source_of_a_camera_is_for_engineers_and_its_password_for_nobody(
    gateway: Device,
) -> None:
    eye = Device.objects.create(uid="CAM-1", name="Eye", site=gateway.site, via=gateway)
    camera = Camera(device=eye, source=f"rtsp://admin:geheim@{ADDRESS}/live")
    camera.model_names = ["fire-smoke"]
    save_camera(camera=camera)
    for role, shown in ((Role.VIEWER, False), (Role.ADMIN, True)):
        text = page(member(gateway.site, role), eye, "config")
        assert (ADDRESS in text) == shown
        assert "geheim" not in text


def test_who_changed_what_is_for_administrators(gateway: Device, pump: Device) -> None:
    heat = pump.tags.get()
    with acting("l.wang", "192.0.2.99"):
        record("change", heat, fields_of(heat), fields_of(heat) | {"high": 90.0})
    told(gateway, pump, "device.up", timezone.now())
    for role, shown in ((Role.VIEWER, False), (Role.ENGINEER, False), (Role.ADMIN, True)):
        text = page(member(pump.site, role), pump, "events")
        assert ("l.wang" in text) == ("PUMP-1/heat" in text) == shown
        assert "answers again" in text
        assert "192.0.2.99" not in text


# ---------------------------------------------------------------- events, page by page


def test_pages_of_events_join_without_a_hole_and_without_repeating_any(
    gateway: Device, pump: Device
) -> None:
    now = timezone.now()
    for number in range(9):
        told(gateway, pump, "device.up", now - (number // 3) * MINUTE)  # three at a time
    with acting("l.wang"):
        record("create", pump, None, fields_of(pump))
    everything, _ = happenings_of(pump, about={})
    seen: list[Any] = []
    cursor = ""
    for _ in range(10):
        rows, cursor = happenings_of(pump, before=cursor, about={}, most=2)
        seen += rows
        if not cursor:
            break
    assert [row.place for row in seen] == [row.place for row in everything]
    assert len({row.place for row in seen}) == len(seen) >= 10


@pytest.mark.parametrize("cursor", ["", "x", "1_e", "99999999999999999_e_1", "-1_c_1", "1_c_1\n"])
def test_a_cursor_that_is_none_does_no_harm(pump: Device, cursor: str) -> None:
    page(member(pump.site, Role.ADMIN), pump, "events", before=cursor)


def test_the_page_of_events_leads_to_the_older_ones(gateway: Device, pump: Device) -> None:
    now = timezone.now()
    for number in range(35):
        told(gateway, pump, "device.down", now - number * MINUTE, f"reason {number}.")
    client = member(pump.site, Role.VIEWER)
    newest = page(client, pump, "events")
    assert "reason 29." in newest
    assert "reason 30." not in newest
    found = re.search(r"before=([0-9a-z_]+)", newest)
    assert found
    older = page(client, pump, "events", before=found[1])
    assert "reason 29." not in older
    assert "reason 34." in older


# ---------------------------------------------------------------- alarms


def test_the_history_tells_when_alarms_were_active_and_who_saw_them(pump: Device) -> None:
    heat = pump.tags.get()
    ended = make_alarm(pump.site, of=heat, name="Hot bearing")
    clear(raise_(ended, 91.5, ago_s=300))
    raise_(make_alarm(pump.site, of=pump, name="Gone", kind="offline", limit=None), None)
    make_alarm(pump.site, of=heat, name="Never raised")
    text = page(member(pump.site, Role.VIEWER), pump, "history")
    assert "Hot bearing" in text
    assert "91.5 °C" in text
    assert "Never raised" not in text
    assert text.count("it lasts") == 1


def test_the_annotations_are_of_the_device_and_of_the_last_hour(
    gateway: Device, pump: Device
) -> None:
    other = Device.objects.create(uid="FAN-1", name="Fan", site=pump.site, via=gateway)
    heat, now = pump.tags.get(), timezone.now()
    raise_(make_alarm(pump.site, of=heat, name="Hot bearing", priority=1), ago_s=60)
    raise_(make_alarm(pump.site, of=other, name="Fan gone", kind="offline", limit=None), None)
    told(gateway, pump, "device.down", now - 30 * MINUTE, "COMM_FAILURE")
    told(gateway, pump, "device.up", now - 90 * MINUTE)
    told(gateway, other, "device.down", now - MINUTE)
    told(gateway, gateway, "configuration.running", now - 2 * MINUTE, "version 3")
    client = member(pump.site, Role.VIEWER)
    answer = client.get(f"/devices/{pump.uid}/", headers={"accept": "application/json"})
    assert "Accept" in answer["Vary"]
    marks = [(mark["what"], mark["tag"], mark["priority"]) for mark in answer.json()["marks"]]
    assert marks == [("offline", None, None), ("config", None, None), ("raise", heat.pk, 1)]
    assert answer.json()["marks"][0]["text"] == "PUMP-1: does not answer (no answer)"


# ---------------------------------------------------------------- limits


def test_a_bar_has_its_limits_in_their_order_and_room_on_both_sides() -> None:
    tag = {"k": 1, "lo": 50.0, "hi": 80.0}
    kinds = (("low_low", 40.0), ("low", 50.0), ("high", 80.0), ("high_high", 100.0))
    limits = [{"tag": 1, "kind": kind, "limit": limit} for kind, limit in kinds]
    bar = bars_of([tag], limits)[1]
    assert (bar.begin, bar.end) == (25.0, 115.0)
    assert [mark.short for mark in bar.marks] == ["LL", "L", "H", "HH"]
    places = [mark.x for mark in bar.marks]
    assert places == sorted(places)
    assert bar.band == (27.8, 33.3)


def test_one_limit_alone_makes_no_bar_but_is_told() -> None:
    limits = [{"tag": 1, "kind": "high", "limit": 120.0}]
    bar = bars_of([{"k": 1, "lo": None, "hi": None}], limits)[1]
    assert (bar.begin, bar.end, bar.band) == (None, None, None)
    assert [(mark.short, mark.limit) for mark in bar.marks] == [("H", 120.0)]


def test_limits_of_disabled_rules_are_not_drawn(pump: Device) -> None:
    heat = pump.tags.get()
    for kind, limit in (("high_high", 95.0), ("low_low", 33.0)):
        make_alarm(pump.site, of=heat, name=kind, kind=kind, limit=limit)
    Rule.objects.filter(kind="low_low").update(enabled=False)
    text = page(member(pump.site, Role.VIEWER), pump)
    assert "95.0" in text
    assert "33.0" not in text


# ---------------------------------------------------------------- configuration


def test_the_configuration_says_since_when_the_version_that_runs_does(
    gateway: Device, pump: Device
) -> None:
    newest = gateway.configurations.first()
    assert newest is not None
    client, runs = member(pump.site, Role.VIEWER), f"version {newest.version} runs since"
    assert runs not in page(client, pump, "config")
    DeviceState.objects.create(device=gateway)
    note_configured(gateway_id=gateway.pk, version=newest.version, mistakes=[])
    assert runs in page(client, pump, "config")


# ---------------------------------------------------------------- what it costs


@pytest.mark.parametrize("tab", TABS)
def test_a_device_with_two_hundred_tags_costs_as_many_queries_as_one_with_one(
    pump: Device, tab: str
) -> None:
    client = member(pump.site, Role.ADMIN)
    page(client, pump, tab)  # what is remembered after the first time does not count
    few = _queries(client, pump, tab)
    for number in range(200):
        tag = Tag.objects.create(device=pump, name=f"t{number}", low=1, high=2)
        make_alarm(pump.site, of=tag, name=f"Alarm {number}")
    for alarm in pump.alarms.filter(tag__name__in=["t1", "t2", "t3", "t4"]):
        raise_(alarm)
    many = _queries(client, pump, tab)
    assert many <= few + 2
    assert many < 40


def _queries(client: Client, device: Device, tab: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        page(client, device, tab)
    return len(queries)
