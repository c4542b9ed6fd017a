"""The tree of an expression as it was written, and writing it again. Pure.

``parse(write(tree)) == tree`` for every tree that the parser can make. Places in the text are not
part of what a tree is equal to.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

BARE_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.:/-]*")
# Of a tag's name after a quoted UID.
BARE_REST: Final = re.compile(r"[A-Za-z0-9_.:/-]+")
_SIGN: Final = r"""[^\s\d()+\-*/=!<>,."'\\]"""  # that a unit can begin with
BARE_UNIT: Final = re.compile(rf"(?:1/)?{_SIGN}(?:{_SIGN}|\d|/(?=\d|{_SIGN}))*")
WORDS: Final = frozenset({"and", "or", "not"})
COMPARISONS: Final = ("=", "!=", "<", "<=", ">", ">=")
_LEVELS: Final = (("or",), ("and",), ("not",), COMPARISONS, ("+", "-"), ("*", "/"))
_BINDING: Final = {sign: level for level, signs in enumerate(_LEVELS) for sign in signs}
_SIGNED: Final = len(_LEVELS)  # how tightly an unary minus binds
_ATOM: Final = _SIGNED + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Something that stands in the text from ``start`` to before ``end``."""

    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Number(Placed):
    """A number, not negative, with the unit as it was written (empty: none)."""

    value: float
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Name(Placed):
    """A device, a class of detections, or a tag.

    One part: as it was written, so that only what there is tells where a UID ends. Two parts: UID
    and tag, because somebody used quotes.
    """

    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Call(Placed):
    """A function. All arguments but the first are numbers or names."""

    name: str
    arguments: tuple[Tree, ...]
    name_end: int = field(default=0, compare=False)  # the name stands from ``start`` to here


@dataclass(frozen=True, slots=True)
class Unary(Placed):
    """``not`` or ``-`` before something."""

    sign: str
    argument: Tree


@dataclass(frozen=True, slots=True)
class Binary(Placed):
    """Two things with a sign or word between them."""

    sign: str
    left: Tree
    right: Tree


Tree = Number | Name | Call | Unary | Binary


def write(tree: Tree) -> str:
    """Write a tree in the canonical form: one space around signs, no brackets without need."""
    match tree:
        case Number():
            return f"{_digits(tree.value)} {_unit(tree.unit)}" if tree.unit else _digits(tree.value)
        case Name(parts=(name,)):
            return _name(name)
        case Name():
            return ".".join(quote(part) for part in tree.parts)
        case Call():
            return f"{tree.name}({', '.join(_arguments(tree))})"
        case Unary():
            space = " " if tree.sign == "not" else ""
            return f"{tree.sign}{space}{_within(tree.argument, _binding(tree))}"
        case Binary():
            level = _binding(tree)
            left = level + 1 if tree.sign in COMPARISONS else level  # a < b < c cannot be written
            return f"{_within(tree.left, left)} {tree.sign} {_within(tree.right, level + 1)}"


def quote(text: str) -> str:
    """Put a text in quotes."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def names_in(tree: Tree) -> Iterator[Name]:
    """Go through the names of a tree, from left to right."""
    match tree:
        case Name():
            yield tree
        case Call():
            for argument in tree.arguments:
                yield from names_in(argument)
        case Unary():
            yield from names_in(tree.argument)
        case Binary():
            yield from names_in(tree.left)
            yield from names_in(tree.right)


def calls_in(tree: Tree) -> Iterator[Call]:
    """Go through the calls of a tree, from left to right."""
    match tree:
        case Call():
            yield tree
            for argument in tree.arguments:
                yield from calls_in(argument)
        case Unary():
            yield from calls_in(tree.argument)
        case Binary():
            yield from calls_in(tree.left)
            yield from calls_in(tree.right)


def with_names(tree: Tree, change: Callable[[Name], Name]) -> Tree:
    """Return the tree with other names."""
    match tree:
        case Name():
            return change(tree)
        case Call():
            return replace(
                tree, arguments=tuple(with_names(each, change) for each in tree.arguments)
            )
        case Unary():
            return replace(tree, argument=with_names(tree.argument, change))
        case Binary():
            left, right = with_names(tree.left, change), with_names(tree.right, change)
            return replace(tree, left=left, right=right)
    return tree


def _binding(tree: Tree) -> int:
    match tree:
        case Unary(sign="-"):
            return _SIGNED
        case Unary() | Binary():
            return _BINDING[tree.sign]
    return _ATOM


def _within(tree: Tree, level: int) -> str:
    text = write(tree)
    return text if _binding(tree) >= level else f"({text})"


def _arguments(call: Call) -> Iterator[str]:
    for index, each in enumerate(call.arguments):
        if call.name == "seen" and index == 1 and isinstance(each, Name) and len(each.parts) == 1:
            yield quote(each.parts[0])  # a class is a text, not something of the plant
        else:
            yield write(each)


def _digits(value: float) -> str:
    text = repr(float(value))
    return text.removesuffix(".0")


def _unit(unit: str) -> str:
    is_bare = BARE_UNIT.fullmatch(unit) and unit.lower() not in WORDS
    return unit if is_bare else quote(unit)


def _name(name: str) -> str:
    is_bare = BARE_NAME.fullmatch(name) and name.lower() not in WORDS
    return name if is_bare else quote(name)
