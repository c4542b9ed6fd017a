"""One line of ``python -m edge check``."""

from __future__ import annotations

from typing import NamedTuple


class Verdict(NamedTuple):
    """What was tested, whether it is well, and what was seen."""

    what: str
    is_well: bool
    text: str

    def __str__(self) -> str:
        """As it is printed."""
        return f"{'OK ' if self.is_well else 'BAD'}  {self.what:13}  {self.text}"


def good(what: str, text: str) -> Verdict:
    """It is well."""
    return Verdict(what, is_well=True, text=text)


def bad(what: str, text: str) -> Verdict:
    """It is not; the text says what to do where that is known."""
    return Verdict(what, is_well=False, text=text)
