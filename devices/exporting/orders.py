"""Files of readings that are too large to wait for: how many one may order, how long they stay."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.db import transaction

from devices.audit import record
from devices.exporting.readings import Selection
from devices.models import ExportFormat, ExportJob, ExportState

FOLDER: Final = "exports"  # in the storage
MOST_AT_ONCE: Final = 1_000_000  # readings in a download that somebody waits for
MOST_IN_FILE: Final = 50_000_000
MOST_OPEN: Final = 3  # of one user, that wait or are being made
MOST_KEPT: Final = 20  # of one user
OPEN: Final = (ExportState.QUEUED, ExportState.RUNNING)
KEPT: Final = timedelta(days=7)  # a file
REMEMBERED: Final = timedelta(days=30)  # that there was one


class TooManyExports(Exception):
    """Somebody has ordered as many files as they may."""


def order(*, owner: User, selection: Selection, file_format: str) -> ExportJob:
    """Have a file made by the worker.

    Raises:
        TooManyExports: the owner has to wait, or to delete one.
    """
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=owner.pk)  # one order after the other
        own = ExportJob.objects.filter(owner=owner)
        if own.filter(state__in=OPEN).count() >= MOST_OPEN:
            raise TooManyExports(f"{MOST_OPEN} exports of yours wait or are being made. Wait.")
        if own.exclude(state=ExportState.EXPIRED).count() >= MOST_KEPT:
            raise TooManyExports(f"You have {MOST_KEPT} exports. Delete one that you do not need.")
        job = ExportJob.objects.create(
            owner=owner,
            site=selection.site,
            tags=[tag.pk for tag in selection.tags],
            from_ms=selection.window.from_ms,
            to_ms=selection.window.to_ms,
            format=file_format,
        )
        record("export", job, None, told(selection, file_format))
    return job


def told(selection: Selection, file_format: str) -> dict[str, Any]:
    """Return what the audit trail says of an export."""
    return {
        "tags": [str(tag) for tag in selection.tags],
        "from_ms": selection.window.from_ms,
        "to_ms": selection.window.to_ms,
        "format": file_format,
    }


def remove(job: ExportJob) -> None:
    """Delete a job and its file; one that is being made ends within seconds."""
    with transaction.atomic():
        job.delete()
        if job.name:
            transaction.on_commit(lambda: default_storage.delete(job.name))


def file_name(job: ExportJob) -> str:
    """Return what a person calls the file: the plant and the window, in UTC."""
    name = name_of(job.site.slug, job.from_ms, job.to_ms)
    return f"{name}.zip" if job.format == ExportFormat.CSV else f"{name}.{job.format}"


def name_of(slug: str, from_ms: int, to_ms: int) -> str:
    """Return the name of a file without its ending."""
    start, end = (
        f"{datetime.fromtimestamp(ms / 1000, UTC):%Y%m%dT%H%MZ}" for ms in (from_ms, to_ms)
    )
    return f"readings-{slug}-{start}-{end}"


# ---------------------------------------------------------------- what is given up


def drop_old(now: datetime) -> int:
    """Delete files whose time is over, files that no job has, and jobs of long ago.

    Returns:
        The number of files.
    """
    old = ExportJob.objects.filter(state=ExportState.DONE, finished_at__lt=now - KEPT)
    old.update(state=ExportState.EXPIRED, name="")
    ExportJob.objects.filter(created_at__lt=now - REMEMBERED).exclude(state__in=OPEN).delete()
    names = _unknown()
    for name in names:
        default_storage.delete(name)
    return len(names)


def _unknown() -> list[str]:
    """Return files of jobs that are over, or were deleted with their user or site, or interrupted.

    A file has its name in the database before it is written, so a new one is never among them.
    """
    try:
        _, files = default_storage.listdir(FOLDER)
    except FileNotFoundError:  # nobody has ever exported anything
        return []
    names = {f"{FOLDER}/{file}" for file in files}
    known = ExportJob.objects.filter(name__in=names).values_list("name", flat=True)
    return sorted(names - set(known))
