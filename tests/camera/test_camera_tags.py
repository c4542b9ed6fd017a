from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from edge.camera.tags import CameraReporter, Sample
from edge.report import Reading
from edge.wire import Quality, is_bad
from edge.wire.cameras import CAMERA_SILENCE_MS, CAMERA_TAGS, CameraState

SAMPLES = st.builds(
    Sample,
    st.sampled_from(CameraState),
    st.floats(0, 30),
    st.none() | st.floats(0, 100),
    st.none() | st.floats(0, 1000),
)


def told(readings: list[Reading]) -> dict[str, tuple[float | None, int]]:
    return {reading.tag: (reading.value, reading.quality) for reading in readings}


@given(SAMPLES)
def test_a_value_is_there_exactly_when_the_quality_is_not_bad(sample: Sample) -> None:
    readings = CameraReporter("CAM").judge(sample, 1000)
    assert [reading.tag for reading in readings] == [tag.name for tag in CAMERA_TAGS]
    assert all((reading.value is None) == is_bad(reading.quality) for reading in readings)


def test_only_changes_are_reported_and_a_sign_of_life_now_and_then() -> None:
    reporter, live = CameraReporter("CAM"), Sample(CameraState.LIVE, 5.0, 40.0, 30.0)
    assert len(reporter.judge(live, 0)) == 4
    assert reporter.judge(live._replace(fps=5.2, brightness=40.5, detect_ms=33.0), 1000) == []
    assert told(reporter.judge(live._replace(fps=4.0), 2000)) == {"fps": (4.0, Quality.GOOD)}
    silent = CAMERA_SILENCE_MS + 1000
    assert set(told(reporter.judge(live._replace(fps=4.0), silent))) >= {"state", "brightness"}


def test_a_frozen_camera_is_uncertain_and_a_lost_one_has_no_values() -> None:
    reporter = CameraReporter("CAM")
    frozen = told(reporter.judge(Sample(CameraState.FROZEN, 5.0, 40.0, 30.0), 0))
    assert frozen["state"] == (2.0, Quality.GOOD)
    assert frozen["fps"] == (5.0, Quality.UNCERTAIN)
    lost = told(reporter.judge(Sample(CameraState.LOST, 0.0, 40.0, 30.0), 1000))
    assert lost["state"] == (4.0, Quality.GOOD)
    assert lost["brightness"] == (None, Quality.NOT_CONNECTED)
