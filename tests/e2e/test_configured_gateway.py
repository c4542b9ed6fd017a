"""The real gateway, which knows URL, UID and token, and the real server, which knows the rest."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from configured_ground import (
    SIMULATED,
    Edge,
    Web,
    assign_meter,
    change_tag,
    is_connected,
    latest,
    newest,
    readings,
    runs,
    shows,
)
from django.contrib.auth.models import User
from django.utils import timezone
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from devices.configuration import CONFIGURATION_CHANNEL
from devices.enrolment import approve, create_code
from devices.models import (
    Connection,
    Credential,
    Device,
    DeviceHealth,
    GatewayConfiguration,
)
from devices.rotation import rotate
from devices.states import notify
from edge.sim.launch import RunningPlant
from edge.wire import Close
from edge.wire.configuration import DeviceConfig, Document, pack
from realtime import asking

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_the_registry_assigns_is_read_and_stored_with_the_right_values(
    edge: Edge, gateway: Device, meters: RunningPlant
) -> None:
    edge.until(lambda: is_connected(gateway), "the gateway coming in")
    meter = assign_meter(gateway, meters)
    for tag, value in {"v_l1": 229.5, "v_l2": 230.25, "i_l1": 12.75, "frequency": 50.125}.items():
        meters.set(SIMULATED, tag, value)
        edge.until(lambda t=tag, v=value: latest(meter, t) == v, f"{tag} = {value}")  # type: ignore[misc]
    assert Connection.objects.filter(device=gateway).count() == 1
    edge.until(lambda: newest(gateway).running_since is not None, "the version being noted")


def test_a_changed_tag_is_applied_without_a_restart_and_without_a_new_connection(
    reading: Edge, gateway: Device, meter: Device, meters: RunningPlant
) -> None:
    change_tag(meter, "v_l1", scale=10.0)
    reading.until(lambda: latest(meter, "v_l1") == 2315.0, "the new scale")
    assert Connection.objects.filter(device=gateway).count() == 1
    assert reading.process
    assert reading.process.poll() is None


def test_a_configuration_that_the_gateway_refuses_leaves_the_last_good_one_at_work(
    reading: Edge, gateway: Device, meter: Device, meters: RunningPlant
) -> None:
    good = newest(gateway)
    reading.until(lambda: runs(gateway) == good.version, "the first version running")
    bad = GatewayConfiguration.objects.create(
        gateway=gateway,
        version=good.version + 1,
        packed=pack(Document(devices=[DeviceConfig(uid="METER", connection="nowhere", unit=1)])),
        digest="0" * 64,
    )
    notify(CONFIGURATION_CHANNEL, str(gateway.pk))
    reading.until(lambda: bool(newest(gateway).mistakes), "the refusal")
    assert "nowhere" in str(newest(gateway).mistakes)
    assert runs(gateway) == good.version
    shows(reading, meter, meters, 232.5)
    change_tag(meter, "v_l1", scale=2.0)
    reading.until(lambda: runs(gateway) == bad.version + 1, "the version that mends it")


@pytest.mark.slow  # waits until something is given up: a server, a device
def test_a_gateway_that_finds_no_server_reads_what_it_was_told_last_and_sends_it_later(
    reading: Edge, web: Web, gateway: Device, meter: Device, meters: RunningPlant
) -> None:
    reading.until(lambda: runs(gateway) == newest(gateway).version, "the version running")
    reading.kill()
    web.stop()
    reading.start()
    for volts in (225.5, 226.5):
        meters.set(SIMULATED, "v_l1", volts)
        reading.until(lambda v=volts: f",{v}," in reading.truth.read_text(), "it being spooled")  # type: ignore[misc]
    web.start()
    reading.until(lambda: {225.5, 226.5} <= set(readings(meter, "v_l1")), "what was missed")


def test_a_new_gateway_comes_in_with_a_code_and_an_approval(
    web: Web, gateway: Device, meters: RunningPlant, tmp_path: Path
) -> None:
    edge = Edge(web.socket_url, tmp_path)
    enrolment, code = create_code(site=gateway.site, by=None)
    words = ("--url", web.url, "--allow-insecure", "--code", code, "--uid", "GW-NEW")
    exit_code, said = edge.verb("enrol", *words)
    assert exit_code == 0, said
    assert "waits for approval" in said
    new = Device.objects.get(uid="GW-NEW")
    edge.start()
    with edge.open:
        edge.until(lambda: "disabled" in edge.log.read_text(), "the gateway saying that it waits")
        assert not is_connected(new)
        approve(enrolment=enrolment, by=User.objects.create_user("approver"))
        edge.until(lambda: is_connected(new), "the gateway coming in")
        shows(edge, assign_meter(new, meters), meters, 233.5)
    again, said = edge.verb("enrol", *words)
    assert again == 1
    assert "used" in said


def test_a_rotation_goes_over_the_live_socket_and_the_old_token_ends_after_the_overlap(
    reading: Edge, gateway: Device, meter: Device, meters: RunningPlant
) -> None:
    old = Credential.objects.get(device=gateway)
    rotate(device=gateway)
    new = Credential.objects.get(replaces=old)
    reading.until(lambda: is_used(new), "the new token being shown")
    old.refresh_from_db()
    assert old.expires_at
    reading.until(lambda: bool(old.expires_at and timezone.now() > old.expires_at), "the overlap")
    header = {"Authorization": f"Bearer {reading.token}"}
    with (
        connect(reading.url, additional_headers=header) as socket,
        pytest.raises(ConnectionClosed) as refused,
    ):
        list(socket)  # until it is closed
    assert refused.value.rcvd
    assert refused.value.rcvd.code == Close.UNAUTHORIZED
    shows(reading, meter, meters, 234.5)
    reading.kill()
    reading.token = ""
    reading.start()  # its folder is enough
    shows(reading, meter, meters, 235.5)


def is_used(credential: Credential) -> bool:
    return Credential.objects.filter(pk=credential.pk).exclude(last_used_at=None).exists()


def test_a_probe_of_the_server_is_answered_with_the_registers_of_the_device(
    reading: Edge, gateway: Device
) -> None:
    async def ask() -> list[int]:
        try:
            answer = await asking.probe(
                gateway=gateway, connection="meters", unit=1, table="input", address=0, count=2
            )
            return list(answer.words)
        finally:
            await asking.close()

    assert asyncio.run(ask()) == [0x4367, 0x8000]  # 231.5 as a float32


@pytest.mark.slow  # waits until something is given up: a server, a device
def test_how_a_device_answers_arrives_on_the_server(
    reading: Edge, meter: Device, meters: RunningPlant
) -> None:
    reading.until(lambda: state_of(meter) == "up", "the device being up")
    assert DeviceHealth.objects.get(device=meter).requests > 0
    meters.fault(SIMULATED, "dead")
    reading.until(lambda: state_of(meter) == "down", "the device being down")
    assert "no answer" in DeviceHealth.objects.get(device=meter).error


def state_of(device: Device) -> str:
    health = DeviceHealth.objects.filter(device=device).first()
    return health.state if health else ""


@pytest.mark.slow  # waits until something is given up: a server, a device
def test_check_says_that_all_is_well_and_names_the_device_that_is_dead(
    reading: Edge, meter: Device, meters: RunningPlant
) -> None:
    code, said = reading.verb("check")
    assert (code, said.splitlines()[-1]) == (0, "everything works"), said
    meters.fault(SIMULATED, "dead")
    reading.until(lambda: state_of(meter) == "down", "the device being down")
    code, said = reading.verb("check")
    assert code == 1
    (line,) = [line for line in said.splitlines() if line.startswith("BAD")]
    assert "METER" in line
    assert "no answer" in line
    reading.kill()  # alone it asks the device itself
    code, said = reading.verb("check")
    assert code == 1
    assert "METER: unit 1 on meters" in next(s for s in said.splitlines() if s.startswith("BAD"))
