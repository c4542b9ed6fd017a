"""Readings of the past for charts. The JSON is built in the database: a third of the cost.

With steps of a minute and more most of it comes from sums that were made beforehand, the newest
minutes and whatever is not summed up from the readings: the answer is that of the readings.

A chart joins neighbouring points, so a null point stands wherever there is nothing to join: at a
BAD reading, and where a tag was silent for longer than it may be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db import connection

from devices.coverage import Coverage, Span, coverage_of
from devices.models import Tag
from devices.sums import MINUTE_MS, QUARTER_MS, SUMS

MAX_WINDOW: Final = timedelta(days=366)
_S, _MIN, _H, _D = 1000, 60_000, 3_600_000, 86_400_000
_STEPS_MS: Final = (  # of buckets; multiples of each other as far as possible
    *(50, 100, 200, 500),
    *(_S, 2 * _S, 5 * _S, 10 * _S, 15 * _S, 30 * _S),
    *(_MIN, 2 * _MIN, 5 * _MIN, 10 * _MIN, 15 * _MIN, 30 * _MIN),
    *(_H, 2 * _H, 3 * _H, 6 * _H, 12 * _H, _D),
    *(2 * _D, 7 * _D, 14 * _D, 28 * _D, 56 * _D),
)


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time: the first millisecond in it, and the first one after it."""

    from_ms: int
    to_ms: int


def trends(*, tags: Sequence[Tag], window: Window, points: int, now_ms: int) -> str:
    """Return the readings of some tags as JSON, thinned out where there are many.

    Args:
        tags: whose readings.
        window: at most ``MAX_WINDOW``.
        points: how many a chart can show, about its width in pixels.
        now_ms: the server's time, epoch milliseconds; silence after it is none.

    Returns:
        ``{"now_ms": ..., "series": [{"k": tag id, "step_ms": 0, "t": [...], "v": [...]}, ...]}``.
        With up to twice as many readings as points these are the readings themselves. With more,
        ``step_ms`` is the length of a bucket, ``t`` its start, ``v`` the mean of its values, and
        ``lo`` and ``hi`` are their extremes, so that no spike is lost. So it is, in steps of a
        quarter hour at least, if some of the window's readings were dropped since.
    """
    step_ms = step_for(window, points)
    coverage = coverage_of([tag.pk for tag in tags], window.from_ms, window.to_ms)
    is_dropped = window.from_ms < coverage.dropped_to_ms
    if is_dropped:
        step_ms = max(step_ms, QUARTER_MS)
    with connection.cursor() as cursor:
        series = []
        for tag in tags:
            params = _params(tag, window, step_ms, now_ms)
            few = False
            if not is_dropped:
                cursor.execute(_COUNT, params | {"limit": 2 * points + 1})
                few = cursor.fetchone()[0] <= 2 * points
            if few:
                cursor.execute(_READINGS, params)
            else:
                spans = _spans(tag, window, step_ms, coverage)
                cursor.execute(_buckets(spans, step_ms), params | _ends(spans))
            series.append(cursor.fetchone()[0])
    return f'{{"now_ms":{now_ms},"series":[{",".join(series)}]}}'


def step_for(window: Window, points: int) -> int:
    """Choose the length of a bucket, milliseconds: steady while a window slides."""
    length = window.to_ms - window.from_ms
    return next((step for step in _STEPS_MS if step * points >= length), _STEPS_MS[-1])


def _spans(tag: Tag, window: Window, step_ms: int, coverage: Coverage) -> list[Span]:
    if step_ms % MINUTE_MS:  # nothing so fine is summed up
        return [Span(window.from_ms, window.to_ms, is_summed=False)]
    return coverage.spans(tag.pk, window.from_ms, window.to_ms)


def _params(tag: Tag, window: Window, step_ms: int, now_ms: int) -> dict[str, Any]:
    return {
        "tag": tag.pk,
        "from": _time(window.from_ms),
        "to": _time(window.to_ms),
        "until": _time(max(window.from_ms, min(window.to_ms, now_ms))),
        "stale": timedelta(milliseconds=tag.stale_ms),
        "step": step_ms,
    }


def _ends(spans: Sequence[Span]) -> dict[str, datetime]:
    froms = {f"from{i}": _time(span.from_ms) for i, span in enumerate(spans)}
    return froms | {f"to{i}": _time(span.to_ms) for i, span in enumerate(spans)}


_WHERE = """
    from devices_reading
    where tag_id = %(tag)s and source_time >= %(from)s and source_time < %(to)s"""

_COUNT = f"select count(*) from (select 1 {_WHERE} limit %(limit)s) few"  # noqa: S608 - constants only

_READINGS = f"""
with readings as materialized (
    select source_time as at, case when quality >= 64 then value end as v,
        lead(source_time, 1, %(until)s) over (order by source_time, received_time) as next
    {_WHERE}
), points as (
    select at, v, 0 as place from readings
    union all
    select at + %(stale)s, null, 1 from readings where next - at > %(stale)s
)
select json_build_object(
    'k', %(tag)s, 'step_ms', 0,
    't', coalesce(array_agg((date_part('epoch', at) * 1000)::int8 order by at, place), '{{}}'),
    'v', coalesce(array_agg(v order by at, place), '{{}}')
)::text from points"""  # noqa: S608


# ---------------------------------------------------------------- buckets, from sums and readings

_BUCKET = "(date_part('epoch', {}) * 1000)::int8 / %(step)s * %(step)s as t"
# The same sums as in `devices/sums.py`, of a whole bucket.
_OF_READINGS = f"""
    select t, first_at, last_at, total, good, lo, hi from (
        select t, {SUMS}, count(v) from (
            select source_time as at, case when quality >= 64 then value end as v,
                {_BUCKET.format("source_time")}
            from devices_reading
            where tag_id = %(tag)s and source_time >= %(from{{i}})s and source_time < %(to{{i}})s
        ) readings group by t
    ) sums (t, first_at, last_at, total, lo, hi, good)"""  # noqa: S608
_OF_SUMS = f"""
    select {_BUCKET.format("at")}, first_at, last_at, total, good, lo, hi from {{table}}
    where tag_id = %(tag)s and at >= %(from{{i}})s and at < %(to{{i}})s"""  # noqa: S608

_POINTS = """
with parts as (
    {parts}
), buckets as materialized (
    select t, max(last_at) as last, min(lo) as lo, max(hi) as hi,
        sum(total) / nullif(sum(good), 0) as v,
        lead(min(first_at), 1, %(until)s) over (order by t) as next,
        lead(t) over (order by t) as next_t
    from parts group by t
), points as (
    select t, v, lo, hi from buckets
    union all
    select least((date_part('epoch', last + %(stale)s) * 1000)::int8, next_t - 1), null, null, null
    from buckets where next - last > %(stale)s
)
select json_build_object(
    'k', %(tag)s, 'step_ms', %(step)s,
    't', coalesce(array_agg(t order by t), '{{}}'),
    'v', coalesce(array_agg(v order by t), '{{}}'),
    'lo', coalesce(array_agg(lo order by t), '{{}}'),
    'hi', coalesce(array_agg(hi order by t), '{{}}')
)::text from points"""


def _buckets(spans: Sequence[Span], step_ms: int) -> str:
    table = "devices_minute" if step_ms % QUARTER_MS else "devices_quarter"
    parts = [
        _OF_SUMS.format(i=i, table=table) if span.is_summed else _OF_READINGS.format(i=i)
        for i, span in enumerate(spans)
    ]
    return _POINTS.format(parts="\n    union all".join(parts))


def _time(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
