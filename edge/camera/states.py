"""The state of a camera, from its pictures and its troubles. Pure: time is an argument."""

from __future__ import annotations

from typing import Final, NamedTuple

from edge.camera.trouble import Trouble
from edge.wire.cameras import CameraState

SILENT_S: Final = 7.0  # without a picture the camera is lost; its process gives up reading after 5
DARK_S: Final = 2.0  # so long it must be dark: a flash of darkness is no news

_OF_TROUBLE: Final[dict[Trouble, CameraState]] = {
    "lost": CameraState.LOST,
    "refused": CameraState.REFUSED,
    "garbled": CameraState.GARBLED,
}


class Seen(NamedTuple):
    """What is known of the newest picture."""

    number: int
    fingerprint: int
    brightness: float  # percent


class StateMachine:
    """Tell it what happens, and ask for ``state``. Times are monotonic seconds."""

    def __init__(self, now: float, frozen_s: float, dark_level: float) -> None:
        """Begin as CONNECTING.

        Args:
            now: monotonic seconds.
            frozen_s: a picture that stays the same for so long is frozen.
            dark_level: a picture below it shows nothing; percent, 0 to switch that off.
        """
        self.state = CameraState.CONNECTING
        self._frozen_s = frozen_s
        self._dark_level = dark_level
        self._number = 0
        self._fingerprint: int | None = None
        self._changed_at = now  # the picture is the same since
        self._came_at = now
        self._bright_at = now

    def change(self, frozen_s: float, dark_level: float) -> None:
        """Judge by other limits from the next picture on."""
        self._frozen_s, self._dark_level = frozen_s, dark_level

    def trouble(self, kind: Trouble) -> None:
        """The source said what is wrong. A camera that was given up stays so until a picture."""
        if self.state != CameraState.GIVEN_UP:
            self.state = _OF_TROUBLE[kind]

    def give_up(self) -> None:
        """It was restarted too often."""
        self.state = CameraState.GIVEN_UP

    def look(self, seen: Seen | None, now: float) -> CameraState:
        """Judge the newest picture, at least once a second; None: there is none yet."""
        if seen is not None and seen.number != self._number:
            self._take(seen, now)
        elif self._hopes and now - self._came_at > SILENT_S:
            self.state = CameraState.LOST
        return self.state

    @property
    def _hopes(self) -> bool:
        return self.has_picture or self.state == CameraState.CONNECTING

    @property
    def has_picture(self) -> bool:
        """Say whether pictures come, good or bad."""
        return self.state in {CameraState.LIVE, CameraState.FROZEN, CameraState.DARK}

    def _take(self, seen: Seen, now: float) -> None:
        is_back = not self.has_picture
        if seen.fingerprint != self._fingerprint or is_back:
            self._changed_at = now
        if seen.brightness >= self._dark_level or is_back:
            self._bright_at = now
        self._number, self._fingerprint, self._came_at = seen.number, seen.fingerprint, now
        if now - self._bright_at >= DARK_S:
            self.state = CameraState.DARK
        elif now - self._changed_at >= self._frozen_s:
            self.state = CameraState.FROZEN
        else:
            self.state = CameraState.LIVE
