"""How the outputs of a network are read: one layout for each family, found by its name.

A package of somebody else adds one through the entry point group ``sentinel.layouts``: its name
is what cards write in ``decoder``, its object a ``Layout``. Cards name layouts, never code.
"""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Final

from edge.vision.decoders import end2end, fastestdet, yolo, yolox
from edge.vision.decoders.layout import Layout, LayoutError

__all__ = ["LAYOUTS", "Layout", "LayoutError", "layout_of"]

ENTRY_POINTS: Final = "sentinel.layouts"
LAYOUTS: Final[dict[str, Layout]] = {
    "yolo": Layout(yolo.decode),
    "end2end": Layout(end2end.decode, has_duplicates=False),
    "fastestdet": Layout(fastestdet.decode, colours="bgr"),
    "yolox": Layout(yolox.decode, colours="bgr", divisor=1),
}


def layout_of(name: str) -> Layout:
    """Find a layout by its name: ours, or one of an installed package.

    Raises:
        LayoutError: there is none.
    """
    if name in LAYOUTS:
        return LAYOUTS[name]
    for entry in entry_points(group=ENTRY_POINTS, name=name):
        layout = entry.load()
        if isinstance(layout, Layout):
            return layout
        raise LayoutError(f"decoder: {name!r} of {entry.value} is not a Layout")
    raise LayoutError(
        f"decoder: {name!r} is not known here. Known are {', '.join(LAYOUTS)}; other packages add"
        f" theirs through the entry point group {ENTRY_POINTS}"
    )
