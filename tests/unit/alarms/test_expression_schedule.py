from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarms.schedule import holds, validate

BERLIN = "Europe/Berlin"
NIGHT = [{"days": [4], "start": "22:00", "end": "06:00"}]  # from Friday to Saturday
_clock = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
_part = st.fixed_dictionaries(
    {"days": st.lists(st.integers(0, 6), min_size=1, max_size=7), "start": _clock, "end": _clock}
)
_moments = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
_zones = st.sampled_from([BERLIN, "UTC", "Asia/Shanghai", "America/St_Johns", "Pacific/Apia"])


def at(day: int, clock: str, zone: str = BERLIN) -> datetime:
    """Return a time of a day in October 2026; the 23rd is a Friday."""
    hour, minute = map(int, clock.split(":"))
    return datetime(2026, 10, day, hour, minute, tzinfo=ZoneInfo(zone))


def test_no_parts_are_always() -> None:
    assert holds([], at(23, "03:00"), BERLIN)


def test_a_part_holds_from_its_start_until_before_its_end() -> None:
    part = [{"days": [4], "start": "08:00", "end": "16:30"}]
    times = ("07:59", "08:00", "16:29", "16:30")
    assert [holds(part, at(23, time), BERLIN) for time in times] == [False, True, True, False]
    assert not holds(part, at(24, "10:00"), BERLIN)


def test_an_end_before_its_start_is_on_the_next_day() -> None:
    assert [holds(NIGHT, at(day, "23:00"), BERLIN) for day in (22, 23, 24)] == [False, True, False]
    assert [holds(NIGHT, at(day, "05:59"), BERLIN) for day in (23, 24, 25)] == [False, True, False]
    assert not holds(NIGHT, at(24, "06:00"), BERLIN)


def test_the_night_of_a_sunday_ends_on_monday() -> None:
    part = [{"days": [6], "start": "22:00", "end": "06:00"}]
    assert holds(part, at(26, "05:00"), BERLIN)


def test_equal_start_and_end_are_a_whole_day_from_then_on() -> None:
    part = [{"days": [4], "start": "06:00", "end": "06:00"}]
    moments = (at(23, "05:59"), at(23, "06:00"), at(24, "05:59"), at(24, "06:00"))
    assert [holds(part, moment, BERLIN) for moment in moments] == [False, True, True, False]


def test_the_clock_of_the_plant_counts() -> None:
    part = [{"days": [5], "start": "00:00", "end": "01:00"}]
    moment = datetime(2026, 10, 23, 16, 30, tzinfo=UTC)  # half past midnight in Shanghai
    assert holds(part, moment, "Asia/Shanghai")
    assert not holds(part, moment, BERLIN)


def test_the_hour_that_comes_twice_is_there_twice() -> None:
    part = [{"days": [6], "start": "02:00", "end": "03:00"}]
    begin = datetime(2026, 10, 25, 0, 0, tzinfo=UTC)  # 02:00 in summer time; winter an hour later
    hours = [holds(part, begin + timedelta(hours=hour), BERLIN) for hour in (-1, 0, 1, 2)]
    assert hours == [False, True, True, False]


def test_the_hour_that_is_skipped_is_not_there() -> None:
    part = [{"days": [6], "start": "02:00", "end": "03:00"}]
    day = datetime(2026, 3, 29, tzinfo=UTC)
    minutes = (day + timedelta(minutes=minute) for minute in range(0, 1440, 10))
    assert not any(holds(part, minute, BERLIN) for minute in minutes)


@given(_part, _moments, _zones)
def test_a_part_and_the_rest_of_its_days_leave_out_nothing(
    part: dict[str, object], moment: datetime, zone: str
) -> None:
    every_day = part | {"days": list(range(7))}
    other = {"days": list(range(7)), "start": part["end"], "end": part["start"]}
    assert holds([every_day, other], moment, zone)
    if part["start"] != part["end"]:
        assert holds([every_day], moment, zone) != holds([other], moment, zone)


@given(st.lists(_part, max_size=5), _moments, _zones)
def test_a_schedule_holds_when_one_of_its_parts_does(
    parts: list[dict[str, object]], moment: datetime, zone: str
) -> None:
    validate(parts)
    one = any(holds([part], moment, zone) for part in parts)
    assert holds(parts, moment, zone) == (one or not parts)


WRONG = [
    None,
    {},
    "always",
    [None],
    [[]],
    [{}],
    [{"days": [0], "start": "08:00"}],
    [{"days": [], "start": "08:00", "end": "09:00"}],
    [{"days": [7], "start": "08:00", "end": "09:00"}],
    [{"days": [True], "start": "08:00", "end": "09:00"}],
    [{"days": ["0"], "start": "08:00", "end": "09:00"}],
    [{"days": [0], "start": "8:00", "end": "09:00"}],
    [{"days": [0], "start": "24:00", "end": "09:00"}],
    [{"days": [0], "start": "08:00\n", "end": "09:00"}],
    [{"days": [0], "start": "08:00", "end": "09:00", "from": "x"}],
    [{"days": [0], "start": "08:00", "end": "09:00"}] * 21,
]


@pytest.mark.parametrize("schedule", WRONG, ids=range(len(WRONG)))
def test_what_is_no_schedule_is_refused(schedule: object) -> None:
    with pytest.raises(ValueError, match="schedule"):
        validate(schedule)


def test_the_part_that_is_wrong_is_named() -> None:
    with pytest.raises(ValueError, match="Part 2 of the schedule"):
        validate([*NIGHT, {"days": [9], "start": "08:00", "end": "09:00"}])


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        holds(NIGHT, datetime(2026, 10, 23, 12, 0), BERLIN)  # noqa: DTZ001
