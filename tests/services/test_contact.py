"""When a device could be heard of: behind a gateway, by itself, or by posts alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from pytest_django.fixtures import Settings

from devices.contact import WIDTH, Contact, Strip, contact_of
from devices.models import Connection, Device, DeviceState, GatewayEvent, Latest, Site, Tag

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 8, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def gateway() -> Device:
    site = Site.objects.create(slug="east", name="East works")
    return Device.objects.create(uid="GW-1", name="Gateway", site=site)


@pytest.fixture
def pump(gateway: Device) -> Device:
    """Return a device that has been behind the gateway for ten days."""
    pump = Device.objects.create(uid="PUMP-1", name="Pump", site=gateway.site, via=gateway)
    Device.objects.filter(pk=pump.pk).update(created_at=NOW - timedelta(days=10))
    pump.refresh_from_db()
    return pump


def connected(device: Device, begin: timedelta, end: timedelta | None, code: int = 1006) -> None:
    """Note a connection, from so long before now until so long before now (None: still open)."""
    Connection.objects.create(
        session=uuid4(),
        device=device,
        opened_at=NOW - begin,
        last_seen_at=NOW - (end or timedelta(seconds=10)),
        closed_at=NOW - end if end is not None else None,
        close_code=code if end is not None else None,
    )
    DeviceState.objects.update_or_create(device=device, defaults={"connected": end is None})


def told(device: Device, ago: timedelta, kind: str, detail: str = "") -> None:
    at = NOW - ago
    GatewayEvent.objects.create(
        gateway=device.via, device=device, kind=kind, detail=detail, at=at, received_at=at
    )


def strip(contact: Contact, name: str) -> Strip:
    return next(each for each in contact.strips if each.name == name)


def test_a_device_that_never_connected_has_no_availability(gateway: Device, pump: Device) -> None:
    for device in (gateway, pump):
        contact = contact_of(device, NOW)
        assert contact.since is None
        assert [each.share for each in contact.strips] == [None, None, None]
        assert strip(contact, "day").unknown == WIDTH
        assert contact.outages == []


def test_availability_counts_from_the_first_connection_and_names_why_one_ended(
    gateway: Device,
) -> None:
    connected(gateway, 8 * HOUR, 6 * HOUR, code=4408)
    connected(gateway, 4 * HOUR, None)
    contact = contact_of(gateway, NOW)
    assert contact.since == NOW - 8 * HOUR
    assert [each.share for each in contact.strips] == [0.75, 0.75, 0.75]
    (outage,) = contact.outages
    assert (outage.begin, outage.end) == (NOW - 6 * HOUR, NOW - 4 * HOUR)
    assert (outage.code, outage.detail) == (4408, "")


def test_an_outage_that_lasts_has_no_end(gateway: Device) -> None:
    connected(gateway, 24 * HOUR, 6 * HOUR)
    contact = contact_of(gateway, NOW)
    assert contact.outages[0].end is None
    assert strip(contact, "day").share == 0.75


def test_a_strip_shows_where_outages_lie_and_what_is_not_known(gateway: Device) -> None:
    connected(gateway, 12 * HOUR, 6 * HOUR)
    connected(gateway, 3 * HOUR, None)
    day = strip(contact_of(gateway, NOW), "day")
    assert day.unknown == 500
    assert [(piece.x, piece.width) for piece in day.pieces] == [(750.0, 125.0)]


def test_an_outage_of_a_moment_can_still_be_seen(gateway: Device) -> None:
    connected(gateway, 20 * HOUR, 10 * HOUR)
    connected(gateway, 10 * HOUR - timedelta(seconds=1), None)
    month = strip(contact_of(gateway, NOW), "month")
    assert month.outages == 1
    assert month.pieces[0].width == 2.0


def test_what_is_behind_a_gateway_is_away_while_it_does_not_answer_and_while_the_gateway_is(
    gateway: Device, pump: Device
) -> None:
    connected(gateway, timedelta(days=9), 12 * HOUR)
    connected(gateway, 11 * HOUR, None)
    told(pump, timedelta(days=8), "device.up")
    told(pump, 5 * HOUR, "device.down", "COMM_FAILURE")
    told(pump, 3 * HOUR, "device.up")
    contact = contact_of(pump, NOW)
    assert contact.since == NOW - timedelta(days=8)
    assert [(out.begin, out.end, out.detail) for out in contact.outages] == [
        (NOW - 5 * HOUR, NOW - 3 * HOUR, "COMM_FAILURE"),
        (NOW - 12 * HOUR, NOW - 11 * HOUR, "gateway"),
    ]
    assert strip(contact, "day").share == pytest.approx(21 / 24)


def test_what_happens_at_once_is_not_counted_twice(gateway: Device, pump: Device) -> None:
    connected(gateway, timedelta(days=9), 12 * HOUR)
    connected(gateway, 6 * HOUR, None)
    told(pump, timedelta(days=8), "device.up")
    told(pump, 9 * HOUR, "device.down", "COMM_FAILURE")
    told(pump, 3 * HOUR, "device.up")
    day = strip(contact_of(pump, NOW), "day")
    assert day.share == pytest.approx(15 / 24)
    assert day.outages == 1


def test_who_did_not_answer_when_the_known_time_began_is_away_until_it_answers(
    gateway: Device, pump: Device, settings: Settings
) -> None:
    settings.READINGS_KEEP_DAYS = 2
    connected(gateway, timedelta(days=9), None)
    told(pump, timedelta(days=3), "device.down", "COMM_FAILURE")
    told(pump, 36 * HOUR, "device.up")
    contact = contact_of(pump, NOW)
    assert contact.since == NOW - timedelta(days=2)
    assert [(out.begin, out.end) for out in contact.outages] == [
        (NOW - timedelta(days=2), NOW - 36 * HOUR)
    ]


def test_a_camera_without_a_picture_is_away_and_one_with_a_bad_picture_is_not(
    gateway: Device, pump: Device
) -> None:
    connected(gateway, timedelta(days=9), None)
    told(pump, 24 * HOUR, "camera.state", "live")
    told(pump, 12 * HOUR, "camera.state", "dark")
    told(pump, 6 * HOUR, "camera.state", "lost: no answer")
    told(pump, 5 * HOUR, "camera.state", "connecting")
    told(pump, 4 * HOUR, "camera.state", "live")
    contact = contact_of(pump, NOW)
    assert [(out.begin, out.end, out.detail) for out in contact.outages] == [
        (NOW - 6 * HOUR, NOW - 4 * HOUR, "NOT_CONNECTED")
    ]


def test_nothing_is_known_of_a_device_that_its_gateway_never_reached(
    gateway: Device, pump: Device
) -> None:
    connected(gateway, timedelta(days=9), None)
    assert contact_of(pump, NOW).since is None
    tag = Tag.objects.create(device=pump, name="temperature")
    Latest.objects.create(tag=tag, source_time=NOW, received_time=NOW, value=1.0, quality=192)
    assert contact_of(pump, NOW).since == NOW - timedelta(days=9)
