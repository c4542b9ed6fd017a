"""Reading JSON into structs: every mistake at once, in plain words. Pure.

``msgspec`` stops at the first mistake and speaks to programmers; who writes a profile wants the
whole list, each with its place.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, Final, Literal, TypeVar, get_args, get_origin

import msgspec
from msgspec import Struct
from msgspec.structs import FieldInfo

from edge.profile.model import ID_PATTERN, VERSION_PATTERN

_WRITTEN_LIKE: Final = {
    ID_PATTERN: "small letters, digits and -, like eastron-sdm630",
    VERSION_PATTERN: "three numbers, like 1.0.0",
}
_BOUNDS: Final = {">=": "at least", "<=": "at most", ">": "more than", "<": "less than"}
S = TypeVar("S", bound=Struct)
Say = Callable[[str], None]

_KINDS: Final = {
    "int": "a whole number",
    "float": "a number",
    "str": "a text",
    "bool": "true or false",
    "array": "a list",
    "object": "a table {...}",
    "null": "nothing (null)",
}


def load_json(data: bytes) -> dict[str, Any]:
    """Parse a JSON object strictly.

    Raises:
        ValueError: it is not JSON, not an object, or says something twice.
    """
    try:
        loaded = msgspec.json.decode(data)
        loaded = json.loads(data, object_pairs_hook=_no_key_twice)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise ValueError(f"is not JSON: {error}") from error
    if not isinstance(loaded, dict):
        raise ValueError("a table {...} is expected")
    return loaded


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"{twice!r} is given twice in one table")
    return table


def convert(table: Any, kind: type[S], say: Say) -> S | None:
    """Make a struct of a table, or None where a setting is wrong; every mistake is said.

    A setting that is unknown is said and left out, so that the others can still be looked at.

    Args:
        table: what JSON gave.
        kind: the struct that it shall be.
        say: takes each mistake, "setting: what is wrong".
    """
    if not isinstance(table, dict):
        say(f"a table {{...}} is expected, not {_kind_of(table)}")
        return None
    fields = _fields_of(kind)
    unknown = [key for key in table if key not in fields]
    for key in unknown:
        say(f"{key}: is not a setting{_did_you_mean(key, fields)}")
    said: list[str] = []
    for key, field in fields.items():
        if key in table:
            said += _mistakes_of_field(table[key], key, field.type)
        elif field.required:
            said.append(f"{key}: is missing")
    for mistake in said:
        say(mistake)
    if said:
        return None
    known = {key: value for key, value in table.items() if key in fields}
    return msgspec.convert(known, kind, str_keys=True)


@cache  # msgspec works it out anew each time
def _fields_of(kind: type[Struct]) -> dict[str, FieldInfo]:
    return {field.encode_name: field for field in msgspec.structs.fields(kind)}


def _mistakes_of_field(value: Any, key: str, kind: Any) -> list[str]:
    """Try one setting, so that its mistake does not hide those of the others."""
    try:
        msgspec.convert(value, kind, str_keys=True)
    except msgspec.ValidationError as error:
        struct = _struct_in(kind)
        if struct is not None and isinstance(value, dict):
            said: list[str] = []
            convert(value, struct, lambda mistake: said.append(f"{key}.{mistake}"))
            return said
        return [_plain(key, str(error), _choices_of(kind))]
    return []


def _struct_in(kind: Any) -> type[Struct] | None:
    for one in (kind, *get_args(kind)):
        if isinstance(one, type) and issubclass(one, Struct):
            return one
    return None


def _choices_of(kind: Any) -> list[str]:
    if get_origin(kind) is Literal:
        return [str(choice) for choice in get_args(kind) if choice != ""]
    return [choice for one in get_args(kind) for choice in _choices_of(one)]


def _did_you_mean(word: str, words: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(words), n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _plain(key: str, message: str, choices: list[str]) -> str:
    what, _, where = message.partition(" - at `")
    place = key + where.rstrip("`").removeprefix("$").replace("[...]", "")
    if bad := re.match(r"Invalid enum value (.*)$", what):
        hint = _did_you_mean(bad[1].strip("'"), choices)
        return f"{place}: {bad[1]} is not one of {', '.join(choices)}{hint}"
    if found := re.match(r"Expected `([^`]*)`(.*)$", what):
        return f"{place}: {_kinds(found[1])} is expected{_rest(found[2])}"
    return f"{place}: {what}"


def _rest(rest: str) -> str:
    if got := re.match(r", got `([^`]*)`", rest):
        return f", not {_kinds(got[1])}"
    if pattern := re.match(r" matching regex '(.*)'", rest):
        return _fitting(pattern[1])
    if rest == " of length >= 1":
        return ", and not an empty one"
    if bound := re.match(r" of length (>=|<=) (\d+)$", rest):
        return f", {_BOUNDS[bound[1]]} {bound[2]} long"
    if bound := re.match(r" (>=|<=|>|<) (.*)$", rest):
        return f", {_BOUNDS[bound[1]]} {bound[2].removesuffix('.0')}"
    return rest


def _fitting(pattern: str) -> str:
    """Say what a text may hold, where that is one set of characters, as in all our names."""
    pattern = pattern.replace("\\\\", "\\")  # msgspec shows it as it is written in Python
    if pattern in _WRITTEN_LIKE:
        return f": {_WRITTEN_LIKE[pattern]}"
    named = re.match(r"\^\[([^\]]*)\]\{(\d+),(\d+)\}\\Z$", pattern)
    if named is None:
        return f" that fits the pattern {pattern}"
    ranges, others = re.findall(r"\w-\w", named[1]), re.sub(r"\w-\w", "", named[1])
    return f": {named[2]} to {named[3]} characters out of {' '.join([*ranges, *others])}"


def _kinds(names: str) -> str:
    return " or ".join(_KINDS.get(name.strip(), name.strip()) for name in names.split("|"))


def _kind_of(value: Any) -> str:
    names = {bool: "bool", int: "int", float: "float", str: "str", list: "array", dict: "object"}
    return _KINDS[names.get(type(value), "null")]
