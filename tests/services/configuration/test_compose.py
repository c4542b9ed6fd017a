"""What a gateway is to read: from the registry to numbered versions."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction

from devices.configuration import (
    KEPT_VERSIONS,
    compose,
    one_version,
    refresh_configuration,
)
from devices.models import Device, GatewayConfiguration, ModbusConnection, Tag
from devices.registry import (
    clone_device,
    delete_connection,
    delete_device,
    move_device,
    save_connection,
    save_device,
    save_tags,
    set_enabled,
)
from edge.wire.configuration import Document, pack, unpack

pytestmark = pytest.mark.django_db

POINT = {"address": 10, "type": "float32", "order": "CDAB"}


def meter_on(line: ModbusConnection, uid: str = "METER-1", **fields: object) -> Device:
    device = Device(
        uid=uid, name="Meter", site=line.gateway.site, via=line.gateway, modbus=line, **fields
    )
    save_device(device=device)
    return device


def add_tag(device: Device, name: str = "flow", **fields: object) -> Tag:
    tag = Tag(device=device, name=name, **{"point": POINT} | fields)
    save_tags(device=device, tags=[tag])
    return tag


def newest(gateway: Device) -> GatewayConfiguration:
    found = gateway.configurations.first()
    assert found is not None
    return found


def document_of(gateway: Device) -> Document:
    return unpack(newest(gateway).packed, gateway.uid)


def test_a_document_holds_connections_devices_and_resolved_points(
    gateway: Device, line: ModbusConnection
) -> None:
    meter = meter_on(line, unit_id=7, area="Hall 2")
    add_tag(meter, unit="m³/h", decimals=3, scan_ms=500, silence_ms=5000, deadband=0.5)
    document = document_of(gateway)
    (connection,), (device,) = document.connections, document.devices
    assert (connection.name, connection.kind, connection.host) == ("line-1", "tcp", "10.0.0.7")
    assert (device.uid, device.unit, device.area) == ("METER-1", 7, "Hall 2")
    (point,) = device.tags
    assert (point.name, point.address, point.type, point.order) == ("flow", 10, "float32", "CDAB")
    assert (point.unit, point.decimals, point.scan_ms, point.deadband) == ("m³/h", 3, 500, 0.5)


def test_a_serial_line_and_a_tls_connection_are_composed_with_their_settings(
    gateway: Device,
) -> None:
    kinds = ModbusConnection.Kind
    rtu = ModbusConnection(gateway=gateway, name="serial", kind=kinds.RTU, parity="E", baud=19200)
    rtu.serial_port = "/dev/ttyUSB0"
    tls = ModbusConnection(gateway=gateway, name="tls", kind=kinds.TLS, host="plc", port=802)
    tls.server_name = "plc.example"
    for connection in (rtu, tls):
        save_connection(connection=connection)
    serial, secure = document_of(gateway).connections
    assert serial.serial is not None
    assert (serial.serial.port, serial.serial.parity, serial.serial.baud) == (
        *("/dev/ttyUSB0", "E"),
        19200,
    )
    assert (secure.host, secure.port, secure.server_name) == ("plc", 802, "plc.example")


def test_the_same_registry_always_gives_the_same_text(
    gateway: Device, line: ModbusConnection
) -> None:
    for unit, uid in enumerate(("b", "A", "a-1", "_", "Ä".encode().hex())):
        add_tag(meter_on(line, uid, unit_id=unit))
    assert pack(compose(gateway)) == pack(compose(Device.objects.get(pk=gateway.pk)))
    assert refresh_configuration(gateway_id=gateway.pk) is None
    uids = [device.uid for device in compose(gateway).devices]
    assert uids == sorted(uids)


def test_every_change_of_what_is_read_makes_the_next_version(
    gateway: Device, line: ModbusConnection
) -> None:
    versions = [newest(gateway).version]

    def note() -> None:
        versions.append(newest(gateway).version)

    meter = meter_on(line)
    note()
    tag = add_tag(meter)
    note()
    tag.scan_ms = 2000
    save_tags(device=meter, tags=[tag])
    note()
    line.host = "10.0.0.8"
    save_connection(connection=line)
    note()
    clone_device(device=meter, uid="METER-2", name="Twin", unit_id=2)
    note()
    set_enabled(device=meter, enabled=False)
    note()
    delete_device(device=meter)  # is not read any more already
    assert versions == [1, 2, 3, 4, 5, 6, 7]
    assert newest(gateway).version == 7


def test_a_change_of_what_only_people_see_makes_no_version(
    gateway: Device, line: ModbusConnection
) -> None:
    meter = meter_on(line)
    tag = add_tag(meter)
    before = newest(gateway).version
    tag.position, tag.pinned = 3, True
    save_tags(device=meter, tags=[tag])
    meter.line = "Line 4"
    save_device(device=meter)
    assert newest(gateway).version == before


def test_a_gateway_without_connections_has_no_configuration(gateway: Device) -> None:
    save_device(device=Device(uid="PUMP", name="Pump", site=gateway.site, via=gateway))
    assert not GatewayConfiguration.objects.exists()


def test_a_disabled_device_and_a_tag_that_is_not_read_are_left_out(
    gateway: Device, line: ModbusConnection
) -> None:
    meter = meter_on(line)
    add_tag(meter)
    add_tag(meter, "idle", read=False, point={})
    set_enabled(device=meter_on(line, "OFF", unit_id=2), enabled=False)
    (device,) = document_of(gateway).devices
    assert [tag.name for tag in device.tags] == ["flow"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"point": {}}, "no register is known"),
        (
            {"point": {"address": 70000, "type": "int16"}},
            "address: a whole number is expected, at most 65535",
        ),
        ({"point": {"address": 1, "type": "int12"}}, "type: 'int12' is not one of bool"),
        (
            {"point": {"address": 1, "type": "int16", "adress": 1}},
            "adress: is not a setting; did you mean address?",
        ),
        ({"point": [1]}, "no register is known"),
        ({"scan_ms": 5000, "silence_ms": 100}, "silence_ms: must not be shorter than scan_ms"),
        ({"low": 5.0, "high": 1.0}, "limits must rise"),
        ({"decimals": 12}, "decimals: a whole number is expected, at most 9"),
        ({"point": POINT | {"scale_from": "exponent"}}, "there is no tag exponent"),
    ],
)
def test_a_tag_that_no_gateway_could_read_is_refused_in_plain_words(
    gateway: Device, line: ModbusConnection, fields: dict[str, object], said: str
) -> None:
    meter = meter_on(line)
    before = newest(gateway).version
    with pytest.raises(ValidationError) as refused, transaction.atomic():
        add_tag(meter, **fields)
    assert said in "\n".join(refused.value.messages)
    assert "flow" in "\n".join(refused.value.messages)
    assert newest(gateway).version == before
    assert not meter.tags.exists()


def test_a_connection_that_no_gateway_could_use_is_refused(line: ModbusConnection) -> None:
    line.host = ""
    with pytest.raises(ValidationError) as refused:
        save_connection(connection=line)
    assert refused.value.message_dict == {"host": ["connection line-1: host: is missing"]}


def test_a_connection_that_devices_need_cannot_be_deleted(
    gateway: Device, line: ModbusConnection
) -> None:
    meter = meter_on(line)
    with pytest.raises(ValidationError, match="METER-1"):
        delete_connection(connection=line)
    delete_device(device=meter)
    delete_connection(connection=line)
    assert document_of(gateway) == Document()


def test_a_device_is_read_only_through_a_connection_of_its_gateway(
    gateway: Device, line: ModbusConnection
) -> None:
    other = Device.objects.create(uid="GW-OTHER", name="Other", site=gateway.site)
    stray = Device(uid="STRAY", name="Stray", site=gateway.site, via=other, modbus=line)
    with pytest.raises(ValidationError, match="another gateway"):
        save_device(device=stray)


def test_a_device_that_moves_leaves_one_configuration_and_enters_the_other(
    gateway: Device, line: ModbusConnection
) -> None:
    other = Device.objects.create(uid="GW-OTHER", name="Other", site=gateway.site)
    there = ModbusConnection(gateway=other, name="line-1", host="10.0.0.9")
    save_connection(connection=there)
    meter = meter_on(line)
    add_tag(meter)
    move_device(device=meter, connection=there, unit_id=3)
    assert document_of(gateway).devices == []
    assert [(each.uid, each.unit) for each in document_of(other).devices] == [("METER-1", 3)]


def test_two_devices_are_not_read_at_one_unit_of_a_connection(line: ModbusConnection) -> None:
    first = meter_on(line, unit_id=3)
    with pytest.raises(ValidationError, match="METER-1 is read at unit 3") as refused:
        meter_on(line, "METER-2", unit_id=3)
    assert list(refused.value.message_dict) == ["unit_id"]
    with pytest.raises(ValidationError, match="METER-1 is read at unit 3"):
        clone_device(device=first, uid="METER-2", name="Twin", unit_id=3)
    assert Device.objects.filter(modbus=line).get() == first


def test_a_disabled_device_leaves_its_unit_to_its_successor(line: ModbusConnection) -> None:
    old = meter_on(line, unit_id=3)
    set_enabled(device=old, enabled=False)
    meter_on(line, "METER-2", unit_id=3)
    with pytest.raises(ValidationError, match="METER-2 is read at unit 3"):
        set_enabled(device=old, enabled=True)


def test_a_device_is_reached_via_the_gateway_of_the_connection_that_it_gets(
    gateway: Device, line: ModbusConnection
) -> None:
    meter = Device(uid="METER-1", name="Meter", site=gateway.site, modbus=line)
    save_device(device=meter)
    assert meter.via == gateway
    meter.via = None
    with pytest.raises(ValidationError, match="so it is reached via that") as refused:
        save_device(device=meter)
    assert list(refused.value.message_dict) == ["via"]


def test_many_changes_at_once_make_one_version(gateway: Device, line: ModbusConnection) -> None:
    before = newest(gateway).version
    with transaction.atomic(), one_version():
        for number in range(20):
            add_tag(meter_on(line, f"METER-{number}", unit_id=number))
    assert newest(gateway).version == before + 1
    assert len(document_of(gateway).devices) == 20


def test_many_changes_at_once_are_refused_together(gateway: Device, line: ModbusConnection) -> None:
    meter = meter_on(line)
    tags = [Tag(device=meter, name=name) for name in ("a", "b")]
    with pytest.raises(ValidationError) as refused, transaction.atomic(), one_version():
        save_tags(device=meter, tags=tags)
    assert len(refused.value.messages) == 2
    assert not meter.tags.exists()


def test_old_versions_are_dropped(gateway: Device, line: ModbusConnection) -> None:
    for number in range(KEPT_VERSIONS + 5):
        line.host = f"10.0.1.{number}"
        save_connection(connection=line)
    assert gateway.configurations.count() == KEPT_VERSIONS
