"""What happens in a scene, and when. Small data; seconds from the start of the scene."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal, NamedTuple

Kind = Literal["fire", "smoke", "no_helmet", "welding"]


class Happening(NamedTuple):
    """Something that starts and ends."""

    kind: Kind  # "smoke" smoulders without a flame; "welding" is none of a camera's business
    start_s: float
    end_s: float

    def since(self, time_s: float) -> float:
        """Seconds since the start; negative before it."""
        return time_s - self.start_s


class Script(NamedTuple):
    """What happens in one round; then it starts again."""

    happenings: tuple[Happening, ...] = ()
    length_s: float = 120.0
    workers: int = 2  # with helmets, always there

    def at(self, time_s: float) -> float:
        """Where in its round the script is."""
        return time_s % self.length_s


def calm(workers: int = 2) -> Script:
    """Nothing but work."""
    return Script(workers=workers)


def fire_at(start_s: float, end_s: float, length_s: float = 120.0) -> Script:
    """Something burns, with smoke."""
    return Script((Happening("fire", start_s, end_s),), length_s)


def smoke_at(start_s: float, end_s: float, length_s: float = 120.0) -> Script:
    """Something smoulders."""
    return Script((Happening("smoke", start_s, end_s),), length_s)


def no_helmet_at(start_s: float, end_s: float, length_s: float = 120.0) -> Script:
    """Somebody comes in bareheaded and leaves again."""
    return Script((Happening("no_helmet", start_s, end_s),), length_s)


def busy() -> Script:
    """One of each, one after the other, and a welder who must not raise an alarm."""
    return Script(
        (
            Happening("no_helmet", 8.0, 32.0),
            Happening("welding", 34.0, 42.0),
            Happening("fire", 50.0, 80.0),
            Happening("smoke", 92.0, 112.0),
        ),
        length_s=130.0,
    )


SCRIPTS: Final[dict[str, Callable[[], Script]]] = {
    "calm": calm,
    "fire": lambda: fire_at(15.0, 50.0),
    "smoke": lambda: smoke_at(15.0, 55.0),
    "no_helmet": lambda: no_helmet_at(10.0, 45.0),
    "busy": busy,
}
