"""What people in a scene look like. Pure."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from edge.sim.scene.paint import Colour

SKINS: Final[tuple[Colour, ...]] = ((135, 170, 220), (105, 140, 195), (70, 100, 150), (45, 62, 98))
HAIRS: Final[tuple[Colour, ...]] = ((28, 26, 26), (30, 42, 62), (48, 74, 110), (120, 124, 128))
HATS: Final[tuple[Colour, ...]] = (
    (40, 200, 240),
    (235, 235, 235),
    (190, 90, 30),
    (40, 40, 200),
    (30, 120, 240),
)
VESTS: Final[tuple[Colour, ...]] = ((60, 230, 200), (30, 120, 245), (150, 90, 40), (90, 90, 90))
CLOTHES: Final[tuple[Colour, ...]] = ((110, 70, 40), (80, 72, 66), (60, 56, 52), (120, 100, 80))


class Looks(NamedTuple):
    """What somebody looks like."""

    skin: Colour
    hair: Colour
    hat: Colour | None  # None: bareheaded
    vest: Colour
    shirt: Colour
    trousers: Colour
    has_long_hair: bool = False


class Pose(NamedTuple):
    """How somebody stands or walks."""

    walked_m: float  # so far; moves the legs
    is_walking: bool
    facing: float  # -1 left, 1 right, 0 towards the camera
    shows_back: bool = False


def dressed(rng: np.random.Generator, *, has_hat: bool) -> Looks:
    """Somebody at random."""

    def one_of(colours: tuple[Colour, ...]) -> Colour:
        return colours[int(rng.integers(len(colours)))]

    return Looks(
        one_of(SKINS),
        one_of(HAIRS),
        one_of(HATS) if has_hat else None,
        one_of(VESTS[:2] if rng.random() < 0.75 else VESTS),
        one_of(CLOTHES),
        one_of(CLOTHES),
        bool(rng.random() < 0.25),
    )
