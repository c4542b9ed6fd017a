"""Types and units: from a tree to something that can be looked at. Pure.

An expression is a statement, which is true or false; numbers have a unit. Statements and numbers
never stand for each other: a discrete tag is compared with = 1. A number without a unit takes that
of what it meets; products and quotients of two units have none that could be checked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from django.utils.translation import gettext as _

from alarms.conditions.model import online_operand, seen_operand, tag_operand
from alarms.expressions import calls
from alarms.expressions.errors import ExpressionError
from alarms.expressions.evaluation import (
    Absolute,
    Bad,
    Calculation,
    Comparison,
    Constant,
    Flag,
    Inverse,
    Mean,
    Pair,
    Quantity,
    Rate,
    Reading,
    Statement,
)
from alarms.expressions.known import Known, KnownTag, name_of
from alarms.expressions.measures import Measure, divide, fit, multiply
from alarms.expressions.syntax import (
    COMPARISONS,
    Binary,
    Call,
    Name,
    Number,
    Tree,
    Unary,
    with_names,
    write,
)
from alarms.expressions.units import rate_unit

MOST_TIMES: Final = 10  # the longest window of a tag is that of the shortest; see conditions/engine

_JOINS: Final = ("and", "or")


@dataclass(frozen=True, slots=True)
class Compiled:
    """An expression whose names are resolved, ready to be looked at."""

    text: str  # in its canonical form, which compiles to the same
    statement: Statement
    units: Mapping[str, str]  # every operand -> its unit; empty: none
    windows: Mapping[str, int]  # operand -> how much of its past is needed, ms

    @property
    def operands(self) -> frozenset[str]:
        """What it needs to hear of: see alarms/conditions/model.py."""
        return frozenset(self.units)


def check(tree: Tree, known: Known) -> Compiled:
    """Give the names of a tree their meaning.

    Raises:
        ExpressionError: a name means nothing, or types or units do not fit together.
    """
    checker = _Checker(known)
    statement = checker.statement(tree)
    text = write(with_names(tree, checker.canonical))
    return Compiled(text, statement, dict(checker.units), dict(checker.windows))


@dataclass
class _Checker:
    known: Known
    units: dict[str, str] = field(default_factory=dict)
    windows: dict[str, int] = field(default_factory=dict)
    shortest: dict[str, int] = field(default_factory=dict)  # of the windows
    tags: dict[int, KnownTag] = field(default_factory=dict)  # by where their names begin

    def canonical(self, name: Name) -> Name:
        return name_of(self.tags[name.start], name) if name.start in self.tags else name

    # ------------------------------------------------------------ statements

    def statement(self, tree: Tree) -> Statement:
        if not _is_statement(tree):
            self.measure(tree)  # what is wrong within is said first
            message = _("This is a number. Compare it with something, for example “= 1”.")
            raise ExpressionError(message, tree.start, tree.end)
        match tree:
            case Unary():
                return Inverse(self.statement(tree.argument))
            case Binary() if tree.sign in _JOINS:
                return Pair(tree.sign, self.statement(tree.left), self.statement(tree.right))
            case Binary():
                return self._comparison(tree)
            case Call():
                return self._stated(tree)
        raise AssertionError(tree)

    def _comparison(self, tree: Binary) -> Comparison:
        left, right = fit(self.measure(tree.left), self.measure(tree.right), tree)
        return Comparison(tree.sign, left.quantity, right.quantity, left.unit or "")

    def _stated(self, call: Call) -> Statement:
        calls.check_name(call, self.known.labels)
        match call.name:
            case "bad":
                return Bad(self._tag(calls.tag_argument(call)))
            case "online":
                device = self.known.device(calls.device_argument(call))
                return self._flag(online_operand(device))
            case "seen":
                camera, label = calls.seen_arguments(call)
                return self._flag(seen_operand(self.known.device(camera), label))
        camera = calls.device_argument(call)
        return self._flag(seen_operand(self.known.device(camera), call.name))

    def _flag(self, operand: str) -> Flag:
        self.units.setdefault(operand, "")
        return Flag(operand)

    # ------------------------------------------------------------ numbers

    def measure(self, tree: Tree) -> Measure:
        if _is_statement(tree):
            self.statement(tree)  # what is wrong within is said first
            message = _("This is true or false. A number is needed here.")
            raise ExpressionError(message, tree.start, tree.end)
        match tree:
            case Number():
                return Measure(Constant(tree.value), tree.unit or None)
            case Name():
                operand = self._tag(tree)
                return Measure(Reading(operand), self.units[operand])
            case Unary():
                inner = self.measure(tree.argument)
                return replace(inner, quantity=Calculation("*", Constant(-1.0), inner.quantity))
            case Binary():
                return self._calculation(tree)
            case Call():
                return self._measured(tree)

    def _calculation(self, tree: Binary) -> Measure:
        left, right = self.measure(tree.left), self.measure(tree.right)
        match tree.sign:
            case "*":
                return multiply(left, right)
            case "/":
                return divide(left, right)
        left, right = fit(left, right, tree)
        return replace(left, quantity=Calculation(tree.sign, left.quantity, right.quantity))

    def _measured(self, call: Call) -> Measure:
        if call.name == "abs":
            inner = self.measure(calls.only_argument(call))
            return replace(inner, quantity=Absolute(inner.quantity))
        name, window_ms = calls.window_arguments(call)
        operand = self._tag(name)
        unit = self.units[operand]
        self._need_past(operand, window_ms, call)
        if call.name == "mean":
            return Measure(Mean(operand, window_ms), unit)
        quantity: Quantity = Rate(operand, window_ms)
        return Measure(quantity, rate_unit(unit), changing=unit)

    def _need_past(self, operand: str, window_ms: int, call: Call) -> None:
        """Note a window. One past serves all windows of a tag, thinned out for the longest."""
        windows = {window_ms, self.shortest.get(operand, window_ms)}
        windows.add(self.windows.get(operand, window_ms))
        if max(windows) > MOST_TIMES * min(windows):
            message = _("The times over which one tag is taken differ by more than %(most)d times.")
            raise ExpressionError(message % {"most": MOST_TIMES}, call.start, call.end)
        self.shortest[operand], self.windows[operand] = min(windows), max(windows)

    def _tag(self, name: Name) -> str:
        tag = self.known.tag(name)
        operand = tag_operand(tag.id)
        self.units[operand] = tag.unit
        self.tags[name.start] = tag
        return operand


def _is_statement(tree: Tree) -> bool:
    match tree:
        case Unary():
            return tree.sign == "not"
        case Binary():
            return tree.sign in _JOINS or tree.sign in COMPARISONS
        case Call():
            return tree.name not in calls.NUMBERS
    return False
