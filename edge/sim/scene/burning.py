"""Flames and smoke as functions of time: nothing is kept between two pictures. Deterministic."""

from __future__ import annotations

import math
from typing import Any, Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.sim.scene.paint import Box, Canvas, Plane, cloudy, soft_spot, window

LEAST_FLAME: Final = 0.35  # how bright a pixel is that belongs to the flame's box
LEAST_SMOKE: Final = 0.3  # how dense
PUFF_EVERY_S: Final = 0.16
PUFF_LIFE_S: Final = 7.0
COARSER: Final = 2  # smoke is soft: painted at half the size
# Heat 0 to 1: black, dark red, orange, yellow, nearly white (BGR).
HEATS: Final = (
    (0, 0, 0),
    (10, 20, 120),
    (15, 90, 235),
    (60, 190, 255),
    (170, 240, 255),
    (225, 252, 255),
)


class Fire(NamedTuple):
    """How one fire looks; made once."""

    noise: Plane  # (128, 128), repeats
    speed: float
    lean: float  # to the side, in heights
    width_m: float
    height_m: float
    drift: float  # of the smoke, m/s
    grey: float  # of the smoke, 0 black to 1 white
    puffs: Plane  # (64, 64)
    seed: int


def make_fire(rng: np.random.Generator) -> Fire:
    """A fire at random."""
    width = rng.uniform(0.7, 1.3)
    puff = soft_spot(64) * (0.35 + 1.3 * cloudy(rng, 64, 64, 2))
    return Fire(
        cloudy(rng, 128, 128, 2),
        rng.uniform(1.1, 1.7),
        rng.uniform(-0.25, 0.25),
        width,
        width * rng.uniform(1.1, 1.7),
        rng.uniform(-0.22, 0.22),
        rng.uniform(0.15, 0.75),
        np.asarray(puff, np.float32),
        int(rng.integers(2**31)),
    )


def strength(since_s: float, left_s: float) -> float:
    """How large a fire is, 0 to 1: it grows for some seconds and is put out at its end."""
    if since_s < 0 or left_s < 0:
        return 0.0
    return min(1.0, 0.35 + since_s / 8) * min(1.0, 0.25 + left_s / 2)


def heat_of(fire: Fire, time_s: float, width: int, height: int) -> Plane:
    """Brightness of a flame (height, width), 0 to 1; it burns from the lower border upwards."""
    up = np.linspace(1, 0, height, dtype=np.float32)[:, None]
    across = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    rising = time_s * fire.speed
    sway = 0.12 * np.sin(4.3 * time_s + 3 * up) + 0.06 * np.sin(11 * time_s + 7 * up)
    bent = across - (fire.lean + sway) * up * 1.5
    coarse = _sampled(fire.noise, bent * 30, up * 50 + rising * 40, width, height)
    fine = _sampled(fire.noise, bent * 75 + 61, up * 105 + rising * 95, width, height)
    half = 0.62 * (1 - up) ** 0.5 * (0.75 + 0.9 * up * (1 - up))
    outline = 1 - (np.abs(bent) / (half + 0.04)) ** 1.6
    tongues = (
        0.72 * outline + 1.9 * (coarse - 0.5) * (0.25 + up) + 0.8 * (fine - 0.5) * (0.3 + 0.7 * up)
    )
    cooling = tongues * (1.05 - 0.45 * up) - 0.25 * up
    foot = np.clip((1 - np.abs(across)) * 4, 0, 1) * np.clip(up * 10 + 0.3, 0, 1)
    heat: Plane = np.clip(cooling * 1.25, 0, 1).astype(np.float32) * foot
    return heat


def burn(
    canvas: Canvas, fire: Fire, time_s: float, foot: tuple[float, float], scale: float
) -> Box | None:
    """Paint a flame and its light.

    Args:
        canvas: painted on.
        fire: what burns.
        time_s: since it began.
        foot: middle of its foot, pixels.
        scale: pixels for a metre, times its strength.

    Returns:
        The box around the bright part, pixels; None where nothing of it is in the picture.
    """
    width, height = max(6, round(fire.width_m * 1.7 * scale)), max(8, round(fire.height_m * scale))
    heat = heat_of(fire, time_s, width, height)
    flicker = 0.85 + 0.15 * math.sin(23 * time_s) * math.sin(7.3 * time_s + 1)
    _glow(canvas, foot, height * 2.2, 0.55 * flicker)
    x1, y1 = round(foot[0] - width / 2), round(foot[1] - height)
    found = window(canvas.shape, x1, y1, width, height)
    if found is None:
        return None
    inside, part = found
    heat = np.asarray(cv2.GaussianBlur(heat, (3, 3), 0), np.float32)
    colours = _HEAT_TABLE[(heat[part] * 255).astype(np.uint8)]
    alpha = np.clip(heat[part] * 2.6, 0, 1)[:, :, None]
    canvas[inside] = canvas[inside] * (1 - alpha * 0.92) + colours * alpha
    return _around(heat[part] >= LEAST_FLAME, inside)


def smoke(
    canvas: Canvas,
    fire: Fire,
    times: tuple[float, float],
    source: tuple[float, float],
    scale: float,
) -> Box | None:
    """Paint smoke that rises.

    Args:
        canvas: painted on.
        fire: what smokes.
        times: seconds since it began to smoke, and since it ended (negative while it smokes).
        source: where it comes from, pixels.
        scale: pixels for a metre.

    Returns:
        The box around the dense part, pixels; None where there is none.
    """
    since_s, ended_s = times
    shape = (canvas.shape[0] // COARSER, canvas.shape[1] // COARSER)
    density = np.zeros(shape, np.float32)
    newest = math.floor(since_s / PUFF_EVERY_S)
    oldest = max(0, math.ceil((since_s - PUFF_LIFE_S) / PUFF_EVERY_S))
    for number in range(oldest, newest + 1):
        age = since_s - number * PUFF_EVERY_S
        if age >= ended_s:  # not one that would have begun after the end
            _puff(
                density,
                fire,
                number,
                age,
                (source[0] / COARSER, source[1] / COARSER),
                scale / COARSER,
            )
    dense = 1 - np.exp(-density * 1.5)
    rows, columns = (
        np.flatnonzero(dense.max(axis=1) > 0.01),
        np.flatnonzero(dense.max(axis=0) > 0.01),
    )
    if not len(rows):
        return None
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    inside = (slice(top * COARSER, bottom * COARSER), slice(left * COARSER, right * COARSER))
    size = ((right - left) * COARSER, (bottom - top) * COARSER)
    alpha = cv2.resize(dense[top:bottom, left:right], size, interpolation=cv2.INTER_LINEAR)[
        :, :, None
    ]
    tone = 30 + 185 * fire.grey + 38 * (1 - alpha)
    canvas[inside] += (tone - canvas[inside]) * alpha * 0.93
    return _around(alpha[:, :, 0] >= LEAST_SMOKE, inside)


def weld(
    canvas: Canvas, time_s: float, place: tuple[float, float], scale: float, seed: int
) -> None:
    """A welding arc: white and blue, very short, with sparks."""
    rng = np.random.default_rng((seed, round(time_s * 12)))
    if rng.random() < 0.3:
        return
    _glow(canvas, place, scale * rng.uniform(0.5, 1.1), 0.7, (1.0, 0.85, 0.75))
    radius = max(2, round(scale * rng.uniform(0.04, 0.09)))
    centre = (round(place[0]), round(place[1]))
    cv2.circle(canvas, centre, radius, (255, 250, 240), -1, cv2.LINE_AA)
    for angle, far in zip(rng.uniform(0, 2 * math.pi, 9), rng.uniform(0.1, 0.5, 9), strict=True):
        end = (
            round(place[0] + far * scale * math.cos(angle)),
            round(place[1] + far * scale * abs(math.sin(angle)) * 0.8),
        )
        cv2.line(canvas, centre, end, (120, 200, 255), 1, cv2.LINE_AA)


def _sampled(noise: Plane, x: NDArray[Any], y: NDArray[Any], width: int, height: int) -> Plane:
    map_x = np.broadcast_to(x % 128, (height, width)).astype(np.float32)
    map_y = np.broadcast_to(y % 128, (height, width)).astype(np.float32)
    return np.asarray(
        cv2.remap(noise, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP), np.float32
    )


def _puff(
    density: Plane, fire: Fire, number: int, age: float, source: tuple[float, float], scale: float
) -> None:
    turn, aside, fast, size = _chances(fire.seed, number)
    rise = (0.75 + 0.35 * fast) * age - 0.02 * age**2
    drift = fire.drift * age + 0.22 * (aside - 0.5) * (1 + age) + 0.1 * math.sin(age + 6 * turn)
    radius = max(2, round(scale * (0.2 + (0.13 + 0.07 * size) * age) * 1.5))
    fade = min(1.0, age / 0.5) * (1 - age / PUFF_LIFE_S) ** 1.1
    sprite = cv2.resize(np.rot90(fire.puffs, int(turn * 4)), (2 * radius, 2 * radius))
    x1, y1 = round(source[0] + drift * scale) - radius, round(source[1] - rise * scale) - radius
    found = window(density.shape, x1, y1, 2 * radius, 2 * radius)
    if found is not None:
        inside, part = found
        density[inside] += sprite[part] * np.float32(1.05 * fade)


def _chances(seed: int, number: int) -> tuple[float, float, float, float]:
    """Four numbers from 0 to 1 that belong to a puff; much faster than a generator for each."""
    state = (seed * 2654435761 + number * 40503 + 12345) & 0xFFFFFFFF
    values = []
    for _ in range(4):
        state ^= (state << 13) & 0xFFFFFFFF
        state ^= state >> 17
        state ^= (state << 5) & 0xFFFFFFFF
        values.append((state & 0xFFFF) / 0xFFFF)
    return values[0], values[1], values[2], values[3]


def _glow(
    canvas: Canvas,
    place: tuple[float, float],
    radius: float,
    amount: float,
    tint: tuple[float, float, float] = (0.25, 0.55, 1.0),
) -> None:
    """Light that falls on what is around."""
    size = max(4, round(2 * radius))
    x1, y1 = round(place[0] - radius), round(place[1] - radius)
    found = window(canvas.shape, x1, y1, size, size)
    if found is None:
        return
    inside, part = found
    spot = cv2.resize(soft_spot(33), (size, size))[part][:, :, None] * amount
    canvas[inside] *= 1 + spot * np.array(tint, np.float32)
    canvas[inside] += spot * np.array(tint, np.float32) * 45


def _around(mask: NDArray[np.bool_], inside: tuple[slice, slice]) -> Box | None:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return None
    top, left = inside[0].start, inside[1].start
    return (
        float(left + columns[0]),
        float(top + rows[0]),
        float(left + columns[-1] + 1),
        float(top + rows[-1] + 1),
    )


def _heat_table() -> NDArray[np.float32]:
    places = np.linspace(0, 255, len(HEATS))
    planes = [np.interp(np.arange(256), places, [heat[i] for heat in HEATS]) for i in range(3)]
    return np.stack(planes, axis=1).astype(np.float32)


_HEAT_TABLE: Final = _heat_table()
