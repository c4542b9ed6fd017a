"""How boxes lie to each other. Pure. Everything in shares of the picture's width and height."""

from __future__ import annotations

from edge.wire import Box


def area_of(box: Box) -> float:
    """Share of the picture that it covers."""
    return box.w * box.h


def centre_of(box: Box) -> tuple[float, float]:
    """Its middle."""
    return box.x + box.w / 2, box.y + box.h / 2


def foot_of(box: Box) -> tuple[float, float]:
    """The middle of its lower edge: where what is in it stands on the floor."""
    return box.x + box.w / 2, box.y + box.h


def overlap(a: Box, b: Box) -> float:
    """Intersection over union, 0 to 1; 0 where a box is too thin to have an area."""
    # never wider than either: a sum of floats may be, where a box is thin
    width = min(a.w, b.w, min(a.x + a.w, b.x + b.w) - max(a.x, b.x))
    height = min(a.h, b.h, min(a.y + a.h, b.y + b.h) - max(a.y, b.y))
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    union = area_of(a) + area_of(b) - shared
    return shared / union if union > 0 else 0.0


def gap(a: Box, b: Box) -> float:
    """How far the middles are apart, in sizes of the larger box: 1 is beside each other."""
    (ax, ay), (bx, by) = centre_of(a), centre_of(b)
    width, height = max(a.w, b.w, 1e-6), max(a.h, b.h, 1e-6)
    return max(abs(ax - bx) / width, abs(ay - by) / height)


def likeness(a: Box, b: Box) -> float:
    """How likely two boxes of following pictures show the same thing, 0 (no) to 2.

    What moved by its own size between two pictures does not overlap, but is still near and as
    large; any overlap counts for more.
    """
    if shared := overlap(a, b):
        return 1 + shared
    sizes = sorted((area_of(a), area_of(b)))
    is_as_large = sizes[1] <= 2 * sizes[0]
    return max(0.0, 1 - gap(a, b) / 1.5) if is_as_large else 0.0
