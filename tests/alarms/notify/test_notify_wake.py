"""The worker is woken after the commit, by a thread that nobody waits for."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from django.conf import settings
from django.db import transaction
from notify_plant import Bell, mailbox, route

from alarms.notify import wake
from devices.models import Site

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The broker's list of tasks, empty; and a waker of this test's own."""
    waker = wake._Waker()
    monkeypatch.setattr(wake, "_waker", waker)
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.delete("celery")
        yield client
        with waker._bell:
            waker._bell.notify()  # let it end now
        client.delete("celery")


def test_a_message_that_is_committed_wakes_the_worker(
    bell: Bell, site: Site, broker: redis.Redis
) -> None:
    route(site, mailbox(site))
    with transaction.atomic():
        bell.announce()
    found = broker.blpop(["celery"], timeout=10)
    assert found is not None
    assert json.loads(found[1])["headers"]["task"] == wake.TASK


def test_a_message_that_is_rolled_back_wakes_nobody(
    bell: Bell, site: Site, broker: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[str] = []
    monkeypatch.setattr(wake._waker, "wake", lambda: woken.append("x"))
    route(site, mailbox(site))
    with transaction.atomic():
        bell.announce()
        transaction.set_rollback(True)
    assert not woken


def test_a_broker_that_is_away_neither_delays_nor_fails_the_commit(
    bell: Bell,
    site: Site,
    broker: redis.Redis,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(settings, "CELERY_BROKER_URL", "redis://127.0.0.1:1/0")
    wake._application.cache_clear()
    failed = threading.Event()
    real = wake.logger.warning
    monkeypatch.setattr(wake.logger, "warning", lambda *a: (real(*a), failed.set()))
    route(site, mailbox(site))
    started = time.monotonic()
    with transaction.atomic():
        bell.announce()
    assert time.monotonic() - started < 1
    assert failed.wait(20)
    assert "could not be woken" in caplog.text
    wake._application.cache_clear()
