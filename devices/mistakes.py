"""What is wrong with a row, in plain words and at its fields.

Configurations are checked by the structs that travel to the gateway. Their mistakes name a place in
the document, such as ``connection line1: serial.port: is missing``; who edits a row looks for its
fields.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, TypeVar

import msgspec
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from msgspec import Struct

from edge.profile.plain import convert as convert_plainly

Made = TypeVar("Made", bound=Struct)

# Settings of a connection that are fields of another name.
_OF_CONNECTION: Final = {"serial": "serial_port", "serial.port": "serial_port"}


def convert(fields: Mapping[str, Any], kind: type[Made], where: str) -> Made:
    """Make a struct of fields.

    Args:
        fields: as JSON has them.
        kind: the struct.
        where: stands before each mistake.

    Raises:
        ValidationError: every mistake as ``where: setting: what is wrong``.
    """
    try:
        return msgspec.convert(fields, kind, str_keys=True)
    except msgspec.ValidationError as error:
        said: list[str] = []
        convert_plainly(dict(fields), kind, said.append)
        raise ValidationError([f"{where}: {each}" for each in said or [str(error)]]) from error


@contextmanager
def at_fields(prefixes: Sequence[str], field_of: Callable[[str], str]) -> Iterator[None]:
    """Put what is said inside against one row to its fields, in the same words.

    Args:
        prefixes: what the mistakes of this row begin with; the others are about the whole.
        field_of: says at which field the mistake of a setting is shown.

    Raises:
        ValidationError: by field, if there is a mistake.
    """
    try:
        yield
    except ValidationError as error:
        if hasattr(error, "error_dict"):
            raise
        found: dict[str, list[str]] = defaultdict(list)
        for message in error.messages:
            found[_field(message, prefixes, field_of)].append(message)
        raise ValidationError(dict(found)) from error


def _field(message: str, prefixes: Sequence[str], field_of: Callable[[str], str]) -> str:
    for prefix in prefixes:
        setting, colon, _what = message.removeprefix(prefix).partition(": ")
        if message.startswith(prefix) and colon:
            return field_of(setting)
    return NON_FIELD_ERRORS


def field_of_connection(setting: str) -> str:
    """Say at which field of a Modbus connection a mistake is shown."""
    return _OF_CONNECTION.get(setting, setting.removeprefix("serial."))
