"""When readings were not good: what a chart shows under the line. OPC numbers, see the glossary."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db import connection
from django.db.backends.utils import CursorWrapper

from devices.coverage import Coverage, Span, coverage_of
from devices.models import Tag
from devices.sums import MINUTE_MS, QUARTER_MS
from devices.trends import Window, step_for

READ_MS: Final = 25 * 3_600_000  # up to here every reading is looked at: a day may have 25 hours

Stretch = tuple[int, int, int, float]  # from ms, to ms, worst quality, share of it


def poor_stretches(
    *, tags: Sequence[Tag], window: Window, points: int, now_ms: int
) -> list[dict[str, Any]]:
    """Return when the readings of some tags were bad or uncertain.

    A reading counts until the next one of its tag, at most as long as the tag may be silent. Of
    windows beyond `READ_MS` sums are read where there are some: they know which readings were bad,
    but neither why nor which were uncertain.

    Args:
        tags: whose readings.
        window: of any length.
        points: how many a chart can show: what is nearer together is one stretch.
        now_ms: the server's time, epoch milliseconds.

    Returns:
        ``{"k": tag id, "poor": [(from_ms, to_ms, quality, share), ...]}`` for each tag, by time:
        ``quality`` is the worst of the stretch, below 64 without a value, below 192 uncertain;
        ``share`` says how much of the stretch was poor, 0 to 1.
    """
    step_ms = step_for(window, points)
    coverage = None
    if window.to_ms - window.from_ms > READ_MS:
        coverage = coverage_of([tag.pk for tag in tags], window.from_ms, window.to_ms)
        if window.from_ms < coverage.dropped_to_ms:
            step_ms = max(step_ms, QUARTER_MS)
    with connection.cursor() as cursor:
        return [
            {
                "k": tag.pk,
                "poor": [
                    stretch
                    for span in _spans(tag, window, coverage)
                    for stretch in _poor_in(cursor, tag, span, step_ms, now_ms)
                ],
            }
            for tag in tags
        ]


def _spans(tag: Tag, window: Window, coverage: Coverage | None) -> list[Span]:
    if coverage is None:
        return [Span(window.from_ms, window.to_ms, is_summed=False)]
    return coverage.spans(tag.pk, window.from_ms, window.to_ms)


def _poor_in(
    cursor: CursorWrapper, tag: Tag, span: Span, step_ms: int, now_ms: int
) -> list[Stretch]:
    params: dict[str, Any] = {
        "tag": tag.pk,
        "from": _time(span.from_ms),
        "to": _time(span.to_ms),
        "until": _time(max(span.from_ms, min(span.to_ms, now_ms))),
        "stale": timedelta(milliseconds=tag.stale_ms),
        "grain": timedelta(milliseconds=step_ms),
    }
    if span.is_summed:
        of_minutes = step_ms % QUARTER_MS
        table = "devices_minute" if of_minutes else "devices_quarter"
        params["length"] = timedelta(milliseconds=MINUTE_MS if of_minutes else QUARTER_MS)
        cursor.execute(_OF_SUMS.format(table=table), params)
    else:
        cursor.execute(_OF_READINGS, params)
    return [(begin, end, quality, float(share)) for begin, end, quality, share in cursor.fetchall()]


_MS: Final = "(date_part('epoch', {}) * 1000)::int8"
_OF_READINGS: Final = f"""
with readings as (
    select source_time as at, quality, least(
        source_time + %(stale)s,
        lead(source_time, 1, %(until)s) over (order by source_time, received_time)
    ) as ends
    from devices_reading
    where tag_id = %(tag)s and source_time >= %(from)s and source_time < %(to)s
), poor as (
    select at, ends, quality,
        lag(ends) over (order by at) as before, lag(quality < 64) over (order by at) as was_bad
    from readings where quality < 192
), placed as (
    select at, ends, quality, count(*) filter (
        where before is null or at - before > %(grain)s or was_bad <> (quality < 64)
    ) over (order by at) as place
    from poor
)
select {_MS.format("min(at)")}, {_MS.format("max(ends)")}, min(quality), coalesce(
    sum(date_part('epoch', ends - at)) / nullif(date_part('epoch', max(ends) - min(at)), 0), 1)
from placed group by place order by 1"""  # noqa: S608 - constants only
_OF_SUMS: Final = f"""
with poor as (
    select at, readings, good, lag(at + %(length)s) over (order by at) as before
    from {{table}}
    where tag_id = %(tag)s and at >= %(from)s and at < %(to)s and good < readings
), placed as (
    select at, readings, good, count(*) filter (
        where before is null or at - before > %(grain)s
    ) over (order by at) as place
    from poor
)
select {_MS.format("min(at)")}, {_MS.format("max(at) + %(length)s")}, 0,
    1 - sum(good)::float8 / sum(readings)
from placed group by place order by 1"""  # noqa: S608


def _time(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
