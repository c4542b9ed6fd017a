"""Several workers at once, each with a connection of its own, and what a killed one leaves."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone
from notify_plant import Bell, mailbox, queued, route
from notify_smtp import MailServer

from alarms.models import AttemptResult, DeliveryAttempt, Notification, NotificationState
from alarms.notify import ending
from alarms.notify.base import sent, temporary
from alarms.notify.deliver import CLAIM_S, claim_next, deliver_due, send_next
from devices.models import Site

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[3]


def send_on_threads(count: int) -> int:
    """Have several workers send at once; return how many attempts they made."""
    start = threading.Barrier(count)

    def work(_number: int) -> int:
        start.wait()
        try:
            return sum(1 for _ in iter(send_next, False))
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return sum(pool.map(work, range(count)))


def test_several_workers_send_every_message_exactly_once(
    bell: Bell, site: Site, mail: MailServer
) -> None:
    route(site, mailbox(site, *(f"p{number}@plant.test" for number in range(20))))
    bell.announce()
    assert send_on_threads(4) == 20
    assert sorted(mail.recipients) == sorted(row.recipient for row in queued())
    assert {row.state for row in queued()} == {NotificationState.SENT}
    assert DeliveryAttempt.objects.count() == 20


def test_a_task_sends_all_that_is_due(bell: Bell, site: Site, mail: MailServer) -> None:
    route(site, mailbox(site, *(f"p{number}@plant.test" for number in range(6))))
    bell.announce()
    assert deliver_due() == 6
    assert len(mail.mails) == 6
    assert deliver_due() == 0


def test_a_claimed_message_is_not_claimed_again_until_its_claim_runs_out(
    bell: Bell, site: Site
) -> None:
    route(site, mailbox(site))
    bell.announce()
    now = timezone.now()
    assert claim_next(now) is not None
    assert claim_next(now + dt.timedelta(seconds=CLAIM_S - 1)) is None
    again = claim_next(now + dt.timedelta(seconds=CLAIM_S + 1))
    assert again is not None
    assert again.notification.attempts == 2
    assert [row.result for row in DeliveryAttempt.objects.all()] == [AttemptResult.LOST]


def test_who_is_late_does_not_overwrite_what_the_next_worker_found(bell: Bell, site: Site) -> None:
    route(site, mailbox(site))
    bell.announce()
    now = timezone.now()
    late = claim_next(now)
    prompt = claim_next(now + dt.timedelta(seconds=CLAIM_S + 1))
    assert late is not None
    assert prompt is not None
    ending.record(late.notification, late.until, temporary("slow"), 200.0)
    assert queued()[0].state == NotificationState.SENDING
    ending.record(prompt.notification, prompt.until, sent(), 0.1)
    assert queued()[0].state == NotificationState.SENT
    ending.record(late.notification, late.until, temporary("slower"), 300.0)
    assert queued()[0].state == NotificationState.SENT
    assert "after its claim ran out" in str(list(DeliveryAttempt.objects.values_list("detail")))


def test_an_acknowledgement_that_commits_first_keeps_the_message_back(
    bell: Bell, site: Site, mail: MailServer
) -> None:
    route(site, mailbox(site), delay_s=60)
    bell.announce(ago_s=61)
    bell.acknowledge()
    assert not send_next()
    assert not mail.mails


KILLED = """
import django, os, signal
django.setup()
from alarms.notify import deliver
def record(*args): os.kill(os.getpid(), signal.SIGKILL)
deliver.ending.record = record  # the plug is pulled between sending and writing
deliver.send_next()
"""


def test_a_worker_that_is_killed_after_sending_leaves_a_message_that_is_sent_again_and_says_so(
    bell: Bell, site: Site, mail: MailServer, servers: object
) -> None:
    route(site, mailbox(site))
    bell.announce()
    environment = os.environ | {
        "DATABASE_URL": servers.database_url,  # type: ignore[attr-defined]
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": str(mail.port),
        "EMAIL_USE_TLS": "false",
        "EMAIL_FROM": "sentinel@plant.test",
    }
    command = [sys.executable, "-c", KILLED]
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False)
    assert done.returncode == -signal.SIGKILL
    assert len(mail.mails) == 1
    assert queued()[0].state == NotificationState.SENDING
    Notification.objects.update(claimed_until=timezone.now() - dt.timedelta(seconds=1))
    assert send_next()
    first, second = mail.mails
    assert first["Message-ID"] == second["Message-ID"]
    results = list(DeliveryAttempt.objects.order_by("pk").values_list("result", flat=True))
    assert results == [AttemptResult.LOST, AttemptResult.SENT]
    assert queued()[0].state == NotificationState.SENT
