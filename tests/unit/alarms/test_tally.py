"""What is counted of changes: days, chattering, first and last occurrences."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from alarms.conditions.model import Change
from alarms.tally import CHATTERING_MS, LISTED, Counts, Episode, Occurrence, Tally

UTC = ZoneInfo("UTC")
HOUR = 3_600_000


def counted(pairs: list[tuple[int, int]], *, until: int = 10**12, zone: str = "UTC") -> Counts:
    """Count occurrences of (since, until)."""
    tally = Tally(ZoneInfo(zone))
    for since, end in pairs:
        tally.add(Change(since, True, 1.0, 0.0), 1.0)
        tally.add(Change(end, False, 0.0, 0.0), 5.0)
    return tally.finish(0, until, None)


def test_an_occurrence_that_lasts_is_counted_up_to_the_end() -> None:
    tally = Tally(UTC)
    tally.add(Change(100, True, 1.0, 0.0), 1.0)
    counts = tally.finish(0, 1100, 7.0)
    assert (counts.activations, counts.active_ms, counts.longest_ms) == (1, 1000, 1000)
    assert counts.occurrences == (Occurrence(100, None, 7.0),)


def test_days_are_those_of_the_plant_and_none_is_left_out() -> None:
    counts = counted([(17 * HOUR, 18 * HOUR)], until=48 * HOUR, zone="Asia/Shanghai")
    assert counts.per_day == {"1970-01-01": 0, "1970-01-02": 1, "1970-01-03": 0}


def test_three_activations_within_a_minute_are_an_episode() -> None:
    counts = counted([(0, 1), (30_000, 30_001), (60_000, 60_001)], until=HOUR)
    assert counts.episodes == (Episode(0, 60_000, 3),)
    assert counts.chattering == 3


def test_three_activations_in_more_than_a_minute_are_none() -> None:
    counts = counted([(0, 1), (30_000, 30_001), (60_001, 60_002)], until=HOUR)
    assert (counts.episode_count, counts.chattering) == (0, 0)


def test_of_many_occurrences_the_first_and_the_last_are_listed() -> None:
    counts = counted([(100_000 * n, 100_000 * n + 1) for n in range(1000)], until=10**8)
    assert counts.activations == 1000
    listed = [occurrence.since // 100_000 for occurrence in counts.occurrences]
    assert listed == [*range(LISTED // 2), *range(1000 - LISTED // 2, 1000)]


@given(st.lists(st.sampled_from([1, 500, 20_000, 30_000, 59_000, 61_000]), max_size=40))
def test_episodes_are_what_neighbouring_threes_say(gaps: list[int]) -> None:
    starts, at = list[int](), 0
    for gap in gaps:
        at += gap
        starts.append(at)
    found = counted([(start, start) for start in starts], until=HOUR)

    runs: list[tuple[int, int]] = []  # first and last number
    for i in range(len(starts) - 2):
        if starts[i + 2] - starts[i] <= CHATTERING_MS:
            if runs and i <= runs[-1][1]:
                runs[-1] = (runs[-1][0], i + 2)
            else:
                runs.append((i, i + 2))
    assert list(found.episodes) == [Episode(starts[i], starts[j], j - i + 1) for i, j in runs]
    assert found.chattering == sum(j - i + 1 for i, j in runs)
    assert found.episode_count == len(runs)
