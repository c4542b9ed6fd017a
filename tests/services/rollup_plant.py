"""A gateway with two tags, and charts of them from sums and from readings."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from devices import ingest
from devices.hello import declare_tags, open_sender
from devices.intake import Entry, Sender
from devices.models import Device, Site, Tag
from devices.partitions import ensure_days
from devices.registry import issue_token
from devices.sums import QUARTER_MS
from devices.trends import Window, trends
from edge import wire

GOOD, BAD = 192, 24
H = 3_600_000
# Half past ten in the evening: quarter hours of two days.
START = int(timezone.now().timestamp() * 1000) // 86_400_000 * 86_400_000 - 3 * 86_400_000
START += 22 * H + H // 2
LATER = START + 30 * H  # when all that was stored


@dataclass(frozen=True)
class Reading:
    """One reading; ``t`` counts from START, milliseconds."""

    t: int
    v: float | None = 1.0
    q: int = GOOD
    tag: int = 0


def make_plant() -> tuple[Sender, list[Tag]]:
    site = Site.objects.create(slug="east", name="East works")
    device = Device.objects.create(uid="GW-1", name="Gateway", site=site)
    tags = [
        Tag.objects.create(device=device, name=name, silence_ms=10_000 * (1 + 30 * i))
        for i, name in enumerate(("speed", "torque"))
    ]
    credential = issue_token(device=device).credential
    sender, _ = open_sender(
        device_id=device.pk, site_id=site.pk, credential_id=credential.pk, epoch=""
    )
    declare_tags(
        sender,
        [wire.TagDecl(n=n, device=device.uid, name=tag.name) for n, tag in enumerate(tags)],
    )
    sender.positions.clear()  # unfenced
    return sender, tags


def frame_of(readings: Sequence[Reading]) -> wire.Data:
    return wire.Data(
        stream="live",
        seq=1,
        t0=START,
        dt=[reading.t for reading in readings],
        tag=[reading.tag for reading in readings],
        v=[reading.v for reading in readings],
        q=[reading.q for reading in readings],
    )


def store(sender: Sender, readings: Sequence[Reading]) -> None:
    """Store readings as the pipeline does."""
    with transaction.atomic():
        store_open(sender, readings)


def store_open(sender: Sender, readings: Sequence[Reading]) -> None:
    """Store readings in the transaction of the caller."""
    entries = [Entry(sender, frame_of(readings), LATER)]
    with connection.cursor() as cursor:
        ensure_days(cursor, ingest.days_of(entries, LATER))
    assert len(ingest.store(entries, LATER).readings) == len(readings)


def moment(t: int) -> dt.datetime:
    """Return the time that is so many milliseconds after START."""
    return dt.datetime.fromtimestamp((START + t) / 1000, dt.UTC)


def begin_at(t: int) -> None:
    """Have a plant that was upgraded in this quarter hour: nothing before it is summed up."""
    t = (START + t) // QUARTER_MS * QUARTER_MS - START
    with connection.cursor() as cursor:
        cursor.execute(
            "update devices_rollupstate set generation = 1, settled = 0, barrier = null,"
            " dropped_to = to_timestamp(0), marked_to = %(at)s, rolled_from = %(at)s,"
            " rolled_to = %(at)s",
            {"at": moment(t)},
        )
        cursor.execute("truncate devices_rollupmark, devices_minute, devices_quarter")


def chart(
    tag: Tag, from_ms: int, to_ms: int, points: int = 10, *, until: int = 40 * H
) -> dict[str, Any]:
    """Return the answer for a window whose times count from START."""
    window = Window(START + from_ms, START + to_ms)
    answer = trends(tags=[tag], window=window, points=points, now_ms=START + until)
    (only,) = json.loads(answer)["series"]
    return dict(only)


def chart_of_readings(*args: Any, **named: Any) -> dict[str, Any]:
    """Return what ``chart`` would if nothing were summed up."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("update devices_rollupstate set rolled_from = rolled_to")
        found = chart(*args, **named)
        transaction.set_rollback(True)
    return found


def assert_same(found: dict[str, Any], wanted: dict[str, Any]) -> None:
    for name in ("k", "step_ms", "t", "lo", "hi"):
        assert found.get(name) == wanted.get(name)
    for i, (mean, exact) in enumerate(zip(found["v"], wanted["v"], strict=True)):
        assert (mean is None) == (exact is None)
        if exact is not None and wanted["step_ms"]:  # sums in another order
            bound = max(abs(wanted["lo"][i]), abs(wanted["hi"][i]))
            assert mean == pytest.approx(exact, rel=1e-9, abs=1e-9 * min(bound, 1e300))


def count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"select count(*) from devices_{table}")
        return int(cursor.fetchone()[0])


def highest(found: dict[str, Any]) -> float:
    """Return the highest value in a chart."""
    return float(max(value for value in found["hi"] if value is not None))
