"""Why a row is refused, from what the services say: all of it, not only what is found first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError

_COLUMNS: Final = {"modbus": "connection", "point": "register"}  # fields of another name


class RowRefused(Exception):
    """A row cannot be taken; the message says why and what to do.

    Args:
        message: for people, with the name of the column.
        column: at fault; empty: the row as a whole.
    """

    def __init__(self, message: str, column: str = "") -> None:
        super().__init__(message)
        self.column = column


class Reasons:
    """What is wrong with one row: of each column what was found first, and all about the whole.

    Args:
        wrong: what is known already, by column.
    """

    def __init__(self, wrong: Mapping[str, str]) -> None:
        self._of_columns = dict(wrong)
        self._of_row: list[str] = []

    def __contains__(self, column: str) -> bool:
        return column in self._of_columns

    def __bool__(self) -> bool:
        return bool(self._of_columns or self._of_row)

    def note(self, text: str, column: str = "") -> None:
        """Add one, unless it is known already that the column is wrong."""
        if column:
            self._of_columns.setdefault(column, text)
        else:
            self._of_row.append(text)

    @contextmanager
    def collect(self) -> Iterator[None]:
        """Go on after a mistake, and remember it."""
        try:
            yield
        except RowRefused as error:
            self.note(str(error), error.column)
        except ValidationError as error:
            for column, text in _explain(error):
                self.note(text, column)

    def refusal(self) -> RowRefused:
        """Return all of it as one."""
        return RowRefused(" ".join([*self._of_columns.values(), *self._of_row]))


def explain(error: ValidationError) -> str:
    """Say in one line what is wrong, with the columns at fault."""
    return " ".join(text for _column, text in _explain(error))


def _explain(error: ValidationError) -> Iterator[tuple[str, str]]:
    if not hasattr(error, "error_dict"):
        yield "", " ".join(error.messages)
        return
    for name, messages in error.message_dict.items():
        text = " ".join(messages)
        column = "" if name == NON_FIELD_ERRORS else _COLUMNS.get(name, name)
        yield column, f"{column}: {text}" if column else text
