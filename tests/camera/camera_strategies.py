"""What hypothesis draws for cameras, and a few plain boxes."""

from __future__ import annotations

from hypothesis import strategies as st

from edge.camera.rules import Rule
from edge.wire import Box

SHARE = st.floats(0, 1)
LABELS = ("fire", "smoke", "no_helmet")


def box(x: float, y: float, size: float = 0.1, score: float = 0.9, label: str = "fire") -> Box:
    """A square box around its middle."""
    return Box(label, score, x - size / 2, y - size / 2, size, size)


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    """Any box inside a picture."""
    x, y = draw(SHARE), draw(SHARE)
    w, h = draw(st.floats(0, 1 - x)), draw(st.floats(0, 1 - y))
    return Box(draw(st.sampled_from(LABELS)), draw(SHARE), x, y, w, h)


def rule(label: str = "fire", **changes: object) -> Rule:
    """A rule that believes what is seen 3 times in 5 pictures."""
    usual = Rule(
        label=label,
        model="0" * 64,
        threshold=0.5,
        hits=3,
        of=5,
        dwell_s=0.0,
        clear_s=2.0,
        min_height=0.0,
        must_move=False,
        hours=(),
    )
    return usual._replace(**changes)  # type: ignore[arg-type]
