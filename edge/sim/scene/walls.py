"""Textures of a hall: wall, floor, and the sides of machines. Deterministic by the given chance."""

from __future__ import annotations

from typing import Final, NamedTuple

import cv2
import numpy as np

from edge.sim.scene.paint import Canvas, Colour, cloudy, flat, rectangle, round_bar

PER_METRE: Final = 64  # pixels of a texture

YELLOW: Final[Colour] = (40, 190, 230)
DARK: Final[Colour] = (45, 42, 40)
GREEN: Final[Colour] = (70, 140, 50)
RED: Final[Colour] = (40, 35, 175)


class Palette(NamedTuple):
    """Colours of a hall."""

    wall: Colour
    skirting: Colour
    floor: Colour
    machine: Colour
    pipes: tuple[Colour, ...]


PALETTES: Final = (
    Palette((168, 172, 170), (120, 116, 104), (128, 134, 136), (132, 108, 58),
            ((140, 140, 60), (150, 150, 152), (60, 150, 190))),
    Palette((150, 160, 158), (92, 112, 86), (118, 126, 128), (96, 122, 74),
            ((160, 160, 160), (130, 90, 40), (70, 70, 160))),
    Palette((182, 178, 172), (140, 120, 100), (140, 140, 136), (150, 146, 140),
            ((60, 140, 190), (150, 150, 150), (120, 130, 50))),
    Palette((136, 144, 150), (84, 88, 96), (106, 112, 118), (70, 96, 150),
            ((150, 150, 154), (120, 120, 48), (52, 140, 180))),
)  # fmt: skip


def wall(rng: np.random.Generator, palette: Palette, width_m: float, height_m: float) -> Canvas:
    """A wall of steel panels, with windows, pipes, signs and what else hangs there."""
    width, height = round(width_m * PER_METRE), round(height_m * PER_METRE)
    texture = flat(height, width, palette.wall)
    _corrugate(texture)
    _windows(rng, texture)
    rectangle(texture, (0, height - 70, width, height), palette.skirting)
    rectangle(texture, (0, height - 72, width, height - 69), DARK)
    _pipes(rng, texture, palette)
    _fittings(rng, texture)
    stains = cloudy(rng, height, width, 3)
    texture *= 0.86 + 0.2 * stains[:, :, None]
    texture *= np.linspace(1.08, 0.82, height, dtype=np.float32)[:, None, None]
    return texture


def floor(rng: np.random.Generator, palette: Palette, width_m: float, depth_m: float) -> Canvas:
    """Concrete with joints, stains and marked ways; the first row is the far end."""
    width, height = round(width_m * PER_METRE), round(depth_m * PER_METRE)
    texture = flat(height, width, palette.floor)
    rough, stains = cloudy(rng, height, width, 1), cloudy(rng, height, width, 8)
    texture *= (0.88 + 0.16 * rough + 0.12 * stains)[:, :, None]
    for x in range(0, width, 3 * PER_METRE):
        texture[:, x : x + 2] *= 0.75
    for y in range(PER_METRE, height, 3 * PER_METRE):
        texture[y : y + 2] *= 0.75
    for _ in range(5):  # oil
        centre = (int(rng.integers(width)), int(rng.integers(height)))
        spot = np.zeros((height, width), np.float32)
        axes = (int(rng.integers(10, 50)), int(rng.integers(8, 30)))
        cv2.ellipse(spot, centre, axes, 0, 0, 360, 1, -1)
        texture *= 1 - 0.22 * cv2.GaussianBlur(spot, (0, 0), 7)[:, :, None]
    return texture


def mark_way(texture: Canvas, far_m: float, near_m: float) -> None:
    """Two yellow lines along a walkway, so far from the far end of the floor, a little worn."""
    for line in (far_m, near_m):
        y = round(line * PER_METRE)
        strip = texture[y : y + 7]
        strip += (np.array(YELLOW, np.float32) - strip) * 0.8


def machine_front(
    rng: np.random.Generator, colour: Colour, width_m: float, height_m: float
) -> Canvas:
    """The front of a machine: doors, vents, a panel with a screen and lamps, a warning stripe."""
    width, height = round(width_m * PER_METRE), round(height_m * PER_METRE)
    texture = flat(height, width, colour)
    texture *= np.linspace(1.12, 0.8, height, dtype=np.float32)[:, None, None]
    doors = max(1, round(width_m / 0.8))
    for door in range(doors):
        left, right = width * door / doors + 3, width * (door + 1) / doors - 3
        rectangle_edge(texture, (left, 8, right, height - 14))
        if rng.random() < 0.6:
            _vent(texture, left + 10, right - 10, height * 0.62)
    _panel(rng, texture, width * rng.uniform(0.1, 0.6), height * 0.2)
    _stripe(texture, height - 11, 8)
    texture *= 0.93 + 0.12 * cloudy(rng, height, width, 3)[:, :, None]
    return texture


def rectangle_edge(texture: Canvas, box: tuple[float, float, float, float]) -> None:
    """A sheet of metal: dark below and right, light above and left."""
    x1, y1, x2, y2 = (round(side) for side in box)
    texture[y1:y2, x1 : x1 + 2] *= 1.2
    texture[y1 : y1 + 2, x1:x2] *= 1.2
    texture[y1:y2, x2 - 2 : x2] *= 0.6
    texture[y2 - 2 : y2, x1:x2] *= 0.6


def _corrugate(texture: Canvas) -> None:
    columns = np.arange(texture.shape[1], dtype=np.float32)
    texture *= (1 + 0.035 * np.sin(columns * 2 * np.pi / 14))[None, :, None]
    for x in range(0, texture.shape[1], 2 * PER_METRE):
        texture[:, x : x + 2] *= 0.8


def _windows(rng: np.random.Generator, texture: Canvas) -> None:
    sky = np.array(rng.choice([(225, 215, 200), (205, 195, 180), (90, 70, 55)]), np.float32)
    top, bottom = round(0.5 * PER_METRE), round(1.4 * PER_METRE)
    for x in range(round(0.6 * PER_METRE), texture.shape[1] - 100, round(3.2 * PER_METRE)):
        right = x + round(1.8 * PER_METRE)
        rectangle(texture, (x - 5, top - 5, right + 5, bottom + 5), (88, 88, 86))
        pane = texture[top:bottom, x:right]
        pane[:] = sky * np.linspace(1.05, 0.85, bottom - top, dtype=np.float32)[:, None, None]
        for bar in np.linspace(x, right, 4)[1:-1]:
            rectangle(texture, (bar - 2, top, bar + 2, bottom), (92, 92, 90))


def _pipes(rng: np.random.Generator, texture: Canvas, palette: Palette) -> None:
    height, width = texture.shape[:2]
    y = round(rng.uniform(1.65, 1.85) * PER_METRE)
    for _ in range(int(rng.integers(2, 4))):
        thick = int(rng.integers(8, 20))
        colour = palette.pipes[int(rng.integers(len(palette.pipes)))]
        texture[y + thick : y + thick + 5] *= 0.72  # its shadow
        round_bar(texture, (0, y, width, y + thick), colour)
        for x in range(int(rng.integers(40, 150)), width, 190):  # flanges
            round_bar(texture, (x, y - 3, x + 7, y + thick + 3), (110, 110, 112))
        if rng.random() < 0.8:  # a branch that goes down
            x = int(rng.integers(60, width - 60))
            round_bar(texture, (x, y + thick, x + thick, height - 80), colour)
        y += thick + int(rng.integers(8, 16))


def _fittings(rng: np.random.Generator, texture: Canvas) -> None:
    height, width = texture.shape[:2]
    base = height - 75
    for x in rng.uniform(0.05, 0.95, 4) * width:
        kind = rng.integers(4)
        if kind == 0:  # extinguisher
            round_bar(texture, (x, base - 38, x + 13, base - 4), RED)
            rectangle(texture, (x + 4, base - 44, x + 9, base - 38), DARK)
        elif kind == 1:  # escape sign
            rectangle(texture, (x, base - 120, x + 44, base - 98), GREEN)
            rectangle(texture, (x + 8, base - 113, x + 20, base - 104), (235, 240, 235))
        elif kind == 2:  # warning sign
            points = np.array([[x, base - 88], [x + 17, base - 118], [x + 34, base - 88]])
            cv2.fillPoly(texture, [points.astype(np.int32)], YELLOW)
            rectangle(texture, (x + 15, base - 108, x + 19, base - 94), DARK)
        else:  # fuse box
            rectangle(texture, (x, base - 100, x + 52, base - 24), (150, 152, 150))
            rectangle_edge(texture, (x, base - 100, x + 52, base - 24))


def _vent(texture: Canvas, left: float, right: float, top: float) -> None:
    for slot in range(6):
        y = top + slot * 6
        rectangle(texture, (left, y, right, y + 2), DARK)


def _panel(rng: np.random.Generator, texture: Canvas, left: float, top: float) -> None:
    rectangle(texture, (left, top, left + 40, top + 34), (78, 78, 76))
    screen = (150, 110, 50) if rng.random() < 0.5 else (95, 130, 70)
    rectangle(texture, (left + 4, top + 4, left + 36, top + 20), screen)
    for lamp, colour in enumerate(((60, 190, 60), (50, 180, 220), (60, 60, 150))):
        cv2.circle(texture, (round(left + 9 + lamp * 10), round(top + 27)), 3, colour, -1)


def _stripe(texture: Canvas, top: int, thick: int) -> None:
    rows, columns = np.mgrid[top : top + thick, 0 : texture.shape[1]]
    is_dark = ((rows + columns) // 10) % 2 == 0
    texture[top : top + thick] = np.where(
        is_dark[:, :, None], np.array(DARK, np.float32), np.array(YELLOW, np.float32)
    )
