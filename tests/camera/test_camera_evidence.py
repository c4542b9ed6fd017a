from __future__ import annotations

import hashlib

import cv2
import numpy as np
import pytest
from camera_strategies import box, rule

from edge.camera.album import Album
from edge.camera.events import Hazard
from edge.camera.evidence import Past, Shot, prove
from edge.wire import Detection, decode_binary, encode_stored
from edge.wire.detections import MAX_BOXES, MAX_JPEG_BYTES

NOISE = np.random.default_rng(1)


def noise(width: int, height: int) -> Shot:
    """What compresses worst."""
    pixels = NOISE.integers(0, 255, (height, width, 3), np.uint8)
    return Shot(pixels, 1234, [box(0.5, 0.5)])


@pytest.mark.parametrize(
    ("width", "height"), [(1280, 1280), (1280, 720), (640, 360), (1280, 2), (1, 1)]
)
def test_any_picture_becomes_a_jpeg_that_may_be_sent(width: int, height: int) -> None:
    picture, jpeg = prove(noise(width, height), "best")
    assert len(jpeg) <= MAX_JPEG_BYTES
    decoded = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None
    assert decoded.shape[:2] == (picture.height, picture.width)
    frame = Detection(
        1, "0" * 32, "start", 2000, 1000, "CAM", "fire", 0.5, 0.5, 0.5, "0" * 64, picture=picture
    )
    frame.jpeg = jpeg
    message = encode_stored(frame)
    assert isinstance(message, bytes)
    assert decode_binary(message) == frame


def test_the_jpeg_is_clean_and_its_boxes_are_data_with_its_own_first() -> None:
    grey = np.full((360, 640, 3), 128, np.uint8)
    own = box(0.2, 0.2)
    boxes = [box(0.5, 0.5) for _ in range(2 * MAX_BOXES)] + [own]
    picture, jpeg = prove(Shot(grey, 1234, boxes), "best", own)
    assert picture.boxes[0] is own
    assert len(picture.boxes) == MAX_BOXES
    assert picture.sha256 == hashlib.sha256(jpeg).hexdigest()
    assert np.ptp(cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)) <= 2


def test_the_picture_from_before_is_two_seconds_old_and_small() -> None:
    past = Past()
    assert past.oldest() is None
    for step in range(100):
        past.add(np.zeros((720, 1280, 3), np.uint8), step * 100, step * 0.1)
    before = past.oldest()
    assert before is not None
    assert 9900 - 2600 <= before.at_ms <= 9900 - 2000
    assert before.pixels.shape == (360, 640, 3)


def test_a_picture_is_taken_out_of_the_album_only_when_it_is_clearly_better() -> None:
    album, hazard = Album(), Hazard("a", rule(), "", 0, 1, box(0, 0), 0.5, 0.5, 0, 0, 0.5, {1})
    scores = [0.6, 0.62, 0.64, 0.7, 0.5, 0.9]
    taken = []
    for score in scores:
        album.see(1, box(0.5, 0.5, score=score), noise(32, 32))
        best = album.take(hazard)
        taken.append(best.box.score if best else None)
    assert taken == [0.6, None, None, 0.7, None, 0.9]


def test_the_album_forgets_who_is_gone() -> None:
    album, hazard = Album(), Hazard("a", rule(), "", 0, 1, box(0, 0), 0.5, 0.5, 0, 0, 0.5, {1})
    album.see(1, box(0.5, 0.5), noise(32, 32))
    album.keep(set(), [])
    assert album.take(hazard) is None
