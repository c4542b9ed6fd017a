"""The newest picture of a camera for somebody who wants to see it now."""

from __future__ import annotations

import time

from edge.camera.block import Frame
from edge.camera.evidence import fit
from edge.wire import MAX_SHOWN_BYTES, Shown


def shown(question: str, frame: Frame) -> Shown:
    """Make the answer to a question: the picture as it is, however old it is.

    Takes some ten milliseconds.
    """
    _, jpeg = fit(frame.picture, MAX_SHOWN_BYTES)
    age_s = max(0.0, time.monotonic() - frame.facts.monotonic_s)
    return Shown(question, at=frame.facts.wall_ms, age_ms=round(age_s * 1000), jpeg=jpeg)
