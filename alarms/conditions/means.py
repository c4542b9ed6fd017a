"""The mean of a tag over a window. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise


def mean_over(points: Sequence[tuple[int, float]], at: int, window_ms: int) -> float | None:
    """Return the mean over the time before a moment, each value weighted by how long it stood.

    Report by exception tells nothing while a value stands still, so a value holds until the next.

    Args:
        points: (source time in epoch ms, value), oldest first. One from before the window says
            what the value was when the window began.
        at: end of the window, epoch ms. Later points do not count.
        window_ms: its length.

    Returns:
        The mean in the tag's unit; None: less than half of the window is covered.
    """
    begin = at - window_ms
    known = [(max(time, begin), value) for time, value in points if time <= at]
    if not known or (at - known[0][0]) * 2 < window_ms:
        return None
    ends = [*known, (at, known[-1][1])]
    area = sum((later - time) * value for (time, value), (later, _) in pairwise(ends))
    return area / (at - known[0][0])
