"""Numbers with their units, and which of them go together. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from alarms.expressions.errors import ExpressionError
from alarms.expressions.evaluation import Calculation, Constant, Quantity
from alarms.expressions.syntax import Binary, Tree, names_in
from alarms.expressions.units import is_same, share_of_minute


@dataclass(frozen=True, slots=True)
class Measure:
    """A number and its unit."""

    quantity: Quantity
    unit: str | None  # empty: a tag without one; None: whatever the other side has
    changing: str | None = None  # of a rate: the unit of what changes (``unit`` is that per minute)


def fit(left: Measure, right: Measure, tree: Binary) -> tuple[Measure, Measure]:
    """Bring what is compared or added to one unit, which both have afterwards.

    Raises:
        ExpressionError: they have different units.
    """
    if left.unit is None:
        return replace(left, unit=right.unit, changing=right.changing), right
    if right.unit is None:
        return left, replace(right, unit=left.unit, changing=left.changing)
    if is_same(left.unit, right.unit):
        return left, right
    if left.changing is not None and (scaled := _per_minute(right, left)):
        return left, scaled
    if right.changing is not None and (scaled := _per_minute(left, right)):
        return scaled, right
    raise _misfit(left.unit, right.unit, tree)


def multiply(left: Measure, right: Measure) -> Measure:
    """Multiply; a number without a unit scales the other one."""
    quantity = Calculation("*", left.quantity, right.quantity)
    if not left.unit:
        return replace(right, quantity=quantity)
    return replace(left, quantity=quantity) if not right.unit else Measure(quantity, None)


def divide(left: Measure, right: Measure) -> Measure:
    """Divide; by a number without a unit, the unit stays."""
    quantity = Calculation("/", left.quantity, right.quantity)
    return replace(left, quantity=quantity) if not right.unit else Measure(quantity, None)


def _per_minute(measure: Measure, rate: Measure) -> Measure | None:
    share = share_of_minute(measure.unit or "", rate.changing or "")
    if share is None:
        return None
    quantity = Calculation("*", measure.quantity, Constant(share))
    return Measure(quantity, rate.unit, rate.changing)


def _misfit(left: str, right: str, tree: Binary) -> ExpressionError:
    """Point at the side that is only written, or else at the right one."""
    is_left = _is_written(tree.left) and not _is_written(tree.right)
    wrong, (unit, other) = (tree.left, (left, right)) if is_left else (tree.right, (right, left))
    if not unit:
        message = _("This has no unit, but what it is compared with or added to is in %(other)s.")
    elif not other:
        message = _("This is in %(unit)s, but what it is compared with or added to has no unit.")
    else:
        message = _("This is in %(unit)s, but what it is compared with or added to in %(other)s.")
    return ExpressionError(message % {"unit": unit, "other": other}, wrong.start, wrong.end)


def _is_written(tree: Tree) -> bool:
    names: Iterator[object] = names_in(tree)
    return next(names, None) is None
