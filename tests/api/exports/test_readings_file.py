"""Readings as a file that is downloaded at once."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import openpyxl
import pytest
from django.db import connection
from exporting_plant import (
    START_MS,
    Person,
    content_of,
    lines_of,
    make_tag,
    ms,
    store,
    store_many,
)

from devices.exporting import orders
from devices.exporting.readings import Selection, rows_of
from devices.models import AuditEntry, Site, Tag
from devices.partitions import ensure_days
from devices.trends import Window

pytestmark = pytest.mark.django_db


def test_readings_come_by_time_with_everything_that_is_known(
    vera: Person, tag: Tag, other: Tag
) -> None:
    store(tag, (1, 12.25, 192, None), (3, None, 24, None))
    store(other, (2, None, 192, "=1+1"), (3, -0.5, 64, None))

    found = lines_of(content_of(vera.download(tag, other)))

    assert [(each["tag"], each["value"], each["text"], each["quality"]) for each in found] == [
        ("speed", "12.25", "", "GOOD"),
        ("torque", "", "'=1+1", "GOOD"),
        ("speed", "", "", "COMM_FAILURE"),
        ("torque", "-0.5", "", "UNCERTAIN"),
    ]
    first = found[0]
    assert (first["device"], first["label"], first["unit"]) == ("PUMP-1", "Speed", "rpm")
    assert first["epoch_ms"] == str(START_MS + 1000)
    assert first["time"].endswith(":01.000+08:00")
    assert first["received"].endswith(":01.500+08:00")


def test_a_tag_that_was_silent_has_no_rows_of_that_time(vera: Person, tag: Tag) -> None:
    store(tag, (1, 1.0, 192, None), (3000, 2.0, 192, None))

    assert len(lines_of(content_of(vera.download(tag)))) == 2


def test_the_window_begins_with_its_first_millisecond_and_ends_before_its_last(
    vera: Person, tag: Tag
) -> None:
    store(tag, *((second, float(second), 192, None) for second in range(5)))

    found = lines_of(content_of(vera.download(tag, from_ms=ms(1), to_ms=ms(3))))

    assert [each["value"] for each in found] == ["1.0", "2.0"]


def test_a_file_has_a_name_that_says_what_it_is_and_nobody_keeps_it(vera: Person, tag: Tag) -> None:
    answer = vera.download(tag)

    content_of(answer)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"].startswith('attachment; filename="readings-east-20')
    assert answer["Content-Disposition"].endswith('Z.csv"')
    assert answer["Cache-Control"] == "no-store"


def test_the_same_readings_come_as_xlsx(vera: Person, tag: Tag) -> None:
    store(tag, (1, 12.25, 192, None))

    answer = vera.download(tag, format="xlsx")

    book: Any = openpyxl.load_workbook(io.BytesIO(content_of(answer)))
    assert [cell.value for cell in book["Readings"][2]][2:9] == [
        *("PUMP-1", "speed", "Speed", 12.25, None, "rpm", "GOOD")
    ]
    told = dict(book["About"].iter_rows(values_only=True))
    assert told["plant"] == "East works"
    assert told["time zone"] == "Asia/Shanghai"
    assert (told["readings"], told["made for"]) == ("1", "vera")
    assert told["tag"] == "PUMP-1/speed Speed [rpm]"


def test_no_reading_is_lost_or_read_twice_where_one_page_ends(
    site: Site, tag: Tag, other: Tag
) -> None:
    moments = [0, 1, 1, 1, 1, 2, 2, 3]
    for number, one in enumerate((tag, other)):
        store(one, *((at, at + number / 2, 192, None) for at in moments))
    selection = Selection(site, [tag, other], Window(ms(0), ms(10)))

    pages = [[(row.epoch_ms, row.value) for row in rows_of(selection, page)] for page in (1, 3, 99)]

    assert pages[0] == pages[1] == pages[2]
    assert len(pages[0]) == 2 * len(moments)
    assert pages[0] == sorted(pages[0], key=lambda pair: pair[0])


def test_a_page_is_read_along_the_index_also_of_a_day_without_statistics(
    site: Site, tag: Tag
) -> None:
    store_many(tag, 5000)
    plans: list[str] = []

    def explain(execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
        if "with ties" in sql:
            execute(f"explain {sql}", params, many, context)
            plans.append("\n".join(line for (line,) in context["cursor"].fetchall()))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        assert sum(1 for _ in rows_of(Selection(site, [tag], Window(ms(0), ms(3600))))) == 5000

    assert len(plans) == 3
    for plan in plans:
        assert "Index Scan using" in plan
        assert "Bitmap" not in plan


def test_the_clock_of_the_plant_may_be_set_back_between_two_readings(db: None) -> None:
    berlin = Site.objects.create(slug="berlin", name="Berlin", time_zone="Europe/Berlin")
    tag = make_tag(berlin)
    with connection.cursor() as cursor:
        moments = [datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1)]
        ensure_days(cursor, [moments[0].date()])
        cursor.executemany(
            "insert into devices_reading (source_time, received_time, value, tag_id, quality)"
            " values (%s, %s, 1, %s, 192)",
            [[moment, moment, tag.pk] for moment in moments],
        )
    start = int(moments[0].timestamp() * 1000)

    rows = list(rows_of(Selection(berlin, [tag], Window(start, start + 7_200_000))))

    assert [row.time.isoformat() for row in rows] == [
        "2026-10-25T02:30:00+02:00",
        "2026-10-25T02:30:00+01:00",
    ]
    assert rows[1].epoch_ms - rows[0].epoch_ms == 3_600_000


def test_too_many_readings_are_refused_with_the_way_that_there_is(
    vera: Person, tag: Tag, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_many(tag, 4)
    monkeypatch.setattr(orders, "MOST_AT_ONCE", 3)

    answer = vera.download(tag)

    assert answer.status_code == 413
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()  # type: ignore[attr-defined]
    assert (body["code"], "/api/v1/exports/" in body["detail"]) == ("too_large", True)
    counted = vera.get("readings/count/", tag=tag.pk, from_ms=ms(0), to_ms=ms(60))
    assert counted.json() == {"count": 4, "at_once": 3}  # type: ignore[attr-defined]


def test_who_took_what_stands_in_the_audit_trail(vera: Person, tag: Tag) -> None:
    content_of(vera.download(tag, format="xlsx"))

    entry = AuditEntry.objects.get(action="export")
    assert (entry.actor, entry.kind, entry.site_id) == ("vera", "site", tag.device.site_id)
    assert entry.after == {
        "tags": ["PUMP-1/speed"],
        "from_ms": ms(0),
        "to_ms": ms(3600),
        "format": "xlsx",
    }


@pytest.mark.parametrize("door", ["readings/export/", "readings/count/"])
def test_a_stranger_learns_no_more_than_that_there_is_nothing(
    stranger: Person, tag: Tag, door: str
) -> None:
    window = {"from_ms": ms(0), "to_ms": ms(60)}
    answers = [stranger.get(door, tag=pk, **window) for pk in (tag.pk, 999_999)]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content


@pytest.mark.parametrize(
    "changes",
    [
        {"tag": "x"},
        {"tag": []},
        {"tag": [1] * 33},
        {"from_ms": "x"},
        {"from_ms": ms(3600)},
        {"to_ms": 10**18},
        {"format": "pdf"},
        {"points": 100},
    ],
)
def test_a_question_that_makes_no_sense_is_refused_with_the_reason(
    vera: Person, tag: Tag, changes: dict[str, Any]
) -> None:
    answer = vera.download(tag, **changes)

    assert answer.status_code == 400
    assert answer.json()["errors"]  # type: ignore[attr-defined]


def test_tags_of_two_sites_have_no_time_zone_in_common(vera: Person, tag: Tag) -> None:
    west = Site.objects.create(slug="west", name="West works")
    west.members.add(vera.user)

    answer = vera.download(tag, make_tag(west, uid="PUMP-2"))

    assert answer.status_code == 400
    assert set(answer.json()["errors"]) == {"tags"}  # type: ignore[attr-defined]
