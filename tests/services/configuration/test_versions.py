"""Which version of its configuration a gateway is sent, and what it says of it."""

from __future__ import annotations

import pytest
from django.utils import timezone

from devices.configuration import configuration_for, note_configured
from devices.models import Device, DeviceState, GatewayConfiguration, GatewayEvent, ModbusConnection
from devices.registry import save_connection

pytestmark = pytest.mark.django_db


def newest(gateway: Device) -> GatewayConfiguration:
    found = gateway.configurations.first()
    assert found is not None
    return found


def test_a_gateway_gets_the_newest_version_unless_it_runs_it(
    gateway: Device, line: ModbusConnection
) -> None:
    line.host = "10.0.0.8"
    save_connection(connection=line)
    assert configuration_for(gateway_id=gateway.pk, runs=2) is None
    for runs in (0, 1):
        sent = configuration_for(gateway_id=gateway.pk, runs=runs)
        assert sent is not None
        assert sent.version == 2


def test_a_version_from_before_a_restore_is_outnumbered(
    gateway: Device, line: ModbusConnection
) -> None:
    sent = configuration_for(gateway_id=gateway.pk, runs=41)
    assert sent is not None
    assert (sent.version, sent.packed) == (42, gateway.configurations.get(version=1).packed)
    assert configuration_for(gateway_id=gateway.pk, runs=42) is None
    line.host = "10.0.0.9"
    save_connection(connection=line)
    assert newest(gateway).version == 43


def test_a_version_beyond_all_numbers_is_answered_with_the_newest(
    gateway: Device, line: ModbusConnection
) -> None:
    sent = configuration_for(gateway_id=gateway.pk, runs=2**53 - 1)
    assert sent is not None
    assert sent.version == 1
    note_configured(gateway_id=gateway.pk, version=2**53 - 1, mistakes=[])


def test_a_version_that_was_refused_and_then_runs_has_no_mistakes_left(
    gateway: Device, line: ModbusConnection
) -> None:
    DeviceState.objects.create(device=gateway)
    note_configured(gateway_id=gateway.pk, version=1, mistakes=["no such port"])
    assert newest(gateway).mistakes == ["no such port"]
    assert newest(gateway).running_since is None
    note_configured(gateway_id=gateway.pk, version=1, mistakes=[])
    row = newest(gateway)
    assert (row.mistakes, row.refused_at) == ([], None)
    assert row.running_since is not None
    assert row.running_since <= timezone.now()
    assert DeviceState.objects.get(device=gateway).config_version == 1


def test_a_version_that_we_do_not_know_is_not_noted(
    gateway: Device, line: ModbusConnection
) -> None:
    DeviceState.objects.create(device=gateway)
    note_configured(gateway_id=gateway.pk, version=9, mistakes=[])
    assert DeviceState.objects.get(device=gateway).config_version is None


def test_what_became_of_a_version_is_told_once(gateway: Device, line: ModbusConnection) -> None:
    for _ in range(3):
        note_configured(gateway_id=gateway.pk, version=1, mistakes=["no such port"])
    for _ in range(3):
        note_configured(gateway_id=gateway.pk, version=1, mistakes=[])
    events = GatewayEvent.objects.filter(gateway=gateway).order_by("pk")
    assert list(events.values_list("kind", "detail")) == [
        ("configuration.refused", "version 1: no such port"),
        ("configuration.running", "version 1"),
    ]
