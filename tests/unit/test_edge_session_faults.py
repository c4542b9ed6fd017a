"""What a session makes of a cloud that knows less or more than it should, or refuses a frame."""

from __future__ import annotations

import pytest
from session_steps import make_session, send_all, welcome

from edge.session import Bridge, Forget, Refuse, SkipTo
from edge.wire import Ack, Close, Error, Gap, Nack, decode_up


def test_a_cloud_that_lost_what_it_had_acknowledged_gets_a_gap_and_then_the_rest() -> None:
    session = make_session(live=(6, 5))
    assert session.welcomed(welcome(live=3), 0.0) == []
    bridge = session.pull(0.0)
    assert isinstance(bridge, Bridge)
    assert decode_up(bridge.text) == Gap("live", 4, 5, 7_000, 7_000, 0, "operator")
    assert send_all(session) == [("live", 5), ("live", 6)]
    assert session.acknowledged(Ack("live", 5)) == []
    assert session.acknowledged(Ack("live", 6)) == [Forget("live", 6)]


def test_a_cloud_that_is_set_back_during_a_connection_gets_the_gap_as_well() -> None:
    session = make_session(live=(6, 5))
    session.welcomed(welcome(live=5), 0.0)
    send_all(session)
    session.not_acknowledged(Nack("live", 3, "out_of_order"), 1.0)
    assert send_all(session, 2.0) == [("live", 5), ("live", 6)]


def test_a_gap_that_was_not_acknowledged_is_made_again_for_the_next_connection() -> None:
    session = make_session(live=(5, 5))
    session.welcomed(welcome(live=3), 0.0)
    assert send_all(session) == [("live", 5)]
    session.lost(None)
    session.welcomed(welcome(live=4), 0.0)
    bridge = session.pull(0.0)
    assert isinstance(bridge, Bridge)
    assert decode_up(bridge.text) == Gap("live", 5, 5, 7_000, 7_000, 0, "operator")


def test_a_cloud_that_knows_numbers_the_spool_never_gave_makes_it_skip_them() -> None:
    session = make_session(live=(6, 5))
    assert session.welcomed(welcome(live=9), 0.0) == [SkipTo("live", 9)]
    assert send_all(session) == []
    session.sealed({"live": 10})
    assert send_all(session) == [("live", 10)]


# ---------------------------------------------------------------- poison


def test_a_frame_that_is_refused_by_number_is_tried_twice_and_then_becomes_a_gap() -> None:
    session = make_session(live=(3, 0))
    error = Error("bad_frame", "no", "live", 2)
    session.welcomed(welcome(), 0.0)
    send_all(session)
    assert session.accused(error) == []
    assert send_all(session) == [("live", 2), ("live", 3)]
    assert session.accused(error) == [Refuse("live", 2)]
    assert send_all(session) == [("live", 2), ("live", 3)]  # the spool has a gap there now


def test_an_error_and_the_close_that_follows_it_count_once() -> None:
    session = make_session(live=(1, 0))
    session.welcomed(welcome(), 0.0)
    send_all(session)
    assert session.accused(Error("bad_frame", "no", "live", 1)) == []
    assert session.lost(Close.BAD_FRAME) == []


@pytest.mark.parametrize("code", [Close.BAD_FRAME, Close.TOO_LARGE])
def test_a_close_that_names_no_frame_has_them_sent_one_at_a_time_until_one_is_convicted(
    code: Close,
) -> None:
    session = make_session(live=(3, 0))
    session.welcomed(welcome(), 0.0)
    assert len(send_all(session)) == 3
    assert session.lost(code) == []
    session.welcomed(welcome(), 0.0)
    assert send_all(session) == [("live", 1)]
    session.acknowledged(Ack("live", 1))
    assert send_all(session) == [("live", 2)]
    assert session.lost(code) == []
    session.welcomed(welcome(live=1), 0.0)
    assert send_all(session) == [("live", 2)]
    assert session.lost(code) == [Refuse("live", 2)]


def test_caution_ends_when_all_suspects_are_acknowledged() -> None:
    session = make_session(live=(2, 0))
    session.welcomed(welcome(), 0.0)
    send_all(session)
    session.lost(Close.BAD_FRAME)
    session.welcomed(welcome(), 0.0)
    for seq in (1, 2):
        assert send_all(session) == [("live", seq)]
        session.acknowledged(Ack("live", seq))
    session.sealed({"live": 4})
    assert send_all(session) == [("live", 3), ("live", 4)]


def test_an_error_that_could_mean_two_frames_convicts_neither() -> None:
    session = make_session(live=(1, 0), history=(1, 0))
    session.welcomed(welcome(), 0.0)
    send_all(session)
    for _ in range(3):
        assert session.accused(Error("bad_frame", "no", None, 1)) == []


def test_a_cut_without_a_close_code_accuses_nobody() -> None:
    session = make_session(live=(1, 0))
    for _ in range(5):
        session.welcomed(welcome(), 0.0)
        send_all(session)
        assert session.lost(None) == []


def test_the_neighbour_of_an_accused_frame_is_not_convicted_by_the_close_that_follows() -> None:
    session = make_session(live=(2, 0))
    refused = []
    for _ in range(3):
        session.welcomed(welcome(), 0.0)
        send_all(session)
        refused += session.accused(Error("bad_frame", "no", "live", 2))
        refused += session.lost(Close.BAD_FRAME)
    assert set(refused) == {Refuse("live", 2)}


def test_no_frame_overtakes_the_gap_that_must_go_before_it() -> None:
    session = make_session(live=(6, 5))
    session.welcomed(welcome(live=3), 0.0)
    assert not session.is_next("live", 5, 0.0)
