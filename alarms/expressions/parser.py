"""From the text of an expression to its tree: recursive descent, one method a level. Pure.

The grammar::


"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from django.utils.translation import gettext as _

from alarms.expressions.errors import ExpressionError
from alarms.expressions.lexer import Piece, pieces_of
from alarms.expressions.syntax import (
    BARE_NAME,
    COMPARISONS,
    Binary,
    Call,
    Name,
    Number,
    Tree,
    Unary,
)

MAX_NESTING: Final = 32  # brackets, functions, and signs before something, in each other
# Numbers and names, each time they are written. They bound the work, and with the nesting how deep
# a tree can be.
MAX_OPERANDS: Final = 32


def parse(text: str) -> Tree:
    """Read an expression.

    Raises:
        ExpressionError: it cannot be read, or is too large.
    """
    return _Parser(text).read()


class _Parser:
    def __init__(self, text: str) -> None:
        self._pieces = list(pieces_of(text))
        self._index = 0
        self._depth = 0
        self._operands = 0

    def read(self) -> Tree:
        if self._is_at_end():
            raise ExpressionError(_("Write a condition."), 0, self._piece.end)
        tree = self._either()
        if not self._is_at_end():
            self._refuse_rest()
        return tree

    # ------------------------------------------------------------ levels

    def _either(self) -> Tree:
        return self._chain(("or",), self._both)

    def _both(self) -> Tree:
        return self._chain(("and",), self._inverted)

    def _inverted(self) -> Tree:
        return self._before("not", self._inverted, self._comparison)

    def _comparison(self) -> Tree:
        left = self._sum()
        if not self._has(*COMPARISONS):
            return left
        sign = self._take()
        right = self._sum()
        if self._has(*COMPARISONS):
            message = _("Only two things can be compared. Join comparisons with “and”.")
            raise ExpressionError(message, self._piece.start, self._piece.end)
        return Binary(sign.text, left, right, start=left.start, end=right.end)

    def _sum(self) -> Tree:
        return self._chain(("+", "-"), self._product)

    def _product(self) -> Tree:
        return self._chain(("*", "/"), self._signed)

    def _signed(self) -> Tree:
        return self._before("-", self._signed, self._atom)

    def _atom(self) -> Tree:
        if self._has("("):
            return self._bracketed()
        if self._piece.kind == "name" and self._opens_after_name():
            return self._call()
        leaf = self._plain()
        self._operands += 1
        if self._operands > MAX_OPERANDS:
            message = _("At most %(most)d numbers and names can be in an expression.")
            raise ExpressionError(message % {"most": MAX_OPERANDS}, leaf.start, leaf.end)
        return leaf

    def _plain(self) -> Number | Name:
        piece = self._piece
        if piece.kind == "name":
            self._take()
            return Name(piece.parts, start=piece.start, end=piece.end)
        if piece.kind == "number":
            return self._number()
        message = _("A number, a name or a function is missing here.")
        raise ExpressionError(message, piece.start, piece.end)

    def _number(self) -> Number:
        digits = self._take()
        unit = self._take() if self._piece.kind == "unit" else None
        end = unit.end if unit else digits.end
        text = unit.text if unit else ""
        return Number(float(digits.text), text, start=digits.start, end=end)

    def _bracketed(self) -> Tree:
        bracket = self._take()
        with self._nested(bracket):
            tree = self._either()
        self._close(bracket)
        return tree

    def _call(self) -> Call:
        name, bracket = self._take(), self._take()
        arguments: list[Tree] = []
        if not self._has(")"):
            with self._nested(name):
                arguments.append(self._either())
            while self._has(","):
                self._take()
                arguments.append(self._plain())
        end = self._close(bracket).end
        return Call(name.text, tuple(arguments), start=name.start, end=end, name_end=name.end)

    # ------------------------------------------------------------ how levels are read

    def _chain(self, signs: tuple[str, ...], below: Callable[[], Tree]) -> Tree:
        tree = below()
        while self._has(*signs):
            sign = self._take()
            right = below()
            tree = Binary(sign.text, tree, right, start=tree.start, end=right.end)
        return tree

    def _before(self, sign: str, again: Callable[[], Tree], below: Callable[[], Tree]) -> Tree:
        if not self._has(sign):
            return below()
        piece = self._take()
        with self._nested(piece):
            argument = again()
        return Unary(sign, argument, start=piece.start, end=argument.end)

    @contextmanager
    def _nested(self, piece: Piece) -> Iterator[None]:
        self._depth += 1
        if self._depth > MAX_NESTING:
            message = _("Brackets, functions and signs can be nested %(most)d deep at most.")
            raise ExpressionError(message % {"most": MAX_NESTING}, piece.start, piece.end)
        yield
        self._depth -= 1

    # ------------------------------------------------------------ pieces

    @property
    def _piece(self) -> Piece:
        return self._pieces[self._index]

    def _is_at_end(self) -> bool:
        return self._piece.kind == "end"

    def _has(self, *texts: str) -> bool:
        return self._piece.kind in {"sign", "word"} and self._piece.text in texts

    def _take(self) -> Piece:
        piece = self._piece
        self._index += 1
        return piece

    def _opens_after_name(self) -> bool:
        after = self._pieces[self._index + 1]  # the end is behind every name
        is_bare = BARE_NAME.fullmatch(self._piece.text) is not None
        return is_bare and after.kind == "sign" and after.text == "("

    def _close(self, bracket: Piece) -> Piece:
        if self._has(")"):
            return self._take()
        if self._is_at_end():
            message = _("This bracket is not closed.")
            raise ExpressionError(message, bracket.start, bracket.end)
        self._refuse_rest()
        raise AssertionError  # the line above has raised

    def _refuse_rest(self) -> None:
        piece = self._piece
        if piece.text == ")":
            raise ExpressionError(_("This bracket was not opened."), piece.start, piece.end)
        message = _("This cannot follow here. Join conditions with “and” or “or”.")
        raise ExpressionError(message, piece.start, piece.end)
