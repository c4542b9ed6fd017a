"""Measures one model on one backend, in a process of its own; started by the benchmark.

A process of its own has a cold start and a memory of its own, and may crash alone.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import reduce
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from edge.vision.detector import load_detector
from edge.vision.letterbox import letterbox
from edge.vision.picture import Detection

TIMEOUT_S: Final = 600.0  # TensorRT builds for minutes


class NotMeasured(RuntimeError):
    """The child failed; the message is its last line."""


class Order(msgspec.Struct, frozen=True):
    """What a child is to measure."""

    card: str
    backend: str
    threads: int
    rounds: int
    floor: float
    pictures: str  # file of numpy: (N, H, W, 3) uint8
    started_s: float  # monotonic, before the child was there


class Timing(msgspec.Struct, frozen=True):
    """Of one picture: the median of a round, the best of the rounds."""

    wall_ms: float
    cpu_ms: float  # of all threads; steadier than the wall clock on a busy machine

    def better_of(self, other: Timing) -> Timing:
        """The lower figures of two runs: what is higher was disturbed."""
        return Timing(min(self.wall_ms, other.wall_ms), min(self.cpu_ms, other.cpu_ms))


class Measurement(msgspec.Struct, frozen=True):
    """What it found."""

    model: Timing  # the network alone
    whole: Timing  # letterbox, network, decoding, duplicates
    cold_s: float  # from the start of the process to its first detections
    rss_mb: float  # resident memory, running; 0 where the system does not tell
    found: tuple[tuple[Detection, ...], ...]  # for each picture

    def better_of(self, other: Measurement) -> Measurement:
        """The lower figure of two runs: what is higher was disturbed."""
        return Measurement(
            self.model.better_of(other.model),
            self.whole.better_of(other.whole),
            min(self.cold_s, other.cold_s),
            min(self.rss_mb, other.rss_mb),
            self.found,
        )


def measure_apart(
    card: Path, backend: str, pictures: Path, *, floor: float, threads: int = 1, rounds: int = 5
) -> Measurement:
    """Measure in a new process.

    Args:
        card: of the model.
        backend: its name.
        pictures: file of numpy, (N, H, W, 3) uint8, BGR.
        floor: score from which boxes are wanted.
        threads: for one picture.
        rounds: over all pictures.

    Raises:
        NotMeasured: the model does not run on this backend here.
    """
    order = Order(str(card), backend, threads, rounds, floor, str(pictures), time.monotonic())
    command = [sys.executable, "-m", "edge.vision.measure", msgspec.json.encode(order).decode()]
    return msgspec.json.decode(run_child(command), type=Measurement)


def run_child(command: Sequence[str], environ: dict[str, str] | None = None) -> str:
    """Run it; return the last line that it printed.

    Raises:
        NotMeasured: it failed.
    """
    try:
        child = subprocess.run(  # noqa: S603 - our own module, by the interpreter that runs us
            command, capture_output=True, text=True, timeout=TIMEOUT_S, env=environ, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotMeasured(str(error)) from error
    if child.returncode != 0:
        said = child.stderr.strip().splitlines() or [f"exit code {child.returncode}"]
        raise NotMeasured(said[-1])
    return child.stdout.strip().splitlines()[-1]


def measure(order: Order) -> Measurement:
    """Measure in this process, which should do nothing else.

    Raises:
        CardError: the model must not be used.
        BackendError: the backend cannot run it.
    """
    detector = load_detector(
        Path(order.card), backend=order.backend, threads=order.threads, floor=order.floor
    )
    pictures = np.load(order.pictures, allow_pickle=False)
    detector.detect(pictures[0])
    cold_s = time.monotonic() - order.started_s
    size = detector.card.input_size
    tensors = [detector.tensor(letterbox(picture, size)[0]) for picture in pictures]
    found = tuple(tuple(detector.detect(picture)) for picture in pictures)
    whole = timing_of(detector.detect, pictures, order.rounds)
    model = timing_of(detector.backend.run, tensors, order.rounds)
    return Measurement(model, whole, cold_s, resident_mb(), found)


def timing_of(work: Callable[[Any], object], given: Sequence[Any], rounds: int) -> Timing:
    """Time one piece of work."""

    def one(what: object) -> tuple[float, float]:
        wall, cpu = time.perf_counter(), time.process_time()
        work(what)
        return (time.perf_counter() - wall) * 1000, (time.process_time() - cpu) * 1000

    medians = [
        Timing(*map(statistics.median, zip(*map(one, given), strict=True))) for _ in range(rounds)
    ]
    return reduce(Timing.better_of, medians)


def resident_mb() -> float:
    """Resident memory of this process, MB; 0 where the system does not tell."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0.0
    kib = next(line.split()[1] for line in lines.splitlines() if line.startswith("VmRSS"))
    return int(kib) * 1024 / 1e6


if __name__ == "__main__":
    done = measure(msgspec.json.decode(sys.argv[1], type=Order))
    sys.stdout.write(msgspec.json.encode(done).decode() + "\n")
