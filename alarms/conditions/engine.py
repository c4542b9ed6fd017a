"""Moves a memory through samples and time, and says when the condition began or was over. Pure.

Time moves with the samples, and with `expire` where there are none. A delay that ends at or before
a sample ends before the sample is looked at, so it does not matter whether `expire` was called in
between, nor how the samples are cut into batches.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from alarms.conditions.model import Change, Judgement, Memory, Sample, Spec

MAX_POINTS: Final = 64  # of each operand's past
_STEPS: Final = MAX_POINTS // 2 - 1  # of a window: each has at most two points


def feed(spec: Spec, memory: Memory, samples: Iterable[Sample]) -> list[Change]:
    """Judge samples one after the other and return what changed, in order; ``memory`` moves on.

    Args:
        spec: the rule.
        memory: changed in place.
        samples: in order of time. Of other operands than the rule's: ignored. Older than the newest
            one of their operand: ignored. Older than the newest of another operand: judged as of
            then, so that time never goes back.
    """
    condition, changes = spec.condition, list[Change]()
    operands, windows = condition.operands, condition.windows
    for sample in samples:
        if sample.operand not in operands or _is_late(memory, sample):
            continue
        at = max(memory.at, sample.at)
        changes += expire(spec, memory, at)
        memory.at = at
        memory.held[sample.operand] = (sample.at, sample.value, sample.good)
        if sample.operand in windows:
            _remember(memory, sample, windows[sample.operand])
        changes += _judge(spec, memory, condition.look(memory, at))
    return changes


def expire(spec: Spec, memory: Memory, now_ms: int) -> list[Change]:
    """End the running delay if its time is over at ``now_ms``; the change is of when it ended."""
    at = due(spec, memory)
    if at is None or at > now_ms:
        return []
    change = Change(at, not memory.active, memory.pending_value, memory.pending_limit)
    memory.active = change.active
    memory.at = max(memory.at, at)
    _abandon(memory)
    return [change]


def due(spec: Spec, memory: Memory) -> int | None:
    """Return when to call `expire`, epoch milliseconds; ``None``: no delay is running."""
    if memory.pending is None:
        return None
    return memory.pending + (spec.delays.off_ms if memory.active else spec.delays.on_ms)


def bands(spec: Spec, memory: Memory) -> dict[str, tuple[float | None, float | None]]:
    """Return for each operand between which values nothing changes as things are."""
    return {name: spec.condition.band(memory, name) for name in spec.condition.operands}


def is_quiet(band: tuple[float | None, float | None], sample: Sample) -> bool:
    """Say whether a sample lies in a band. One of bad quality, or without a value, lies in none."""
    low, high = band
    return (
        sample.good
        and sample.value is not None
        and (low is None or low <= sample.value)
        and (high is None or sample.value <= high)
    )


def _is_late(memory: Memory, sample: Sample) -> bool:
    held = memory.held.get(sample.operand)
    return held is not None and sample.at < held[0]


def _judge(spec: Spec, memory: Memory, judgement: Judgement) -> list[Change]:
    """Begin a delay, let it run on, or abandon it: also when nobody can say how it is."""
    if judgement.truth is None or judgement.truth == memory.active:
        _abandon(memory)
        return []
    if memory.pending is None:
        memory.pending = memory.at
        memory.pending_value, memory.pending_limit = judgement.value, judgement.limit
    return expire(spec, memory, memory.at)


def _abandon(memory: Memory) -> None:
    memory.pending = memory.pending_value = memory.pending_limit = None


def _remember(memory: Memory, sample: Sample, window_ms: int) -> None:
    """Add a good value to the past.

    A point is left out only if it lies between two that are less than a step apart: where values
    come seldom each one stays, because it stood until the next.
    """
    if not sample.good or sample.value is None:
        memory.points.pop(sample.operand, None)  # nobody knows how it was from here on
        return
    points = memory.points.setdefault(sample.operand, [])
    begin = sample.at - window_ms
    inside = next((i for i, (at, _) in enumerate(points) if at > begin), len(points))
    del points[: max(0, inside - 1)]  # one from before says how it was when the window began
    if _is_between(points, sample.at, window_ms):
        points.pop()
    points.append((sample.at, sample.value))


def _is_between(points: list[tuple[int, float]], at: int, window_ms: int) -> bool:
    """Say whether the newest point is left out when one of ``at`` comes."""
    if len(points) < 2:
        return bool(points) and points[-1][0] == at
    return (at - points[-2][0]) * _STEPS < window_ms
