"""Readings of the trends page as files: at once, and in the background where there are many."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from plant import Plant, now_ms, registry
from playwright.sync_api import Locator, Page, expect
from watched import SignIn

from devices.exporting.making import make_next
from devices.models import ExportJob, Tag
from devices.partitions import ensure_days

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PHONE = {"width": 390, "height": 844}
MINUTE = 60_000


@pytest.fixture
def heat(plant: Plant) -> Tag:
    return plant.add_tag(plant.add_device("PUMP"), "heat", label="Bearing heat")


def store(tag: Tag, count: int) -> None:
    """Spread readings over much of the last hour, which is what the page shows."""
    end = timezone.now() - dt.timedelta(minutes=5)
    start = end - dt.timedelta(minutes=30)

    def write() -> None:
        with connection.cursor() as cursor:
            ensure_days(cursor, {start.date(), end.date()})
            cursor.execute(
                "insert into devices_reading (source_time, received_time, value, tag_id, quality)"
                " select %s + i * %s, now(), i, %s, 192 from generate_series(0, %s) i",
                [start, (end - start) / count, tag.pk, count - 1],
            )

    registry(write)


def open_trends(sign_in: SignIn, *tags: Tag, **options: Any) -> Page:
    numbers = ",".join(str(tag.pk) for tag in tags)
    page = sign_in(f"/trends/?tags={numbers}", **options)
    if tags:
        expect(panel(page).locator("[data-part=selection]")).to_contain_text("1 tag")
    return page


def panel(page: Page) -> Locator:
    return page.locator("#exports")


def told(page: Page) -> Locator:
    return panel(page).locator("> [data-part=told]")


def files(page: Page) -> Locator:
    return panel(page).locator("[data-files] > li")


@pytest.mark.parametrize("kind", ["CSV", "XLSX"])
def test_what_the_page_shows_is_downloaded(sign_in: SignIn, heat: Tag, kind: str) -> None:
    store(heat, 60)
    page = open_trends(sign_in, heat)

    with page.expect_download() as download:
        panel(page).get_by_role("button", name=kind, exact=True).click()

    assert download.value.suggested_filename.endswith(f".{kind.lower()}")
    data = Path(download.value.path()).read_bytes()
    assert data.count(b"\r\n") == 61 if kind == "CSV" else data.startswith(b"PK")
    expect(told(page)).to_have_text("60 readings are being downloaded.")


def test_a_time_without_readings_makes_no_file(sign_in: SignIn, heat: Tag) -> None:
    page = open_trends(sign_in, heat)

    panel(page).get_by_role("button", name="CSV", exact=True).click()

    expect(told(page)).to_have_text("There are no readings in this time.")


def test_without_a_tag_there_is_nothing_to_export(sign_in: SignIn, heat: Tag) -> None:
    page = open_trends(sign_in)

    button = panel(page).get_by_role("button", name="CSV", exact=True)
    expect(button).to_have_attribute("aria-disabled", "true")
    expect(panel(page).locator("[data-mine]")).to_be_hidden()


@pytest.mark.slow
def test_more_than_a_million_readings_become_a_file_in_the_background(
    sign_in: SignIn, heat: Tag
) -> None:
    store(heat, 1_000_001)
    page = open_trends(sign_in, heat)

    panel(page).get_by_role("button", name="CSV", exact=True).click()

    expect(told(page)).to_contain_text("is made in the background and appears below")
    expect(files(page).locator("[data-part=state]")).to_have_text("waiting")


def order(plant: Plant, tag: Tag, **fields: Any) -> ExportJob:
    now = now_ms()
    known = {"format": "csv", "tags": [tag.pk], "from_ms": now - 60 * MINUTE, "to_ms": now}
    return registry(ExportJob.objects.create, owner=plant.user, site=plant.site, **(known | fields))


def change(job: ExportJob, **fields: Any) -> None:
    registry(ExportJob.objects.filter(pk=job.pk).update, **fields)


def test_a_file_that_is_made_shows_how_far_it_is_until_it_is_downloaded_and_deleted(
    sign_in: SignIn, plant: Plant, heat: Tag
) -> None:
    store(heat, 60)
    soon = timezone.now() + dt.timedelta(minutes=5)
    making = {"state": "running", "attempts": 1, "claimed_until": soon}
    job = order(plant, heat, **making, total=2_000_000, done=500_000)
    page = open_trends(sign_in, heat)
    expect(files(page)).to_have_count(1)
    expect(files(page)).to_contain_text("500 000 of 2 000 000 readings".replace(" 0", "\u202f0"))
    bar = files(page).locator("progress")
    assert bar.evaluate("(bar) => bar.value") == 0.25

    change(job, done=1_500_000)
    expect(bar).to_have_js_property("value", 0.75)
    change(job, state="queued", claimed_until=None)
    while registry(ExportJob.objects.filter(pk=job.pk, state="done").exists) is False:
        registry(make_next)

    expect(files(page)).to_contain_text("ready, 1 KiB, until 20")
    expect(bar).to_be_hidden()
    with page.expect_download() as download:
        files(page).get_by_role("link", name="Download").click()
    assert download.value.suggested_filename.endswith(".zip")
    files(page).get_by_role("button", name="Delete").click()
    expect(panel(page).locator("[data-mine]")).to_be_hidden()
    assert not registry(ExportJob.objects.filter(pk=job.pk).exists)


def test_a_file_that_could_not_be_made_says_why(sign_in: SignIn, plant: Plant, heat: Tag) -> None:
    order(plant, heat, state="failed", reason="storage")

    page = open_trends(sign_in, heat)

    expect(files(page)).to_contain_text("failed: the file could not be stored")


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_files_can_be_used_by_everybody_also_on_a_phone(
    sign_in: SignIn, plant: Plant, heat: Tag, theme: str
) -> None:
    order(plant, heat, state="running", attempts=1, total=100, done=40)
    order(plant, heat, state="done", size=5_000_000, finished_at=timezone.now(), name="exports/x")
    page = open_trends(sign_in, heat, theme=theme, viewport=PHONE)
    expect(files(page)).to_have_count(2)

    page.evaluate(f"() => {{ {AXE} }}")
    rules = {"runOnly": {"type": "tag", "values": RULES}}
    found = page.evaluate("(rules) => axe.run('#exports', rules)", rules)
    assert [each["id"] for each in found["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for button in files(page).locator(".button:visible").all():
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 44
