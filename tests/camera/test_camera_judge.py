"""From boxes to what is told, with the pictures; the models are not needed for that."""

from __future__ import annotations

import numpy as np
from camera_strategies import box, boxes, rule
from hypothesis import given
from hypothesis import strategies as st

from edge.camera.evidence import Past, Shot
from edge.camera.judge import Judge
from edge.camera.motion import Flicker, small_grey
from edge.wire import Box, Detection
from edge.wire.cameras import CameraConfig, ZoneConfig
from edge.wire.detections import check_detection

START_MS = 1_800_000_000_000


class Filmed:
    """A judge, and a camera with five pictures a second."""

    def __init__(self, **settings: object) -> None:
        usual = {"uid": "CAM", "source": "usb:0", "models": ["x"]}
        self.rules = {label: rule(label) for label in ("fire", "smoke", "no_helmet")}
        self.judge = Judge(CameraConfig(**(usual | settings)), self.rules)  # type: ignore[arg-type]
        self.flicker, self.past = Flicker(), Past()
        self.step = 0
        self.told: list[Detection] = []

    def film(self, found: list[Box], pictures: int = 1, set_back_ms: int = 0) -> list[Detection]:
        told = []
        for _ in range(pictures):
            self.step += 1
            now, at_ms = self.step * 0.2, START_MS + self.step * 200 - set_back_ms
            pixels = np.full((36, 64, 3), self.step % 256, np.uint8)
            self.flicker.add(small_grey(pixels), now)
            self.past.add(pixels, at_ms, now)
            told += self.judge.look(Shot(pixels, at_ms, found), self.flicker, self.past, now)
        self.told += told
        return told


def test_an_event_tells_its_start_with_the_best_picture_what_was_before_and_what_after() -> None:
    filmed = Filmed()
    filmed.film([], 15)
    filmed.film([box(0.5, 0.5, score=0.7)], 2)
    started = filmed.film([box(0.5, 0.5, score=0.9)])
    filmed.film([box(0.5, 0.5, score=0.7)], 5)
    ended = filmed.film([], 12)
    start, before = started
    (end,) = ended
    assert [d.phase for d in filmed.told] == ["start", "update", "end"]
    pictures = [d.picture for d in filmed.told]
    assert [p.role for p in pictures if p] == ["best", "before", "after"]
    assert len({d.id for d in filmed.told}) == 1
    assert start.score == 0.7
    assert start.peak == 0.9
    assert start.picture is not None
    assert start.picture.at == START_MS + 18 * 200
    assert start.picture.boxes == [box(0.5, 0.5, score=0.9)]
    assert before.picture is not None
    assert before.picture.at <= start.since - 1600
    assert end.why == "over"
    assert end.at - start.at >= filmed.rules["fire"].clear_s * 1000


def test_what_comes_back_after_its_end_is_a_new_event_with_new_pictures() -> None:
    filmed = Filmed()
    filmed.rules["fire"] = rule("fire", clear_s=0.5)
    filmed.judge = Judge(CameraConfig(uid="C", source="usb:0", models=["x"]), filmed.rules)
    filmed.film([box(0.5, 0.5, score=0.95)], 5)
    filmed.film([], 4)
    again = filmed.film([box(0.5, 0.5, score=0.7)], 5)
    assert [d.phase for d in filmed.told if d.picture is None or d.picture.role != "before"] == [
        "start",
        "end",
        "start",
    ]
    assert again[0].since == START_MS + 10 * 200
    assert again[0].picture is not None
    assert again[0].picture.at >= again[0].since


def test_what_stands_outside_of_the_zone_is_not_told() -> None:
    left = ZoneConfig(name="left", points=[(0, 0), (0.5, 0), (0.5, 1), (0, 1)])
    filmed = Filmed(zones=[left])
    assert filmed.film([box(0.8, 0.5)], 10) == []
    assert {d.zone for d in filmed.film([box(0.2, 0.5)], 10)} == {"left"}


def test_all_events_end_when_the_camera_is_not_looked_at_any_more() -> None:
    filmed = Filmed()
    filmed.film([box(0.2, 0.2), box(0.8, 0.8, label="no_helmet")], 5)
    ends = filmed.judge.finish(START_MS + 5000, "stopped")
    assert [(d.phase, d.label) for d in ends] == [("end", "fire"), ("end", "no_helmet")]
    assert {d.why for d in ends} == {"stopped"}
    assert not filmed.judge.finish(START_MS + 6000, "stopped")


@given(st.lists(st.tuples(st.lists(boxes(), max_size=3), st.integers(0, 10_000)), max_size=15))
def test_whatever_is_seen_and_whatever_the_clock_does_all_that_is_told_may_be_sent(
    pictures: list[tuple[list[Box], int]],
) -> None:
    filmed = Filmed()
    for found, set_back_ms in pictures:
        filmed.film(found, 2, set_back_ms)
    for told in [*filmed.told, *filmed.judge.finish(START_MS, "changed")]:
        check_detection(told)
