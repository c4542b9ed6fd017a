"""Posts readings that cross their limits, each until it is acknowledged, and remembers them all."""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

from tests.faults.alarms_door import Door, Stopped
from tests.faults.alarms_plant import APART_MS, LIMIT, POINTS, Point, Sample, changes_of

LANES: Final = 4  # senders at once; every tag belongs to one of them, so its readings keep order
PAUSE_S: Final = 0.03  # between two reports of a lane: the machine is to be busy, not choked
CROSSING: Final = 0.6  # how many readings cross the limit, where they may

Report = dict[str, Any]


class Lane:
    """One sender, with tags of its own."""

    def __init__(self, door: Door, uid: str, points: Sequence[Point]) -> None:
        self.door, self.uid, self.points = door, uid, points
        self.readings: dict[str, list[Sample]] = defaultdict(list)  # acknowledged ones
        self.reports = self.crossings = 0
        self.slowest_s = 0.0  # from the making of a report to its acknowledgement
        self.began: float | None = None  # of the post under way, by the monotonic clock
        self._last_ms = self._drawn = 0
        self._crossed: dict[str, int] = {}
        self._above: dict[str, bool] = {}

    def step(self) -> None:
        """Make one post of one to three reports, and see it stored.

        Raises:
            AssertionError: it was refused.
        """
        self.began = began = time.monotonic()
        self._drawn = 0
        reports = [self._draw(at) for at in self._times()]
        answer = self.door.ask(
            "POST", "/api/v1/telemetry/", reports, {"Idempotency-Key": uuid.uuid4().hex}
        )
        assert answer.status == 200, answer
        assert not answer.body["bad"], answer
        for report in reports:
            for name, value in report["data"].items():
                self.readings[name].append((report["ts"], value > LIMIT))
        self.reports += 1
        self.crossings += self._drawn
        self.slowest_s = max(self.slowest_s, time.monotonic() - began)
        self.began = None

    def _times(self) -> list[int]:
        first = max(round(time.time() * 1000), self._last_ms + 1)
        count = self.door.rng.choice((1, 1, 2, 3))
        self._last_ms = first + count - 1
        return list(range(first, first + count))

    def _draw(self, at: int) -> Report:
        rng = self.door.rng
        chosen = rng.sample(self.points, rng.randint(1, 3))
        return {
            "uid": self.uid,
            "ts": at,
            "data": {point.name: self._value(point, at) for point in chosen},
        }

    def _value(self, point: Point, at: int) -> float:
        rng, name = self.door.rng, point.name
        free = not point.delayed or at - self._crossed.get(name, 0) >= APART_MS
        if free and rng.random() < CROSSING:
            self._above[name] = not self._above.get(name, False)
            self._crossed[name] = at
            self._drawn += 1
        low, high = (LIMIT + 5, LIMIT + 15) if self._above.get(name, False) else (60.0, LIMIT - 5)
        return round(rng.uniform(low, high), 3)


class Driver:
    """All senders, each on a thread of its own."""

    def __init__(self, ports: Sequence[int], uid: str, token: str, seed: int) -> None:
        self.given_up, self._enough = threading.Event(), threading.Event()
        self.errors: list[BaseException] = []
        headers = {"Authorization": f"Bearer {token}"}
        self.lanes = [
            Lane(
                Door(ports, headers, random.Random(f"{seed} {i}"), self.given_up),
                uid,
                POINTS[i::LANES],
            )
            for i in range(LANES)
        ]
        self._threads = [
            threading.Thread(target=self._run, args=(lane,), name="lane") for lane in self.lanes
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def finish(self) -> None:
        """End when what is under way was acknowledged."""
        self._enough.set()
        for thread in self._threads:
            thread.join()

    def give_up(self) -> None:
        """End at once."""
        self.given_up.set()
        self._enough.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()

    def _run(self, lane: Lane) -> None:
        try:
            while not self._enough.is_set():
                lane.step()
                self._enough.wait(PAUSE_S)
        except Stopped:
            pass
        except BaseException as error:  # noqa: BLE001 - told to whoever waits for progress
            self.errors.append(error)

    # ------------------------------------------------------------ progress

    @property
    def crossings(self) -> int:
        """Count the crossings that were acknowledged."""
        return sum(lane.crossings for lane in self.lanes)

    @property
    def failed(self) -> int:
        """Count the tries that were not answered."""
        return sum(lane.door.failed for lane in self.lanes)

    @property
    def reports(self) -> int:
        """Count the posts that were acknowledged."""
        return sum(lane.reports for lane in self.lanes)

    @property
    def slowest_s(self) -> float:
        """Return how long the slowest post took, whatever died meanwhile."""
        return max(lane.slowest_s for lane in self.lanes)

    def stuck(self, seconds: float) -> bool:
        """Say whether a post has been under way for longer than that."""
        now = time.monotonic()
        return any(
            began is not None and now - began > seconds
            for began in [lane.began for lane in self.lanes]
        )

    def truth(self) -> dict[str, list[tuple[str, int]]]:
        """Return what every alarm must have done, by tag."""
        readings = {name: rows for lane in self.lanes for name, rows in lane.readings.items()}
        return {point.name: changes_of(point, readings.get(point.name, [])) for point in POINTS}
