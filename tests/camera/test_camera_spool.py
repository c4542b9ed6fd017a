"""Detection events in the spool: pictures as binary frames, in order, across cuts and restarts."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from edge.gather import Happening, Sighting
from edge.report import Reading
from edge.session import Pull, Session
from edge.spool import Spool
from edge.spool_view import look_at
from edge.wire import Ack, Detection, Event, Gap, Limits, Picture, Welcome, decode_binary, decode_up
from edge.wire.detections import MAX_JPEG_BYTES

MIB = 1024 * 1024
Opener = Callable[..., Spool]


def jpeg_of(size: int) -> bytes:
    """Bytes that do not compress, as those of a JPEG."""
    return b"\xff\xd8\xff" + secrets.token_bytes(size - 3)


def sighting(number: int, phase: str = "start", size: int = 0) -> Sighting:
    jpeg = jpeg_of(size) if size else b""
    digest = hashlib.sha256(jpeg).hexdigest()
    return Sighting(
        Detection(
            seq=0,
            id=f"{number:032x}",
            phase=phase,  # type: ignore[arg-type]
            at=number * 1000,
            since=number * 1000,
            camera="CAM",
            label="fire",
            score=0.7,
            peak=0.8,
            threshold=0.5,
            model="0" * 64,
            picture=Picture("best", number * 1000, digest, 640, 360) if jpeg else None,
            jpeg=jpeg,
        )
    )


@pytest.fixture
def spool_at(tmp_path: Path) -> Callable[..., Iterator[Spool]]:
    """Open the spool of this test while the context is open."""

    @contextmanager
    def opened(quota: int = 64 * MIB) -> Iterator[Spool]:
        with closing(Spool(tmp_path / "gw.spool", quota, tmp_path / "truth.log")) as spool:
            yield spool

    return opened  # type: ignore[return-value]


def read(spool: Spool) -> list[Detection | Event | Gap]:
    frames: list[Detection | Event | Gap] = []
    after = 0
    while out := spool.read("events", after, 16):
        for one in out:
            whole = one.message
            frame = decode_binary(whole) if isinstance(whole, bytes) else decode_up(whole)
            frames.append(frame)  # type: ignore[arg-type]
        after = out[-1].seq
    return frames


def test_pictures_come_out_of_the_spool_as_they_went_in_after_a_restart(spool_at: Opener) -> None:
    told = [sighting(1, size=MAX_JPEG_BYTES), sighting(2), sighting(3, size=16)]
    with spool_at() as spool:
        spool.append([], [told[0], Happening("camera.state", "CAM", 5, "live"), *told[1:]])
    with spool_at() as spool:
        frames = read(spool)
    assert [frame.seq for frame in frames] == [1, 2, 3, 4]
    assert isinstance(frames[1], Event)
    found = [frame for frame in frames if isinstance(frame, Detection)]
    for frame, one in zip(found, told, strict=True):
        one.detection.seq = frame.seq
        assert frame == one.detection


def test_a_picture_is_not_compressed_a_second_time(spool_at: Opener, tmp_path: Path) -> None:
    with spool_at() as spool:
        spool.append([], [sighting(1, size=200_000)])
        (sent,) = spool.read("events", 0, 1)
        view = look_at(tmp_path / "gw.spool")
    assert view is not None
    assert view.streams[0].bytes == len(sent.message)


def test_a_picture_that_broke_on_the_disk_becomes_a_gap(spool_at: Opener, tmp_path: Path) -> None:
    with spool_at() as spool:
        spool.append([], [sighting(1, size=50_000), sighting(2, size=50_000)])
    data = bytearray((tmp_path / "gw.spool").read_bytes())
    place = data.find(bytes.fromhex("ffd8ff"))
    data[place + 20] ^= 0xFF
    (tmp_path / "gw.spool").write_bytes(data)
    with spool_at() as spool:
        frames = read(spool)
    assert sorted(type(frame).__name__ for frame in frames) == ["Detection", "Gap"]


def test_beyond_the_quota_the_oldest_pictures_go_and_neither_events_nor_readings_do(
    spool_at: Opener,
) -> None:
    with spool_at(2 * MIB) as spool:
        readings = [Reading("PLC", "level", n * 1000, 192, n * 1.000123456) for n in range(20_000)]
        spool.append(readings)
        for number in range(1, 31):
            spool.append([], [sighting(number, size=100_000)])
        frames = [frame for frame in read(spool) if isinstance(frame, Detection)]
        kept = sum(frame.readings for frame in spool.read("live", 0, 100))
    assert [frame.seq for frame in frames] == list(range(1, 31))
    has_picture = [frame.picture is not None for frame in frames]
    assert has_picture == sorted(has_picture)
    assert 5 <= sum(has_picture) < 20
    assert kept == 20_000


def test_where_even_bare_events_do_not_fit_they_become_gaps(spool_at: Opener) -> None:
    with spool_at(64 * 4096) as spool:
        for first in range(1, 2001, 100):
            spool.append([], [sighting(number) for number in range(first, first + 100)])
        frames = read(spool)
    covered = [
        seq
        for frame in frames
        for seq in range(frame.seq_from if isinstance(frame, Gap) else frame.seq, frame.seq + 1)
    ]
    assert covered == list(range(1, 2001))
    assert isinstance(frames[0], Gap)
    assert isinstance(frames[-1], Detection)


def test_fifty_events_of_an_hour_without_the_cloud_arrive_once_each_and_in_order(
    spool_at: Opener,
) -> None:
    arrived: list[Detection] = []
    with spool_at() as spool:
        session = Session(spool.ends())
        for number in range(50):
            phases = [sighting(number, "start", 120_000), sighting(number, "end", 60_000)]
            readings = [Reading("PLC", "level", number * 72_000, 192, float(number))]
            session.sealed(spool.append(readings, phases, stream="history"))
    with spool_at() as spool:  # and a power cut at its end
        session = Session(spool.ends())
        for cut_after in (7, 30, 1000):  # the line is bad for a while
            stored = arrived[-1].seq if arrived else 0
            session.welcomed(welcome(stored), 0.0)
            transmit(session, spool, arrived, cut_after)
            session.lost(None)
    assert [(int(d.id, 16), d.phase) for d in arrived] == [
        (number, phase) for number in range(50) for phase in ("start", "end")
    ]
    assert [d.seq for d in arrived] == list(range(1, 101))


def welcome(stored: int) -> Welcome:
    last = {"events": stored, "live": 0, "history": 0}
    return Welcome(1, "s", 0, 30.0, Limits(), last)  # type: ignore[arg-type]


def transmit(session: Session, spool: Spool, arrived: list[Detection], frames: int) -> None:
    """Send events until so many were sent or none waits; the cloud stores and acknowledges."""
    sent = 0
    while isinstance(step := session.pull(float(sent)), Pull) and step.stream == "events":
        for frame in spool.read(*step):
            if sent == frames:
                return
            assert isinstance(frame.message, bytes)
            session.sent("events", frame.seq, 0, float(sent))
            arrived.append(decode_binary(frame.message))
            session.acknowledged(Ack("events", frame.seq))
            sent += 1
