"""Rules, zones and schedules that change while a camera is watched: its process goes on."""

from __future__ import annotations

import multiprocessing

import numpy as np
import pytest
from camera_strategies import box, boxes, rule
from http_camera import HttpCamera
from hypothesis import given
from hypothesis import strategies as st
from watched_cameras import RED, Gateway, GatewayMaker, camera_of

from edge.camera.cameras import CameraError
from edge.camera.evidence import Past, Shot
from edge.camera.judge import Judge
from edge.camera.motion import Flicker, small_grey
from edge.camera.rules import Rule
from edge.camera.watch import is_same_source
from edge.wire import Box, Detection
from edge.wire.cameras import CameraConfig, Hours, LabelRule, ZoneConfig
from edge.wire.detections import check_detection

START_MS = 1_800_000_000_000  # a Friday, 08:00 UTC
LEFT = ZoneConfig(name="left", points=[(0, 0), (0.5, 0), (0.5, 1), (0, 1)])
RIGHT = ZoneConfig(name="right", points=[(0.5, 0), (1, 0), (1, 1), (0.5, 1)])
NEVER = ZoneConfig(name="never", kind="mask", points=[(0, 0), (1, 0), (1, 1), (0, 1)])
NIGHT = [Hours(days=[0, 1, 2, 3, 4, 5, 6], start="22:00", end="04:00")]


class Watched:
    """A judge, a camera with five pictures a second, and a change in the middle."""

    def __init__(self, **settings: object) -> None:
        self.rules = {label: rule(label) for label in ("fire", "no_helmet")}
        self.judge = Judge(self.camera(**settings), self.rules)
        self.flicker, self.past, self.step = Flicker(), Past(), 0

    def camera(self, **settings: object) -> CameraConfig:
        usual = {"uid": "CAM", "source": "usb:0", "models": ["x"]}
        return CameraConfig(**(usual | settings))  # type: ignore[arg-type]

    def film(self, found: list[Box], pictures: int = 5) -> list[tuple[str, str]]:
        return [(d.phase, d.label) for d in self.look(found, pictures)]

    def look(self, found: list[Box], pictures: int) -> list[Detection]:
        told: list[Detection] = []
        for _ in range(pictures):
            self.step += 1
            now, at_ms = self.step * 0.2, START_MS + self.step * 200
            pixels = np.full((36, 64, 3), self.step % 256, np.uint8)
            self.flicker.add(small_grey(pixels), now)
            self.past.add(pixels, at_ms, now)
            told += self.judge.look(Shot(pixels, at_ms, found), self.flicker, self.past, now)
        return told

    def change(self, rules: dict[str, Rule] | None = None, **settings: object) -> list[str]:
        """Go on by others; return the labels of the events that end."""
        ends = self.changed(rules or self.rules, **settings)
        assert {(d.phase, d.why) for d in ends} <= {("end", "changed")}
        return [d.label for d in ends]

    def changed(self, rules: dict[str, Rule], **settings: object) -> list[Detection]:
        now, at_ms = self.step * 0.2, START_MS + self.step * 200
        return self.judge.change(self.camera(**settings), rules, at_ms, now)


PEOPLE = [box(0.2, 0.5, label="no_helmet"), box(0.8, 0.5, label="fire")]


def test_an_event_whose_rule_is_gone_ends_and_the_other_goes_on_as_the_same_one() -> None:
    watched = Watched()
    started = watched.film(PEOPLE)
    assert {label for phase, label in started if phase == "start"} == {"fire", "no_helmet"}
    assert watched.change({"fire": watched.rules["fire"]}) == ["no_helmet"]
    assert "start" not in [phase for phase, _ in watched.film(PEOPLE, 20)]
    assert watched.film([], 20) == [("end", "fire")]


def test_an_event_outside_of_the_new_zones_ends_and_one_inside_goes_on() -> None:
    watched = Watched()
    watched.film(PEOPLE)
    assert watched.change(zones=[RIGHT, LEFT]) == ["no_helmet", "fire"]  # now they have a zone
    assert {label for phase, label in watched.film(PEOPLE) if phase == "start"} == {
        "fire",
        "no_helmet",
    }
    assert watched.change(zones=[RIGHT]) == ["no_helmet"]
    assert watched.change(zones=[NEVER, RIGHT]) == ["fire"]
    assert watched.film(PEOPLE, 10) == []


def test_an_event_whose_hours_are_over_ends() -> None:
    watched = Watched()
    watched.film(PEOPLE)
    night = {label: each._replace(hours=tuple(NIGHT)) for label, each in watched.rules.items()}
    assert set(watched.change(night)) == {"fire", "no_helmet"}
    assert watched.film(PEOPLE, 10) == []


def test_an_event_below_a_raised_threshold_ends_and_above_it_goes_on() -> None:
    watched = Watched()
    watched.film([box(0.2, 0.5, label="no_helmet", score=0.7)])
    watched.rules = watched.rules | {"no_helmet": rule("no_helmet", threshold=0.65)}
    assert watched.change() == []
    assert watched.change({"no_helmet": rule("no_helmet", threshold=0.9)}) == ["no_helmet"]


def test_what_is_not_told_yet_is_confirmed_by_the_new_rule() -> None:
    watched = Watched()
    watched.film([box(0.2, 0.5, label="no_helmet")], 2)
    watched.change({"no_helmet": rule("no_helmet", hits=5)})
    assert watched.film([box(0.2, 0.5, label="no_helmet")], 4) == []
    assert watched.film([box(0.2, 0.5, label="no_helmet")], 1)[0] == ("start", "no_helmet")


@given(st.data())
def test_however_the_rules_change_each_event_has_one_start_and_one_end_and_may_be_sent(
    data: st.DataObject,
) -> None:
    watched, told = Watched(), list[Detection]()
    settings = st.fixed_dictionaries(
        {"zones": st.lists(st.sampled_from([LEFT, RIGHT, NEVER]), unique_by=id)}
    )
    hours = st.sampled_from([(), tuple(NIGHT)])
    rules = st.dictionaries(
        st.sampled_from(["fire", "smoke", "no_helmet"]),
        st.tuples(st.sampled_from([0.2, 0.5, 0.9]), st.integers(1, 3), hours),
    )
    for _ in range(data.draw(st.integers(1, 6))):
        found = data.draw(st.lists(boxes(), max_size=3))
        told += watched.look(found, data.draw(st.integers(1, 6)))
        given_rules = {
            label: rule(label, threshold=threshold, hits=hits, hours=open_at)
            for label, (threshold, hits, open_at) in data.draw(rules).items()
        }
        told += watched.changed(given_rules, **data.draw(settings))
    told += watched.judge.finish(START_MS + 3_600_000, "stopped")
    for one in told:
        check_detection(one)
    for id_ in {one.id for one in told}:
        phases = [one.phase for one in told if one.id == id_]
        assert phases[0] == "start"
        assert phases[-1] == "end"
        assert set(phases[1:-1]) <= {"update"}


def test_only_what_concerns_the_grabbing_makes_it_another_source() -> None:
    one = camera_of("CAM", "rtsp://10.0.0.9/live")
    for same in ({"rules": []}, {"zones": [LEFT]}, {"frozen_s": 20}, {"name": "Hall"}):
        assert is_same_source(one, camera_of("CAM", one.source, **same))
    for other in ({"transport": "udp"}, {"looks_per_s": 12}):
        assert not is_same_source(one, camera_of("CAM", one.source, **other))
    assert not is_same_source(one, camera_of("CAM", "rtsp://10.0.0.8/live"))


def pid_of(uid: str) -> int:
    return next(p.pid or 0 for p in multiprocessing.active_children() if p.name == f"camera {uid}")


async def goes_on(running: Gateway, pid: int, number: int) -> None:
    """The same process hands over pictures, and went on counting them."""
    assert pid_of("CAM") == pid
    await running.until(lambda: running.newest_number("CAM") > number)


async def test_zones_rules_and_schedules_reach_a_camera_whose_process_goes_on(
    http_camera: HttpCamera, gateway: GatewayMaker
) -> None:
    async with gateway(camera_of("CAM", http_camera.url)) as running:
        await running.until(lambda: running.phases("CAM") == ["start", "update"])
        pid, number = pid_of("CAM"), running.newest_number("CAM")
        wide = ZoneConfig(name="all", points=[(0, 0), (1, 0), (1, 1), (0, 1)])

        await running.apply(camera_of("CAM", http_camera.url, update_every_s=2, frozen_s=20))
        assert running.phases("CAM") == ["start", "update"]  # nothing that concerns the event
        await running.apply(camera_of("CAM", http_camera.url, zones=[wide]))
        await running.until(lambda: running.phases("CAM")[2:4] == ["end", "start"])
        await running.until(lambda: running.detections[-1].zone == "all")
        await running.apply(camera_of("CAM", http_camera.url, zones=[wide, NEVER]))
        await running.until(lambda: running.phases("CAM")[-1] == "end")
        told = len(running.detections)
        off = [LabelRule(label="red", enabled=False)]
        await running.apply(camera_of("CAM", http_camera.url, rules=off))
        await goes_on(running, pid, running.newest_number("CAM"))
        assert len(running.detections) == told
        await running.apply(camera_of("CAM", http_camera.url, rules=[RED]))
        await running.until(lambda: running.detections[-1].phase != "end")
        await goes_on(running, pid, number)
    assert [h.detail for h in running.happenings] == ["live"]  # it was never lost
    assert len({d.id for d in running.detections if d.phase == "start"}) == 3


async def test_another_source_needs_another_process(
    http_camera: HttpCamera, steady_camera: HttpCamera, gateway: GatewayMaker
) -> None:
    async with gateway(camera_of("CAM", http_camera.url)) as running:
        await running.live("CAM")
        pid = pid_of("CAM")
        await running.apply(camera_of("CAM", steady_camera.url))
        await running.live("CAM")
        assert pid_of("CAM") != pid


async def test_a_rule_that_no_model_knows_is_refused_and_what_was_at_work_goes_on(
    http_camera: HttpCamera, gateway: GatewayMaker
) -> None:
    before = camera_of("CAM", http_camera.url)
    async with gateway(before) as running:
        await running.until(lambda: running.phases("CAM") == ["start", "update"])
        pid, number = pid_of("CAM"), running.newest_number("CAM")
        with pytest.raises(CameraError, match="rule reed"):
            await running.apply(camera_of("CAM", http_camera.url, rules=[LabelRule(label="reed")]))
        await running.apply(before)  # as the configurator does
        await goes_on(running, pid, number)
        assert "end" not in running.phases("CAM")
