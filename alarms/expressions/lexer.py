"""An expression in pieces. Pure."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from django.utils.translation import gettext as _

from alarms.expressions.errors import ExpressionError
from alarms.expressions.syntax import BARE_NAME, BARE_REST, BARE_UNIT, WORDS

MAX_CHARACTERS: Final = 1000

_SPACE: Final = re.compile(r"\s+")
_NUMBER: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_SIGN: Final = re.compile(r"<=|>=|!=|==|[=<>+\-*/(),]")
_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\["\\])*)"')
_NAME_BEHIND: Final = re.compile(r"\.[A-Za-z_]")  # in something that begins with a digit

Kind = Literal["number", "unit", "name", "sign", "word", "end"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A number, a unit behind a number, a name, a sign, a word, or the end of the text."""

    kind: Kind
    text: str  # of signs and words as the parser knows them, of units without quotes
    start: int
    end: int
    parts: tuple[str, ...] = ()  # of a name


def pieces_of(text: str) -> Iterator[Piece]:
    """Cut an expression into pieces; the last one is its end.

    Raises:
        ExpressionError: something in it is no piece of an expression.
    """
    _check_characters(text)
    at, is_after_number = _skip(text, 0), False
    while at < len(text):
        piece = _piece_at(text, at, is_after_number=is_after_number)
        yield piece
        at, is_after_number = _skip(text, piece.end), piece.kind == "number"
    yield Piece("end", "", len(text), len(text))


def _check_characters(text: str) -> None:
    if len(text) > MAX_CHARACTERS:
        message = _("An expression has at most %(most)d characters.") % {"most": MAX_CHARACTERS}
        raise ExpressionError(message, MAX_CHARACTERS, len(text))
    for at, character in enumerate(text):
        is_odd = unicodedata.category(character) in {"Cc", "Cs"} and character not in "\t\n\r"
        if is_odd:
            raise ExpressionError(_("This character cannot be used."), at, at + 1)


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _piece_at(text: str, at: int, *, is_after_number: bool) -> Piece:
    if is_after_number and (unit := _unit_at(text, at)):
        return unit
    if found := _NUMBER.match(text, at):
        return _number(text, found)
    if text[at] == '"':
        return _quoted_name(text, at)
    if found := BARE_NAME.match(text, at):
        return _bare_name(text, found)
    if found := _SIGN.match(text, at):
        sign = found.group().replace("==", "=")
        return Piece("sign", sign, at, found.end())
    raise ExpressionError(_("This has no meaning here."), at, at + 1)


def _unit_at(text: str, at: int) -> Piece | None:
    if text[at] == '"':
        unit, end = _quoted(text, at)
        return Piece("unit", unit, at, end)
    found = BARE_UNIT.match(text, at)
    if found is None or found.group().lower() in WORDS or _is_name(text, at, found.end()):
        return None
    return Piece("unit", found.group(), at, found.end())


def _is_name(text: str, at: int, end: int) -> bool:
    """Say whether what looks like a unit is a tag or a function: what joins them is missing."""
    run = BARE_REST.match(text, at)
    is_tag = run is not None and _NAME_BEHIND.search(text, at, run.end()) is not None
    return is_tag or text[end : end + 1] == "("


def _number(text: str, found: re.Match[str]) -> Piece:
    start, end = found.span()
    run = BARE_REST.match(text, start)
    if run and _NAME_BEHIND.search(text, end, run.end()):
        message = _('A name that begins with a digit is put in quotes: "UID"."tag".')
        raise ExpressionError(message, start, run.end())
    if not math.isfinite(float(found.group())):
        raise ExpressionError(_("This number is too large."), start, end)
    return Piece("number", found.group(), start, end)


def _bare_name(text: str, found: re.Match[str]) -> Piece:
    name, (start, end) = found.group(), found.span()
    if name.lower() in WORDS:
        return Piece("word", name.lower(), start, end)
    if name.endswith(".") and text[end : end + 1] == '"':
        tag, end = _quoted(text, end)
        return Piece("name", text[start:end], start, end, (name[:-1], tag))
    return Piece("name", name, start, end, (name,))


def _quoted_name(text: str, start: int) -> Piece:
    first, end = _quoted(text, start)
    if text[end : end + 1] != ".":
        return Piece("name", text[start:end], start, end, (first,))
    if text[end + 1 : end + 2] == '"':
        second, end = _quoted(text, end + 1)
    elif found := BARE_REST.match(text, end + 1):
        second, end = found.group(), found.end()
    else:
        raise ExpressionError(_("The name of a tag is missing here."), end + 1, end + 1)
    return Piece("name", text[start:end], start, end, (first, second))


def _quoted(text: str, at: int) -> tuple[str, int]:
    """Return what stands in the quotes that begin here, and where they end."""
    found = _QUOTED.match(text, at)
    if found is None:
        raise ExpressionError(_("These quotes are not closed."), at, len(text))
    if not found.group(1).strip():
        raise ExpressionError(_("There is nothing in these quotes."), at, found.end())
    return re.sub(r"\\(.)", r"\1", found.group(1)), found.end()
