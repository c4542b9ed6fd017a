"""The administration says what the pages say: words for codes, one way of writing moments."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from admin_pages import connect, member, text_of
from django.test import Client

from alarms.site_rules import fit_site_rules
from devices.models import Connection, Device, GatewayEvent, Role, Site

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 28, 0, 58, 3, tzinfo=UTC)


def test_events_and_reasons_are_written_in_words(admin: Client, gateway: Device) -> None:
    GatewayEvent.objects.create(
        gateway=gateway, kind="device.down", detail="NOT_CONNECTED", at=AT, received_at=AT
    )
    page = text_of(admin.get("/admin/devices/gatewayevent/"))
    assert "does not answer" in page
    assert "not connected" in page
    assert "NOT_CONNECTED" not in page
    assert ">device.down<" not in page
    chosen = text_of(admin.get("/admin/devices/gatewayevent/?kind=device.up"))
    assert "0 gateway events" in chosen


def test_the_audit_trail_names_things_and_not_tables(admin: Client, meter: Device) -> None:
    page = text_of(admin.get("/admin/devices/auditentry/"))
    assert "Modbus connection" in page
    assert ">modbusconnection<" not in page
    assert ">create<" not in page


def test_lists_are_narrowed_by_what_a_missing_moment_means(admin: Client, gateway: Device) -> None:
    connect(gateway)
    for url in ("/admin/devices/connection/", "/admin/devices/connection/?_facets=True"):
        page = text_of(admin.get(url))
        assert "still open" in page
        assert "Not empty" not in page
    closed = text_of(admin.get("/admin/devices/connection/?closed_at__isempty=0"))
    assert "0 connections" in closed


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_moment_has_24_hours_and_seconds_in_the_named_zone_of_the_plant(
    gateway: Device, site: Site, language: str
) -> None:
    Site.objects.filter(pk=site.pk).update(time_zone="Asia/Kolkata")
    connect(gateway)
    Connection.objects.update(opened_at=AT, last_seen_at=AT + timedelta(seconds=1))
    client = member(site, Role.ENGINEER)
    page = text_of(client.get("/admin/devices/connection/", headers={"Accept-Language": language}))
    assert re.search(r"2026-11-28 06:28:03", page)
    assert re.search(r"2026-11-28 06:28:04", page)
    assert "Asia/Kolkata" in page


def test_rules_that_nobody_named_are_listed_in_the_language_of_the_page(site: Site) -> None:
    fit_site_rules([site.pk])
    client = member(site, Role.ENGINEER)
    page = text_of(client.get("/admin/alarms/rule/", headers={"Accept-Language": "zh-hans"}))
    assert ">设备离线</a>" in page
    assert "以 origin" not in page
