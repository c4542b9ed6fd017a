"""The best picture of each track, and whether it is worth sending."""

from __future__ import annotations

from typing import NamedTuple

from edge.camera.events import BETTER, Hazard
from edge.camera.evidence import Shot
from edge.wire import Box


class Best(NamedTuple):
    """A picture, and the box in it that it is about."""

    shot: Shot
    box: Box


class Album:
    """Of one camera. It keeps nothing of tracks that are gone: pictures are large."""

    def __init__(self) -> None:
        self._best: dict[int, Best] = {}
        self._sent: dict[str, float] = {}

    def see(self, track: int, box: Box, shot: Shot) -> None:
        """A track is in a picture."""
        best = self._best.get(track)
        if best is None or box.score > best.box.score:
            self._best[track] = Best(shot, box)

    def take(self, hazard: Hazard) -> Best | None:
        """The best picture of a hazard, if it is clearly better than what was sent of it."""
        there = [self._best[track] for track in hazard.tracks if track in self._best]
        best = max(there, key=lambda best: best.box.score, default=None)
        sent = self._sent.get(hazard.id)
        if best is None or (sent is not None and best.box.score < sent + BETTER):
            return None
        self._sent[hazard.id] = best.box.score
        return best

    def keep(self, tracks: set[int], hazards: list[Hazard]) -> None:
        """Forget all others."""
        ids = {hazard.id for hazard in hazards}
        self._best = {n: best for n, best in self._best.items() if n in tracks}
        self._sent = {id_: score for id_, score in self._sent.items() if id_ in ids}
