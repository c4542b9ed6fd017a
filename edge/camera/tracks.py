"""Which box of this picture is the same thing as which box of the last. Pure.

After ByteTrack (Zhang et al., 2021): boxes with a high score are matched first and may begin a
track; boxes with a low one only continue what there is, so that a thing half hidden is not lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from edge.camera.geometry import likeness
from edge.wire import Box

LOST_S: Final = 2.0  # not seen for so long, and ...
LOST_LOOKS: Final = 3  # ... in so many pictures: the track ends
MOST_TRACKS: Final = 50
_LOW_LIKENESS: Final = 1.2  # a box with a low score must overlap this much (0.2)


class Track:
    """One thing, as long as it is seen."""

    def __init__(self, number: int, box: Box, now: float) -> None:
        self.number = number
        self.label = box.label
        self.box = box  # where it was seen last
        self.seen_at = now  # monotonic seconds
        self.missed = 0  # pictures since it was seen

    def see(self, box: Box, now: float) -> None:
        """It is in this picture."""
        self.box, self.seen_at, self.missed = box, now, 0

    @property
    def is_seen(self) -> bool:
        """Say whether it is in the newest picture."""
        return self.missed == 0


class Tracker:
    """The tracks of one camera. Numbers are never used again."""

    def __init__(self) -> None:
        self.tracks: list[Track] = []
        self._number = 0

    def update(self, boxes: Sequence[Box], thresholds: Mapping[str, float], now: float) -> None:
        """Take the boxes of one picture.

        Args:
            boxes: of any labels; a track keeps its label.
            thresholds: score from which a box of a label may begin a track.
            now: monotonic seconds.
        """
        for track in self.tracks:
            track.missed += 1
        high = [box for box in boxes if box.score >= thresholds[box.label]]
        low = [box for box in boxes if box.score < thresholds[box.label]]
        rest = self._match(high, 0.0, now)
        self._match(low, _LOW_LIKENESS, now)
        for box in rest[: max(0, MOST_TRACKS - len(self.tracks))]:
            self._number += 1
            self.tracks.append(Track(self._number, box, now))
        self.tracks = [track for track in self.tracks if not _is_over(track, now)]

    def forget(self, numbers: set[int]) -> None:
        """End these tracks: what comes back there is something new."""
        self.tracks = [track for track in self.tracks if track.number not in numbers]

    def _match(self, boxes: Sequence[Box], above: float, now: float) -> list[Box]:
        """Give each track that was not seen yet its likeliest box; return the boxes left over."""
        rest = list(boxes)
        for track, box in self._likeliest(boxes, above):
            if track.missed and any(box is other for other in rest):
                track.see(box, now)
                rest = [other for other in rest if other is not box]
        return rest

    def _likeliest(self, boxes: Sequence[Box], above: float) -> Iterator[tuple[Track, Box]]:
        pairs = [
            (likeness(track.box, box), track, box)
            for track in self.tracks
            for box in boxes
            if track.label == box.label
        ]
        likely = [pair for pair in pairs if pair[0] > above]
        for _, track, box in sorted(likely, key=lambda pair: -pair[0]):
            yield track, box


def _is_over(track: Track, now: float) -> bool:
    return track.missed >= LOST_LOOKS and now - track.seen_at >= LOST_S
