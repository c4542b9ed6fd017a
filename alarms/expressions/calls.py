"""The functions of expressions and what stands in their brackets. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from django.utils.translation import gettext as _

from alarms.expressions.errors import ExpressionError, UnknownName
from alarms.expressions.known import did_you_mean
from alarms.expressions.syntax import Call, Name, Number, Tree
from alarms.expressions.units import window_of
from edge.wire.detections import LABEL_PATTERN

NUMBERS: Final = frozenset({"abs", "mean", "rate"})  # functions that are numbers
STATEMENTS: Final = frozenset({"bad", "online", "seen"})  # and those that are true or false
RATE_WINDOW_MS: Final = 60_000  # unless the expression says another one
MIN_WINDOW_MS: Final = 1000
MAX_WINDOW_MS: Final = 3_600_000

_LABEL: Final = re.compile(LABEL_PATTERN)


def check_name(call: Call, labels: Iterable[str]) -> None:
    """See that a function is one, or a class that cameras of the site may see.

    Raises:
        UnknownName: it is neither. The message lists what there is.
    """
    known = [*sorted(NUMBERS | STATEMENTS), *sorted(labels)]
    if call.name in known:
        return
    message = _("There is no function %(name)s.") % {"name": call.name[:64]}
    message += did_you_mean(call.name, known)
    message += " " + _("Known are %(names)s.") % {"names": ", ".join(known)}
    raise UnknownName(message, call.start, call.name_end)


def only_argument(call: Call) -> Tree:
    """Return what a function of one thing is of."""
    if len(call.arguments) != 1:
        message = _("%(function)s is of one thing: %(function)s(…).")
        raise _wrong(call, message)
    return call.arguments[0]


def tag_argument(call: Call) -> Name:
    """Return the tag that a function is of."""
    argument = call.arguments[0] if len(call.arguments) == 1 else None
    if not isinstance(argument, Name):
        raise _wrong(call, _("%(function)s is of one tag: %(function)s(UID.tag)."), argument)
    return argument


def device_argument(call: Call) -> Name:
    """Return the device or camera that a function is of."""
    argument = call.arguments[0] if len(call.arguments) == 1 else None
    if not isinstance(argument, Name):
        raise _wrong(call, _("%(function)s is of one device: %(function)s(UID)."), argument)
    return argument


def seen_arguments(call: Call) -> tuple[Name, str]:
    """Return the camera and the class of ``seen``."""
    match call.arguments:
        case (Name() as camera, Name(parts=(label,)) as written):
            if _LABEL.search(label):
                return camera, label
            message = _("A class has small letters, digits and _ only, like no_helmet.")
            raise ExpressionError(message, written.start, written.end)
    raise _wrong(call, _('%(function)s is of a camera and a class: seen(UID, "class").'))


def window_arguments(call: Call) -> tuple[Name, int]:
    """Return the tag of a rate or a mean, and its window in milliseconds."""
    match call.arguments:
        case (Name() as tag,) if call.name == "rate":
            return tag, RATE_WINDOW_MS
        case (Name() as tag, Number() as window):
            return tag, _window(window)
    message = _("%(function)s is of a tag over a time: %(function)s(UID.tag, 5 min).")
    raise _wrong(call, message)


def _window(number: Number) -> int:
    window_ms = window_of(number.value, number.unit)
    if window_ms is None:
        message = _("A time is written in s, min or h, like 5 min.")
        raise ExpressionError(message, number.start, number.end)
    if not MIN_WINDOW_MS <= window_ms <= MAX_WINDOW_MS:
        message = _("This time must be between 1 s and 1 h.")
        raise ExpressionError(message, number.start, number.end)
    return window_ms


def _wrong(call: Call, message: str, at: Tree | None = None) -> ExpressionError:
    """Point at what stands in the brackets, or at the whole call."""
    place = at or call
    return ExpressionError(message % {"function": call.name}, place.start, place.end)
