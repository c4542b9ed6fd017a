"""The oracle itself: what it must accept, and every kind of mistake that it must see."""

from __future__ import annotations

import itertools
from collections import Counter

import hypothesis.strategies as st
import pytest
from hypothesis import given

from tests.faults.checker import Evidence, Gap, Place, Reading, Stand, Verdict, check, runs

EPOCH = "00000000000000ff"
LIVE = (EPOCH, "live")


def reading(number: int, value: float | None = 1.0) -> Reading:
    return Reading("D1", "t", number, value, 192 if value is not None else 24)


def healthy(frames: int = 5, per_frame: int = 2) -> Evidence:
    """A gateway whose frames 1, 2, ... are all stored and acknowledged."""
    numbers = itertools.count(1)
    truth = {
        Place(*LIVE, seq): [reading(next(numbers)) for _ in range(per_frame)]
        for seq in range(1, frames + 1)
    }
    stored = Counter(each for readings in truth.values() for each in readings)
    return Evidence(
        "GW",
        truth=truth,
        spool={LIVE: Stand(frames + 1, frames)},
        positions={LIVE: frames},
        stored=stored,
        latest={("D1", "t"): max(stored)},
    )


def take_away(evidence: Evidence, seq: int) -> list[Reading]:
    """Remove the rows of a frame from the database."""
    gone = evidence.truth[Place(*LIVE, seq)]
    evidence.stored -= Counter(gone)
    return gone


def faults(evidence: Evidence, *reasons: str) -> dict[str, int]:
    return check(evidence, reasons).faults


def test_a_run_in_which_everything_is_stored_has_no_fault() -> None:
    verdict = check(healthy())
    assert verdict.faults == {}
    assert (verdict.generated, verdict.acked, verdict.stored, verdict.spooled) == (10, 10, 10, 0)


def test_a_missing_row_is_lost() -> None:
    evidence = healthy()
    take_away(evidence, 2)
    assert faults(evidence) == {"lost": 2}


def test_a_row_that_is_there_twice_is_duplicated() -> None:
    evidence = healthy()
    evidence.stored[reading(3)] += 1
    assert faults(evidence) == {"duplicated": 1}


def test_two_equal_readings_are_stored_twice_and_not_once() -> None:
    evidence = healthy()
    evidence.truth[Place(*LIVE, 1)].append(reading(1))
    assert faults(evidence) == {"lost": 1}
    evidence.stored[reading(1)] += 1
    assert faults(evidence) == {}


def test_a_row_with_another_value_is_a_loss_and_a_stranger() -> None:
    evidence = healthy()
    evidence.stored[reading(4)] -= 1
    evidence.stored[reading(4, 7.0)] += 1
    evidence.stored += Counter()
    assert faults(evidence) == {"lost": 1, "strange": 1}


def test_a_row_that_no_truth_log_knows_is_a_stranger() -> None:
    evidence = healthy()
    evidence.stored[reading(0)] += 1
    assert faults(evidence) == {"strange": 1}


# ---------------------------------------------------------------- spool and quarantine


def test_what_waits_in_the_spool_is_not_lost() -> None:
    evidence = healthy()
    take_away(evidence, 5)
    evidence.positions[LIVE] = 4
    evidence.spool[LIVE] = Stand(6, 4)
    evidence.waiting = {Place(*LIVE, 5)}
    evidence.latest = {("D1", "t"): reading(8)}
    verdict = check(evidence)
    assert (verdict.faults, verdict.spooled, verdict.acked) == ({}, 2, 8)


def test_what_waits_only_for_its_ack_has_to_be_stored() -> None:
    evidence = healthy()
    evidence.spool[LIVE] = Stand(6, 4)
    evidence.waiting = {Place(*LIVE, 5)}
    assert faults(evidence) == {}
    take_away(evidence, 5)
    evidence.latest = {("D1", "t"): reading(8)}
    assert faults(evidence) == {"lost": 2}


def test_an_ack_beyond_what_is_stored_is_hasty() -> None:
    evidence = healthy()
    evidence.positions[LIVE] = 4
    assert faults(evidence) == {"hasty": 1}


def test_a_quarantined_reading_is_not_lost_but_told() -> None:
    evidence = healthy()
    evidence.stored[reading(3)] -= 1
    evidence.stored += Counter()
    evidence.quarantined = [("live", 2, 0)]
    assert faults(evidence) == {"quarantined": 1}


def test_a_frame_may_be_quarantined_as_a_whole() -> None:
    evidence = healthy()
    take_away(evidence, 2)
    evidence.quarantined = [("live", 2, -1)]
    assert faults(evidence) == {"quarantined": 1}


# ---------------------------------------------------------------- gaps


@pytest.fixture
def dropped() -> Evidence:
    """Frames 2 and 3 were dropped, and a gap record says so."""
    evidence = healthy()
    take_away(evidence, 2)
    take_away(evidence, 3)
    evidence.gaps = [Gap(*LIVE, 2, 3, 4, "quota")]
    return evidence


def test_a_gap_record_explains_what_is_missing(dropped: Evidence) -> None:
    verdict = check(dropped, {"quota"})
    assert (verdict.faults, verdict.dropped, verdict.gaps_explained) == ({}, 4, 1)


def test_a_gap_for_a_reason_that_the_run_does_not_have_explains_nothing(dropped: Evidence) -> None:
    assert faults(dropped) == {"lost": 4, "gaps_unexplained": 1}


def test_a_gap_record_that_still_waits_in_the_spool_explains_too(dropped: Evidence) -> None:
    dropped.unsent_gaps, dropped.gaps = dropped.gaps, []
    assert faults(dropped, "quota") == {}


def test_a_gap_over_rows_that_are_stored_is_denied(dropped: Evidence) -> None:
    dropped.stored[reading(3)] += 1
    assert faults(dropped, "quota") == {"denied": 1}


def test_a_gap_that_counts_wrongly_is_seen(dropped: Evidence) -> None:
    dropped.gaps = [dropped.gaps[0]._replace(readings=5)]
    assert faults(dropped, "quota") == {"gaps_miscounted": 1}
    dropped.kills = 1  # then it may have forgotten what it had given out
    assert faults(dropped, "quota") == {}
    dropped.gaps = [dropped.gaps[0]._replace(readings=3)]
    assert faults(dropped, "quota") == {"gaps_miscounted": 1}


def test_two_gap_records_for_one_number_are_one_too_many(dropped: Evidence) -> None:
    dropped.gaps = [Gap(*LIVE, 2, 3, 4, "quota"), Gap(*LIVE, 3, 3, 2, "quota")]
    assert faults(dropped, "quota") == {"holes": 1}


# ---------------------------------------------------------------- numbers and ghosts


def lose_line(evidence: Evidence, seq: int) -> None:
    """A kill came between the commit of the spool and the line of the truth log."""
    del evidence.truth[Place(*LIVE, seq)]


def test_a_frame_without_a_line_is_a_ghost_if_a_kill_explains_it() -> None:
    evidence = healthy()
    lose_line(evidence, 3)
    evidence.kills = 1
    verdict = check(evidence)
    assert (verdict.faults, verdict.ghosts) == ({}, 2)


def test_a_frame_without_a_line_and_without_a_kill_is_a_hole() -> None:
    evidence = healthy()
    lose_line(evidence, 3)
    assert faults(evidence) == {"holes": 1, "strange": 2}


def test_one_kill_explains_one_row_of_numbers_only() -> None:
    evidence = healthy()
    for seq in (2, 3, 5):
        lose_line(evidence, seq)
    evidence.kills = 1
    assert faults(evidence) == {"holes": 3, "strange": 6}
    evidence.kills = 2
    assert faults(evidence) == {}


def test_a_ghost_that_is_there_twice_is_a_duplicate() -> None:
    evidence = healthy()
    lose_line(evidence, 3)
    evidence.kills = 1
    evidence.stored[reading(5)] += 1
    assert faults(evidence) == {"duplicated": 1}


def test_a_number_beyond_the_end_of_the_spool_is_a_hole() -> None:
    evidence = healthy()
    evidence.spool[LIVE] = Stand(5, 4)
    evidence.positions[LIVE] = 4
    assert faults(evidence) == {"holes": 1}


def test_a_number_that_was_given_twice_is_a_hole() -> None:
    evidence = healthy()
    evidence.repeated = 1
    assert faults(evidence) == {"holes": 1}


@given(st.lists(st.integers(0, 30), unique=True))
def test_runs_are_counted_as_often_as_a_number_has_no_predecessor(numbers: list[int]) -> None:
    assert runs(sorted(numbers)) == sum(number - 1 not in numbers for number in numbers)


# ---------------------------------------------------------------- events and latest


def with_events(rows: int) -> Evidence:
    evidence = healthy()
    key = (EPOCH, "events")
    evidence.truth |= {Place(*key, seq): [] for seq in (1, 2, 3)}
    evidence.spool[key], evidence.positions[key] = Stand(4, 3), 3
    evidence.events = rows
    return evidence


@pytest.mark.parametrize(
    ("rows", "found"), [(3, {}), (2, {"events_lost": 1}), (5, {"events_duplicated": 2})]
)
def test_events_are_counted(rows: int, found: dict[str, int]) -> None:
    assert faults(with_events(rows)) == found


@pytest.mark.parametrize(
    "latest",
    [{}, {("D1", "t"): reading(9)}, {("D1", "t"): reading(10, 5.0)}, {("D2", "t"): reading(10)}],
)
def test_a_latest_value_that_is_not_the_newest_row_is_wrong(
    latest: dict[tuple[str, str], Reading],
) -> None:
    evidence = healthy()
    evidence.latest = latest
    assert "latest_wrong" in faults(evidence)


# ---------------------------------------------------------------- any one mistake is seen


@given(seq=st.integers(1, 5), copies=st.integers(-1, 3), waiting=st.booleans())
def test_a_frame_passes_only_if_it_is_stored_once(seq: int, copies: int, waiting: bool) -> None:
    """Whatever else: a frame below the claimed number must be there, and once."""
    evidence = healthy()
    for each in take_away(evidence, seq):
        if copies > 0:
            evidence.stored[each] += copies
    if waiting:
        evidence.waiting = {Place(*LIVE, seq)}
    found = faults(evidence)
    found.pop("latest_wrong", None)
    assert (found == {}) == (copies == 1)


def test_figures_of_several_gateways_add_up() -> None:
    total = Verdict()
    for _ in range(3):
        total.add(check(healthy()))
    assert (total.generated, total.stored, total.faults) == (30, 30, {})
