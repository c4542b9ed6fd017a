"""Makes the files that were ordered, in the worker: one at a time, so that others get their turn.

A job in hand is claimed for a short while, and the claim is renewed as it goes on. When its worker
dies the claim runs out, and the job is begun anew by the next one; a job that has ended its workers
again and again is given up. Whoever lost the claim, because the job was deleted or somebody else
has it, notices at the next renewal and stops.
"""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any, Final
from zoneinfo import ZoneInfo

from django.core.files import File
from django.core.files.storage import FileSystemStorage, default_storage, storages
from django.db import Error as DatabaseError
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import get_random_string

from devices.access import may
from devices.exporting.orders import FOLDER, MOST_IN_FILE, name_of
from devices.exporting.readings import Row, Selection, count, rows_of
from devices.exporting.streams import MOST_ROWS, TooManyRows, csv_parts, xlsx_parts, zipped
from devices.models import ExportFormat, ExportJob, ExportReason, ExportState, Role, Tag
from devices.trends import Window

logger = logging.getLogger(__name__)

CLAIM_S: Final = 60.0  # longer than any statement takes
STORING_S: Final = 900.0  # for the whole file, which may go to another machine
MOST_ATTEMPTS: Final = 3
TELL_S: Final = 1.0  # between two looks at the claim, which also tell how far it is
_HUGE: Final = 10_000_000  # readings that may be more than 2 GiB of CSV
_LOCK: Final = 0x5E47_0020  # advisory lock: who takes a job


class Failed(Exception):
    """The file cannot be made, and trying again would not help."""

    def __init__(self, reason: ExportReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class ClaimLost(Exception):
    """The job is not ours any more."""


def make_next() -> bool:
    """Make the file that waits longest, unless one is being made.

    Returns:
        Whether there was one.
    """
    job = _claim(timezone.now())
    if job is None:
        return False
    try:
        reason = _outcome(job)
        if reason is not None:
            logger.warning("export %s failed: %s", job.pk, reason)
            _end(job, state=ExportState.FAILED, reason=reason)
    except ClaimLost:
        logger.info("export %s was deleted, or somebody else has it", job.pk)
    except DatabaseError as error:  # the claim runs out, then it is begun anew
        logger.warning("export %s was interrupted: %s", job.pk, error)
    return True


def _outcome(job: ExportJob) -> ExportReason | None:
    """Make the file, and return why it could not be made."""
    try:
        _make(job)
    except Failed as failed:
        return failed.reason
    except (ClaimLost, DatabaseError):
        raise
    except Exception:  # one bad job must not keep the others waiting
        logger.exception("export %s failed", job.pk)
        return ExportReason.MISTAKE
    return None


# ---------------------------------------------------------------- the claim


@transaction.atomic
def _claim(now: datetime) -> ExportJob | None:
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
    if ExportJob.objects.filter(state=ExportState.RUNNING, claimed_until__gte=now).exists():
        return None
    waiting = Q(state=ExportState.QUEUED) | Q(state=ExportState.RUNNING, claimed_until__lt=now)
    jobs = ExportJob.objects.filter(waiting).select_for_update(of=("self",), no_key=True)
    for job in jobs.select_related("owner", "site").order_by("created_at", "pk"):
        if job.attempts < MOST_ATTEMPTS:
            return _take(job, now)
        job.state, job.reason = ExportState.FAILED, ExportReason.LOST
        job.finished_at = now
        job.save(update_fields=["state", "reason", "finished_at"])
    return None


def _take(job: ExportJob, now: datetime) -> ExportJob:
    ending = "zip" if job.format == ExportFormat.CSV else job.format
    job.name = f"{FOLDER}/{get_random_string(32)}.{ending}"
    job.state, job.attempts = ExportState.RUNNING, job.attempts + 1
    job.started_at, job.claimed_until = now, now + timedelta(seconds=CLAIM_S)
    job.total, job.done = None, 0
    job.save()
    return job


def _tell(job: ExportJob, claim_s: float = CLAIM_S, **fields: Any) -> None:
    """Write down how far a job is, and hold it for some time more.

    Raises:
        ClaimLost: somebody else has it, or it was deleted.
    """
    until = timezone.now() + timedelta(seconds=claim_s)
    ours = ExportJob.objects.filter(pk=job.pk, attempts=job.attempts, state=ExportState.RUNNING)
    if not ours.update(claimed_until=until, **fields):
        raise ClaimLost


def _end(job: ExportJob, **fields: Any) -> None:
    """Write down what became of a job, if it is still ours.

    Raises:
        ClaimLost: it is not.
    """
    _tell(job, finished_at=timezone.now(), **fields)


# ---------------------------------------------------------------- the file


def _make(job: ExportJob) -> None:
    """Make and store the file.

    Raises:
        Failed: it cannot be made.
        ClaimLost: the job was deleted, or taken up by somebody else.
    """
    selection = _selection_of(job)
    most = MOST_IN_FILE if job.format == ExportFormat.CSV else MOST_ROWS
    total = count(selection, most, lambda: _tell(job))
    if total > most:
        raise Failed(ExportReason.TOO_MANY)
    _tell(job, total=total)
    try:
        with tempfile.TemporaryFile(dir=_scratch()) as file:
            size = _write(file, _pieces(job, selection, total))
            file.seek(0)
            _store(job, file)
    except TooManyRows as error:  # more came in meanwhile
        raise Failed(ExportReason.TOO_MANY) from error
    except OSError as error:
        logger.error("export %s could not be stored: %s", job.pk, error)
        raise Failed(ExportReason.STORAGE) from error
    _finish(job, size)


def _selection_of(job: ExportJob) -> Selection:
    """Return what is to be exported, if its owner may still see it."""
    if not may(job.owner, job.site, Role.VIEWER):
        raise Failed(ExportReason.NOT_ALLOWED)
    known = Tag.objects.select_related("device").filter(device__site=job.site).in_bulk(job.tags)
    if len(known) < len(job.tags):
        raise Failed(ExportReason.NO_TAGS)
    return Selection(job.site, [known[pk] for pk in job.tags], Window(job.from_ms, job.to_ms))


def _pieces(job: ExportJob, selection: Selection, total: int) -> Iterator[bytes]:
    rows = _followed(job, rows_of(selection))
    if job.format == ExportFormat.XLSX:
        return xlsx_parts(rows, about(selection, str(job.owner), total))
    name = f"{name_of(job.site.slug, job.from_ms, job.to_ms)}.csv"
    return zipped([(name, csv_parts(rows))], huge=total > _HUGE)


def _followed(job: ExportJob, rows: Iterable[Row]) -> Iterator[Row]:
    """Pass rows on and tell how many."""
    told_at = time.monotonic()
    done = 0
    for done, row in enumerate(rows, start=1):
        yield row
        if done % 1000 == 0 and time.monotonic() - told_at > TELL_S:
            _tell(job, done=done)
            told_at = time.monotonic()
    _tell(job, done=done)


def _write(file: IO[bytes], pieces: Iterable[bytes]) -> int:
    for piece in pieces:
        file.write(piece)
    return file.tell()


def _store(job: ExportJob, file: IO[bytes]) -> None:
    _tell(job, claim_s=STORING_S)
    default_storage.save(job.name, File(file))


def _finish(job: ExportJob, size: int) -> None:
    try:
        _end(job, state=ExportState.DONE, size=size)
    except ClaimLost:
        default_storage.delete(job.name)
        raise


def _scratch() -> Path | None:
    """Return a folder with room for a file: temporary ones are often kept in memory."""
    storage = storages["default"]
    if not isinstance(storage, FileSystemStorage):
        return None
    folder = Path(storage.location)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def about(selection: Selection, who: str, total: int) -> list[tuple[str, str]]:
    """Return what a file says of itself: what, and a text."""
    site, window = selection.site, selection.window
    zone = ZoneInfo(site.time_zone)
    start, end = (
        datetime.fromtimestamp(ms / 1000, UTC).astimezone(zone).isoformat(timespec="milliseconds")
        for ms in (window.from_ms, window.to_ms)
    )
    lines = [
        ("plant", site.name),
        ("time zone", site.time_zone),
        ("from", start),
        ("to", f"{end} (not in it)"),
        ("readings", str(total)),
        ("made for", who),
        ("made at", timezone.now().astimezone(zone).isoformat(timespec="seconds")),
    ]
    tags = [
        ("tag", " ".join(filter(None, [str(tag), tag.label, _in(tag.unit)])))
        for tag in selection.tags
    ]
    return [*lines, *tags]


def _in(unit: str) -> str:
    return f"[{unit}]" if unit else ""
