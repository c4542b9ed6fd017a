"""One batch, one transaction: what is tried again, what is set aside, who has to give way."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import Any

import psycopg2
import pytest
from django.db import (
    DatabaseError,
    DataError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
    connection,
)

from devices import stalled
from devices.hello import open_sender
from devices.intake import Entry, Sender
from devices.models import Latest, Position, Quarantined
from devices.partitions import READINGS
from devices.stalled import end_stalled
from edge import wire
from realtime.flush import Flush, is_away

pytestmark = pytest.mark.django_db(transaction=True)

DEADLINE_S = 30.0


@contextmanager
def locked_readings(url: str) -> Iterator[None]:
    """Hold the readings table, as somebody does who alters it."""
    with closing(psycopg2.connect(url)) as other, other.cursor() as cursor:
        cursor.execute(f"lock table {READINGS.name} in access exclusive mode")
        yield


def stored() -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"select count(*) from {READINGS.name}")
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
            f"create trigger cut before insert on {READINGS.name}"
            " for each row execute function cut()"
        )
    try:
        assert flush.attempt() is None
    finally:
        with connection.cursor() as cursor:
            cursor.execute("drop function cut cascade")
    assert flush.attempt() is not None
    assert (stored(), Latest.objects.count(), Quarantined.objects.count()) == (1, 1, 0)


# ---------------------------------------------------------------- commits whose answer is lost


@pytest.fixture
def unnumbered(sender: Sender, now_ms: int) -> Flush:
    """A batch of one good frame that came without a number, as a plain POST does."""
    frame = wire.Data(stream="live", seq=1, t0=now_ms, dt=[0], tag=[0], v=[20.5])
    return Flush([Entry(replace(sender, positions={}), frame, now_ms)])


def lose_the_answer(flush: Flush, transaction: str) -> None:
    """Leave the batch as it is when the connection ends before the answer to its commit comes."""
    flush._transaction = transaction


def number_of_stored_row() -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"select xmin::text from {READINGS.name}")
        return str(cursor.fetchone()[0])


def number_of_another_transaction() -> str:
    with connection.cursor() as cursor:
        cursor.execute("select pg_current_xact_id()::text")
        return str(cursor.fetchone()[0])


@pytest.mark.parametrize("batch", ["flush", "unnumbered"])
def test_a_batch_that_was_committed_after_all_is_stored_once(
    batch: str, request: pytest.FixtureRequest
) -> None:
    flush: Flush = request.getfixturevalue(batch)
    assert flush.attempt() is not None
    lose_the_answer(flush, number_of_stored_row())
    assert flush.attempt() is not None
    assert stored() == 1


@pytest.mark.parametrize("batch", ["flush", "unnumbered"])
def test_a_batch_is_not_taken_for_stored_because_another_transaction_got_its_number(
    batch: str, request: pytest.FixtureRequest
) -> None:
    """After a crash PostgreSQL uses the number of a transaction that was under way again."""
    flush: Flush = request.getfixturevalue(batch)
    lose_the_answer(flush, number_of_another_transaction())
    outcome = flush.attempt()
    assert outcome is not None
    assert outcome.stored == stored() == 1


def test_a_batch_is_stored_although_a_crash_took_the_number_of_its_transaction_back(
    unnumbered: Flush,
) -> None:
    lose_the_answer(unnumbered, str(int(number_of_another_transaction()) + 1000))
    assert unnumbered.attempt() is not None
    assert stored() == 1


def test_a_batch_without_a_number_waits_while_its_lost_transaction_is_under_way(
    servers: Any, unnumbered: Flush
) -> None:
    with closing(psycopg2.connect(servers.database_url)) as lost, lost.cursor() as cursor:
        cursor.execute("select pg_current_xact_id()::text")
        lose_the_answer(unnumbered, cursor.fetchone()[0])
        assert unnumbered.attempt() is None
    assert unnumbered.attempt() is not None
    assert stored() == 1


# ---------------------------------------------------------------- numbers that somebody holds


@contextmanager
def claimed(url: str) -> Iterator[Any]:
    """Claim the numbers of all streams, and neither commit nor roll back."""
    with closing(psycopg2.connect(url)) as other, other.cursor() as cursor:
        cursor.execute("update devices_position set last = last + 1")
        yield cursor


def wait_hardly() -> None:
    with connection.cursor() as cursor:
        cursor.execute("set lock_timeout = '50ms'")


def test_a_process_that_stands_still_with_the_numbers_of_a_batch_has_to_give_them_back(
    servers: Any, flush: Flush, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stalled, "STALLED_S", 0.0)
    wait_hardly()
    with claimed(servers.database_url) as frozen:
        assert flush.attempt() is None
        deadline = time.monotonic() + DEADLINE_S
        while (outcome := flush.attempt()) is None:
            assert time.monotonic() < deadline, flush.trouble
        with pytest.raises(psycopg2.OperationalError):
            frozen.execute("commit")
    assert outcome.stored == stored() == 1
    assert Position.objects.get(stream="live").last == 1


def test_a_process_that_works_on_the_numbers_of_a_batch_is_waited_for(
    servers: Any, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stalled, "STALLED_S", 0.0)
    with claimed(servers.database_url) as busy:
        with ThreadPoolExecutor(1) as pool:
            working = pool.submit(busy.execute, "select pg_sleep(60)")
            with connection.cursor() as cursor:
                asleep = "select 1 from pg_stat_activity where wait_event = 'PgSleep'"
                while cursor.execute(asleep) or cursor.fetchone() is None:
                    assert not working.done()
            ended = end_stalled([sender])
            busy.connection.cancel()
        assert isinstance(working.exception(), psycopg2.errors.QueryCanceled)
        assert ended == 0


def test_a_process_that_has_only_just_stopped_is_waited_for(servers: Any, sender: Sender) -> None:
    with claimed(servers.database_url) as slow:
        assert end_stalled([sender]) == 0
        slow.execute("rollback")


def test_a_gateway_is_greeted_while_its_numbers_are_claimed(servers: Any, sender: Sender) -> None:
    wait_hardly()
    with claimed(servers.database_url):
        again, last = open_sender(
            device_id=sender.device_id,
            site_id=sender.site_id,
            credential_id=sender.credential_id,
            epoch=sender.epoch,
        )
    assert again.positions == sender.positions
    assert last == {"events": 0, "live": 0, "history": 0}


# ---------------------------------------------------------------- whose fault it is


@pytest.mark.parametrize(
    ("error", "cause", "away"),
    [
        (OperationalError(), psycopg2.OperationalError(), True),
        (InterfaceError(), psycopg2.InterfaceError(), True),
        (DatabaseError(), psycopg2.DatabaseError("server closed the connection"), True),
        (OperationalError("not yet noticed"), None, True),
        (DataError(), psycopg2.DataError(), False),
        (ProgrammingError(), psycopg2.ProgrammingError(), False),
        (ValueError("a NUL in a text"), None, False),
    ],
)
def test_errors_of_the_way_to_the_database_are_told_from_those_of_the_rows(
    error: Exception, cause: Exception | None, away: bool
) -> None:
    error.__cause__ = cause
    assert is_away(error) == away
