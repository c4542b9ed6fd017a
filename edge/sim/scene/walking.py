"""Where people are in a hall at a moment, and how they move. Pure."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from edge.sim.scene.hall import WAY_M
from edge.sim.scene.looks import Pose

OUTSIDE_M: Final = 6.5  # from the middle: out of any picture
AT_ENDS_S: Final = (1.5, 4.0)  # how long somebody stops before turning


class Walk(NamedTuple):
    """Way points; somebody walks straight from one to the next."""

    depth_m: float
    times_s: tuple[float, ...]  # ascending
    places_m: tuple[float, ...]  # x at each of these times
    turns: tuple[float, ...]  # which way somebody looks while standing at each of them
    repeats: bool

    def at(self, time_s: float) -> tuple[float, Pose]:
        """Place (x in m) and pose."""
        length = self.times_s[-1]
        now = time_s % length if self.repeats else min(max(time_s, 0.0), length)
        leg = min(int(np.searchsorted(self.times_s, now, side="right")), len(self.times_s) - 1)
        start, end = self.places_m[leg - 1], self.places_m[leg]
        share = (now - self.times_s[leg - 1]) / (self.times_s[leg] - self.times_s[leg - 1])
        x = start + (end - start) * share
        if start == end:
            turn = self.turns[leg]
            return x, Pose(
                0.0, is_walking=False, facing=0.0 if turn == 2 else turn, shows_back=turn == 2
            )
        return x, Pose(abs(x - start), is_walking=True, facing=1.0 if end > start else -1.0)


def working(rng: np.random.Generator, lane: int, lanes: int) -> Walk:
    """To and fro on a lane of the walkway, with stops, for ever."""
    near, far = WAY_M
    depth = near + (far - near) * (lane + rng.uniform(0.2, 0.8)) / max(lanes, 1)
    times, places, turns = [0.0], [rng.uniform(-2.4, 2.4)], [0.0]
    for _ in range(6):
        target = rng.uniform(-2.6, 2.6)
        _go(times, places, turns, target, rng)
        _stay(times, places, turns, rng.uniform(*AT_ENDS_S), rng)
    _go(times, places, turns, places[0], rng)
    return Walk(depth, tuple(times), tuple(places), tuple(turns), repeats=True)


def visiting(rng: np.random.Generator, start_s: float, end_s: float) -> Walk:
    """In from one side, some time in the middle, and out before the end."""
    near, far = WAY_M
    side = float(rng.choice([-1.0, 1.0]))
    times, places, turns = [0.0], [side * OUTSIDE_M], [0.0]
    if start_s > 0:
        times, places, turns = [0.0, start_s], [side * OUTSIDE_M] * 2, [0.0, 0.0]
    _go(times, places, turns, side * rng.uniform(0.8, 1.6), rng)
    leaving = max(times[-1] + 0.5, end_s - 2 * OUTSIDE_M / 1.3 - 1)
    while times[-1] < leaving - 3:
        _stay(times, places, turns, min(rng.uniform(*AT_ENDS_S), leaving - times[-1]), rng)
        _go(times, places, turns, rng.uniform(-1.4, 1.4), rng)
    _go(times, places, turns, -side * OUTSIDE_M, rng)
    return Walk(rng.uniform(near, far), tuple(times), tuple(places), tuple(turns), repeats=False)


def _go(
    times: list[float],
    places: list[float],
    turns: list[float],
    target: float,
    rng: np.random.Generator,
) -> None:
    far = max(abs(target - places[-1]), 0.2)
    times.append(times[-1] + far / rng.uniform(0.9, 1.3))
    places.append(target)
    turns.append(0.0)


def _stay(
    times: list[float],
    places: list[float],
    turns: list[float],
    seconds: float,
    rng: np.random.Generator,
) -> None:
    times.append(times[-1] + max(seconds, 0.1))
    places.append(places[-1])
    turns.append(float(rng.choice([0.0, 0.0, -1.0, 1.0, 2.0])))
