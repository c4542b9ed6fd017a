"""What moves in a hall all day: the conveyor with its boxes, and a lamp that flashes. Pure."""

from __future__ import annotations

import math
from typing import Final

import cv2
import numpy as np

from edge.sim.scene.camera import lying, upright
from edge.sim.scene.hall import BELT_ABOVE_M, BELT_M, Hall
from edge.sim.scene.paint import Canvas, flat, hang, soft_spot, window

BELT_SPEED: Final = 0.45  # m/s
GAP_M: Final = 1.3  # between boxes
SIDE_M: Final = 0.22  # height of the conveyor's frame
CARTON_M: Final = (0.45, 0.35, 0.36)  # width, depth, height


def run_belt(canvas: Canvas, hall: Hall, now: float) -> None:
    """Paint the conveyor: belt, boxes, frame and legs."""
    (left, right), (near, far), above = hall.belt, BELT_M, BELT_ABOVE_M
    belt = flat(16, 256, (58, 56, 55))
    for mark in range(0, 256, 16):
        belt[:, (mark + round(now * 24)) % 256] *= 1.35
    hang(canvas, hall.camera, belt, lying(left, right, far, near, above))
    count = max(1, int((right - left) / GAP_M))
    for number in range(count):
        start = number * (right - left) / count
        x = left + (start + BELT_SPEED * now) % (right - left - 0.5)
        _carton(canvas, hall, (x, near + 0.1, above), 0.85 + 0.03 * ((number * 37) % 10))
    frame = flat(24, 256, (62, 96, 140))
    frame *= np.linspace(1.2, 0.7, 24, dtype=np.float32)[:, None, None]
    hang(canvas, hall.camera, frame, upright(left, right, near, above, above - SIDE_M))
    for x in np.linspace(left + 0.2, right - 0.2, 4):
        leg = flat(8, 8, (60, 62, 64))
        hang(canvas, hall.camera, leg, upright(x, x + 0.09, near, above - SIDE_M, 0.0))


def flash(canvas: Canvas, hall: Hall, now: float) -> None:
    """An amber lamp that turns, as on any machine; it must not raise an alarm."""
    place = hall.camera.project(np.array([hall.beacon]))[0]
    x, y = round(place[0]), round(place[1])
    bright = max(0.0, math.sin(now * 2 * math.pi * 0.9)) ** 2
    colour = (20 + 60 * bright, 90 + 120 * bright, 150 + 105 * bright)
    cv2.rectangle(canvas, (x - 4, y), (x + 4, y + 4), (60, 60, 60), -1)
    cv2.circle(canvas, (x, y - 2), 4, colour, -1, cv2.LINE_AA)
    found = window(canvas.shape, x - 24, y - 26, 49, 49)
    if found is not None:
        inside, part = found
        light = np.array([10, 70, 120], np.float32) * bright
        canvas[inside] += soft_spot(49)[part][:, :, None] * light


def _carton(canvas: Canvas, hall: Hall, at: tuple[float, float, float], tone: float) -> None:
    (x, y, z), (wide, deep, tall) = at, CARTON_M
    front = flat(16, 20, (96 * tone, 140 * tone, 178 * tone))
    front[:, 9:11] *= 0.8  # tape
    hang(canvas, hall.camera, front, upright(x, x + wide, y, z + tall, z))
    top = flat(8, 8, (112 * tone, 158 * tone, 196 * tone))
    hang(canvas, hall.camera, top, lying(x, x + wide, y + deep, y, z + tall))
