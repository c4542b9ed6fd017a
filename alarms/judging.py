"""Judges what was stored, in the transaction that stored it: see docs/adr/0009.

Readings that are current move alarms. Those that came late are history: they are judged too, with a
memory of their own, and leave entries in the journal, but move nothing and nobody is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
import numpy as np
from django.db import connection
from numpy.typing import NDArray

from alarms.conditions import engine
from alarms.conditions.model import Memory, Sample, tag_operand
from alarms.following import happening_of, judge_samples, memory_of, spec_for, with_watches
from alarms.hazards import concerned, judge_detections
from alarms.models import Alarm, Detection, Watch
from alarms.transitions import Moves
from alarms.watched import watched_tags
from devices.copying import Columns
from edge.wire import Quality

LATE_MS: Final = 60_000  # a reading that was longer on its way is history, as in phases.LATE


def judge(readings: Columns, detections: Sequence[Detection]) -> None:
    """Judge what one transaction stored. Call it last there: it locks alarms and their topics.

    Args:
        readings: the stored ones, sorted by tag and source time.
        detections: those that are new or changed.
    """
    live, late = _split(readings)
    outside, past, seen = _outside(live), _watched(late), concerned(detections)
    if not (outside or past or seen):
        return
    moves = Moves()
    for alarm, watches in with_watches(outside | past | seen):  # one locking, so one order
        if alarm.pk in past:
            _judge_late(moves, alarm, samples_of(late, watches))
        if alarm.pk in outside:
            judge_samples(moves, alarm, watches, samples_of(live, watches))
        if alarm.pk in seen:
            judge_detections(moves, alarm, watches, detections)
    moves.write()


# ---------------------------------------------------------------- current


# A band with low > high has no value in it; a bound that is null bounds nothing.
_LEFT: Final = """
select distinct w.alarm_id from alarms_watch w
join unnest(%s::int4[], %s::float8[], %s::float8[], %s::bool[]) s(tag, low, high, odd)
  on s.tag = w.tag_id
where s.odd or s.high > w.high or s.low < w.low"""


def _outside(readings: Columns) -> set[int]:
    """Return the alarms that have a reading outside of their bands, or one of bad quality."""
    if not len(readings):
        return set()
    with connection.cursor() as cursor:
        extremes = _extremes(readings, watched_tags(cursor))
        if not extremes[0]:
            return set()
        cursor.execute(_LEFT, extremes)
        return {alarm_id for (alarm_id,) in cursor.fetchall()}


def _extremes(readings: Columns, watched: NDArray[np.int32]) -> list[list[object]]:
    """Return tags, least values, greatest values, and whether any reading has no good value.

    Of the watched tags only, each once.
    """
    readings = readings.take(np.flatnonzero(np.isin(readings.tag, watched)))
    if not len(readings):
        return [[], [], [], []]
    starts = np.flatnonzero(np.diff(readings.tag, prepend=-1))
    strange = (readings.quality < Quality.UNCERTAIN) | np.isnan(readings.value)
    odd = np.logical_or.reduceat(strange, starts)
    low, high = (f.reduceat(readings.value, starts) for f in (np.fmin, np.fmax))
    return [readings.tag[starts].tolist(), low.tolist(), high.tolist(), odd.tolist()]


def samples_of(readings: Columns, watches: Iterable[Watch]) -> list[Sample]:
    """Return the readings of the tags that are watched, in the order of their source time."""
    samples: list[Sample] = []
    for tag in {watch.tag_id for watch in watches if watch.tag_id is not None}:
        first, last = np.searchsorted(readings.tag, [tag, tag + 1]).tolist()
        operand, rows = tag_operand(tag), slice(first, last)
        samples += [
            Sample(at, operand, None if value != value else value, good=good)
            for at, value, good in zip(
                readings.source[rows].tolist(),
                readings.value[rows].tolist(),
                (readings.quality[rows] >= Quality.UNCERTAIN).tolist(),
                strict=True,
            )
        ]
    samples.sort(key=lambda sample: (sample.at, sample.operand))
    return samples


# ---------------------------------------------------------------- late

_SKEWS: Final = """
select t.id, s.skew_ms from devices_tag t join devices_device d on d.id = t.device_id
join devices_devicestate s on s.device_id = coalesce(d.via_id, d.id)
where t.id = any(%s) and s.skew_ms is not null"""


def _split(readings: Columns) -> tuple[Columns, Columns]:
    """Part the readings that are current from those that came late, by the server's clock."""
    late = readings.received - readings.source > LATE_MS
    if late.any():  # a gateway whose clock is slow is not late
        with connection.cursor() as cursor:
            cursor.execute(_SKEWS, [np.unique(readings.tag[late]).tolist()])
            skews = dict(cursor.fetchall())
        skew = np.array([min(skews.get(tag, 0), 0) for tag in readings.tag.tolist()], np.int64)
        late = readings.received - readings.source + skew > LATE_MS
    if not late.any():
        return readings, readings.take(np.empty(0, np.intp))
    return readings.take(np.flatnonzero(~late)), readings.take(np.flatnonzero(late))


def _watched(readings: Columns) -> set[int]:
    """Return the alarms that watch any of these tags."""
    if not len(readings):
        return set()
    tags = np.unique(readings.tag).tolist()
    return set(Watch.objects.filter(tag_id__in=tags).values_list("alarm_id", flat=True))


def _judge_late(moves: Moves, alarm: Alarm, samples: Sequence[Sample]) -> None:
    """Write down when an alarm would have been active; it stays as it is."""
    spec = spec_for(alarm)
    if spec is None:
        return
    memory = _past(alarm, samples)
    changes = engine.feed(spec, memory, samples)
    for change in changes:
        moves.log_past(alarm, happening_of(change, historical=True))
    past = msgspec.to_builtins(memory)
    if alarm.past != past:
        alarm.past = past
        moves.keep(alarm)


def _past(alarm: Alarm, samples: Sequence[Sample]) -> Memory:
    """Return what was known before these samples; history that begins anew follows the present.

    A gap begins where the live readings ended, so the first late reading after it meets the alarm
    as it was then.
    """
    memory = memory_of(alarm.past)
    first = samples[0].at if samples else 0
    live = memory_of(alarm.memory)
    if memory.at > first or memory.at < live.at <= first:
        memory = live if live.at <= first else Memory()
    return memory
