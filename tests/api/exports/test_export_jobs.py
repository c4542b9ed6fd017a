"""Files of many readings, made in the background: from the order to the last day they are kept."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone
from exporting_plant import (
    Person,
    content_of,
    files,
    lines_of,
    make_tag,
    store,
    store_many,
    unzipped,
)
from pytest_django import DjangoCaptureOnCommitCallbacks

from devices import tasks
from devices.exporting import making, orders
from devices.exporting.making import make_next
from devices.exporting.orders import KEPT, MOST_OPEN, REMEMBERED, drop_old
from devices.exporting.streams import MOST_ROWS
from devices.models import AuditEntry, ExportJob, Membership, Site, Tag

pytestmark = pytest.mark.django_db


def test_an_order_is_made_by_the_worker_and_downloaded(vera: Person, tag: Tag) -> None:
    store_many(tag, 2500)
    ordered = vera.ordered(tag)
    assert (ordered["state"], ordered["total"], ordered["file"]) == ("queued", None, None)

    tasks.make_exports()

    job = vera.job(ordered["id"])
    assert (job["state"], job["total"], job["done"]) == ("done", 2500, 2500)
    assert job["reason"] == ""
    answer = vera.client.get(job["file"])
    data = content_of(answer)  # type: ignore[arg-type]
    assert answer["Content-Length"] == str(job["size"]) == str(len(data))
    assert answer["Content-Type"] == "application/zip"
    assert answer["Cache-Control"] == "no-store"
    assert answer["Content-Disposition"].startswith('attachment; filename="readings-east-')
    ((name, content),) = unzipped(data).items()
    assert name.endswith(".csv")
    lines = lines_of(content)
    assert (len(lines), lines[-1]["value"]) == (2500, "2499.0")


def test_a_sheet_can_be_ordered_too(vera: Person, tag: Tag) -> None:
    store(tag, (1, 2.5, 192, None))
    job = vera.ordered(tag, format="xlsx")

    make_next()

    answer = vera.client.get(vera.job(job["id"])["file"])
    assert answer["Content-Disposition"].endswith('.xlsx"')
    assert "xl/worksheets/sheet1.xml" in unzipped(content_of(answer))  # type: ignore[arg-type]


def test_an_order_stands_in_the_audit_trail(vera: Person, tag: Tag) -> None:
    job = vera.ordered(tag)

    entry = AuditEntry.objects.get(kind="exportjob")
    assert (entry.actor, entry.action, entry.object_id) == ("vera", "export", str(job["id"]))
    assert entry.after is not None
    assert entry.after["tags"] == ["PUMP-1/speed"]


def test_what_others_ordered_does_not_exist(vera: Person, site: Site, tag: Tag) -> None:
    wim = Person("wim", site)
    job = vera.ordered(tag)
    make_next()

    for path in (f"exports/{job['id']}/", f"exports/{job['id']}/file/"):
        assert wim.get(path).status_code == 404
    assert wim.delete(job["id"]).status_code == 404
    assert wim.get("exports/").json()["count"] == 0  # type: ignore[attr-defined]
    assert vera.job(job["id"])["state"] == "done"


def test_who_may_not_see_the_site_any_more_has_no_file_of_it(vera: Person, tag: Tag) -> None:
    job = vera.ordered(tag)
    make_next()
    Membership.objects.filter(user=vera.user).delete()

    assert vera.get(f"exports/{job['id']}/file/").status_code == 404
    assert vera.get("exports/").json()["count"] == 0  # type: ignore[attr-defined]


def test_nothing_is_made_for_who_may_not_see_the_site_any_more(vera: Person, tag: Tag) -> None:
    job = vera.ordered(tag)
    Membership.objects.filter(user=vera.user).delete()

    make_next()

    found = ExportJob.objects.get(pk=job["id"])
    assert (found.state, found.reason, files()) == ("failed", "not_allowed", [])


def test_tags_of_another_site_cannot_be_ordered(vera: Person, stranger: Person, tag: Tag) -> None:
    theirs = make_tag(Site.objects.get(slug="west"), uid="PUMP-2")

    assert vera.order(tag, theirs).status_code == 404
    assert stranger.order(tag).status_code == 404


def test_a_tag_that_is_gone_cannot_be_exported(vera: Person, tag: Tag, other: Tag) -> None:
    job = vera.ordered(tag, other)
    other.delete()

    make_next()

    assert (vera.job(job["id"])["state"], vera.job(job["id"])["reason"]) == ("failed", "no_tags")


def test_a_file_that_is_not_ready_cannot_be_downloaded(vera: Person, tag: Tag) -> None:
    job = vera.ordered(tag)

    answer = vera.get(f"exports/{job['id']}/file/")

    assert (answer.status_code, answer["Content-Type"]) == (409, "application/problem+json")


def test_deleting_a_job_deletes_its_file(
    vera: Person, tag: Tag, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    job = vera.ordered(tag)
    make_next()
    assert len(files()) == 1

    with django_capture_on_commit_callbacks(execute=True):
        assert vera.delete(job["id"]).status_code == 204

    assert (files(), vera.get(f"exports/{job['id']}/").status_code) == ([], 404)


def test_a_file_is_kept_for_a_week_and_its_job_is_remembered_for_a_month(
    vera: Person, tag: Tag
) -> None:
    job = vera.ordered(tag)
    make_next()
    made = ExportJob.objects.get().finished_at
    assert made is not None

    assert drop_old(made + KEPT) == 0
    assert drop_old(made + KEPT + dt.timedelta(seconds=1)) == 1

    assert files() == []
    expired = vera.job(job["id"])
    assert (expired["state"], expired["file"], expired["expires_at"]) == ("expired", None, None)
    assert vera.get(f"exports/{job['id']}/file/").status_code == 409
    drop_old(made + REMEMBERED + dt.timedelta(seconds=1))
    assert vera.get(f"exports/{job['id']}/").status_code == 404


def test_files_of_a_site_that_was_deleted_are_swept(vera: Person, tag: Tag, site: Site) -> None:
    vera.ordered(tag)
    make_next()
    tag.device.delete()
    site.delete()

    assert drop_old(timezone.now()) == 1
    assert files() == []


def test_nobody_orders_more_than_a_few_at_once(vera: Person, tag: Tag) -> None:
    for _ in range(MOST_OPEN):
        vera.ordered(tag)

    answer = vera.order(tag)

    assert (answer.status_code, answer["Content-Type"]) == (409, "application/problem+json")


def test_nobody_keeps_more_than_a_number_of_files(
    vera: Person, tag: Tag, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orders, "MOST_KEPT", 2)
    first = vera.ordered(tag)
    vera.ordered(tag)
    assert vera.order(tag).status_code == 409

    vera.delete(first["id"])

    assert vera.order(tag).status_code == 201


def test_more_than_fits_into_a_file_is_not_made(
    vera: Person, tag: Tag, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_many(tag, 4)
    job = vera.ordered(tag)
    monkeypatch.setattr(making, "MOST_IN_FILE", 3)

    make_next()

    assert (vera.job(job["id"])["state"], vera.job(job["id"])["reason"]) == ("failed", "too_many")


@pytest.mark.slow
def test_more_than_a_million_readings_are_ordered_and_no_sheet_takes_more_than_it_has_room_for(
    vera: Person, tag: Tag
) -> None:
    store_many(tag, MOST_ROWS + 1, every_s=0.005)

    assert vera.download(tag, until=7200).status_code == 413
    assert vera.order(tag, format="xlsx").status_code == 400
    job = vera.ordered(tag)
    make_next()

    assert vera.job(job["id"])["done"] == MOST_ROWS + 1


@pytest.mark.parametrize(
    "changes",
    [
        {"tags": []},
        {"tags": "x"},
        {"tags": [0]},
        {"to_ms": 0},
        {"format": "pdf"},
        {"format": None},
        {"site": "east"},
    ],
)
def test_an_order_that_makes_no_sense_is_refused_with_the_reason(
    vera: Person, tag: Tag, changes: dict[str, Any]
) -> None:
    answer = vera.order(tag, **changes)

    assert answer.status_code == 400
    assert answer.json()["errors"]  # type: ignore[attr-defined]
