"""A session, and a transmitter for it that has no socket."""

from __future__ import annotations

from edge.ends import Ends
from edge.session import Bridge, Session
from edge.wire import STREAMS, Limits, Stream, Welcome

FAST = Limits(frames_per_s=1e6, readings_per_s=1e9)


def make_session(**ends: tuple[int, int]) -> Session:
    """A session whose streams are given as (sealed, forgotten)."""
    numbers = {stream: ends.get(stream, (0, 0)) for stream in STREAMS}
    return Session({s: Ends(sealed + 1, gone, 7_000) for s, (sealed, gone) in numbers.items()})


def welcome(limits: Limits = FAST, **last: int) -> Welcome:
    return Welcome(1, "s", 0, 10.0, limits, last)  # type: ignore[arg-type]


def send_all(session: Session, now: float = 0.0) -> list[tuple[Stream, int]]:
    """Send as much as the session allows; return it in order."""
    sent: list[tuple[Stream, int]] = []
    while (step := session.pull(now)) is not None:
        if isinstance(step, Bridge):
            session.sent(step.stream, step.seq, 0, now)
            sent.append((step.stream, step.seq))
            continue
        after = step.after
        for _ in range(step.frames):
            if not session.is_next(step.stream, after, now):
                break
            after += 1
            session.sent(step.stream, after, 1, now)
            sent.append((step.stream, after))
    return sent


def limited(window: int) -> Limits:
    return Limits(window=window, frames_per_s=1e6, readings_per_s=1e9)
