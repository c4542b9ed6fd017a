"""The front page of the administration: what needs somebody now, and what is done most."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from admin_pages import connect, member, text_of
from django.test import Client
from django.utils import timezone

from devices.enrolment import create_code, enrol
from devices.models import Device, DeviceState, Enrolment, Role, Site
from devices.registry import issue_token

pytestmark = pytest.mark.django_db
ALL_WELL = "Every device that has ever connected is connected."
NONE_WAITS = "None waits."
TOKENLESS = "These have no token that is accepted:"


def front(client: Client) -> str:
    """Return the part of the front page that is ours, without what only looks."""
    text = text_of(client.get("/admin/"))
    part = text[text.index('<div class="front">') : text.index('<div id="content-main">')]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", part))


def gone(device: Device, hours: float) -> None:
    """Have been connected, and not be any more."""
    at = timezone.now() - timedelta(hours=hours)
    DeviceState.objects.update_or_create(
        device=device, defaults={"connected": False, "changed_at": at, "last_seen_at": at}
    )


def waiting(site: Site, uid: str) -> Enrolment:
    """Let a gateway come with a code, and wait."""
    enrolment, code = create_code(site=site, by=None, uid=uid)
    enrol(code=code, uid="", agent="x", remote="192.0.2.8")
    return enrolment


def test_a_plant_in_which_nothing_is_wrong_says_so(admin: Client, gateway: Device) -> None:
    connect(gateway)
    text = front(admin)
    assert ALL_WELL in text
    assert NONE_WAITS in text
    assert TOKENLESS not in text


def test_what_is_offline_is_listed_with_since_when_and_what_it_takes_along(
    admin: Client, gateway: Device, pump: Device
) -> None:
    gone(gateway, hours=2)
    DeviceState.objects.create(device=pump, link_event_at=timezone.now() - timedelta(hours=3))
    page = text_of(admin.get("/admin/"))
    assert '<a href="/devices/GW-1/">' in page
    assert '<a href="/devices/PUMP-1/">' not in page
    text = front(admin)
    assert re.search(r"Offline now 2 Gateway GW-1 offline · and 1 device behind it", text)
    assert re.search(r"since \d{4}-\d\d-\d\d \d\d:\d\d \(2:00:\d\d\)", text)


def test_a_device_of_a_gateway_that_is_switched_off_stands_for_itself(
    admin: Client, gateway: Device, pump: Device
) -> None:
    gone(gateway, hours=2)
    Device.objects.filter(pk=gateway.pk).update(enabled=False)
    DeviceState.objects.create(device=pump, link_event_at=timezone.now())
    assert "Offline now 1 Pump PUMP-1 offline: gateway not connected" in front(admin)


def test_gateways_without_a_token_lead_to_the_page_that_issues_one(
    admin: Client, gateway: Device
) -> None:
    url = f'href="/admin/devices/device/{gateway.pk}/issue-token/"'
    assert TOKENLESS in front(admin)
    assert url in text_of(admin.get("/admin/"))
    credential = issue_token(device=gateway).credential
    assert TOKENLESS not in front(admin)
    credential.revoked_at = timezone.now()
    credential.save()
    assert TOKENLESS in front(admin)


def test_a_gateway_that_waits_is_approved_from_there(admin: Client, site: Site) -> None:
    enrolment = waiting(site, "GW-9")
    url = f"/admin/devices/enrolment/{enrolment.pk}/approve/"
    assert f'action="{url}"' in text_of(admin.get("/admin/"))
    assert "GW-9 East works · 192.0.2.8" in front(admin)
    assert admin.post(url).status_code == 302
    assert NONE_WAITS in front(admin)
    assert Device.objects.get(uid="GW-9").enabled


def test_an_engineer_sees_only_what_is_at_the_own_site(
    admin: Client, gateway: Device, site: Site
) -> None:
    other = Site.objects.create(slug="west", name="West works")
    for place, uid in ((site, "GW-E"), (other, "GW-W")):
        device = Device.objects.create(uid=uid, name=f"Box {uid}", site=place)
        gone(device, hours=1)
        waiting(place, f"{uid}-NEW")
    engineer = member(site, Role.ENGINEER)
    assert "Box GW-E" in front(engineer)
    assert "GW-E-NEW" in front(engineer)
    assert "GW-W" not in front(engineer)
    assert "GW-W" in front(admin)


def test_everything_it_leads_to_is_there(admin: Client, gateway: Device, site: Site) -> None:
    gone(gateway, hours=1)
    waiting(site, "GW-9")
    page = text_of(admin.get("/admin/"))
    part = page[page.index('<div class="front">') : page.index('<div id="content-main">')]
    links = re.findall(r'href="([^"]+)"', part)
    assert len(links) >= 8
    assert {link: admin.get(link).status_code for link in links} == dict.fromkeys(links, 200)


def test_the_administration_leads_to_the_pages_that_all_others_lead_to(
    admin: Client, site: Site
) -> None:
    def led(path: str) -> list[str]:
        nav = text_of(admin.get(path)).partition("<nav")[2].partition("</nav>")[0]
        return re.findall(r'href="([^"?]+)', nav)

    assert led("/admin/") == led("/")
