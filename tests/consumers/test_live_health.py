"""Reports on gateways on an open page: the whole, then the whole again whenever it says more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from gateway_peer import Gateway
from live_page import Message, OpenPage, Page, Plant
from outage import Database

from devices.configuration import note_configured
from devices.models import Connection, Device, DeviceHealth, DeviceState, Gap, ModbusConnection
from devices.registry import issue_token, save_connection
from edge import wire
from realtime import reporting
from realtime.database import in_database

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def health(plant: Plant) -> str:
    return f"health:{plant.gateway.pk}"


@pytest.fixture
def gateways(plant: Plant) -> str:
    return f"gateways:{plant.site.pk}"


def connected(plant: Plant, hours: float, *, since_h: float) -> None:
    """Note a connection that began some hours ago and lasted."""
    begun = datetime.now(UTC) - timedelta(hours=since_h)
    ended = begun + timedelta(hours=hours)
    Connection.objects.create(
        session=uuid4(), device=plant.gateway, opened_at=begun, last_seen_at=ended, closed_at=ended
    )


def told(**state: object) -> None:
    DeviceState.objects.filter(device__uid="GW-1").update(**state)


async def next_report(page: Page, channel: str) -> Message:
    return await page.expect(lambda m: m.get("ch") == channel)


async def test_a_gateway_page_begins_with_the_whole_report(
    plant: Plant, page: Page, health: str
) -> None:
    await in_database(connected, plant, 6.0, since_h=24.0)
    await in_database(told, waiting=7, skew_ms=-40, agent="sentinel-edge 1")

    snap = await page.subscribe(health)

    report = snap["d"]
    assert snap["t"] == "snap"
    assert (report["uid"], report["waiting"], report["skew"]) == ("GW-1", 7, -40)
    assert [row["uid"] for row in report["devices"]] == ["PUMP-1"]
    assert report["ledger"]["day"] == pytest.approx(0.25, abs=0.001)
    assert len(report["connections"]) == 1


async def test_what_a_gateway_says_of_itself_and_its_devices_reaches_the_page_by_itself(
    plant: Plant, page: Page, health: str
) -> None:
    await page.subscribe(health)
    await in_database(told, waiting=12)
    while (snap := await next_report(page, health))["d"]["waiting"] != 12:
        pass

    def answers() -> None:
        DeviceHealth.objects.create(
            device=plant.pump, at=datetime.now(UTC), requests=90, timeouts=4, error="no answer"
        )

    await in_database(answers)
    while (snap := await next_report(page, health))["d"]["devices"][0]["told"] is None:
        pass
    row = snap["d"]["devices"][0]
    assert (row["requests"], row["timeouts"], row["error"]) == (90, 4, "no answer")


async def test_a_report_that_says_nothing_new_is_not_sent_again(
    plant: Plant, page: Page, health: str
) -> None:
    await page.subscribe(health)
    await in_database(told, waiting=1)
    await next_report(page, health)
    await in_database(told, waiting=2)
    assert (await next_report(page, health))["d"]["waiting"] == 2  # and none like the first between


async def test_the_list_has_a_row_for_every_gateway_of_the_site_and_none_of_another(
    plant: Plant, page: Page, gateways: str
) -> None:
    snap = await page.subscribe(gateways)
    assert [row["uid"] for row in snap["d"]] == ["GW-1"]

    def another() -> None:
        device = Device.objects.create(uid="GW-9", name="New", site=plant.site)
        issue_token(device=device)

    await in_database(another)
    while len((snap := await next_report(page, gateways))["d"]) < 2:
        pass
    assert [row["uid"] for row in snap["d"]] == ["GW-1", "GW-9"]


async def test_what_was_counted_follows_within_seconds(
    plant: Plant, page: Page, health: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reporting, "LEDGER_S", 0.1)
    assert (await page.subscribe(health))["d"]["ledger"]["gap_count"] == 0

    def lose() -> None:
        now = datetime.now(UTC)
        Gap.objects.create(
            device=plant.gateway,
            epoch="e1",
            stream="live",
            seq_from=3,
            seq_to=5,
            first_at=now,
            last_at=now,
            readings=40,
            reason="quota",
            received_at=now,
        )

    await in_database(lose)
    while (snap := await next_report(page, health))["d"]["ledger"]["gap_count"] != 1:
        pass
    assert snap["d"]["ledger"]["gaps"][0]["reason"] == "quota"
    assert snap["d"]["ledger"]["reasons"] == {"quota": 40}


async def test_a_refused_configuration_is_shown_with_its_mistakes(
    plant: Plant, page: Page, health: str
) -> None:
    def refuse() -> None:
        save_connection(
            connection=ModbusConnection(gateway=plant.gateway, name="line", host="10.0.0.5")
        )
        note_configured(gateway_id=plant.gateway.pk, version=1, mistakes=["no serial port there"])

    await page.subscribe(health)
    await in_database(refuse)
    while (snap := await next_report(page, health))["d"]["config"]["refused"] is None:
        pass
    assert snap["d"]["config"]["mistakes"] == ["no serial port there"]
    assert (snap["d"]["config"]["newest"], snap["d"]["config"]["running"]) == (1, None)


async def test_a_real_gateway_is_accounted_for(plant: Plant, page: Page, health: str) -> None:
    issued = await in_database(lambda: issue_token(device=plant.gateway))
    peer = Gateway(issued.token)
    await peer.greet(tags=[])
    await peer.say(wire.Event(seq=1, at=1, kind="gateway.started", device="GW-1"))
    while (await peer.hear())["type"] != "ack":
        pass

    report = (await page.subscribe(health))["d"]

    last = {each["stream"]: each["last"] for each in report["ledger"]["streams"]}
    assert last == {"events": 1, "live": 0, "history": 0}
    assert (report["ledger"]["holes"], report["ledger"]["stored"]) == (0, 1)
    await peer.disconnect()


@pytest.mark.parametrize("kind", ["health", "gateways"])
async def test_reports_of_a_foreign_site_do_not_exist(plant: Plant, page: Page, kind: str) -> None:
    foreign = plant.foreign_device.pk if kind == "health" else plant.foreign.pk
    assert await page.subscribe(f"{kind}:{foreign}") == {
        "t": "err",
        "ch": f"{kind}:{foreign}",
        "code": "forbidden",
    }


async def test_a_page_that_nobody_sees_gets_no_report_until_it_is_seen_again(
    plant: Plant, open_page: OpenPage, health: str
) -> None:
    hidden, seen = await open_page(), await open_page()
    for page in (hidden, seen):
        await page.subscribe(health)
    await hidden.say(t="vis", hidden=True)
    await in_database(told, waiting=5)
    assert (await next_report(seen, health))["d"]["waiting"] == 5

    await hidden.say(t="sub", ch=plant.devices)
    assert (await hidden.hear())["ch"] == plant.devices
    await hidden.say(t="vis", hidden=False)
    assert (await next_report(hidden, health))["d"]["waiting"] == 5


async def test_two_pages_get_the_same_report(
    plant: Plant, open_page: OpenPage, health: str
) -> None:
    pages = [await open_page(), await open_page()]
    snaps = [await page.subscribe(health) for page in pages]
    assert snaps[0] == snaps[1]
    await in_database(told, waiting=3)
    later = [await next_report(page, health) for page in pages]
    assert later[0] == later[1]
    assert later[0]["d"]["waiting"] == 3


async def test_reports_go_on_after_the_database_was_away(
    plant: Plant, page: Page, health: str, database: Database
) -> None:
    await page.subscribe(health)
    database.cut()
    await in_database(told, waiting=8)
    while (await next_report(page, health))["d"]["waiting"] != 8:
        pass
