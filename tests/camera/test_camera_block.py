from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing

import numpy as np
import pytest

from edge.camera.block import LONGEST_SIDE, Block


@pytest.fixture
def block() -> Iterator[Block]:
    with closing(Block()) as block:
        yield block


def picture(level: int, width: int = 64, height: int = 48) -> np.ndarray:
    return np.full((height, width, 3), level, np.uint8)


def test_only_the_newest_picture_is_handed_over(block: Block) -> None:
    assert block.read() is None
    for level in (10, 20, 30):
        block.write(picture(level), 1.5, 1234)
    frame = block.read()
    assert frame is not None
    assert frame.facts[:3] == (3, 1.5, 1234)
    assert frame.picture[0, 0, 0] == 30
    assert block.read(after=3) is None


def test_another_resolution_needs_no_other_block(block: Block) -> None:
    for width, height in ((64, 48), (1280, 720), (48, 64), (1, 1)):
        block.write(picture(9, width, height), 1.0, 1)
        frame = block.read()
        assert frame is not None
        assert frame.picture.shape == (height, width, 3)


def test_a_large_picture_is_made_smaller(block: Block) -> None:
    block.write(picture(9, 3840, 2160), 1.0, 1)
    frame = block.read()
    assert frame is not None
    assert frame.picture.shape == (720, LONGEST_SIDE, 3)


def test_equal_pictures_have_equal_fingerprints_and_others_have_not(block: Block) -> None:
    prints = []
    for level in (10, 10, 11):
        block.write(picture(level), 1.0, 1)
        facts = block.facts()
        assert facts is not None
        prints.append(facts.fingerprint)
    assert prints[0] == prints[1] != prints[2]
    assert facts.brightness == pytest.approx(11 / 255 * 100)


def test_a_process_that_was_restarted_goes_on_counting(block: Block) -> None:
    with closing(Block(block.name)) as first:
        first.write(picture(1), 1.0, 1)
    with closing(Block(block.name)) as second:
        second.write(picture(2), 2.0, 2)
    facts = block.facts()
    assert facts is not None
    assert facts.number == 2


def test_no_picture_is_torn_however_fast_they_come(block: Block) -> None:
    stop = threading.Event()

    def write() -> None:
        level = 0
        while not stop.is_set():
            level = (level + 1) % 256
            block.write(picture(level, 200, 100), 1.0, level)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        number, whole = 0, 0
        while whole < 40:
            if frame := block.read(number):
                assert np.ptp(frame.picture) == 0
                assert frame.picture[0, 0, 0] == frame.facts.wall_ms
                number, whole = frame.facts.number, whole + 1
    finally:
        stop.set()
        thread.join()
