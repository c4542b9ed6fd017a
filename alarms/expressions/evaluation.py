"""What an expression is at a moment. Pure.

Numbers and truths are ``None`` while an operand is bad or missing, and when the result is no number
(a division by zero). ``and`` and ``or`` follow Kleene's strong logic of three values.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from alarms.conditions.means import mean_over
from alarms.conditions.model import Judgement, Memory, Truth
from alarms.conditions.rates import rate_per_minute

_COMPARE: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_CALCULATE: Final[Mapping[str, Callable[[float, float], float]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


@dataclass(frozen=True, slots=True)
class Moment:
    """When an expression is looked at, and what is remembered then."""

    memory: Memory
    at: int  # source time, epoch ms

    def value(self, operand: str) -> float | None:
        """Return the newest value of an operand; None: it is bad or missing."""
        _, value, good = self.memory.held.get(operand, (0, None, False))
        return _finite(value) if good else None

    def past(self, operand: str) -> list[tuple[int, float]]:
        """Return the points of an operand; none while its newest sample is bad."""
        _, _, good = self.memory.held.get(operand, (0, None, False))
        return self.memory.points.get(operand, []) if good else []


class Quantity(Protocol):
    """Something that is a number."""

    def value(self, moment: Moment) -> float | None: ...


class Statement(Protocol):
    """Something that is true, false or unknown."""

    def truth(self, moment: Moment) -> Truth: ...

    def comparisons(self) -> Iterator[Comparison]:
        """Go through the comparisons in it, from left to right."""
        ...


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


# ---------------------------------------------------------------- numbers


@dataclass(frozen=True, slots=True)
class Constant:
    number: float

    def value(self, _: Moment) -> float | None:
        return self.number


@dataclass(frozen=True, slots=True)
class Reading:
    operand: str

    def value(self, moment: Moment) -> float | None:
        return moment.value(self.operand)


@dataclass(frozen=True, slots=True)
class Rate:
    operand: str
    window_ms: int

    def value(self, moment: Moment) -> float | None:
        """Return the rate of change per minute."""
        return _finite(rate_per_minute(moment.past(self.operand), moment.at, self.window_ms))


@dataclass(frozen=True, slots=True)
class Mean:
    operand: str
    window_ms: int

    def value(self, moment: Moment) -> float | None:
        return _finite(mean_over(moment.past(self.operand), moment.at, self.window_ms))


@dataclass(frozen=True, slots=True)
class Absolute:
    of: Quantity

    def value(self, moment: Moment) -> float | None:
        value = self.of.value(moment)
        return None if value is None else abs(value)


@dataclass(frozen=True, slots=True)
class Calculation:
    sign: str
    left: Quantity
    right: Quantity

    def value(self, moment: Moment) -> float | None:
        left, right = self.left.value(moment), self.right.value(moment)
        if left is None or right is None:
            return None
        try:
            return _finite(_CALCULATE[self.sign](left, right))
        except ZeroDivisionError:
            return None


# ---------------------------------------------------------------- truths


@dataclass(frozen=True, slots=True)
class Comparison:
    sign: str
    left: Quantity
    right: Quantity
    unit: str = ""  # of both sides; empty: none, or none that is known

    def truth(self, moment: Moment) -> Truth:
        left, right = self.left.value(moment), self.right.value(moment)
        return None if left is None or right is None else _COMPARE[self.sign](left, right)

    def comparisons(self) -> Iterator[Comparison]:
        yield self

    def beyond(self, moment: Moment) -> float | None:
        """Return how far the left side is beyond the right one, in the direction of the sign."""
        left, right = self.left.value(moment), self.right.value(moment)
        if left is None or right is None:
            return None
        if self.sign in {"=", "!="}:
            return abs(left - right)
        return right - left if self.sign in {"<", "<="} else left - right


@dataclass(frozen=True, slots=True)
class Flag:
    """What is or is not so: a class is seen, a device is online."""

    operand: str

    def truth(self, moment: Moment) -> Truth:
        value = moment.value(self.operand)
        return None if value is None else value != 0

    def comparisons(self) -> Iterator[Comparison]:
        return iter(())


@dataclass(frozen=True, slots=True)
class Bad:
    """The newest reading of a tag is of bad quality; unknown while it has none."""

    operand: str

    def truth(self, moment: Moment) -> Truth:
        held = moment.memory.held.get(self.operand)
        return None if held is None else not held[2]

    def comparisons(self) -> Iterator[Comparison]:
        return iter(())


@dataclass(frozen=True, slots=True)
class Inverse:
    of: Statement

    def truth(self, moment: Moment) -> Truth:
        truth = self.of.truth(moment)
        return None if truth is None else not truth

    def comparisons(self) -> Iterator[Comparison]:
        yield from self.of.comparisons()


@dataclass(frozen=True, slots=True)
class Pair:
    """Two statements with ``and`` or ``or`` between them."""

    word: str
    left: Statement
    right: Statement

    def truth(self, moment: Moment) -> Truth:
        truths = (self.left.truth(moment), self.right.truth(moment))
        decides = self.word == "or"  # one such side is enough, whatever the other one is
        if decides in truths:
            return decides
        return None if None in truths else not decides

    def comparisons(self) -> Iterator[Comparison]:
        yield from self.left.comparisons()
        yield from self.right.comparisons()


def shown_of(statement: Statement, moment: Moment) -> Comparison | None:
    """Return the comparison that is shown of an expression; None: it has none."""
    compared = list(statement.comparisons())
    return next((each for each in compared if each.truth(moment)), next(iter(compared), None))


def judge(statement: Statement, moment: Moment) -> Judgement:
    """Look at an expression.

    Value and limit are the two sides of its first comparison that is true, or else of the first.
    """
    shown = shown_of(statement, moment)
    value = shown.left.value(moment) if shown else None
    limit = shown.right.value(moment) if shown else None
    return Judgement(statement.truth(moment), value, limit)
