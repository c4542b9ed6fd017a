"""What goes into the spool, what comes out, and what the quota takes."""

from __future__ import annotations

import stat
from pathlib import Path

from edge_makers import Opener
from spool_steps import MIB, SMALLEST, frames, readings

from edge.gather import Happening
from edge.report import Reading
from edge.spool import Spool
from edge.wire import MAX_READINGS, Data, Event, Gap, Quality


def test_readings_come_out_as_they_went_in(open_spool: Opener) -> None:
    spool = open_spool()
    batch = [
        Reading("A", "x", 5_000, Quality.GOOD, 1.5),
        Reading("B", "x", 4_000, Quality.COMM_FAILURE),
        Reading("A", "y", 6_000, Quality.GOOD, float(2**60), str(2**60 + 1)),
    ]
    numbers = spool.number_tags([("A", "x"), ("B", "x"), ("A", "y")])
    assert spool.append(batch) == {"live": 1}
    assert frames(spool) == [
        Data(
            "live",
            1,
            4_000,
            [1_000, 0, 2_000],
            [numbers["A", "x"], numbers["B", "x"], numbers["A", "y"]],
            [1.5, None, float(2**60)],
            [192, 24, 192],
            {2: str(2**60 + 1)},
        )
    ]


def test_each_stream_counts_its_own_frames(open_spool: Opener) -> None:
    spool = open_spool()
    happening = Happening("device.down", "D", 9, "COMM_FAILURE")
    assert spool.append(readings(1), [happening]) == {"events": 1, "live": 1}
    assert spool.append(readings(1), stream="history") == {"history": 1}
    assert spool.append(readings(1)) == {"live": 2}
    assert frames(spool, "events") == [Event(1, 9, "device.down", "D", "COMM_FAILURE")]


def test_more_readings_than_fit_a_frame_become_several_frames(open_spool: Opener) -> None:
    spool = open_spool()
    assert spool.append(readings(2 * MAX_READINGS + 1)) == {"live": 3}
    assert [len(f.v) for f in frames(spool) if isinstance(f, Data)] == [1000, 1000, 1]


def test_a_clock_that_jumps_by_years_within_a_batch_splits_it(open_spool: Opener) -> None:
    spool = open_spool()
    years_ms = 56 * 365 * 86_400_000
    batch = [Reading("D", "t", ms, 192, 1.0) for ms in (1_000, years_ms, 2_000)]
    assert spool.append(batch) == {"live": 3}
    assert [f.t0 for f in frames(spool) if isinstance(f, Data)] == [1_000, years_ms, 2_000]


def test_a_spool_that_is_opened_again_goes_on_counting_in_the_same_epoch(
    open_spool: Opener,
) -> None:
    spool = open_spool()
    numbers = spool.number_tags([("D", "a"), ("D", "b")])
    spool.append(readings(1))
    spool.append(readings(1))
    spool.forget({"live": 2})
    epoch = spool.epoch
    spool.close()
    again = open_spool()
    assert again.epoch == epoch
    assert again.ends()["live"][:2] == (3, 2)
    assert again.append(readings(1)) == {"live": 3}
    more = again.number_tags([("D", "c"), ("D", "b")])
    assert numbers.items() <= more.items()
    assert len(set(more.values())) == len(more)


def test_a_new_spool_is_a_new_epoch(tmp_path: Path) -> None:
    first, second = Spool(tmp_path / "a", MIB), Spool(tmp_path / "b", MIB)
    assert first.epoch != second.epoch
    assert len(first.epoch) == 16
    first.close()
    second.close()


def test_what_is_forgotten_is_gone_and_the_rest_is_not(open_spool: Opener) -> None:
    spool = open_spool()
    for i in range(5):
        spool.append(readings(1, i))
    spool.forget({"live": 3})
    assert [frame.seq for frame in frames(spool)] == [4, 5]
    assert spool.status()[:2] == (2, 3_000)
    assert spool.ends()["live"] == (6, 3, 2_000)


def test_the_file_is_readable_by_its_owner_only(open_spool: Opener, tmp_path: Path) -> None:
    spool = open_spool(truth_log=tmp_path / "truth")
    spool.append(readings(1))
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert "gw.spool-wal" in modes
    assert set(modes.values()) == {0o600}


# ---------------------------------------------------------------- quota


def test_the_quota_drops_the_oldest_and_says_exactly_what(open_spool: Opener) -> None:
    spool = open_spool(SMALLEST)
    for i in range(30):
        spool.append(readings(MAX_READINGS, i * MAX_READINGS))
    gap, *rest = frames(spool)
    dropped = 30 - len(rest)
    assert 0 < dropped < 30
    assert gap == Gap("live", 1, dropped, 0, (dropped * 1000 - 1) * 1000, dropped * 1000, "quota")
    assert [frame.seq for frame in rest] == list(range(dropped + 1, 31))
    assert spool.status().bytes <= SMALLEST


def test_a_gap_record_is_widened_and_never_dropped(open_spool: Opener) -> None:
    spool = open_spool(SMALLEST)
    for i in range(100):
        spool.append(readings(MAX_READINGS, i * MAX_READINGS))
    found = frames(spool)
    assert [type(frame) for frame in found] == [Gap] + [Data] * (len(found) - 1)
    assert isinstance(found[0], Gap)
    lost = found[0].readings
    assert lost + sum(len(f.v) for f in found if isinstance(f, Data)) == 100 * MAX_READINGS


def test_a_backlog_is_dropped_before_the_present_and_events_last(open_spool: Opener) -> None:
    spool = open_spool(SMALLEST)
    spool.append([], [Happening("device.down", "D", i) for i in range(20)])
    spool.append(readings(MAX_READINGS))
    for i in range(5):
        spool.append(readings(MAX_READINGS, i * MAX_READINGS), stream="history")
    for i in range(1, 7):
        spool.append(readings(MAX_READINGS, i * MAX_READINGS))
    assert any(isinstance(frame, Gap) for frame in frames(spool, "history"))
    assert not any(isinstance(frame, Gap) for frame in frames(spool, "live"))
    for i in range(7, 30):
        spool.append(readings(MAX_READINGS, i * MAX_READINGS))
    assert all(isinstance(frame, Gap) for frame in frames(spool, "history"))
    assert any(isinstance(frame, Gap) for frame in frames(spool, "live"))
    assert len([f for f in frames(spool, "events") if isinstance(f, Event)]) == 20


def test_a_batch_larger_than_the_quota_is_accounted_for(open_spool: Opener) -> None:
    spool = open_spool(SMALLEST)
    spool.append(readings(30 * MAX_READINGS))
    found = frames(spool)
    lost = sum(frame.readings for frame in found if isinstance(frame, Gap))
    kept = sum(len(frame.v) for frame in found if isinstance(frame, Data))
    assert lost + kept == 30 * MAX_READINGS
    assert kept > 0


def test_a_gap_is_not_widened_over_what_was_given_out_already(open_spool: Opener) -> None:
    spool = open_spool(SMALLEST)
    for i in range(6):
        spool.append(readings(MAX_READINGS, i * MAX_READINGS))
    assert len(spool.read("live", 0, 2)) == 2  # these may be with the cloud already
    for i in range(6, 30):
        spool.append(readings(MAX_READINGS, i * MAX_READINGS))
    gaps = [frame for frame in frames(spool) if isinstance(frame, Gap)]
    assert [(gap.seq_from, gap.seq) for gap in gaps][:2] == [(1, 1), (2, 2)]
    assert gaps[2].seq_from == 3
    assert [gap.readings for gap in gaps[:2]] == [1000, 1000]
