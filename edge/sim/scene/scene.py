"""A plant hall with people at work, in which things happen; pictures and truth of any moment.

Deterministic: the same seed, script and moment give the same picture, whatever was asked before.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.sim.scene.burning import Fire, burn, make_fire, smoke, strength, weld
from edge.sim.scene.hall import WAY_M, Place, build_hall
from edge.sim.scene.looks import Looks, dressed
from edge.sim.scene.paint import Box, Canvas, blend, darken
from edge.sim.scene.running import flash, run_belt
from edge.sim.scene.script import Happening, Script, calm
from edge.sim.scene.walking import Walk, visiting, working
from edge.sim.scene.worker import draw_figure, hides, stand

WIDTH: Final = 640
HEIGHT: Final = 360
SMOKE_STAYS_S: Final = 7.0  # after its source is out
LEAST_SEEN: Final = 0.6  # share of a head that must be in the picture to be part of the truth
LEAST_SIDE: Final = 4.0  # pixels


class Truth(NamedTuple):
    """Something that is to be seen in a picture."""

    label: str  # fire, smoke, helmet or no_helmet
    box: Box  # x1, y1, x2, y2 in pixels, inside the picture


class _Person(NamedTuple):
    looks: Looks
    walk: Walk
    happening: Happening | None  # who is only there while it lasts


class _Hearth(NamedTuple):
    fire: Fire
    place: Place


class Scene:
    """One camera's view of one hall."""

    def __init__(
        self, seed: int, script: Script | None = None, *, width: int = WIDTH, height: int = HEIGHT
    ) -> None:
        """Build the hall and its people.

        Args:
            seed: decides on everything that the script leaves open.
            script: what happens; nothing if none is given.
            width: of the pictures, pixels.
            height: of the pictures, pixels.
        """
        self.script = calm() if script is None else script
        rng = np.random.default_rng(seed)
        self._hall = build_hall(rng, width, height)
        self._people = self._engage(rng)
        self._fires = [self._lay(rng, one) for one in self.script.happenings]
        grain = rng.normal(0, rng.uniform(1.2, 3.2), (height + 64, width + 64, 1))
        self._grain = np.repeat(grain.round(), 3, axis=2).astype(np.int16)
        self._seed = seed

    def frame(self, time_s: float) -> NDArray[np.uint8]:
        """The picture of a moment: (H, W, 3) uint8, BGR."""
        return self.look(time_s)[0]

    def truth(self, time_s: float) -> list[Truth]:
        """What is to be seen in the picture of a moment."""
        return self.look(time_s)[1]

    def look(self, time_s: float) -> tuple[NDArray[np.uint8], list[Truth]]:
        """Both, for the price of one."""
        now = self.script.at(time_s)
        canvas = self._hall.picture.copy()
        run_belt(canvas, self._hall, now)
        flash(canvas, self._hall, now)
        truths = self._happen(canvas, now)
        blend(canvas, self._hall.front, self._hall.front_alpha, *self._hall.front_at)
        return self._expose(canvas, time_s), _seen(truths, canvas)

    def _engage(self, rng: np.random.Generator) -> list[_Person]:
        people = [
            _Person(dressed(rng, has_hat=True), working(rng, lane, self.script.workers), None)
            for lane in range(self.script.workers)
        ]
        for one in self.script.happenings:
            if one.kind == "no_helmet":
                walk = visiting(rng, one.start_s, one.end_s)
                people.append(_Person(dressed(rng, has_hat=False), walk, one))
        return sorted(people, key=lambda person: -person.walk.depth_m)

    def _lay(self, rng: np.random.Generator, one: Happening) -> _Hearth:
        hearths = self._hall.hearths
        if one.kind == "welding" and len(hearths) > 1:
            hearths = hearths[:-1]  # at a machine; the last one is the bare floor
        return _Hearth(make_fire(rng), hearths[int(rng.integers(len(hearths)))])

    def _happen(self, canvas: Canvas, now: float) -> list[Truth]:
        """Paint people, flames and smoke from far to near."""
        burning = list(zip(self.script.happenings, self._fires, strict=True))
        behind = [one for one in burning if one[1].place[1] >= WAY_M[1]]
        before = [one for one in burning if one[1].place[1] < WAY_M[1]]
        truths = [box for one in behind for box in self._burn(canvas, *one, now)]
        for person in self._people:
            truths = self._walk(canvas, person, now, truths)
        truths += [box for one in before for box in self._burn(canvas, *one, now)]
        return truths + [box for one in burning for box in self._smoke(canvas, *one, now)]

    def _walk(
        self, canvas: Canvas, person: _Person, now: float, truths: list[Truth]
    ) -> list[Truth]:
        """Paint somebody; answers the truths with the head of this one, less those it hides."""
        if person.happening and not person.happening.start_s <= now < person.happening.end_s:
            return truths
        x, pose = person.walk.at(now)
        place = (x, person.walk.depth_m, 0.0)
        foot, scale = self._on_canvas(place)
        figure = draw_figure(person.looks, pose, scale)
        head = stand(canvas, figure, foot, self._light_at(foot))
        label = "no_helmet" if person.looks.hat is None else "helmet"
        seen = [one for one in truths if one.label == "fire" or not hides(figure, foot, one.box)]
        return [*seen, Truth(label, head)]

    def _burn(self, canvas: Canvas, one: Happening, hearth: _Hearth, now: float) -> list[Truth]:
        size = strength(one.since(now), one.end_s - now)
        if not size or one.kind not in ("fire", "welding"):
            return []
        fire, (foot, scale) = hearth.fire, self._on_canvas(hearth.place)
        if one.kind == "welding":
            weld(canvas, now, (foot[0], foot[1] - 0.3 * scale), scale, fire.seed)
            return []
        darken(canvas, foot, (scale * fire.width_m, scale * 0.15), 0.6)
        box = burn(canvas, fire, one.since(now), foot, scale * size)
        return [Truth("fire", box)] if box else []

    def _smoke(self, canvas: Canvas, one: Happening, hearth: _Hearth, now: float) -> list[Truth]:
        since, ended = one.since(now), now - one.end_s
        if one.kind not in ("fire", "smoke") or since < 0 or ended > SMOKE_STAYS_S:
            return []
        fire, (x, y, z) = hearth.fire, hearth.place
        size = strength(since, max(0.0, -ended)) if one.kind == "fire" else 0.0
        lift = max(0.75 * fire.height_m * size, 0.05)  # it begins above the flame
        source, _ = self._on_canvas((x + 0.8 * fire.lean * lift, y, z + lift))
        _, scale = self._on_canvas(hearth.place)
        box = smoke(canvas, fire, (since, ended), source, scale)
        return [Truth("smoke", box)] if box else []

    def _on_canvas(self, place: Place) -> tuple[tuple[float, float], float]:
        """Pixels of a place, and pixels for a metre there."""
        x, y = self._hall.camera.project(np.array([place]))[0].tolist()
        return (x, y), self._hall.camera.pixels_per_metre(place)

    def _light_at(self, foot: tuple[float, float]) -> float:
        """How bright somebody looks who stands there: as the floor, but less so."""
        height, width = self._hall.picture.shape[:2]
        row = int(np.clip(foot[1], 0, height - 1))
        column = int(np.clip(foot[0], 0, width - 1))
        floor = float(self._hall.picture[row, column].mean()) / 120
        return 0.8 + 0.25 * min(floor, 1.2)

    def _expose(self, canvas: Canvas, time_s: float) -> NDArray[np.uint8]:
        """What the sensor adds: the flicker of the mains, and grain."""
        height, width = canvas.shape[:2]
        rng = np.random.default_rng((self._seed, round(time_s * 1000)))
        row, column = rng.integers(0, 64, 2)
        even = cv2.convertScaleAbs(canvas, alpha=float(rng.uniform(0.985, 1.015)))
        grain = self._grain[row : row + height, column : column + width]
        return np.asarray(cv2.add(even, grain, dtype=cv2.CV_8U), np.uint8)


def _seen(truths: list[Truth], canvas: Canvas) -> list[Truth]:
    """Cut boxes at the picture's borders; leave out what is hardly in it."""
    height, width = canvas.shape[:2]
    found = []
    for label, (x1, y1, x2, y2) in truths:
        left, right = (min(max(side, 0.0), width) for side in (x1, x2))
        top, bottom = (min(max(side, 0.0), height) for side in (y1, y2))
        is_large = min(right - left, bottom - top) >= LEAST_SIDE
        if is_large and (right - left) * (bottom - top) >= LEAST_SEEN * (x2 - x1) * (y2 - y1):
            found.append(Truth(label, (left, top, right, bottom)))
    return found
