"""What can be asked of a running plant, and what it answers: one JSON line each."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

Kind = Literal["dead", "refuse", "slow", "stuck", "busy", "nan", "clear"]

TAG_FAULTS = frozenset({"refuse", "stuck", "nan"})


class _Command(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="verb"):
    """Base of the commands."""


class InjectFault(_Command, frozen=True, kw_only=True, tag="fault"):
    """Give a device a fault, beside those that it has; ``clear`` takes all of them away."""

    device: str
    kind: Kind
    tag: str = ""  # for the faults of one tag
    seconds: Annotated[float, Meta(ge=0, le=3600)] = 0.0  # for slow


class SetValue(_Command, frozen=True, kw_only=True, tag="set"):
    """Hold a tag at a value from now on, until the device is cleared."""

    device: str
    tag: str
    value: float


class ListDevices(_Command, frozen=True, kw_only=True, tag="list"):
    """Describe every device."""


Command = InjectFault | SetValue | ListDevices


class DeviceState(Struct, frozen=True, kw_only=True):
    """One device of the plant."""

    uid: str
    name: str
    address: str
    unit: int
    faults: list[str]
    values: dict[str, float]  # of the process, in the tags' units; a faulty register may differ
    held: list[str]  # tags that were set by hand
    texts: dict[str, str] = {}  # of the tags that are strings


class Answer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of a command."""

    error: str = ""  # empty: it was done
    time_s: float = 0.0  # when it was done, seconds since 1970
    devices: list[DeviceState] | None = None


class CommandRefused(ValueError):
    """The plant cannot do what was asked. The message says what it would accept."""
