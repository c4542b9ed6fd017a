"""From the outbox to a real mail server: attempts, repetition, and the log."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone
from notify_plant import Bell, let_pass, mailbox, queued, route, send_all, states, subject
from notify_smtp import MailServer

from alarms.models import (
    Alarm,
    AttemptResult,
    DeliveryAttempt,
    Event,
    Notification,
    NotificationChannel,
    NotificationState,
)
from alarms.notify.outbox import queue_test
from alarms.notify.retention import drop_old_notifications
from devices.models import Site

pytestmark = pytest.mark.django_db


def test_a_message_says_what_is_wrong_where_and_what_to_do(
    bell: Bell, site: Site, channel: NotificationChannel, mail: MailServer
) -> None:
    route(site, channel)
    bell.announce()
    assert send_all() == 1
    (sent,) = mail.mails
    assert subject(sent) == "P1 critical: OVEN-1 temperature high 91.2 °C (limit 85 °C)"
    text = sent.get_content()
    for part in ("Plant: East works", "Area: Hall 2", "Cause: Blocked fan", "Open the damper"):
        assert part in text
    assert "(Asia/Shanghai)" in text
    assert f"/alarms/?site=east&alarm={bell.alarm.pk}" in text
    assert states() == [("raised", "sent")]
    (attempt,) = DeliveryAttempt.objects.all()
    assert (attempt.result, attempt.notification) == (AttemptResult.SENT, queued()[0])


def test_what_is_not_due_yet_waits(
    bell: Bell, site: Site, channel: NotificationChannel, mail: MailServer
) -> None:
    route(site, channel, delay_s=600)
    bell.announce()
    assert send_all() == 0
    Notification.objects.update(next_at=timezone.now())
    assert send_all() == 1
    assert subject(mail.mails[0]).startswith("Not acknowledged for 10 min: P1 critical: ")


def test_a_channel_speaks_its_own_language(bell: Bell, site: Site, mail: MailServer) -> None:
    route(site, mailbox(site, language="zh-hans"))
    bell.announce()
    send_all()
    assert "区域: Hall 2" in mail.mails[0].get_content()


def test_it_is_told_again_until_somebody_acknowledges(
    bell: Bell, site: Site, channel: NotificationChannel, mail: MailServer
) -> None:
    route(site, channel, repeat_s=300)
    bell.announce()
    for _ in range(3):
        assert send_all() == 1
        let_pass(301)
    assert [row.step for row in queued()] == [0, 1, 2, 3]
    bell.acknowledge()
    assert send_all() == 0
    assert len(mail.mails) == 3
    assert states()[-1] == ("raised", "cancelled")


def test_what_the_alarm_itself_shows_to_be_over_is_not_sent(
    bell: Bell, site: Site, channel: NotificationChannel, mail: MailServer
) -> None:
    route(site, channel)
    bell.announce()
    Alarm.objects.filter(pk=bell.alarm.pk).update(state="acknowledged")  # nobody told the outbox
    assert send_all() == 0
    assert [(row.state, row.why) for row in queued()] == [("cancelled", "over")]
    assert not mail.mails


@pytest.mark.parametrize(
    "change", ["channel_disabled", "route_disabled", "route_deleted", "channel_deleted"]
)
def test_what_its_channel_or_route_no_longer_wants_is_not_sent(
    bell: Bell,
    site: Site,
    channel: NotificationChannel,
    mail: MailServer,
    change: str,
) -> None:
    way = route(site, channel)
    bell.announce()
    row = channel if change.startswith("channel") else way
    if change.endswith("deleted"):
        row.delete()
    else:
        row.enabled = False
        row.save()
    assert send_all() == 0
    assert [(row.state, row.why) for row in queued()] == [("cancelled", change)]


def test_the_urgent_goes_first(site: Site, bell: Bell, mail: MailServer) -> None:
    route(site, mailbox(site, "low@plant.test"))
    bell.alarm.rule.priority = 3
    bell.announce()
    queue_test(mailbox(site, "test@plant.test"), "olga")
    assert send_all() == 2
    assert mail.recipients == ["test@plant.test", "low@plant.test"]


def test_the_end_waits_until_the_beginning_was_sent(
    bell: Bell, site: Site, channel: NotificationChannel, mail: MailServer
) -> None:
    route(site, channel, also_cleared=True)
    bell.announce()
    later = timezone.now() + dt.timedelta(seconds=60)
    Notification.objects.update(state=NotificationState.SENDING, claimed_until=later)
    bell.clear()
    assert send_all() == 0  # looked at, and put off
    Notification.objects.filter(event=Event.RAISED).update(
        state=NotificationState.SENT, why="", ended_at=timezone.now(), claimed_until=None
    )
    let_pass(6)
    assert send_all() == 1
    assert subject(mail.mails[0]).startswith("Returned to normal: P1 critical: ")


def test_the_end_is_not_told_when_the_beginning_was_not(
    bell: Bell, site: Site, channel: NotificationChannel, mail: MailServer
) -> None:
    route(site, channel, also_cleared=True)
    bell.announce()
    later = timezone.now() + dt.timedelta(seconds=60)
    Notification.objects.update(state=NotificationState.SENDING, claimed_until=later)
    bell.clear()
    Notification.objects.filter(event=Event.RAISED).update(
        state=NotificationState.CANCELLED, ended_at=timezone.now(), claimed_until=None
    )
    assert send_all() == 0
    assert states() == [("raised", "cancelled"), ("cleared", "cancelled")]


def test_a_test_goes_through_a_disabled_channel(site: Site, mail: MailServer) -> None:
    queue_test(mailbox(site, enabled=False), "olga")
    assert send_all() == 1
    assert subject(mail.mails[0]).startswith("Test:")
    assert "olga" in mail.mails[0].get_content()


def test_what_is_old_leaves_the_log_and_what_is_open_stays(
    bell: Bell, site: Site, channel: NotificationChannel, mail: MailServer
) -> None:
    route(site, channel)
    route(site, channel, delay_s=3600)
    bell.announce()
    send_all()
    assert drop_old_notifications(timezone.now()) == 0
    assert drop_old_notifications(timezone.now() + dt.timedelta(days=401)) == 1
    assert states() == [("raised", "waiting")]
    assert not DeliveryAttempt.objects.exists()
