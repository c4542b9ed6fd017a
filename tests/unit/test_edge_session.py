"""What a session sends, and when."""

from __future__ import annotations

import pytest
from session_steps import limited, make_session, send_all, welcome

from edge.session import ACK_TIMEOUT_S, PULL_FRAMES, Forget, Pull
from edge.wire import Ack, Limits, Nack, Slow


def test_nothing_is_sent_before_the_welcome() -> None:
    session = make_session(live=(3, 0))
    assert session.pull(0.0) is None
    assert session.next_numbers() == {"events": 1, "live": 1, "history": 1}


def test_events_go_before_live_and_live_before_history() -> None:
    session = make_session(events=(1, 0), live=(2, 0), history=(2, 0))
    session.welcomed(welcome(), 0.0)
    assert [stream for stream, _ in send_all(session)] == [
        "events", "live", "live", "history", "history",
    ]  # fmt: skip


def test_the_window_bounds_what_is_under_way_and_history_gets_half_of_it() -> None:
    session = make_session(live=(100, 0), history=(100, 0))
    session.welcomed(welcome(limited(10)), 0.0)
    assert len(send_all(session)) == 10
    only_history = make_session(history=(100, 0))
    only_history.welcomed(welcome(limited(10)), 0.0)
    assert len(send_all(only_history)) == 5


def test_a_window_of_one_still_moves_history() -> None:
    session = make_session(history=(2, 0))
    session.welcomed(welcome(limited(1)), 0.0)
    assert send_all(session) == [("history", 1)]


def test_one_read_of_the_spool_is_bounded() -> None:
    session = make_session(live=(100, 0))
    session.welcomed(welcome(), 0.0)
    assert session.pull(0.0) == Pull("live", 0, PULL_FRAMES)


def test_an_ack_is_cumulative_opens_the_window_and_lets_the_spool_forget() -> None:
    session = make_session(live=(4, 0))
    session.welcomed(welcome(limited(2)), 0.0)
    assert send_all(session) == [("live", 1), ("live", 2)]
    assert session.acknowledged(Ack("live", 2)) == [Forget("live", 2)]
    assert send_all(session) == [("live", 3), ("live", 4)]
    assert session.acknowledged(Ack("live", 2)) == []


def test_an_ack_of_what_was_not_sent_forgets_only_what_was() -> None:
    session = make_session(live=(4, 0))
    session.welcomed(welcome(limited(2)), 0.0)
    send_all(session)
    assert session.acknowledged(Ack("live", 1000)) == [Forget("live", 2)]


def test_after_a_loss_what_was_not_acknowledged_is_sent_again_and_nothing_else() -> None:
    session = make_session(live=(4, 0))
    session.welcomed(welcome(), 0.0)
    send_all(session)
    session.acknowledged(Ack("live", 1))
    session.lost(None)
    assert session.next_numbers()["live"] == 2
    assert session.welcomed(welcome(live=3), 0.0) == [Forget("live", 3)]
    assert send_all(session) == [("live", 4)]


def test_a_nack_sends_again_from_where_the_cloud_stands_after_its_pause() -> None:
    session = make_session(live=(4, 0))
    session.welcomed(welcome(), 0.0)
    send_all(session)
    session.not_acknowledged(Nack("live", 1, "again", 2.0), 10.0)
    assert session.pull(11.9) is None
    assert session.next_chance(11.0) == 1.0
    assert send_all(session, 12.0) == [("live", 2), ("live", 3), ("live", 4)]


def test_a_burst_of_nacks_counts_once() -> None:
    session = make_session(live=(4, 0))
    session.welcomed(welcome(), 0.0)
    send_all(session)
    for _ in range(3):
        session.not_acknowledged(Nack("live", 1, "again"), 10.0)
    assert session.next_chance(10.0) == pytest.approx(0.05)


def test_a_stream_that_is_held_does_not_hold_the_others() -> None:
    session = make_session(live=(2, 0), history=(2, 0))
    session.welcomed(welcome(limited(64)), 0.0)
    send_all(session)
    session.not_acknowledged(Nack("live", 0, "again", 5.0), 1.0)
    session.sealed({"history": 3})
    assert send_all(session, 1.0) == [("history", 3)]


def test_a_backlog_stands_aside_in_the_middle_of_a_read_when_something_happens() -> None:
    session = make_session(history=(10, 0))
    session.welcomed(welcome(), 0.0)
    assert session.pull(0.0) == Pull("history", 0, PULL_FRAMES)
    session.sent("history", 1, 1, 0.0)
    assert session.is_next("history", 1, 0.0)
    session.sealed({"live": 1})
    assert not session.is_next("history", 1, 0.0)


def test_a_read_that_was_under_way_when_a_nack_came_is_given_up() -> None:
    session = make_session(live=(4, 0))
    session.welcomed(welcome(), 0.0)
    session.sent("live", 1, 1, 0.0)
    session.sent("live", 2, 1, 0.0)
    session.not_acknowledged(Nack("live", 0, "again", 0.1), 1.0)
    assert not session.is_next("live", 2, 2.0)
    assert send_all(session, 2.0) == [("live", n) for n in (1, 2, 3, 4)]


def test_slow_pauses_everything_but_not_for_ever() -> None:
    session = make_session(live=(2, 0))
    session.welcomed(welcome(), 0.0)
    session.slowed(Slow(3.0), 10.0)
    assert session.pull(12.9) is None
    assert session.pull(13.0) is not None
    session.slowed(Slow(1e9), 20.0)
    assert session.pull(81.0) is not None


@pytest.mark.parametrize(("frames_per_s", "readings_per_s"), [(10.0, 1e9), (1e6, 100.0)])
def test_the_rates_of_the_welcome_are_kept(frames_per_s: float, readings_per_s: float) -> None:
    session = make_session(live=(1000, 0))
    limits = Limits(window=1000, frames_per_s=frames_per_s, readings_per_s=readings_per_s)
    session.welcomed(welcome(limits), 0.0)
    times = []
    now = 0.0
    for seq in range(1, 41):
        while session.pull(now) is None:
            chance = session.next_chance(now)
            assert chance is not None
            now += chance
        session.sent("live", seq, 10, now)
        times.append(now)
    assert all(times[i + 20] - times[i] >= 1.0 for i in range(20))


def test_an_overdue_ack_is_noticed() -> None:
    session = make_session(live=(1, 0))
    session.welcomed(welcome(), 0.0)
    assert not session.is_stuck(ACK_TIMEOUT_S * 2)
    send_all(session, 5.0)
    assert not session.is_stuck(5.0 + ACK_TIMEOUT_S)
    assert session.is_stuck(5.1 + ACK_TIMEOUT_S)
