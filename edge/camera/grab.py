"""The process of one camera: opens it, hands over the newest picture, opens it again.

A process, because what reads video may hang or crash in ways that only a kill ends.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import closing
from multiprocessing import connection, parent_process
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Final, NamedTuple

from edge.camera.trouble import SourceError, Trouble

if TYPE_CHECKING:
    from edge.camera.block import Block

LEAST_RATE: Final = 5.0  # pictures a second that are handed over, where the camera has them
MOST_RATE: Final = 30.0
FIRST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 5.0
REFUSED_LONGEST_S: Final = 300.0  # cameras lock a user out who tries too often
SAY_AGAIN_S: Final = 5.0
BROKEN_IN_A_ROW: Final = 5  # one broken picture is no reason to connect again
_MOST_PIXELS: Final = 50_000_000  # of an image that is decoded


class Order(NamedTuple):
    """What a process shall grab."""

    source: str
    transport: str
    rate: float  # pictures a second to hand over
    block: str  # name of the shared memory


class Said(NamedTuple):
    """What went wrong with the camera."""

    kind: Trouble
    message: str


def rate_for(looks_per_s: float) -> float:
    """How many pictures to hand over: with twice as many as are looked at none is old."""
    return min(MOST_RATE, max(LEAST_RATE, 2 * looks_per_s))


def grab_forever(order: Order, line: Connection) -> None:
    """Run as the whole of a process; it ends with its parent, or when it is killed.

    Args:
        order: what to grab.
        line: to the parent, which is told of every trouble.
    """
    _set_up()
    from edge.camera.block import Block

    block, failures = Block(order.block), 0
    while True:
        before = block.count
        try:
            _grab(order, block)
        except SourceError as trouble:
            failures = 0 if block.count > before else failures + 1
            _pause(line, Said(trouble.kind, str(trouble)), failures)


def _pause(line: Connection, said: Said, failures: int) -> None:
    """Say what is wrong, now and then again: who says nothing is taken to hang."""
    longest_s = REFUSED_LONGEST_S if said.kind == "refused" else LONGEST_PAUSE_S
    pause_s = min(FIRST_PAUSE_S * 2.0 ** min(failures, 10), longest_s)
    while pause_s > 0:
        line.send(said)
        time.sleep(min(pause_s, SAY_AGAIN_S))
        pause_s -= SAY_AGAIN_S


def _grab(order: Order, block: Block) -> None:
    """Hand over pictures until the source fails.

    Raises:
        SourceError: always, sooner or later.
    """
    from edge.camera.sources import open_source

    period_s, due, broken = 1 / order.rate, 0.0, 0
    with closing(open_source(order.source, order.transport)) as source:
        while True:
            source.grab()
            now = time.monotonic()
            if now < due:
                continue
            due = max(due + period_s, now)
            try:
                block.write(source.retrieve(), now, time.time_ns() // 1_000_000)
                broken = 0
            except SourceError:
                broken += 1
                if broken == BROKEN_IN_A_ROW:
                    raise


def _set_up() -> None:
    """Before OpenCV is imported: it reads its settings from the environment."""
    os.environ["OPENCV_FFMPEG_LOGLEVEL"] = "-8"  # it would write to the terminal of the gateway
    os.environ["OPENCV_LOG_LEVEL"] = "SILENT"
    os.environ["OPENCV_IO_MAX_IMAGE_PIXELS"] = str(_MOST_PIXELS)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of the terminal; the parent sees to the end
    threading.Thread(target=_end_with_parent, daemon=True).start()
    import cv2

    cv2.setNumThreads(1)  # the network needs the processor more


def _end_with_parent() -> None:
    """A gateway that is killed must leave no process behind, not even one that hangs."""
    if (parent := parent_process()) is not None:
        connection.wait([parent.sentinel])
        os._exit(0)
