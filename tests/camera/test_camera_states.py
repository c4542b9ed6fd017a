from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from edge.camera.states import DARK_S, SILENT_S, Seen, StateMachine
from edge.wire.cameras import CameraState

TICK_S = 0.25
TROUBLE = st.sampled_from(["lost", "refused", "garbled"])
HAPPENINGS = st.lists(
    st.one_of(
        st.tuples(st.just("picture"), st.integers(0, 1), st.floats(0, 100)),
        st.tuples(st.just("trouble"), TROUBLE),
        st.tuples(st.just("give up")),
        st.tuples(st.just("nothing"), st.floats(0, 20)),
    ),
    max_size=60,
)


class Camera:
    """A state machine with its clock and its pictures."""

    def __init__(self, frozen_s: float = 10.0, dark_level: float = 4.0) -> None:
        self.now = 1000.0
        self.number = 0
        self.machine = StateMachine(self.now, frozen_s, dark_level)

    def picture(self, fingerprint: int | None = None, brightness: float = 40.0) -> CameraState:
        self.now += TICK_S
        self.number += 1
        seen = Seen(self.number, self.number if fingerprint is None else fingerprint, brightness)
        return self.machine.look(seen, self.now)

    def pictures(self, seconds: float, **of: float) -> list[CameraState]:
        return [self.picture(**of) for _ in range(round(seconds / TICK_S))]  # type: ignore[arg-type]

    def nothing(self, seconds: float) -> CameraState:
        state = self.machine.state
        for _ in range(round(seconds / TICK_S)):
            self.now += TICK_S
            state = self.machine.look(None, self.now)
        return state


@given(HAPPENINGS)
def test_whatever_happened_good_pictures_make_it_live_again(
    happenings: list[tuple[object]],
) -> None:
    camera = Camera()
    for kind, *details in happenings:
        if kind == "picture":
            camera.picture(*details)  # type: ignore[arg-type]
        elif kind == "trouble":
            camera.machine.trouble(*details)  # type: ignore[arg-type]
        elif kind == "give up":
            camera.machine.give_up()
        else:
            camera.nothing(*details)  # type: ignore[arg-type]
    assert camera.pictures(1.0)[-1] == CameraState.LIVE


@given(HAPPENINGS)
def test_silence_is_told_within_ten_seconds_whatever_was_before(
    happenings: list[tuple[object]],
) -> None:
    camera = Camera()
    for kind, *details in happenings:
        if kind == "picture":
            camera.picture(*details)  # type: ignore[arg-type]
    assert camera.nothing(10.0) == CameraState.LOST


def test_it_connects_until_the_first_picture_and_is_lost_if_none_comes() -> None:
    camera = Camera()
    assert camera.nothing(SILENT_S - 1) == CameraState.CONNECTING
    assert camera.nothing(2.0) == CameraState.LOST


def test_the_same_picture_again_and_again_is_frozen_after_the_time_that_was_set() -> None:
    camera = Camera(frozen_s=5.0)
    states = camera.pictures(7.0, fingerprint=7)
    assert states.index(CameraState.FROZEN) * TICK_S == 5.0
    assert camera.picture() == CameraState.LIVE


def test_a_covered_lens_is_dark_and_not_frozen() -> None:
    camera = Camera(frozen_s=5.0)
    camera.pictures(1.0)
    states = camera.pictures(8.0, fingerprint=7, brightness=1.0)
    assert CameraState.FROZEN not in states
    assert states[round(DARK_S / TICK_S)] == CameraState.DARK
    assert camera.picture() == CameraState.LIVE


def test_a_dark_level_of_nothing_switches_it_off() -> None:
    camera = Camera(dark_level=0.0)
    assert set(camera.pictures(5.0, brightness=0.0)) == {CameraState.LIVE}


def test_troubles_have_their_names_and_a_camera_that_was_given_up_stays_so() -> None:
    machine = Camera().machine
    machine.trouble("refused")
    assert machine.state == CameraState.REFUSED
    machine.trouble("garbled")
    assert machine.state == CameraState.GARBLED
    machine.give_up()
    machine.trouble("lost")
    assert machine.state == CameraState.GIVEN_UP
