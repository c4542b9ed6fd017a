from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.camera.hours import is_open
from edge.wire.cameras import Hours

BERLIN = ZoneInfo("Europe/Berlin")
CLOCK = st.times().map(lambda at: f"{at:%H:%M}")
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


@given(st.integers(0, 6), CLOCK, CLOCK)
def test_hours_of_a_day_last_as_long_as_their_clock_times_say(
    day: int, start: str, end: str
) -> None:
    hours = [Hours(days=[day], start=start, end=end)]
    minutes = (MONDAY + timedelta(minutes=30 * i) for i in range(7 * 48))
    open_ = sum(is_open(hours, UTC, ms(at)) for at in minutes)
    first, last = (int(t[:2]) * 60 + int(t[3:]) for t in (start, end))
    assert abs(open_ * 30 - ((last - first) % 1440 or 1440)) <= 30


@given(st.integers(0, 4_000_000_000_000))
def test_without_hours_it_is_always_open(wall_ms: int) -> None:
    assert is_open([], BERLIN, wall_ms)


@pytest.mark.parametrize(
    ("local", "open_"),
    [
        ("2026-03-06 21:59", False),  # Friday
        ("2026-03-06 22:00", True),
        ("2026-03-07 05:59", True),  # Saturday, still the shift of Friday
        ("2026-03-07 06:00", False),
        ("2026-03-07 22:30", False),
        ("2026-07-10 22:00", True),  # in summer time as well
    ],
)
def test_a_night_shift_runs_over_midnight_by_the_clock_of_the_plant(
    local: str, *, open_: bool
) -> None:
    at = datetime.strptime(local, "%Y-%m-%d %H:%M").replace(tzinfo=BERLIN)
    night = [Hours(days=[0, 1, 2, 3, 4], start="22:00", end="06:00")]
    assert is_open(night, BERLIN, ms(at)) is open_
