"""An expression as a condition that the engine of the alarms can judge."""

from __future__ import annotations

from dataclasses import dataclass

from alarms.conditions.model import NO_BAND, Judgement, Memory
from alarms.expressions.checking import Compiled
from alarms.expressions.evaluation import Moment, judge
from alarms.expressions.resolving import compile_expression
from alarms.models import Rule


@dataclass(frozen=True, slots=True)
class ExpressionCondition:
    """What an expression says of the newest samples of its operands."""

    compiled: Compiled

    @property
    def operands(self) -> frozenset[str]:
        """Tags, classes at cameras, and connections that it names."""
        return self.compiled.operands

    @property
    def windows(self) -> dict[str, int]:
        """How much of the past its rates and means need."""
        return dict(self.compiled.windows)

    def look(self, memory: Memory, at: int) -> Judgement:
        """Say how it is at a moment; unknown while what it depends on is bad or missing."""
        return judge(self.compiled.statement, Moment(memory, at))

    def band(self, memory: Memory, operand: str) -> tuple[float | None, float | None]:
        """Return that every sample matters: each operand may decide together with the others."""
        return NO_BAND


def condition_of(rule: Rule) -> ExpressionCondition:
    """Return the condition of a rule of the kind EXPRESSION.

    Raises:
        ExpressionError: what it names is no longer there, or was given another unit.
    """
    return ExpressionCondition(compile_expression(rule.expression, rule.site))
