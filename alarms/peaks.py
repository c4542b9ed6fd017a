"""The value furthest from normal, from the moment that it left normal, before any delay."""

from __future__ import annotations

from math import inf

import numpy as np
from numpy.typing import NDArray

from alarms.conditions.limits import Deviation, Limit, Threshold
from alarms.conditions.model import Change, Memory, Spec
from alarms.conditions.rates import Rate
from alarms.expressions.condition import ExpressionCondition
from alarms.expressions.evaluation import Comparison, Moment, Statement, shown_of


class Peak:
    """Follows one condition through its samples.

    Of an expression it follows one comparison: the one that is shown when the expression becomes
    true, in the direction of its sign.
    """

    def __init__(self, spec: Spec) -> None:
        self.value: float | None = None
        self._condition = spec.condition
        self._threshold: Threshold | None = None
        self._statement: Statement | None = None
        self._followed: Comparison | None = None
        self._beyond = -inf  # how far the value of the followed comparison was beyond its limit
        if isinstance(spec.condition, (Limit, Deviation, Rate)):
            self._threshold = spec.condition.threshold
        elif isinstance(spec.condition, ExpressionCondition):
            self._statement = spec.condition.compiled.statement

    def begin(self, change: Change) -> None:
        """Begin with what was compared first, if nothing was followed until now."""
        if self.value is None:
            self.value = change.value

    def end(self) -> None:
        """Forget it: it is normal again."""
        self.value, self._followed, self._beyond = None, None, -inf

    def look(self, memory: Memory) -> None:
        """Take the newest sample into account."""
        if not memory.active and memory.pending is None:
            self.end()
        elif self._threshold is not None:
            value = self._condition.look(memory, memory.at).value
            if value is not None:
                self._reach(value)
        elif self._statement is not None:
            self._follow(self._statement, Moment(memory, memory.at))

    def pass_over(self, memory: Memory, values: NDArray[np.float64]) -> None:
        """Take samples within the band into account: good values of one operand."""
        lasts = memory.active or memory.pending is not None
        if lasts and self._threshold is not None and len(values):
            self._reach(float(values.min() if self._threshold.falling else values.max()))

    def _reach(self, value: float) -> None:
        if self.value is None:
            self.value = value
        elif self._threshold is not None:
            self.value = (min if self._threshold.falling else max)(self.value, value)

    def _follow(self, statement: Statement, moment: Moment) -> None:
        if self._followed is None:
            self._followed = shown_of(statement, moment)
        beyond = self._followed.beyond(moment) if self._followed else None
        if self._followed is not None and beyond is not None and beyond > self._beyond:
            self.value, self._beyond = self._followed.left.value(moment), beyond
