"""Channels, routes and the delivery log in the administration."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from notify_plant import Bell, mailbox, queued, route
from notify_smtp import MailServer
from pytest_django.fixtures import Settings

from alarms.models import (
    ChannelKind,
    Event,
    Notification,
    NotificationChannel,
    NotificationRoute,
    NotificationState,
)
from alarms.notify.deliver import send_next
from devices.models import AuditEntry, Membership, Role, Site

pytestmark = pytest.mark.django_db
SECRET = "0123456789abcdef0123456789abcdef"
CHANNELS = "/admin/alarms/notificationchannel/"
ROUTES = "/admin/alarms/notificationroute/"
LOG = "/admin/alarms/notification/"


def client_of(site: Site, role: Role) -> Client:
    user = User.objects.create_user(f"{role}-{site.slug}")
    Membership.objects.create(user=user, site=site, role=role)
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def admin(site: Site) -> Client:
    """An administrator of the site."""
    return client_of(site, Role.ADMIN)


@pytest.fixture
def root() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client


def channel_form(site: Site | None, **changes: Any) -> dict[str, Any]:
    fields = {"name": "MES", "kind": "webhook", "enabled": "on", "language": "", "recipients": ""}
    fields |= {"url": "https://hooks.example/x", "secret": SECRET}
    return {**fields, "site": site.pk if site else "", **changes}


def errors_of(answer: HttpResponse) -> str:
    assert answer.status_code == 200, answer
    return answer.content.decode()


def test_a_webhook_is_added_and_its_secret_is_never_shown_again(admin: Client, site: Site) -> None:
    assert admin.post(f"{CHANNELS}add/", channel_form(site)).status_code == 302
    channel = NotificationChannel.objects.get()
    assert (channel.configuration, channel.secret) == ({"url": "https://hooks.example/x"}, SECRET)
    page = errors_of(admin.get(f"{CHANNELS}{channel.pk}/change/"))
    assert "https://hooks.example/x" in page
    assert SECRET not in page
    assert SECRET not in str(list(AuditEntry.objects.values_list("before", "after")))


def test_an_empty_secret_stays_as_it_was_unless_the_kind_changes(admin: Client, site: Site) -> None:
    admin.post(f"{CHANNELS}add/", channel_form(site))
    page = f"{CHANNELS}{NotificationChannel.objects.get().pk}/change/"
    assert admin.post(page, channel_form(site, secret="", name="New")).status_code == 302
    channel = NotificationChannel.objects.get()
    assert (channel.name, channel.secret) == ("New", SECRET)
    form = channel_form(site, secret="", kind=ChannelKind.APPRISE)
    assert "tgram://" in errors_of(admin.post(page, form))


def test_a_change_of_the_secret_alone_is_in_the_audit_trail(admin: Client, site: Site) -> None:
    admin.post(f"{CHANNELS}add/", channel_form(site))
    pk = NotificationChannel.objects.get().pk
    admin.post(f"{CHANNELS}{pk}/change/", channel_form(site, secret=SECRET[::-1]))
    entries = AuditEntry.objects.filter(kind="notificationchannel").order_by("pk")
    assert [entry.action for entry in entries] == ["create", "change"]
    assert list(entries[1].after or {}) == ["secret"]


def test_recipients_are_entered_one_in_each_line(
    admin: Client, site: Site, settings: Settings
) -> None:
    settings.EMAIL_HOST = "mail.test"
    form = channel_form(site, kind="email", recipients="a@plant.test\r\n\r\nb@plant.test")
    assert admin.post(f"{CHANNELS}add/", form).status_code == 302
    channel = NotificationChannel.objects.get()
    assert channel.configuration == {"recipients": ["a@plant.test", "b@plant.test"]}
    assert channel.secret == ""


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"url": "http://hooks.example/"}, "https://"),
        ({"secret": "short"}, "16"),
        ({"kind": "email"}, "addresses"),
        ({"kind": "apprise", "secret": "json://127.0.0.1/"}, "tgram://"),
        ({"language": "tlh"}, "errorlist"),
    ],
    ids=str,
)
def test_what_could_not_be_sent_is_refused_at_its_field(
    admin: Client, site: Site, changes: dict[str, str], text: str
) -> None:
    page = errors_of(admin.post(f"{CHANNELS}add/", channel_form(site, **changes)))
    assert "errorlist" in page
    assert text in page
    assert not NotificationChannel.objects.exists()


def test_only_superusers_make_a_channel_of_all_sites(
    admin: Client, root: Client, site: Site
) -> None:
    assert "errorlist" in errors_of(admin.post(f"{CHANNELS}add/", channel_form(None)))
    assert root.post(f"{CHANNELS}add/", channel_form(None)).status_code == 302
    shared = NotificationChannel.objects.get()
    assert admin.get(f"{CHANNELS}{shared.pk}/change/").status_code == 302  # not there
    form = route_form(site, shared)
    assert admin.post(f"{ROUTES}add/", form).status_code == 302  # but it may be used
    assert NotificationRoute.objects.get().channel == shared


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR, Role.ENGINEER])
def test_only_administrators_of_the_site_see_channels_routes_and_the_log(
    bell: Bell, site: Site, role: Role
) -> None:
    channel = mailbox(site)
    way = route(site, channel)
    bell.announce()
    client = client_of(site, role)
    pages = (f"{CHANNELS}{channel.pk}/", f"{ROUTES}{way.pk}/", f"{LOG}{queued()[0].pk}/")
    assert all(client.get(f"{page}change/").status_code in {302, 403} for page in pages)
    assert client.post(f"{CHANNELS}{channel.pk}/test/").status_code in {302, 404}
    assert len(queued(Event.TEST)) == 0


def test_an_administrator_of_another_site_finds_nothing(bell: Bell, site: Site) -> None:
    channel = mailbox(site)
    route(site, channel)
    bell.announce()
    west = client_of(Site.objects.create(slug="west", name="West"), Role.ADMIN)
    assert "Shift" not in errors_of(west.get(CHANNELS))
    assert "Shift" not in errors_of(west.get(LOG))
    assert west.post(f"{CHANNELS}{channel.pk}/test/").status_code == 404
    assert not queued(Event.TEST)


def route_form(site: Site, channel: NotificationChannel, **changes: Any) -> dict[str, Any]:
    fields = {"site": site.pk, "channel": channel.pk, "enabled": "on", "min_priority": 2}
    fields |= {"areas": "Hall 1\nHall 2", "kinds": ["high", "low"], "labels": "", "schedule": "[]"}
    return {**fields, "delay_s": 0, "repeat_s": "", "also_cleared": "on", **changes}


def test_a_route_is_added(admin: Client, site: Site) -> None:
    assert admin.post(f"{ROUTES}add/", route_form(site, mailbox(site))).status_code == 302
    way = NotificationRoute.objects.get()
    assert (way.areas, way.kinds, way.labels) == (["Hall 1", "Hall 2"], ["high", "low"], [])
    assert (way.min_priority, way.also_cleared, way.repeat_s) == (2, True, None)
    assert "Hall 1" in errors_of(admin.get(f"{ROUTES}{way.pk}/change/"))


@pytest.mark.parametrize(
    "changes",
    [{"schedule": '[{"days": [9]}]'}, {"schedule": "3"}, {"repeat_s": 5}, {"kinds": ["x"]}],
    ids=str,
)
def test_a_route_that_cannot_be_is_refused(
    admin: Client, site: Site, changes: dict[str, Any]
) -> None:
    form = route_form(site, mailbox(site), **changes)
    assert "errorlist" in errors_of(admin.post(f"{ROUTES}add/", form))
    assert not NotificationRoute.objects.exists()


def test_a_route_cannot_use_the_channel_of_another_site(root: Client, site: Site) -> None:
    west = Site.objects.create(slug="west", name="West")
    form = route_form(site, mailbox(west))
    assert "another site" in errors_of(root.post(f"{ROUTES}add/", form))


def test_a_test_is_queued_and_its_way_is_seen_in_the_log(
    admin: Client, site: Site, mail: MailServer
) -> None:
    channel = mailbox(site)
    assert "Send test" in errors_of(admin.get(f"{CHANNELS}{channel.pk}/change/"))
    answer = admin.post(f"{CHANNELS}{channel.pk}/test/", follow=True)
    assert "waiting" in errors_of(answer)
    assert send_next()
    (row,) = queued(Event.TEST)
    assert row.state == NotificationState.SENT
    page = errors_of(admin.get(f"{LOG}{row.pk}/change/"))
    assert "olga@plant.test" in page
    assert "Test: messages of Sentinel arrive here" in page


def test_one_test_is_one_message_and_as_urgent_as_nothing(admin: Client, site: Site) -> None:
    page = errors_of(admin.post(f"{CHANNELS}{mailbox(site).pk}/test/", follow=True))
    assert "1 test message is queued." in page
    assert "1 delivery log entry" in page
    assert "<h1>Delivery log</h1>" in page
    assert '<td class="field-urgency">test</td>' in page


def test_the_log_says_which_alarm_a_message_is_about_and_why_it_still_waits(
    admin: Client, bell: Bell, site: Site, mail: MailServer
) -> None:
    mail.answers = {"RCPT": ["450 mailbox is full"]}
    route(site, mailbox(site))
    bell.announce()
    assert send_next()
    page = errors_of(admin.get(LOG))
    assert "Oven too hot · OVEN-1 / temperature" in page
    assert "SMTP 450 mailbox is full" in page
    assert send_next() is False  # it still waits


def test_why_it_failed_is_said_in_the_language_of_the_reader(
    admin: Client, bell: Bell, site: Site
) -> None:
    route(site, mailbox(site))
    bell.announce()
    why = "given up after attempt 3: not a public address: hooks.example: 10.0.0.1"
    ended = {"state": NotificationState.FAILED, "ended_at": timezone.now(), "why": why}
    Notification.objects.update(**ended)
    assert why in errors_of(admin.get(LOG))
    page = errors_of(admin.get(LOG, headers={"Accept-Language": "zh-hans"}))
    assert "not a public address" not in page
    assert "given up" not in page
    assert "hooks.example: 10.0.0.1" in page


def test_a_get_of_the_test_page_sends_nothing(admin: Client, site: Site) -> None:
    assert admin.get(f"{CHANNELS}{mailbox(site).pk}/test/").status_code == 302
    assert not Notification.objects.exists()


def test_the_log_is_only_looked_at(admin: Client, bell: Bell, site: Site) -> None:
    route(site, mailbox(site))
    bell.announce()
    bell.acknowledge()
    assert "the alarm was acknowledged" in errors_of(admin.get(LOG))
    page = f"{LOG}{queued()[0].pk}/"
    assert admin.post(f"{page}change/", {"state": "sent"}).status_code == 403
    assert admin.post(f"{page}delete/", {"post": "yes"}).status_code == 403


def test_a_deleted_channel_leaves_its_log_and_a_line_in_the_audit_trail(
    admin: Client, bell: Bell, site: Site
) -> None:
    channel = mailbox(site)
    route(site, channel)
    bell.announce()
    assert admin.post(f"{CHANNELS}{channel.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not NotificationRoute.objects.exists()
    assert queued()[0].channel_name == "Shift"
    actions = AuditEntry.objects.filter(action="delete").values_list("kind", flat=True)
    assert set(actions) == {"notificationchannel", "notificationroute"}
