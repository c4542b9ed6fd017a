"""The head of a figure: face, hair, hat. Pure."""

from __future__ import annotations

from edge.sim.scene.looks import Looks, Pose
from edge.sim.scene.paint import Colour
from edge.sim.scene.pen import Pen


def paint_head(pen: Pen, looks: Looks, bob: float, pose: Pose) -> tuple[float, float, float, float]:
    """Paint neck and head; answers the box x1, y1 (low), x2, y2 (high) in metres."""
    x, y = 0.03 * pose.facing, 1.62 + bob
    wide = 0.1 if pose.facing else 0.088
    pen.limb([(x * 0.5, 1.42 + bob), (x, 1.52 + bob)], 0.1, looks.skin, 0.8)
    pen.oval((x, y), (wide, 0.125), looks.skin)
    if looks.hat is None or looks.has_long_hair:
        _hair(pen, looks, (x, y), wide, pose)
    if not pose.shows_back:
        _face(pen, looks, (x, y), pose)
    if looks.hat is None:
        return x - wide - 0.012, y - 0.125, x + wide + 0.012, y + 0.145
    return _hat(pen, looks.hat, (x, y), wide, pose)


def _hair(pen: Pen, looks: Looks, at: tuple[float, float], wide: float, pose: Pose) -> None:
    (x, y), back = at, -0.035 * pose.facing
    if pose.shows_back:
        pen.oval((x, y + 0.015), (wide + 0.01, 0.125), looks.hair)
    else:
        pen.oval((x + back, y + 0.035), (wide + 0.008, 0.105), looks.hair, (180, 360))
        pen.oval((x + back * 1.6, y + 0.03), (wide * 0.75, 0.075), looks.hair)
        if not pose.facing:
            pen.oval((x, y - 0.005), (wide * 0.8, 0.09), looks.skin)
    if looks.has_long_hair:
        pen.limb([(x + back * 2, y), (x + back * 2.2, y - 0.17)], 0.1, looks.hair)


def _face(pen: Pen, looks: Looks, at: tuple[float, float], pose: Pose) -> None:
    x, y = at
    dark = tuple(part * 0.45 for part in looks.skin)
    for side in (-0.035, 0.035) if not pose.facing else (0.055 * pose.facing,):
        pen.oval((x + side, y + 0.012), (0.013, 0.009), (dark[0], dark[1], dark[2]))
    nose = tuple(part * 0.8 for part in looks.skin)
    pen.oval((x + 0.1 * pose.facing, y - 0.02), (0.016, 0.02), (nose[0], nose[1], nose[2]))
    pen.oval((x + 0.05 * pose.facing, y - 0.065), (0.028, 0.007), (dark[0], dark[1], dark[2]))


def _hat(
    pen: Pen, colour: Colour, at: tuple[float, float], wide: float, pose: Pose
) -> tuple[float, float, float, float]:
    x, y = at[0], at[1] + 0.045
    half = wide + 0.035
    shade = tuple(part * 0.68 for part in colour)
    light = tuple(min(part * 1.15 + 18, 255) for part in colour)
    pen.oval((x, y), (half, 0.135), (shade[0], shade[1], shade[2]), (180, 360))
    pen.oval((x - 0.012, y + 0.004), (half * 0.86, 0.124), colour, (180, 360))
    pen.oval((x - 0.035, y + 0.065), (0.03, 0.035), (light[0], light[1], light[2]))
    pen.limb([(x, y + 0.02), (x, y + 0.125)], 0.022, (light[0], light[1], light[2]))  # its ridge
    ahead = 0.055 * pose.facing
    front = 0.0 if pose.shows_back else 0.012
    pen.limb(
        [(x - half * 0.85 + min(ahead, 0), y), (x + half * 0.85 + max(ahead, 0), y)],
        0.03 + front,
        (colour[0] * 0.9, colour[1] * 0.9, colour[2] * 0.9),
    )
    return x - half + min(ahead, 0), y - 0.02 - front, x + half + max(ahead, 0), y + 0.137
