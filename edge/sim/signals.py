"""What the values of the plant do: one wave per tag, each a small pure step.

A wave computes the next state of one tag from its last state, the other tags of its device and
the time. It reads no clock and keeps nothing, so the same seed and the same steps always give the
same values. The table ``sim`` of a tag names the wave and its parameters (without one, see
``edge.sim.waves``):

========== ==========================================================================
wave       the tag is ...
========== ==========================================================================
constant   ``value``, until somebody sets it: a setpoint
wander     ``mean`` +- ``swing``, moving about once in ``period_s``: demand, load, mains
duty       a bool, on for the part ``on`` of each ``period_s``: a machine's cycle
linear     ``base`` + the sum of ``gains`` x the named tags, at once
thermal    the same sum, reached with the time constant ``tau_s`` (first-order lag)
affinity   ``rated`` x (tag ``of`` / ``rated_of``) ** ``exponent``: pump and fan laws
product    ``factor`` x all tags ``of``: power from voltage, current and power factor
level      % of ``capacity_m3``, integrating tags ``inflow`` - ``outflow`` (m3/h)
hysteresis a bool, switched on when tag ``of`` passes ``on_at``, off when it passes ``off_at``;
           a heater has its ``on_at`` below its ``off_at``, a cooler above
controller ``bias`` + ``gain`` x (tag ``setpoint`` - tag ``measured``): a valve, a heater
vibration  ``rms`` x (tag ``of`` / ``rated_of``)^2, growing by ``wear`` over ``wear_hours``
counter    only rises, by ``per_s`` x tag ``of`` each second, or by ``per_s`` alone
text       the text ``value``: of a string
========== ==========================================================================

Every wave also takes ``noise`` (greatest deviation of the measurement) and the bounds ``least``
and ``most``, all in the tag's unit. Tags may name each other in any order and in loops: a tag is
stepped after the tags that it names, and a loop is closed by one value of the step before.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Final

from msgspec import Meta, Struct

from edge.sim.noise import jitter, smooth, uniform

Positive = Annotated[float, Meta(gt=0)]
Part = Annotated[float, Meta(ge=0, le=1)]

COUNTING_SINCE_S: Final = 1_767_225_600.0  # 2026-01-01: what counters of the plant count from


class Step(Struct, frozen=True):
    """One step of one tag."""

    time_s: float  # end of the step, seconds since 1970
    dt_s: float
    seed: int  # of the tag
    tags: Mapping[str, float]  # values of the device's tags, bools as 0 and 1

    def read(self, tag: str) -> float:
        """Value of a tag; 0 while the device starts and the tag has none yet."""
        return self.tags.get(tag, 0.0)


class Wave(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="wave"):
    """Base of all waves."""

    noise: Annotated[float, Meta(ge=0)] = 0.0
    least: float = -math.inf
    most: float = math.inf

    def uses(self) -> tuple[str, ...]:
        """Names of the tags that this wave reads."""
        return ()

    def first(self, step: Step) -> float:
        """State at the start: the plant has been running for long."""
        raise NotImplementedError

    def next(self, last: float, step: Step) -> float:
        """State at the end of a step."""
        raise NotImplementedError

    def measure(self, state: float, step: Step) -> float:
        """What the instrument shows of a state."""
        shown = state + self.noise * jitter(step.seed, step.time_s) if self.noise else state
        return min(max(shown, self.least), self.most)


class _Stateless(Wave, frozen=True):
    """A wave whose state follows from the moment alone."""

    def at(self, step: Step) -> float:
        raise NotImplementedError

    def first(self, step: Step) -> float:
        return self.at(step)

    def next(self, last: float, step: Step) -> float:
        return self.at(step)


class Constant(_Stateless, frozen=True, kw_only=True, tag="constant"):
    value: float

    def at(self, step: Step) -> float:
        return self.value


class Wander(_Stateless, frozen=True, kw_only=True, tag="wander"):
    mean: float
    swing: Annotated[float, Meta(ge=0)]
    period_s: Positive = 300.0

    def at(self, step: Step) -> float:
        x = step.time_s / self.period_s
        slow, fast = smooth(step.seed, x), smooth(step.seed + 1, 5.0 * x)
        return self.mean + self.swing * (0.75 * slow + 0.25 * fast)


class Duty(_Stateless, frozen=True, kw_only=True, tag="duty"):
    period_s: Positive
    on: Part

    def at(self, step: Step) -> float:
        return float((step.time_s / self.period_s + uniform(step.seed, 0)) % 1.0 < self.on)


class Linear(_Stateless, frozen=True, kw_only=True, tag="linear"):
    base: float = 0.0
    gains: dict[str, float]

    def uses(self) -> tuple[str, ...]:
        return tuple(self.gains)

    def at(self, step: Step) -> float:
        return self.base + sum(gain * step.read(tag) for tag, gain in self.gains.items())


class Thermal(Wave, frozen=True, kw_only=True, tag="thermal"):
    base: float
    gains: dict[str, float]
    tau_s: Positive
    start: float | None = None  # otherwise where the inputs would bring it

    def uses(self) -> tuple[str, ...]:
        return tuple(self.gains)

    def _target(self, step: Step) -> float:
        return self.base + sum(gain * step.read(tag) for tag, gain in self.gains.items())

    def first(self, step: Step) -> float:
        return self._target(step) if self.start is None else self.start

    def next(self, last: float, step: Step) -> float:
        # The exact solution over the step, so it is stable for any length of step.
        return last + (self._target(step) - last) * -math.expm1(-step.dt_s / self.tau_s)


class Affinity(_Stateless, frozen=True, kw_only=True, tag="affinity"):
    of: str
    rated_of: Positive
    rated: float
    exponent: Positive = 2.0

    def uses(self) -> tuple[str, ...]:
        return (self.of,)

    def at(self, step: Step) -> float:
        return self.rated * math.pow(max(step.read(self.of), 0.0) / self.rated_of, self.exponent)


class Product(_Stateless, frozen=True, kw_only=True, tag="product"):
    of: Annotated[list[str], Meta(min_length=1)]
    factor: float = 1.0

    def uses(self) -> tuple[str, ...]:
        return tuple(self.of)

    def at(self, step: Step) -> float:
        return self.factor * math.prod(step.read(tag) for tag in self.of)


class Level(Wave, frozen=True, kw_only=True, tag="level"):
    inflow: str
    outflow: str
    capacity_m3: Positive
    start: Annotated[float, Meta(ge=0, le=100)] = 50.0

    def uses(self) -> tuple[str, ...]:
        return (self.inflow, self.outflow)

    def first(self, step: Step) -> float:
        return self.start

    def next(self, last: float, step: Step) -> float:
        flow_m3h = step.read(self.inflow) - step.read(self.outflow)
        gained = flow_m3h * step.dt_s / 3600.0 / self.capacity_m3 * 100.0
        return min(max(last + gained, 0.0), 100.0)  # empty or running over


class Hysteresis(Wave, frozen=True, kw_only=True, tag="hysteresis"):
    of: str
    on_at: float
    off_at: float

    def uses(self) -> tuple[str, ...]:
        return (self.of,)

    def first(self, step: Step) -> float:
        return 1.0

    def next(self, last: float, step: Step) -> float:
        up = 1.0 if self.on_at < self.off_at else -1.0
        value = up * step.read(self.of)
        if value <= up * self.on_at:
            return 1.0
        return 0.0 if value >= up * self.off_at else last


class Controller(_Stateless, frozen=True, kw_only=True, tag="controller"):
    setpoint: str
    measured: str
    gain: float
    bias: float = 0.0
    least: float = 0.0
    most: float = 100.0

    def uses(self) -> tuple[str, ...]:
        return (self.setpoint, self.measured)

    def at(self, step: Step) -> float:
        return self.bias + self.gain * (step.read(self.setpoint) - step.read(self.measured))


class Vibration(_Stateless, frozen=True, kw_only=True, tag="vibration"):
    of: str
    rated_of: Positive
    rms: Positive
    wear: Annotated[float, Meta(ge=0)]  # 1.5: by 150 % until the bearing is replaced
    wear_hours: Positive

    def uses(self) -> tuple[str, ...]:
        return (self.of,)

    def at(self, step: Step) -> float:
        age = (step.time_s / 3600.0 / self.wear_hours + uniform(step.seed, 0)) % 1.0
        speed = max(step.read(self.of), 0.0) / self.rated_of
        return self.rms * speed * speed * (1.0 + self.wear * age**3)


class Counter(Wave, frozen=True, kw_only=True, tag="counter"):
    of: str = ""  # empty: it rises by ``per_s`` each second
    per_s: Positive
    most_of: Positive | None = None  # the highest value that tag ``of`` can have

    def __post_init__(self) -> None:
        if bool(self.of) != (self.most_of is not None):
            raise ValueError("a counter has both of and most_of, or neither")

    def uses(self) -> tuple[str, ...]:
        return (self.of,) if self.of else ()

    def first(self, step: Step) -> float:
        # As if it had run at its fastest until now: whatever a simulator counted before it was
        # stopped is less, so a counter does not fall over a restart although nothing is stored.
        fastest = self.per_s * (self.most_of or 1.0)
        return fastest * max(step.time_s - COUNTING_SINCE_S, 0.0)

    def next(self, last: float, step: Step) -> float:
        if self.most_of is None:
            return last + self.per_s * step.dt_s
        return last + self.per_s * min(max(step.read(self.of), 0.0), self.most_of) * step.dt_s


class Text(_Stateless, frozen=True, kw_only=True, tag="text"):
    value: str

    def at(self, step: Step) -> float:
        return 0.0  # a text has no number; see ``edge.sim.waves.text_of``


AnyWave = (
    Constant
    | Wander
    | Duty
    | Linear
    | Thermal
    | Affinity
    | Product
    | Level
    | Hysteresis
    | Controller
    | Vibration
    | Counter
    | Text
)
