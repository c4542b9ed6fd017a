"""Whether one read of a device can fetch a point, with what scales it. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from edge.profile.model import ReadLimits
from edge.profile.point import BIT_TABLES, Point


def reach_mistakes(point: Point, factor: Point | None, limits: ReadLimits) -> Iterator[str]:
    """Say in plain words why no read of the device could give the point a value.

    Args:
        point: what is read.
        factor: the point that its ``scale_from`` names; None: it names none.
        limits: of the device.
    """
    if point.table in BIT_TABLES:
        return
    if (needed := registers_of_read(limits, point)) > limits.max_registers:
        yield (
            f"type: {point.type} needs {needed} registers in one read, "
            f"max_registers allows {limits.max_registers}"
        )
    elif factor is not None:
        yield from _mistakes_of_factor(point, factor, limits)


def registers_of_read(limits: ReadLimits, *points: Point) -> int:
    """Registers of the shortest read that fetches them all, which lie in the same table."""
    start = min(point.address for point in points)
    end = max(point.address + point.width for point in points)
    if limits.even_align:
        start, end = start - start % 2, end + end % 2
    return end - start


def _mistakes_of_factor(point: Point, factor: Point, limits: ReadLimits) -> Iterator[str]:
    if factor.type.startswith(("float", "string", "bool")) or factor.scale_from:
        yield f"scale_from: {factor.name} must be a whole number without an exponent of its own"
    if factor.table != point.table:
        yield f"scale_from: {factor.name} lies in another table, so in another read"
    elif factor.model != point.model:
        yield f"scale_from: {factor.name} lies in another model, perhaps in another read"
    elif (needed := registers_of_read(limits, point, factor)) > limits.max_registers:
        yield (
            f"scale_from: {factor.name} lies too far away: a read of both has {needed} "
            f"registers, max_registers allows {limits.max_registers}"
        )
