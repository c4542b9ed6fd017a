from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from edge.profile import Point
from edge.report import Reading, Reporter
from edge.wire import Quality

TAG = Point(name="t", address=0, type="float32", deadband=0.5, scan_ms=1000, silence_ms=30_000)
EXACT = Point(name="t", address=0, type="uint64", scan_ms=1000, silence_ms=30_000)
START_MS = 1_000_000


def good(value: float, at_ms: int = START_MS, raw: str | None = None) -> Reading:
    return Reading("D", "t", at_ms, Quality.GOOD, value, raw)


def bad(quality: Quality, at_ms: int = START_MS) -> Reading:
    return Reading("D", "t", at_ms, quality)


def is_worth_reporting(tag: Point, last: Reading | None, new: Reading) -> bool:
    reporter = Reporter("D", tag)
    if last is not None:
        assert reporter.judge(*last[2:]) == last
    reported = reporter.judge(*new[2:])
    assert reported in {None, new}
    return reported is not None


def test_the_first_reading_is_reported() -> None:
    assert is_worth_reporting(TAG, None, good(1.0))


def test_a_change_within_the_deadband_is_not_reported() -> None:
    assert not is_worth_reporting(TAG, good(1.0), good(1.5))
    assert is_worth_reporting(TAG, good(1.0), good(1.51))
    assert is_worth_reporting(TAG, good(1.0), good(0.49))


def test_without_a_deadband_every_change_is_reported() -> None:
    assert not is_worth_reporting(EXACT, good(1.0), good(1.0))
    assert is_worth_reporting(EXACT, good(1.0), good(1.0000001))


def test_a_change_that_only_the_exact_number_shows_is_reported() -> None:
    assert is_worth_reporting(EXACT, good(2.0**60, raw="1"), good(2.0**60, raw="2"))


def test_a_change_of_quality_is_reported_even_from_bad_to_bad() -> None:
    assert is_worth_reporting(TAG, good(1.0), bad(Quality.COMM_FAILURE))
    assert is_worth_reporting(TAG, bad(Quality.COMM_FAILURE), bad(Quality.NOT_CONNECTED))
    assert is_worth_reporting(TAG, bad(Quality.COMM_FAILURE), good(1.0))


def test_a_lasting_failure_is_reported_once_and_then_after_the_silence() -> None:
    first = bad(Quality.COMM_FAILURE)
    assert not is_worth_reporting(TAG, first, bad(Quality.COMM_FAILURE, START_MS + 1000))
    assert is_worth_reporting(TAG, first, bad(Quality.COMM_FAILURE, START_MS + 30_000))


def test_an_unchanged_value_is_reported_after_the_silence_even_if_the_scan_is_a_little_early() -> (
    None
):
    assert not is_worth_reporting(TAG, good(1.0), good(1.0, START_MS + 29_000))
    assert is_worth_reporting(TAG, good(1.0), good(1.0, START_MS + 29_990))


def test_a_clock_that_is_set_back_does_not_silence_a_tag() -> None:
    assert is_worth_reporting(TAG, good(1.0), good(1.0, START_MS - 3_600_000))


@given(st.lists(st.floats(-10, 10), min_size=1, max_size=60))
def test_what_was_reported_last_is_never_further_from_the_truth_than_the_deadband(
    values: list[float],
) -> None:
    last: Reading | None = None
    reporter = Reporter("D", TAG)
    for i, value in enumerate(values):
        last = reporter.judge(START_MS + i * 1000, Quality.GOOD, value) or last
        assert last is not None
        assert last.value is not None
        assert abs(last.value - value) <= TAG.deadband
