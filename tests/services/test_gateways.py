"""What is told of gateways, and what is counted for them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from devices.gateways import gateways_of, report, reports
from devices.ledgers import ledger_of
from devices.models import (
    Connection,
    Device,
    DeviceState,
    Gap,
    GatewayEvent,
    ModbusConnection,
    Position,
    Quarantined,
    Site,
    Tag,
)
from devices.registry import issue_token

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 8, 12, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def site() -> Site:
    return Site.objects.create(slug="east", name="East works")


@pytest.fixture
def gateway(site: Site) -> Device:
    gateway = Device.objects.create(uid="GW-1", name="Gateway", site=site)
    Device.objects.create(uid="PUMP-1", name="Pump", site=site, via=gateway)
    return gateway


def uids(site: Site) -> list[str]:
    return [device.uid for device in gateways_of(site_id=site.pk)]


def connected(gateway: Device, begin: timedelta, end: timedelta | None) -> None:
    """Note a connection, from so long before now until so long before now (None: still open)."""
    Connection.objects.create(
        session=uuid4(),
        device=gateway,
        opened_at=NOW - begin,
        last_seen_at=NOW - (end or timedelta(seconds=10)),
        closed_at=NOW - end if end is not None else None,
    )


# ---------------------------------------------------------------- which devices are gateways


def test_who_speaks_for_others_reads_others_or_was_connected_is_a_gateway(site: Site) -> None:
    speaker, reader, talker = (
        Device.objects.create(uid=uid, name=uid, site=site) for uid in ("A", "B", "C")
    )
    Device.objects.create(uid="X", name="Pump", site=site, via=speaker)
    ModbusConnection.objects.create(gateway=reader, name="line", host="10.0.0.5")
    connected(talker, HOUR, None)
    assert uids(site) == ["A", "B", "C"]


def test_a_new_gateway_is_listed_once_it_has_a_token(site: Site) -> None:
    device = Device.objects.create(uid="GW-9", name="New", site=site)
    assert uids(site) == []
    issue_token(device=device)
    assert uids(site) == ["GW-9"]


def test_a_device_that_only_posts_its_own_readings_is_no_gateway(site: Site) -> None:
    device = Device.objects.create(uid="METER", name="Meter", site=site)
    Tag.objects.create(device=device, name="energy")
    issue_token(device=device)
    assert uids(site) == []


def test_a_list_costs_a_fixed_number_of_queries_while_its_ledgers_are_kept(
    site: Site, django_assert_num_queries: object
) -> None:
    assert callable(django_assert_num_queries)
    for i in range(20):
        gateway = Device.objects.create(uid=f"GW-{i}", name="Gateway", site=site)
        Device.objects.create(uid=f"D-{i}", name="Pump", site=site, via=gateway)
    ledgers: dict[int, dict[str, object]] = {}
    assert len(reports(site_id=site.pk, now=NOW, ledgers=ledgers)) == 20
    with django_assert_num_queries(2):
        reports(site_id=site.pk, now=NOW, ledgers=ledgers)


# ---------------------------------------------------------------- what it told


def test_a_gateway_that_never_said_anything_has_nothing_to_tell(gateway: Device) -> None:
    told = report(gateway_id=gateway.pk, now=NOW, ledgers={})
    assert told is not None
    assert (told["told"], told["skew"], told["waiting"], told["config"]["newest"]) == (
        *(None, None, 0),
        None,
    )
    assert (told["ledger"]["day"], told["ledger"]["stored"], told["ledger"]["holes"]) == (
        None,
        0,
        0,
    )
    assert [row["told"] for row in told["devices"]] == [None]


def test_what_does_not_exist_has_no_report() -> None:
    assert report(gateway_id=4711, now=NOW, ledgers={}) is None


# ---------------------------------------------------------------- availability


def test_availability_counts_from_the_first_connection(gateway: Device) -> None:
    connected(gateway, 4 * HOUR, 3 * HOUR)
    ledger = ledger_of(gateway, NOW)
    assert (ledger["day"], ledger["week"]) == (0.25, 0.25)


def test_an_open_connection_counts_until_now(gateway: Device) -> None:
    connected(gateway, 4 * HOUR, 2 * HOUR)
    connected(gateway, HOUR, None)
    DeviceState.objects.create(device=gateway, connected=True)
    assert ledger_of(gateway, NOW)["day"] == 0.75


def test_a_connection_that_was_given_up_counts_until_it_was_last_heard(gateway: Device) -> None:
    connected(gateway, 4 * HOUR, None)
    Connection.objects.update(last_seen_at=NOW - 3 * HOUR)
    DeviceState.objects.create(device=gateway, connected=False)
    assert ledger_of(gateway, NOW)["day"] == 0.25


def test_the_strip_shows_when_there_was_a_connection_and_what_is_not_known(gateway: Device) -> None:
    connected(gateway, timedelta(minutes=100), timedelta(minutes=55))  # 10:30 to 11:15
    connected(gateway, timedelta(minutes=10), timedelta(minutes=5))  # 12:00 to 12:05
    strip = ledger_of(gateway, NOW)["strips"]["day"]
    assert len(strip["shares"]) == 48
    assert strip["shares"][:44] == [None] * 44
    assert strip["shares"][44:] == [1.0, 0.5, 0.0, 0.5]  # the last one is ten minutes old
    last = datetime.fromtimestamp((strip["from"] + 47 * strip["step"]) / 1000, UTC)
    assert last == NOW.replace(minute=0)


# ---------------------------------------------------------------- every reading accounted for


def test_frames_that_were_dropped_with_a_record_are_accounted_for(gateway: Device) -> None:
    Position.objects.create(device=gateway, epoch="e1", stream="live", last=100)
    for first, last in ((11, 20), (31, 31)):
        Gap.objects.create(
            device=gateway,
            epoch="e1",
            stream="live",
            seq_from=first,
            seq_to=last,
            first_at=NOW,
            last_at=NOW,
            readings=50,
            reason="quota",
            received_at=NOW,
        )
    Quarantined.objects.create(
        device=gateway, stream="live", seq=5, i=0, code="unknown_tag", raw="1", received_at=NOW
    )
    ledger = ledger_of(gateway, NOW)
    counted = {name: ledger[name] for name in ("stored", "dropped", "lost", "holes", "gap_count")}
    assert counted == {"stored": 89, "dropped": 11, "lost": 100, "holes": 0, "gap_count": 2}
    assert (ledger["codes"], ledger["reasons"]) == ({"unknown_tag": 1}, {"quota": 100})


def test_an_event_that_is_missing_is_a_hole_while_events_are_kept(gateway: Device) -> None:
    Position.objects.create(device=gateway, epoch="e1", stream="events", last=2)
    GatewayEvent.objects.create(gateway=gateway, kind="gateway.started", at=NOW, received_at=NOW)
    now = gateway.created_at + HOUR
    assert ledger_of(gateway, now)["holes"] == 1
    # later, events of its first days are given up, and their absence says nothing
    assert ledger_of(gateway, now + timedelta(days=4000))["holes"] == 0
