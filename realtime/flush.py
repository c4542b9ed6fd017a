"""One batch, one transaction: tried until its fate is known, and never at the mercy of one row."""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable, Sequence

import psycopg2
from django.db import InterfaceError, OperationalError, connection
from django.db import transaction as db_transaction

from alarms import detections, judging
from alarms.models import Detection
from devices import ingest
from devices.copying import Columns
from devices.fate import has_stored
from devices.intake import Entry, Outcome
from devices.partitions import ensure_days
from devices.stalled import end_stalled

logger = logging.getLogger(__name__)

Judge = Callable[[Columns, Sequence[Detection]], None]

_days: set[dt.date] = set()  # partitions that this process knows to exist


class Flush:
    """Stores a batch. Every method runs on the batcher's thread."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = entries
        self._transaction: str | None = None  # id of the last attempt, while its fate is unknown
        self._outcome: Outcome | None = None
        self.trouble = ""  # why the last attempt failed

    def attempt(self) -> Outcome | None:
        """Store the batch, or return None when the database is away and it must be tried again."""
        try:
            if self.trouble:
                self._end_stalled()
            if self._committed_after_all():
                return self._outcome
            self._make_partitions()
            return self._store()
        except Exception as error:  # the frames are not at fault, so they wait
            if not is_away(error):
                logger.exception("a batch of %d frames is tried again", len(self._entries))
            self.trouble = str(error).strip()
            connection.close()
            return None

    def _end_stalled(self) -> None:
        """End what may be in our way: a process that is frozen, or a lost attempt of our own."""
        if ended := end_stalled(entry.sender for entry in self._entries):
            logger.warning("%d transactions that stood still were ended", ended)

    def _store(self) -> Outcome:
        try:
            return self._in_one_transaction(self._entries)
        except Exception as error:  # whatever it is, one frame must not stop the others
            if is_away(error):
                raise
            logger.exception("a batch of %d frames was refused", len(self._entries))
            _days.clear()  # a partition may have been dropped behind our back
            self._make_partitions()
            return self._one_by_one()

    def _in_one_transaction(self, entries: Sequence[Entry]) -> Outcome:
        with db_transaction.atomic():
            self._transaction = _transaction_id()
            self._outcome = _store_and_record(entries)
        self._transaction = None
        return self._outcome

    def _one_by_one(self) -> Outcome:
        """Give each frame its own savepoint: one that cannot be stored is then alone."""
        whole = Outcome({}, {})
        with db_transaction.atomic():
            self._transaction = _transaction_id()
            self._outcome = whole
            for entry in self._entries:
                try:
                    with db_transaction.atomic():
                        part = _store_and_record([entry], judge=_judge_if_possible)
                except Exception as error:  # it is kept, with its reason
                    if is_away(error):
                        raise
                    part = ingest.quarantine_frame(entry, str(error))
                whole.add(part)
        self._transaction = None
        return whole

    def _committed_after_all(self) -> bool:
        """Find out what became of a commit whose answer was lost with the connection."""
        if self._transaction is None:
            return False
        stored = has_stored(self._transaction, self._entries)
        self._transaction = None
        return stored

    def _make_partitions(self) -> None:
        missing = ingest.days_of(self._entries, _now_ms()) - _days
        if missing:
            with db_transaction.atomic(), connection.cursor() as cursor:
                ensure_days(cursor, missing)
            _days.update(missing)


def _store_and_record(entries: Sequence[Entry], judge: Judge = judging.judge) -> Outcome:
    now_ms = _now_ms()
    outcome = ingest.store(entries, now_ms)
    changed = detections.record(outcome, now_ms)
    if outcome.readings is not None:
        judge(outcome.readings, changed)
    return outcome


def _judge_if_possible(readings: Columns, changed: Sequence[Detection]) -> None:
    """Judge, but store what cannot be judged: a mistake in a rule must not cost a reading."""
    try:
        with db_transaction.atomic():
            judging.judge(readings, changed)
    except Exception as error:
        if is_away(error):
            raise
        logger.exception("%d readings were stored and not judged", len(readings))


def is_away(error: Exception) -> bool:
    """Say whether an error is about the database or the way there, and not about the rows.

    Where psycopg2 has no code for a lost connection it calls it a DatabaseError and nothing more.
    """
    lost = type(error.__cause__) is psycopg2.DatabaseError
    return lost or isinstance(error, OperationalError | InterfaceError)


def _now_ms() -> int:
    return int(time.time() * 1000)


def _transaction_id() -> str:
    with connection.cursor() as cursor:
        cursor.execute("select pg_current_xact_id()::text")
        return str(cursor.fetchone()[0])
