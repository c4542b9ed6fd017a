"""A worker who walks: a jointed figure, with a helmet or a bare head. Deterministic."""

from __future__ import annotations

import math
from typing import Final

from edge.sim.scene.head import paint_head
from edge.sim.scene.looks import Looks, Pose
from edge.sim.scene.paint import Box, Canvas, blend, darken
from edge.sim.scene.pen import FINER, Figure, Pen

STEP_M: Final = 1.4  # two steps
HIDDEN: Final = 0.5  # opacity of what cannot be seen through


def draw_figure(looks: Looks, pose: Pose, pixels_per_metre: float) -> Figure:
    """Paint somebody.

    Args:
        looks: what is painted.
        pose: how.
        pixels_per_metre: in the picture.
    """
    pen = Pen(pixels_per_metre * FINER)
    swing = math.sin(pose.walked_m / STEP_M * 2 * math.pi) if pose.is_walking else 0.12
    bob = 0.025 * abs(swing) if pose.is_walking else 0.0
    reach = 0.30 if pose.facing else 0.10  # a step towards the camera looks short
    _arm(pen, looks, -0.21, swing, bob, pose, 0.72)
    _leg(pen, looks, -0.09, -swing * reach, pose, 0.75)
    _leg(pen, looks, 0.09, swing * reach, pose, 1.0)
    _torso(pen, looks, bob, pose)
    _arm(pen, looks, 0.21, -swing, bob, pose, 1.0)
    head = paint_head(pen, looks, bob, pose)
    return pen.figure(head)


def stand(canvas: Canvas, figure: Figure, foot: tuple[float, float], light: float = 1.0) -> Box:
    """Put a figure and its shadow into a picture.

    Args:
        canvas: painted on.
        figure: what is put there.
        foot: where it stands, pixels.
        light: how bright, 1 as painted.

    Returns:
        The box of the head in the picture; may lie outside.
    """
    height, width = figure.alpha.shape
    darken(canvas, foot, (width * 0.36, width * 0.1), 0.55)
    x1, y1 = round(foot[0] - width / 2), round(foot[1] - height)
    blend(canvas, figure.picture * light, figure.alpha, x1, y1)
    left, top, right, bottom = figure.head
    return left + x1, top + y1, right + x1, bottom + y1


def hides(
    figure: Figure, foot: tuple[float, float], box: tuple[float, float, float, float]
) -> bool:
    """Say whether a figure that stands there covers the middle of a box behind it."""
    height, width = figure.alpha.shape
    column = round((box[0] + box[2]) / 2 - foot[0] + width / 2)
    row = round((box[1] + box[3]) / 2 - foot[1] + height)
    return 0 <= row < height and 0 <= column < width and bool(figure.alpha[row, column] > HIDDEN)


def _leg(pen: Pen, looks: Looks, x: float, swing: float, pose: Pose, light: float) -> None:
    aside = x * (0.35 if pose.facing else 1.0)
    ahead = swing * (pose.facing or 0.15)
    lift = max(0.0, swing) * 0.12
    knee = (aside + ahead * 0.55 + 0.04 * pose.facing, 0.48 + lift * 0.6)
    ankle = (aside + ahead, 0.09 + lift)
    pen.limb([(aside * 0.9, 0.92), knee, ankle], 0.155, looks.trousers, light)
    toe = (ankle[0] + 0.11 * pose.facing, ankle[1] - 0.045)
    pen.limb([(ankle[0] - 0.02 * pose.facing, ankle[1] - 0.035), toe], 0.09, (34, 36, 40), light)


def _arm(
    pen: Pen, looks: Looks, x: float, swing: float, bob: float, pose: Pose, light: float
) -> None:
    aside = x * (0.3 if pose.facing else 1.0)
    ahead = swing * 0.2 * (pose.facing or 0.2)
    elbow = (aside * 1.12 + ahead * 0.4 - 0.02 * pose.facing, 1.13 + bob)
    hand = (aside * 1.15 + ahead + 0.06 * pose.facing, 0.90 + bob + abs(ahead) * 0.3)
    pen.limb([(aside, 1.39 + bob), elbow, hand], 0.105, looks.shirt, light)
    pen.oval((hand[0], hand[1] - 0.02), (0.045, 0.05), looks.skin)


def _torso(pen: Pen, looks: Looks, bob: float, pose: Pose) -> None:
    half = 0.15 if pose.facing else 0.215
    hip, chest = 0.88, 1.46 + bob
    pen.area(
        [
            (-half * 0.82, hip),
            (half * 0.82, hip),
            (half, chest - 0.08),
            (half * 0.62, chest),
            (-half * 0.62, chest),
            (-half, chest - 0.08),
        ],
        looks.vest,
    )
    shade = tuple(part * 0.72 for part in looks.vest)
    pen.area(
        [(half * 0.5, hip), (half * 0.82, hip), (half, chest - 0.08), (half * 0.6, chest - 0.05)],
        (shade[0], shade[1], shade[2]),
    )
    for y in (1.02, 1.17):  # reflecting stripes
        pen.area(
            [(-half * 0.9, y), (half * 0.9, y), (half * 0.92, y + 0.05), (-half * 0.92, y + 0.05)],
            (205, 212, 212),
        )
    if not pose.facing:
        for x in (-half * 0.5, half * 0.5):
            pen.area(
                [(x - 0.022, 1.2), (x + 0.022, 1.2), (x + 0.022, chest), (x - 0.022, chest)],
                (200, 208, 208),
            )
        if not pose.shows_back:
            pen.area([(-0.012, hip), (0.012, hip), (0.012, chest), (-0.012, chest)], (60, 60, 60))
