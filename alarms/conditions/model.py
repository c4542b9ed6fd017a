"""What judging takes and gives: samples of operands in, changes of the condition out. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Protocol

import msgspec

Truth = bool | None  # None: nobody can say, because an operand is bad or missing


@dataclass(frozen=True, slots=True)
class Sample:
    """One operand at one moment: a reading, a camera that sees something or no longer does, ..."""

    at: int  # source time, epoch milliseconds
    operand: str  # see `tag_operand` and its neighbours
    value: float | None  # 1.0 and 0.0 of what is or is not so
    good: bool = True  # False: of bad quality


@dataclass(frozen=True, slots=True)
class Change:
    """The condition began, or is over."""

    at: int  # source time of the sample, or when a delay ended; epoch milliseconds
    active: bool
    value: float | None  # what was compared, for people
    limit: float | None  # what it was compared with


class Memory(msgspec.Struct, omit_defaults=True):
    """What is remembered between samples; plain data, stored as JSON in the alarm's row."""

    active: bool = False  # after the delays
    # since when it would be the other way round, epoch ms; None: it is as it should be
    pending: int | None = None
    pending_value: float | None = None  # what was compared then, and with what
    pending_limit: float | None = None
    at: int = 0  # of the newest sample
    held: dict[str, tuple[int, float | None, bool]] = msgspec.field(
        default_factory=dict
    )  # operand -> its newest sample: at, value, good
    points: dict[str, list[tuple[int, float]]] = msgspec.field(
        default_factory=dict
    )  # operand -> what a rate or a mean needs of the past, oldest first


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one look at the operands says."""

    truth: Truth
    value: float | None = None
    limit: float | None = None


@dataclass(frozen=True, slots=True)
class Delays:
    """How long the condition must last before it counts, and be over before it is over; ms."""

    on_ms: int = 0
    off_ms: int = 0


class Condition(Protocol):
    """One kind of condition. It looks at what `Memory` holds and keeps nothing itself."""

    @property
    def operands(self) -> frozenset[str]:
        """What it needs to hear of."""
        ...

    @property
    def windows(self) -> dict[str, int]:
        """How much of the past it needs: operand -> milliseconds. Most need none."""
        ...

    def look(self, memory: Memory, at: int) -> Judgement:
        """Say how it is at a moment. ``memory.active`` says on which side of the deadband."""
        ...

    def band(self, memory: Memory, operand: str) -> tuple[float | None, float | None]:
        """Return between which values of an operand nothing changes as things are, both included.

        ``None``: no bound on that side. ``NO_BAND``: every sample matters.
        """
        ...


NO_BAND: Final = (1.0, 0.0)  # low > high: no value lies in it


@dataclass(frozen=True, slots=True)
class Spec:
    """A rule, as far as judging needs it."""

    condition: Condition
    delays: Delays = field(default_factory=Delays)


def tag_operand(tag_id: int) -> str:
    """Return the operand of a tag's readings."""
    return f"tag:{tag_id}"


def seen_operand(camera_id: int, label: str) -> str:
    """Return the operand of a class of detections at a camera: 1.0 while one is active."""
    return f"seen:{camera_id}:{label}"


def online_operand(device_id: int) -> str:
    """Return the operand of a device's connection: 1.0 while it is online."""
    return f"online:{device_id}"
