"""What comes between while a file is made: killed workers, deletions, a full disk."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import connection
from django.utils import timezone
from exporting_plant import Person, files, store, store_many
from pytest_django.fixtures import Settings

from devices.exporting import making
from devices.exporting.making import MOST_ATTEMPTS, make_next
from devices.exporting.orders import drop_old
from devices.models import ExportJob, Tag

pytestmark = pytest.mark.django_db


def test_a_job_whose_worker_died_is_begun_anew(vera: Person, tag: Tag) -> None:
    store(tag, (1, 2.5, 192, None))
    job = vera.ordered(tag)
    lost = default_storage.save("exports/half.zip", ContentFile(b"PK"))
    long_ago = timezone.now() - dt.timedelta(seconds=1)
    ExportJob.objects.update(state="running", attempts=1, claimed_until=long_ago, name=lost)

    make_next()

    assert (vera.job(job["id"])["state"], vera.job(job["id"])["done"]) == ("done", 1)
    drop_old(timezone.now())
    assert len(files()) == 1  # what the dead one had left is gone


def test_a_job_that_kills_its_workers_is_given_up(vera: Person, tag: Tag) -> None:
    job = vera.ordered(tag)
    long_ago = timezone.now() - dt.timedelta(seconds=1)
    ExportJob.objects.update(state="running", attempts=MOST_ATTEMPTS, claimed_until=long_ago)

    assert not make_next()

    assert (vera.job(job["id"])["state"], vera.job(job["id"])["reason"]) == ("failed", "lost")


def test_one_file_is_made_at_a_time(vera: Person, tag: Tag) -> None:
    vera.ordered(tag)
    waiting = vera.ordered(tag)
    soon = timezone.now() + dt.timedelta(minutes=1)
    ExportJob.objects.exclude(pk=waiting["id"]).update(
        state="running", attempts=1, claimed_until=soon
    )

    assert not make_next()

    assert vera.job(waiting["id"])["state"] == "queued"


def when_reading(page: int, act: Callable[[], object]) -> Any:
    """Do something just before a page of readings is read."""
    seen = [0]

    def wrapper(execute: Any, sql: str, *args: Any) -> Any:
        if "with ties" in sql:
            seen[0] += 1
            if seen[0] == page:
                act()
        return execute(sql, *args)

    return connection.execute_wrapper(wrapper)


def test_progress_is_told_while_a_file_is_made(
    vera: Person, tag: Tag, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_many(tag, 6500)
    job = vera.ordered(tag)
    monkeypatch.setattr(making, "TELL_S", 0.0)
    told: list[tuple[str, int | None, int]] = []

    def look() -> None:
        now = vera.job(job["id"])
        told.append((now["state"], now["total"], now["done"]))

    with when_reading(3, look):
        make_next()

    assert told == [("running", 6500, 4000)]


def test_a_job_that_is_deleted_while_it_is_made_leaves_nothing(
    vera: Person, tag: Tag, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_many(tag, 6500)
    job = vera.ordered(tag)
    monkeypatch.setattr(making, "TELL_S", 0.0)

    with when_reading(2, lambda: vera.delete(job["id"])):
        assert make_next()

    assert (ExportJob.objects.count(), files()) == (0, [])


class LateDeletion(FileSystemStorage):
    """Somebody deletes the job while its file is being stored."""

    def _save(self, name: str, content: Any) -> str:
        ExportJob.objects.all().delete()
        return super()._save(name, content)


class FullDisk(FileSystemStorage):
    """No room."""

    def _save(self, name: str, content: Any) -> str:
        raise OSError(28, "No space left on device")


def stored_by(settings: Settings, storage: type[FileSystemStorage]) -> None:
    backend = {"BACKEND": f"{__name__}.{storage.__name__}"}
    settings.STORAGES = {**settings.STORAGES, "default": backend}


def test_a_job_that_is_deleted_while_it_is_stored_leaves_nothing(
    vera: Person, tag: Tag, settings: Settings
) -> None:
    vera.ordered(tag)
    stored_by(settings, LateDeletion)

    make_next()

    assert files() == []


def test_a_full_disk_is_told_in_words(vera: Person, tag: Tag, settings: Settings) -> None:
    job = vera.ordered(tag)
    stored_by(settings, FullDisk)

    make_next()

    assert (vera.job(job["id"])["state"], vera.job(job["id"])["reason"]) == ("failed", "storage")
