from __future__ import annotations

from camera_strategies import LABELS, box, boxes
from hypothesis import given
from hypothesis import strategies as st

from edge.camera.geometry import likeness, overlap
from edge.camera.tracks import MOST_TRACKS, Tracker
from edge.wire import Box

THRESHOLDS = dict.fromkeys(LABELS, 0.5)


@given(st.lists(st.lists(boxes(), max_size=4), max_size=8))
def test_a_number_is_one_thing_of_one_label_and_is_never_given_twice(
    pictures: list[list[Box]],
) -> None:
    tracker, labels, ended = Tracker(), dict[int, str](), set[int]()
    for at, picture in enumerate(pictures):
        before = {track.number for track in tracker.tracks}
        tracker.update(picture, THRESHOLDS, float(at))
        now = {track.number for track in tracker.tracks}
        assert len(now) == len(tracker.tracks) <= MOST_TRACKS
        assert not now & ended
        assert all(labels.setdefault(t.number, t.label) == t.label for t in tracker.tracks)
        ended |= before - now


@given(st.lists(boxes(), max_size=8), st.lists(boxes(), max_size=8))
def test_every_box_with_a_high_score_is_in_exactly_one_track(
    first: list[Box], second: list[Box]
) -> None:
    tracker = Tracker()
    tracker.update(first, THRESHOLDS, 0.0)
    tracker.update(second, THRESHOLDS, 0.2)
    for one in second:
        holding = [track for track in tracker.tracks if track.box is one]
        assert len(holding) == 1 or one.score < 0.5


@given(boxes(), boxes())
def test_overlap_and_likeness_are_the_same_both_ways_and_bounded(a: Box, b: Box) -> None:
    assert overlap(a, b) == overlap(b, a)
    assert 0 <= overlap(a, b) <= 1.000001
    assert likeness(a, b) == likeness(b, a)


def test_a_walker_keeps_the_number_although_the_boxes_do_not_overlap() -> None:
    tracker = Tracker()
    for step in range(8):
        tracker.update([box(0.1 + step * 0.11, 0.5)], THRESHOLDS, step * 0.2)
    assert [track.number for track in tracker.tracks] == [1]


def test_two_that_pass_each_other_side_by_side_keep_their_numbers() -> None:
    tracker = Tracker()
    for step in range(11):
        left, right = box(0.1 + step * 0.08, 0.3), box(0.9 - step * 0.08, 0.7)
        tracker.update([right, left], THRESHOLDS, step * 0.2)
    assert {t.number: t.box.y for t in tracker.tracks} == {1: right.y, 2: left.y}


def test_a_low_score_continues_a_track_and_begins_none() -> None:
    tracker = Tracker()
    tracker.update([box(0.5, 0.5, score=0.3)], THRESHOLDS, 0.0)
    assert tracker.tracks == []
    tracker.update([box(0.5, 0.5, score=0.8)], THRESHOLDS, 0.2)
    tracker.update([box(0.5, 0.5, score=0.3)], THRESHOLDS, 0.4)
    (track,) = tracker.tracks
    assert track.is_seen
    assert track.box.score == 0.3


def test_a_track_survives_a_second_behind_a_pillar_and_ends_when_it_stays_away() -> None:
    tracker = Tracker()
    tracker.update([box(0.5, 0.5)], THRESHOLDS, 0.0)
    for step in range(1, 6):
        tracker.update([], THRESHOLDS, step * 0.2)
    tracker.update([box(0.52, 0.5)], THRESHOLDS, 1.2)
    assert [track.number for track in tracker.tracks] == [1]
    for step in range(7, 20):
        tracker.update([], THRESHOLDS, step * 0.2)
    assert tracker.tracks == []
