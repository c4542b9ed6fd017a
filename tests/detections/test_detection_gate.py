"""The image gate: whatever is shown to it, the documented answer, and a picture written anew."""

from __future__ import annotations

import io
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from corpus import PASSES, Sample, corpus, jpeg, main
from detection_frames import jpeg as plain
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from alarms.gate import (
    MAX_PIXELS,
    MAX_SIDE,
    REASONS,
    THUMB_SIDE,
    Passed,
    Refused,
    essence,
    screen,
    serve,
)
from alarms.gatekeeper import GateDied, Gatekeeper

CORPUS = corpus()
MIB = 1 << 20


@pytest.fixture(scope="module")
def keeper() -> Iterator[Gatekeeper]:
    """One gate for all files."""
    keeper = Gatekeeper()
    yield keeper
    keeper.close()


def answer(keeper: Gatekeeper, data: bytes) -> tuple[str, Passed | None]:
    try:
        return PASSES, keeper.screen(data)
    except Refused as refused:
        return str(refused), None


def verdict(look: Callable[[bytes], object], data: bytes) -> str:
    try:
        look(data)
    except Refused as refused:
        return str(refused)
    return PASSES


def screen_for_ever(keeper: Gatekeeper, data: bytes) -> None:
    while True:
        keeper.screen(data)


def memory_of(keeper: Gatekeeper, what: str) -> int:
    """Return a figure of the gate's process, bytes."""
    process = keeper._process
    assert process is not None
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{what}:")) * 1024


def test_the_corpus_has_at_least_200_files_and_writes_them(tmp_path: Path) -> None:
    main(tmp_path)

    assert len(CORPUS) >= 200
    assert len({each.name for each in CORPUS}) == len(CORPUS)
    assert len(list(tmp_path.glob("*.jpg"))) == len(CORPUS)
    assert {answer for each in CORPUS for answer in each.answers} <= {PASSES, *REASONS}


@pytest.mark.parametrize("each", CORPUS, ids=lambda each: each.name)
def test_every_file_has_the_documented_answer_and_what_passes_is_clean(
    keeper: Gatekeeper, each: Sample
) -> None:
    word, passed = answer(keeper, each.data)

    assert word in each.answers
    if passed is None:
        return
    for data in (passed.image, passed.thumb):
        assert b"SECRET-MARK" not in data
        with Image.open(io.BytesIO(data), formats=["JPEG"]) as image:
            image.load()
            assert image.getexif() == {}
            assert max(image.size) <= (THUMB_SIDE if data is passed.thumb else MAX_SIDE)
    assert passed.width * passed.height <= MAX_PIXELS


@pytest.mark.slow
def test_the_whole_corpus_leaves_the_memory_of_the_gate_flat() -> None:
    keeper = Gatekeeper()
    held = []
    for _ in range(3):
        for each in CORPUS:
            answer(keeper, each.data)
        held.append(memory_of(keeper, "VmRSS"))

    assert memory_of(keeper, "VmHWM") < 300 * MIB  # 16 megapixels three times, and Python
    assert held[-1] - held[0] < 8 * MIB
    keeper.close()


@pytest.mark.parametrize("each", CORPUS, ids=lambda each: each.name)
def test_nothing_is_decoded_whose_header_is_beyond_the_limits(each: Sample) -> None:
    """`essence` decodes nothing: what it refuses never reached a decoder."""
    early = set(REASONS) - {"undecodable", "too_expensive", "crashed"}
    if each.answers <= early:
        with pytest.raises(Refused) as refused:
            essence(each.data)
        assert str(refused.value) in each.answers


def test_equal_pictures_are_written_alike() -> None:
    assert screen(plain()) == screen(plain())


def test_a_picture_that_has_passed_passes_again() -> None:
    passed = screen(plain(1280, 720))

    assert screen(passed.image).width == 1280
    assert max(screen(passed.thumb)[:2]) == THUMB_SIDE


@given(st.binary(max_size=300))
def test_whatever_follows_a_beginning_has_an_answer(tail: bytes) -> None:
    for data in (tail, b"\xff\xd8\xff" + tail, jpeg()[:300] + tail, jpeg()[:-2] + tail):
        assert verdict(essence, data) in {PASSES, *REASONS}


@given(st.integers(0, 2000), st.integers(0, 255))
def test_a_changed_byte_has_an_answer(place: int, value: int) -> None:
    data = bytearray(jpeg())
    data[place % len(data)] = value
    assert verdict(screen, bytes(data)) in {PASSES, *REASONS}


def test_the_program_answers_one_picture_after_the_other() -> None:
    shown = [plain(), b"GIF89a", plain(320, 240)]
    source = io.BytesIO(b"".join(len(data).to_bytes(4) + data for data in shown))
    target = io.BytesIO()

    serve(source, target, lambda: None)

    target.seek(0)
    assert b'"width": 640' in target.readline()
    assert target.getvalue().count(b'{"reason": "not_jpeg"}\n') == 1
    assert b'"width": 320' in target.getvalue()


@pytest.mark.parametrize(
    ("sent", "expected"),
    [(signal.SIGXCPU, Refused), (signal.SIGKILL, GateDied)],
    ids=["out of processor time", "killed"],
)
def test_a_gate_that_dies_says_whether_the_picture_is_to_blame_and_comes_back(
    sent: signal.Signals, expected: type[Exception]
) -> None:
    keeper = Gatekeeper()
    keeper.screen(plain())
    process = keeper._process
    assert process is not None
    large = jpeg(Image.new("RGB", (4000, 4000)))
    killer = threading.Timer(0.1, process.send_signal, [sent])
    killer.start()

    with pytest.raises(expected):
        screen_for_ever(keeper, large)

    killer.join()
    assert keeper.screen(plain()).width == 640
    keeper.close()
