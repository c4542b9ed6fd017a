"""What becomes of a message that cannot be sent at once: attempts, waits, the log."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone
from notify_https import Receiver
from notify_plant import Bell, let_pass, log, mailbox, queued, route, send_all, states
from notify_smtp import MailServer

from alarms.models import (
    AttemptResult,
    DeliveryAttempt,
    Notification,
    NotificationChannel,
    NotificationState,
)
from alarms.notify.deliver import MAX_LOST
from alarms.notify.ending import FIRST_WAIT_S, LONGEST_WAIT_S, wait_s
from devices.models import Site

pytestmark = pytest.mark.django_db


def test_a_failure_that_may_pass_is_tried_again_later_and_then_sent(
    bell: Bell, site: Site, channel: NotificationChannel, mail: MailServer
) -> None:
    mail.answers = {"RCPT": ["450 greylisted"]}
    route(site, channel)
    bell.announce()
    assert send_all() == 1
    (row,) = queued()
    assert row.state == NotificationState.WAITING
    assert row.next_at > timezone.now()
    let_pass(60)
    assert send_all() == 1
    assert log() == [AttemptResult.TEMPORARY, AttemptResult.SENT]
    assert states() == [("raised", "sent")]
    assert queued()[0].attempts == 2


def test_a_failure_for_good_is_failed_with_its_reason(
    bell: Bell, site: Site, channel: NotificationChannel, mail: MailServer
) -> None:
    mail.answers = {"RCPT": ["550 no such user here"]}
    route(site, channel, repeat_s=300)
    bell.announce()
    assert send_all() == 1
    (row,) = queued()
    assert (row.state, row.why) == (NotificationState.FAILED, "SMTP 550 no such user here")


def test_it_is_given_up_after_a_day(
    bell: Bell, site: Site, channel: NotificationChannel, mail: MailServer
) -> None:
    mail.answers = {"RCPT": ["450 full"] * 2}
    route(site, channel)
    bell.announce()
    day = dt.timedelta(hours=24)
    Notification.objects.update(due_at=timezone.now() - day, created_at=timezone.now() - day)
    assert send_all() == 1
    (row,) = queued()
    assert row.state == NotificationState.FAILED
    assert row.why == "given up after attempt 1: SMTP 450 full"


def test_waits_double_up_to_an_hour_and_differ_a_little() -> None:
    assert 0.8 * FIRST_WAIT_S <= wait_s(1) <= 1.2 * FIRST_WAIT_S
    assert 1.6 * FIRST_WAIT_S <= wait_s(2) <= 2.4 * FIRST_WAIT_S
    assert 0.8 * LONGEST_WAIT_S <= wait_s(500) <= 1.2 * LONGEST_WAIT_S
    assert len({wait_s(3) for _ in range(10)}) > 1


def test_the_others_of_a_channel_that_does_not_answer_wait_with_it(
    bell: Bell, site: Site, mail: MailServer
) -> None:
    mail.answers = {"CONNECT": ["421 busy"]}
    route(site, mailbox(site, "a@plant.test", "b@plant.test", "c@plant.test"))
    bell.announce()
    assert send_all() == 1
    let_pass(31)
    assert send_all() == 3
    assert len(mail.mails) == 3


def test_one_recipient_that_is_refused_does_not_hold_up_the_others(
    bell: Bell, site: Site, mail: MailServer
) -> None:
    mail.answers = {"RCPT": ["450 later"]}
    route(site, mailbox(site, "a@plant.test", "b@plant.test"))
    bell.announce()
    assert send_all() == 2
    assert len(mail.recipients) == 1


def test_a_claim_that_ran_out_is_sent_again_with_the_same_id_and_the_log_says_so(
    bell: Bell, site: Site, channel: NotificationChannel, mail: MailServer
) -> None:
    route(site, channel)
    bell.announce()
    until = timezone.now() - dt.timedelta(seconds=1)
    Notification.objects.update(state=NotificationState.SENDING, claimed_until=until, attempts=1)
    assert send_all() == 1
    assert log() == [AttemptResult.LOST, AttemptResult.SENT]
    first = DeliveryAttempt.objects.order_by("pk")[0]
    assert "may have been sent before" in first.detail
    assert mail.mails[0]["X-Sentinel-Delivery"] == str(queued()[0].pk)


def test_a_message_that_ends_its_worker_each_time_is_given_up(
    bell: Bell, site: Site, channel: NotificationChannel, mail: MailServer
) -> None:
    route(site, channel)
    bell.announce()
    until = timezone.now() - dt.timedelta(seconds=1)
    Notification.objects.update(
        state=NotificationState.SENDING, claimed_until=until, lost=MAX_LOST - 1
    )
    assert send_all() == 0
    assert queued()[0].state == NotificationState.FAILED
    assert not mail.mails


def test_what_was_cancelled_while_it_was_being_sent_is_not_tried_again(
    bell: Bell, site: Site, channel: NotificationChannel, mail: MailServer
) -> None:
    mail.answers = {"RCPT": ["450 later"]}
    route(site, channel)
    bell.announce()
    Notification.objects.update(why="acknowledge")
    assert send_all() == 1
    assert [(row.state, row.why) for row in queued()] == [("cancelled", "acknowledge")]


def test_a_webhook_gets_the_facts_and_its_secret_is_not_in_the_log(
    bell: Bell, site: Site, hook: Receiver
) -> None:
    secret = "0123456789abcdef0123"
    hook.answers = [(401, {})]
    channel = NotificationChannel.objects.create(
        site=site, name="MES", kind="webhook", configuration={"url": hook.url()}, secret=secret
    )
    route(site, channel)
    bell.announce()
    assert send_all() == 1
    assert b'"rule":"Oven too hot"' in hook.posts[0].body
    assert queued()[0].why == "HTTP 401 Unauthorized"
    assert secret not in hook.posts[0].body.decode()
