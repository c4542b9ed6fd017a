"""One batch, one transaction: what is tried again, and what is set aside."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg2
import pytest
from django.db import connection

from devices.intake import Entry, Sender
from devices.models import Latest, Quarantined
from devices.partitions import TABLE
from edge import wire
from realtime.flush import Flush

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def locked_readings(url: str) -> Iterator[None]:
    """Hold the readings table, as somebody does who alters it."""
    with closing(psycopg2.connect(url)) as other, other.cursor() as cursor:
        cursor.execute(f"lock table {TABLE} in access exclusive mode")
        yield


def stored() -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"select count(*) from {TABLE}")
        return int(cursor.fetchone()[0])


@pytest.fixture
def flush(sender: Sender, now_ms: int) -> Flush:
    """A batch of one good frame."""
    frame = wire.Data(stream="live", seq=1, t0=now_ms, dt=[0], tag=[0], v=[20.5])
    return Flush([Entry(sender, frame, now_ms)])


def test_a_table_that_is_locked_for_too_long_postpones_a_batch_and_quarantines_nothing(
    servers: Any, flush: Flush
) -> None:
    assert flush.attempt() is not None  # makes the partition of today
    with connection.cursor() as cursor:
        cursor.execute("update devices_position set last = 0")
        cursor.execute("set lock_timeout = '50ms'")
    with locked_readings(servers.database_url):
        assert flush.attempt() is None
        assert "lock timeout" in flush.trouble
    outcome = flush.attempt()
    assert outcome is not None
    assert outcome.stored == 1
    assert stored() == 2
    assert not Quarantined.objects.exists()


def test_a_connection_that_is_lost_in_the_middle_of_a_batch_postpones_it(
    servers: Any, flush: Flush
) -> None:
    """The trigger ends its own backend while the rows are being copied."""
    with connection.cursor() as cursor:
        cursor.execute(
            "create function cut() returns trigger language plpgsql as"
            " $$ begin perform pg_terminate_backend(pg_backend_pid()); return new; end $$"
        )
        cursor.execute(
            f"create trigger cut before insert on {TABLE} for each row execute function cut()"
        )
    try:
        assert flush.attempt() is None
    finally:
        with connection.cursor() as cursor:
            cursor.execute("drop function cut cascade")
    assert flush.attempt() is not None
    assert (stored(), Latest.objects.count(), Quarantined.objects.count()) == (1, 1, 0)
