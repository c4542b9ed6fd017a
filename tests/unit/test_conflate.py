"""Telemetry held back to a bearable pace, without losing what is newest."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from realtime.conflate import FRAME_S, REPEAT_S, Pacer, Row

TAGS = st.integers(1, 5)
# (pause before it in milliseconds, tags that change together)
CHANGES = st.lists(st.tuples(st.integers(0, 400), st.sets(TAGS, min_size=1)), max_size=60)


def reading(tag: int, t: int) -> Row:
    return [tag, t, float(t), 192, t]


def test_the_first_change_passes_at_once() -> None:
    pacer = Pacer()
    pacer.put([reading(1, 0)])

    assert pacer.due() == float("-inf")
    assert pacer.take(100.0) == [reading(1, 0)]


def test_a_repeat_waits_while_another_tag_passes() -> None:
    pacer = Pacer()
    pacer.put([reading(1, 0)])
    pacer.take(100.0)
    pacer.put([reading(1, 1), reading(2, 1)])

    assert pacer.due() == 100.0 + FRAME_S
    assert pacer.take(100.0 + FRAME_S) == [reading(2, 1)]
    assert pacer.due() == 100.0 + REPEAT_S


def test_the_newest_repeat_passes_after_the_pause() -> None:
    pacer = Pacer()
    pacer.put([reading(1, 0)])
    pacer.take(100.0)
    pacer.put([reading(1, 1)])
    pacer.put([reading(1, 2)])

    assert pacer.take(100.0 + REPEAT_S) == [reading(1, 2)]
    assert pacer.due() is None


@given(CHANGES)
def test_nothing_newest_is_kept_for_ever_and_no_tag_passes_too_often(
    changes: list[tuple[int, set[int]]],
) -> None:
    pacer, now = Pacer(), 0.0
    passed: dict[int, list[tuple[float, Row]]] = defaultdict(list)
    newest: dict[int, Row] = {}
    frames: list[float] = []

    def run_until(end: float) -> None:
        nonlocal now
        while (due := pacer.due()) is not None and due <= end:
            now = max(now, due) + 1e-6  # timers are never early
            if rows := pacer.take(now):
                frames.append(now)
            for row in rows:
                passed[row[0]].append((now, row))
        now = max(now, end)

    for step, (pause_ms, tags) in enumerate(changes):
        run_until(now + pause_ms / 1000)
        rows = [reading(tag, step) for tag in sorted(tags)]
        newest.update((row[0], row) for row in rows)
        pacer.put(rows)
    run_until(now + 10)

    assert {tag: history[-1][1] for tag, history in passed.items()} == newest
    for history in passed.values():
        times = [at for at, _ in history]
        assert all(b - a >= REPEAT_S for a, b in pairwise(times))
        assert [row[1] for _, row in history] == sorted({row[1] for _, row in history})
    assert all(b - a >= FRAME_S for a, b in pairwise(frames))
