"""Which zone a thing stands in. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from edge.camera.geometry import foot_of
from edge.wire import Box
from edge.wire.cameras import ZoneConfig

Point = tuple[float, float]


def zone_of(box: Box, zones: Sequence[ZoneConfig]) -> str | None:
    """Name of the zone to report; empty: the whole picture is watched; None: report nothing.

    A mask wins over everything. Zones for a label restrict it; where there is none for it, the
    whole picture counts.
    """
    own = [zone for zone in zones if not zone.labels or box.label in zone.labels]
    holding = [zone for zone in own if is_inside(foot_of(box), zone.points)]
    if any(zone.kind == "mask" for zone in holding):
        return None
    if not any(zone.kind == "watch" for zone in own):
        return ""
    return next((zone.name for zone in holding), None)


def is_inside(point: Point, polygon: Sequence[Point]) -> bool:
    """Say whether a point is in a polygon, by the even-odd rule; the edge belongs to it."""
    inside = False
    for (x1, y1), (x2, y2) in zip(polygon, [*polygon[1:], polygon[0]], strict=True):
        if _is_on(point, (x1, y1), (x2, y2)):
            return True
        if (y1 > point[1]) != (y2 > point[1]):
            inside ^= point[0] < x1 + (point[1] - y1) / (y2 - y1) * (x2 - x1)
    return inside


def _is_on(point: Point, a: Point, b: Point) -> bool:
    across = (b[0] - a[0]) * (point[1] - a[1]) - (b[1] - a[1]) * (point[0] - a[0])
    return (
        abs(across) < 1e-12
        and min(a[0], b[0]) <= point[0] <= max(a[0], b[0])
        and min(a[1], b[1]) <= point[1] <= max(a[1], b[1])
    )
