"""Tags with readings of the past, and what the trends page draws of them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from alarm_making import make_alarm, move, raise_
from django.db import connection
from line import until
from plant import Plant, now_ms, registry
from playwright.sync_api import Locator, Page

from alarms.models import Alarm
from alarms.states import Trigger
from devices.models import Tag
from devices.partitions import ensure_days

DRAWN = """async ([k, name]) => {
    const { drawn } = await import("pane");
    const series = drawn.get(k)?.[name];
    const known = (v) => (Number.isNaN(v) ? null : v);
    return series ? series.t.map((t, i) => [t, known(series.v[i])]) : [];
}"""


def add_heat(plant: Plant) -> Tag:
    """Add a pump with a temperature."""
    pump = plant.add_device("PUMP")
    return plant.add_tag(pump, "heat", label="Bearing heat", scan_ms=1000, silence_ms=120_000)


def add_more(plant: Plant) -> dict[str, Tag]:
    """Add a tag of the same unit at another device, one of another unit, and one with states."""
    fan = plant.add_device("FAN", area="Hall B")
    plant.add_tag(fan, "winding", pinned=False)
    plant.add_tag(fan, "pressure", unit="bar", decimals=2, low=4, high=6)
    states = {"states": {"0": "Stopped", "1": "Running"}}
    plant.add_tag(fan, "mode", unit="", decimals=0, low=None, high=None, point=states)
    return plant.tags


def two_alarms(plant: Plant, heat: Tag) -> list[Alarm]:
    """Let one alarm of the tag have been active and returned, and another be active."""

    def make() -> list[Alarm]:
        over = make_alarm(plant.site, of=heat, name="Much too hot", priority=1)
        raise_(over, 96.0, ago_s=600)
        at = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=480)
        move(over, Trigger.CLEAR, source_time=at)
        lasts = make_alarm(plant.site, of=heat, name="Too hot", priority=3)
        return [over, raise_(lasts, 91.0, ago_s=300)]

    return registry(make)


def store(tag: Tag, readings: list[tuple[int, float | None]], quality: int = 192) -> None:
    """Store readings, (epoch milliseconds, value) each; None: of bad quality."""

    def write() -> None:
        rows = [
            (dt.datetime.fromtimestamp(at / 1000, dt.UTC), v, 24 if v is None else quality)
            for at, v in readings
        ]
        with connection.cursor() as cursor:
            ensure_days(cursor, sorted({at.date() for at, *_ in rows}))
            cursor.executemany(
                "insert into devices_reading"
                " (source_time, received_time, value, tag_id, quality) values (%s, %s, %s, %s, %s)",
                [[at, at, v, tag.pk, q] for at, v, q in rows],
            )

    registry(write)


def steady(tag: Tag, span_ms: int, step_ms: int, value: float = 60.0) -> None:
    """Store readings up to now that swing around a value by one."""
    now = now_ms()
    store(
        tag, [(now - ago, value + (ago // step_ms) % 2) for ago in range(step_ms, span_ms, step_ms)]
    )


def address(*tags: Tag, **more: str) -> str:
    """Return the address that shows these tags."""
    said = "".join(f"&{name}={text}" for name, text in more.items())
    return f"/trends/?tags={','.join(str(tag.pk) for tag in tags)}{said}"


def drawn(page: Page, tag: Tag, name: str = "series") -> list[Any]:
    """Return the points of a line as it was last drawn."""
    points: list[Any] = page.evaluate(DRAWN, [tag.pk, name])
    return points


def values(page: Page, tag: Tag, name: str = "series") -> list[float | None]:
    return [v for _, v in drawn(page, tag, name)]


def until_values(page: Page, tag: Tag, wanted: list[float | None], name: str = "series") -> None:
    until(page, lambda: values(page, tag, name) == wanted, lambda: str(drawn(page, tag, name)))


def titles(page: Page) -> Locator:
    return page.locator("[data-pane] h2")


def query(page: Page) -> str:
    return page.url.partition("?")[2]
