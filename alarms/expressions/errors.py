"""What is wrong with an expression, and where. Pure."""

from __future__ import annotations


class ExpressionError(ValueError):
    """The expression cannot be used as it stands; nothing of it is.

    Attributes:
        message: in plain words, in the language of whoever asked.
        start, end: the characters at fault, as Python counts them (code points, from 0, ``end``
            not included). ``start == end``: something is missing there.
    """

    def __init__(self, message: str, start: int, end: int) -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.end = end


class UnknownName(ExpressionError):
    """There is no device, tag or function of this name."""
