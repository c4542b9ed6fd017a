"""Why a row is refused, from what the services say."""

from __future__ import annotations

from typing import Final

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError

_COLUMNS: Final = {"modbus": "connection", "point": "register"}  # fields of another name


class RowRefused(Exception):
    """A row cannot be taken; the message says why and what to do."""


def explain(error: ValidationError) -> str:
    """Say in one line what is wrong, with the column at fault."""
    if not hasattr(error, "error_dict"):
        return " ".join(error.messages)
    parts = []
    for name, messages in error.message_dict.items():
        text = " ".join(messages)
        parts.append(text if name == NON_FIELD_ERRORS else f"{_COLUMNS.get(name, name)}: {text}")
    return " ".join(parts)
