"""A plant hall seen from under its ceiling: what stands still, painted once."""

from __future__ import annotations

import math
from typing import Any, Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.sim.scene.camera import Camera
from edge.sim.scene.paint import (
    Canvas,
    Colour,
    Plane,
    blend,
    cloudy,
    darken,
    flat,
    hang,
    shading,
    soft_spot,
)
from edge.sim.scene.walls import (
    PALETTES,
    Palette,
    floor,
    machine_front,
    mark_way,
    wall,
)

FINER: Final = 2  # painted so many times as large, then reduced: smooth edges
SIDE_M: Final = 9.0  # the hall reaches so far to both sides
NEAR_M: Final = 3.0
WALL_M: Final = 11.5  # back wall
HEIGHT_M: Final = 4.6
WAY_M: Final = (6.6, 8.6)  # depth of the walkway, near and far
BELT_M: Final = (9.35, 9.95)  # depth of the conveyor
BELT_ABOVE_M: Final = 0.85


Place = tuple[float, float, float]  # x, y, z in m


class Hall(NamedTuple):
    """A hall as a camera sees it, empty."""

    camera: Camera
    picture: Canvas  # (H, W, 3)
    belt: tuple[float, float]  # the conveyor's ends, x in m
    front: Canvas  # (h, w, 3), what stands nearer than the walkway
    front_alpha: Plane  # (h, w)
    front_at: tuple[int, int]  # where that is in the picture: left and top, pixels
    hearths: tuple[Place, ...]  # places where something may burn
    beacon: Place  # a lamp that flashes


def build_hall(rng: np.random.Generator, width: int, height: int) -> Hall:
    """Build and paint a hall.

    Args:
        rng: decides on everything.
        width: of the picture, pixels.
        height: of the picture, pixels.
    """
    camera = Camera(
        width,
        height,
        above=rng.uniform(3.0, 3.5),
        down=math.radians(rng.uniform(12.5, 15.5)),
        aside=math.radians(rng.uniform(-8, 8)),
        zoom=rng.uniform(1.05, 1.25),
    )
    palette = PALETTES[int(rng.integers(len(PALETTES)))]
    painter = _Painter(rng, camera.enlarged(FINER), palette)
    painter.shell()
    things = painter.things()
    picture = _reduced(painter.canvas, width, height)
    _light(rng, picture)
    front, alpha, place = _cropped(*_front(rng, camera, palette))
    left = rng.uniform(-6.5, -3.0)
    belt = (left, left + rng.uniform(4.5, 6.5))
    hearths = (*things, (rng.uniform(-2.2, 2.2), rng.uniform(7.2, 8.8), 0.0))
    return Hall(
        camera, picture, belt, front, alpha, place, hearths, (rng.uniform(-2.5, 2.5), 11.3, 2.7)
    )


class _Painter:
    """Paints solids from far to near."""

    def __init__(self, rng: np.random.Generator, camera: Camera, palette: Palette) -> None:
        self.rng, self.camera, self.palette = rng, camera, palette
        self.canvas = flat(camera.height, camera.width, palette.wall)

    def shell(self) -> None:
        """Walls and floor."""
        rng, palette = self.rng, self.palette
        back = wall(rng, palette, 2 * SIDE_M, HEIGHT_M)
        self._hang(back, (-SIDE_M, WALL_M, HEIGHT_M), (SIDE_M, WALL_M, 0.0))
        ground = floor(rng, palette, 2 * SIDE_M, WALL_M - NEAR_M)
        mark_way(ground, WALL_M - WAY_M[1], WALL_M - WAY_M[0])
        corners = np.array(
            [[-SIDE_M, WALL_M, 0], [SIDE_M, WALL_M, 0], [SIDE_M, NEAR_M, 0], [-SIDE_M, NEAR_M, 0]]
        )
        hang(self.canvas, self.camera, ground, corners)

    def things(self) -> list[Place]:
        """Tanks and machines along the wall; answers the places on and before them."""
        rng, places, x = self.rng, [], -7.0
        while x < 6.5:
            wide = rng.uniform(1.0, 2.0)
            if rng.random() < 0.45:
                self.tank(x + wide / 2, 10.7, wide / 2 * 0.85, rng.uniform(1.8, 3.0))
            else:
                tall = rng.uniform(1.1, 2.1)
                self.machine((x, x + wide), (10.1, 11.0), tall)
                if abs(x + wide / 2) < 2.6:
                    places.append((x + wide / 2, 10.05, tall * rng.choice([0.0, 0.95])))
            x += wide + rng.uniform(0.25, 1.1)
        return places

    def machine(self, x: tuple[float, float], y: tuple[float, float], tall: float) -> None:
        """A box with a front, a top and the side that is seen."""
        rng = self.rng
        self._shadow((x[0] + x[1]) / 2, y[0], (x[1] - x[0]) * 0.75)
        colour = _varied(rng, self.palette.machine)
        side = flat(64, 64, _lit(colour, 0.62))
        turned = x[0] if (x[0] + x[1]) / 2 > math.tan(self.camera.aside) * y[0] else x[1]
        self._quad(
            side, [(turned, y[0], tall), (turned, y[1], tall), (turned, y[1], 0), (turned, y[0], 0)]
        )
        top = flat(32, 32, _lit(colour, 1.2))
        self._quad(
            top, [(x[0], y[1], tall), (x[1], y[1], tall), (x[1], y[0], tall), (x[0], y[0], tall)]
        )
        self._hang(
            machine_front(rng, colour, x[1] - x[0], tall), (x[0], y[0], tall), (x[1], y[0], 0.0)
        )

    def tank(self, x: float, y: float, radius: float, tall: float) -> None:
        """An upright tank on short legs, with rings and a ladder."""
        rng, camera = self.rng, self.camera
        self._shadow(x, y - radius, radius * 1.7)
        foot, top = camera.project(np.array([[x, y - radius, 0.3], [x, y - radius, tall]]))
        half = camera.pixels_per_metre((x, y, tall / 2)) * radius
        width, height = max(round(2 * half), 4), max(round(foot[1] - top[1]), 4)
        colour = _varied(rng, (172, 172, 170) if rng.random() < 0.6 else self.palette.pipes[0])
        patch = (
            np.array(colour, np.float32)
            * shading(width)[None, :, None]
            * np.ones((height, 1, 1), np.float32)
        )
        for ring in np.linspace(0, height, 5)[1:-1]:
            patch[round(ring) : round(ring) + 3] *= 0.8
        patch *= 0.92 + 0.14 * cloudy(rng, height, width, 3)[:, :, None]
        x1, y1 = round(foot[0] - half), round(top[1])
        for leg in (0.1, 0.85):
            cv2.rectangle(
                self.canvas,
                (x1 + round(leg * width), y1 + height),
                (x1 + round((leg + 0.06) * width), y1 + height + round(half * 0.5)),
                (70, 70, 70),
                -1,
            )
        alpha = np.ones((height, width), np.float32)
        blend(self.canvas, patch, alpha, x1, y1)
        axes = (width // 2, max(2, round(half * 0.28)))
        lid = _lit(colour, 1.12)
        cv2.ellipse(
            self.canvas,
            (round(foot[0]), y1 + height),
            axes,
            0,
            0,
            180,
            tuple(0.7 * p for p in colour),
            -1,
            cv2.LINE_AA,
        )
        cv2.ellipse(self.canvas, (round(foot[0]), y1), axes, 0, 0, 360, lid, -1, cv2.LINE_AA)

    def _hang(
        self,
        texture: Canvas,
        top_left: tuple[float, float, float],
        low_right: tuple[float, float, float],
    ) -> None:
        (x1, y1, z1), (x2, y2, z2) = top_left, low_right
        self._quad(texture, [(x1, y1, z1), (x2, y2, z1), (x2, y2, z2), (x1, y1, z2)])

    def _quad(self, texture: Canvas, corners: list[Place]) -> None:
        hang(self.canvas, self.camera, texture, np.array(corners, np.float64))

    def _shadow(self, x: float, y: float, half: float) -> None:
        place = self.camera.project(np.array([[x, y, 0.0]]))[0]
        pixels = self.camera.pixels_per_metre((x, y, 0.0))
        darken(self.canvas, tuple(place), (half * pixels, 0.4 * pixels), 0.5)


def _lit(colour: Colour, light: float) -> Colour:
    blue, green, red = (min(light * part, 240.0) for part in colour)
    return blue, green, red


def _varied(rng: np.random.Generator, colour: Colour) -> Colour:
    blue, green, red = (np.array(colour) * rng.uniform(0.85, 1.15) + rng.uniform(-8, 8, 3)).clip(
        20, 230
    )
    return float(blue), float(green), float(red)


def _reduced(canvas: Canvas, width: int, height: int) -> Canvas:
    reduced = cv2.resize(canvas, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(reduced, np.float32)


def _light(rng: np.random.Generator, picture: Canvas) -> None:
    """Pools of light under the lamps, and the warmth or cold of them."""
    height, width = picture.shape[:2]
    pools = np.full((height, width), 0.78, np.float32)
    spot = cv2.resize(soft_spot(65), (width, height))
    for place in rng.uniform(-0.5, 0.5, 2):
        pools += 0.32 * np.roll(spot, round(float(place) * width), axis=1)
    picture *= pools[:, :, None]
    picture *= rng.uniform(0.95, 1.25) * rng.uniform(0.95, 1.05, 3).astype(np.float32)
    x, y = np.linspace(-1, 1, width, dtype=np.float32), np.linspace(-1, 1, height, dtype=np.float32)
    picture *= 1.03 - 0.12 * (x[None, :, None] ** 2 + y[:, None, None] ** 2)  # of the lens
    np.clip(picture, 0, 255, out=picture)


def _front(rng: np.random.Generator, camera: Camera, palette: Palette) -> tuple[Canvas, Plane]:
    """A railing or a cabinet at the edge of the picture, nearer than everybody who walks."""
    fine = camera.enlarged(FINER)
    canvas, mask = (
        flat(fine.height, fine.width, (0, 0, 0)),
        flat(fine.height, fine.width, (0, 0, 0)),
    )
    side = float(rng.choice([-1.0, 1.0]))
    if rng.random() < 0.5:
        y, x1, x2 = 5.4, *sorted((side * 1.7, side * 4.5))
        texture = machine_front(rng, _varied(rng, palette.machine), x2 - x1, 1.0)
        corners = np.array([[x1, y, 0.9], [x2, y, 0.9], [x2, y, -0.1], [x1, y, -0.1]])
        hang(canvas, fine, texture, corners)
        hang(mask, fine, flat(8, 8, (1, 1, 1)), corners)
    else:
        _railing(canvas, mask, fine, side)
    size = (camera.width, camera.height)
    alpha: NDArray[Any] = cv2.resize(mask[:, :, 0], size, interpolation=cv2.INTER_AREA)
    return _reduced(canvas, *size) * 0.85, np.asarray(alpha, np.float32)


def _railing(canvas: Canvas, mask: Canvas, camera: Camera, side: float) -> None:
    start, end, y = side * 1.2, side * 5.0, 5.8
    posts = [((x, y, 0.0), (x, y, 1.0)) for x in np.linspace(start, end, 4)]
    bars = [((start, y, z), (end, y, z)) for z in (0.55, 1.0)]
    for foot, top in posts + bars:
        ends = (camera.project(np.array([foot, top])) * 16).round().astype(int)
        thick = max(2, round(0.05 * camera.pixels_per_metre((0.0, y, 0.5))))
        for target, colours in (
            (canvas, ((30, 150, 190), (70, 200, 235))),
            (mask, ((1, 1, 1),) * 2),
        ):
            for part, colour in zip((1.0, 0.45), colours, strict=True):
                cv2.line(
                    target,
                    tuple(ends[0]),
                    tuple(ends[1]),
                    colour,
                    max(1, round(thick * part)),
                    cv2.LINE_AA,
                    4,
                )


def _cropped(picture: Canvas, alpha: Plane) -> tuple[Canvas, Plane, tuple[int, int]]:
    """Only the part that shows, and where it is."""
    rows, columns = np.flatnonzero(alpha.any(axis=1)), np.flatnonzero(alpha.any(axis=0))
    if not len(rows):
        return picture[:1, :1], alpha[:1, :1], (0, 0)
    inside = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    return picture[inside], alpha[inside], (int(columns[0]), int(rows[0]))
