"""Whether a bare head is one: helmets belong on heads, and a helmet in the hand does not. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from edge.camera.geometry import centre_of
from edge.wire import Box

BARE: Final = "no_helmet"
HELMETS: Final = frozenset({"helmet", "hard_hat", "hardhat"})
_TALLEST: Final = 2.5  # height over width of a head, with the picture's own proportions
_FLATTEST: Final = 0.5
_DOUBT: Final = 0.6  # a helmet on the same head wins already with this share of the score


def without_covered_heads(boxes: Sequence[Box], aspect: float) -> list[Box]:
    """Leave out the bare heads that wear a helmet after all, or cannot be a head.

    Args:
        boxes: of one picture, all labels.
        aspect: width of the picture over its height.
    """
    helmets = [box for box in boxes if box.label in HELMETS]
    return [box for box in boxes if box.label != BARE or _is_bare_head(box, helmets, aspect)]


def _is_bare_head(head: Box, helmets: Sequence[Box], aspect: float) -> bool:
    tallness = head.h / max(head.w * aspect, 1e-6)
    if not _FLATTEST <= tallness <= _TALLEST:
        return False
    return not any(
        is_worn(helmet, head) and helmet.score >= _DOUBT * head.score for helmet in helmets
    )


def is_worn(helmet: Box, head: Box) -> bool:
    """Say whether a helmet sits on a head: over it, and neither beside nor below.

    A helmet in the hand or under the arm has its middle outside of the head.
    """
    (x, y), (head_x, _) = centre_of(helmet), centre_of(head)
    is_above = head.y - 0.75 * max(head.h, helmet.h) <= y <= head.y + 0.75 * head.h
    return is_above and abs(x - head_x) <= 0.5 * max(head.w, helmet.w)
