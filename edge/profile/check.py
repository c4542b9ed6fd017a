"""Reading a profile file: a profile, or every mistake in it in plain words. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import Any, Final, TypeVar

from msgspec.structs import replace

from edge.profile.mistakes import point_mistakes
from edge.profile.model import Identity, Profile, ReadLimits, Vector
from edge.profile.plain import convert, load_json
from edge.profile.point import BIT_TABLES, Point
from edge.profile.reach import reach_mistakes
from edge.profile.vectors import vector_mistakes

S = TypeVar("S", Point, Vector, Identity)

MAX_PROFILE_BYTES: Final = 4 * 1024 * 1024


class ProfileError(ValueError):
    """The profile cannot be used. ``mistakes`` lists everything that is wrong with it."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


def read_profile(data: bytes) -> Profile:
    """Decode and check a profile file.

    Raises:
        ProfileError: with every mistake and its place.
    """
    if len(data) > MAX_PROFILE_BYTES:
        raise ProfileError([f"the file is longer than {MAX_PROFILE_BYTES} bytes"])
    try:
        table = load_json(data)
    except ValueError as error:
        raise ProfileError([str(error)]) from error
    mistakes: list[str] = []
    points = _convert_part(table, "points", Point, mistakes)
    vectors = _convert_part(table, "vectors", Vector, mistakes)
    identity = _convert_part(table, "identity", Identity, mistakes)
    head = convert(_without_parts(table), Profile, mistakes.append)
    limits = head.limits if head is not None else ReadLimits()
    unread = _names_in(table.get("points")) - {point.name for point in points}
    mistakes += _mistakes_of_parts(limits, points, vectors, identity, unread)
    if head is None or mistakes:
        raise ProfileError(mistakes)
    return replace(head, points=points, vectors=vectors, identity=identity)


def _names_in(listed: Any) -> set[str]:
    tables = listed if isinstance(listed, list) else []
    return {one["name"] for one in tables if isinstance(one, dict) and _is_text(one.get("name"))}


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _without_parts(table: dict[str, Any]) -> dict[str, Any]:
    """The profile around its parts, which are tried one by one; stand-ins keep their number."""
    lists = {key for key in ("points", "vectors", "identity") if isinstance(table.get(key), list)}
    whole = table | {key: [] for key in lists}
    if "points" in lists:
        stand_in = {"name": "stand-in", "address": 0, "type": "int16"}
        whole["points"] = [stand_in] * len(table["points"])
    return whole


def profile_mistakes(profile: Profile) -> list[str]:
    """Say what contradicts itself in a profile that did not come from a file."""
    return list(
        _mistakes_of_parts(profile.limits, profile.points, profile.vectors, profile.identity)
    )


def _convert_part(table: dict[str, Any], key: str, kind: type[S], mistakes: list[str]) -> list[S]:
    listed = table.get(key)
    if not isinstance(listed, list):
        return []  # missing or no list: said of the profile itself
    converted = []
    for number, one in enumerate(listed, 1):
        said: list[str] = []
        made = convert(one, kind, said.append)
        mistakes += [f"{_place(key, number, one)}: {mistake}" for mistake in said]
        if made is not None:
            converted.append(made)
    return converted


def _place(key: str, number: int, one: Any) -> str:
    if key != "points":
        return f"{key.removesuffix('s')} {number}"
    name = one.get("name") if isinstance(one, dict) else None
    return f"point {name}" if _is_text(name) else f"point number {number}"


# ---------------------------------------------------------------- what parts say of each other


def _mistakes_of_parts(
    limits: ReadLimits,
    points: list[Point],
    vectors: list[Vector],
    identity: list[Identity],
    unread: Set[str] = frozenset(),
) -> Iterator[str]:
    """Say what contradicts another part; points of which a mistake was said are ``unread``."""
    if limits.even_align and limits.max_registers % 2:
        yield "limits.max_registers: must be even, because even_align is set"
    known: dict[str, Point] = {}
    for point in points:
        if point.name in known:
            yield f"point {point.name}: name: is used twice"
        known[point.name] = point
    for point in points:
        for mistake in (*point_mistakes(point), *_mistakes_among(point, known, limits, unread)):
            yield f"point {point.name}: {mistake}"
    for number, vector in enumerate(vectors, 1):
        factors = {known[name].scale_from for name in vector.expect if name in known}
        if unread & (vector.expect.keys() | factors):
            continue
        yield from (f"vector {number}: {m}" for m in vector_mistakes(vector, known))
    for number, one in enumerate(identity, 1):
        yield from (f"identity {number}: {m}" for m in _mistakes_of_identity(one, limits))


def _mistakes_among(
    point: Point, known: dict[str, Point], limits: ReadLimits, unread: Set[str]
) -> Iterator[str]:
    factor = known.get(point.scale_from)
    if point.scale_from and factor is None and point.scale_from not in unread:
        yield f"scale_from: there is no point {point.scale_from}"
    yield from reach_mistakes(point, factor, limits)
    even = limits.even_align and point.table not in BIT_TABLES and not point.model
    if even and point.address % 2 and point.width > 1:
        yield f"address: {point.address} is odd, but the device reads from even addresses"
    readback = point.write.readback if point.write is not None else ""
    if readback and readback not in known and readback not in unread:
        yield f"write.readback: there is no point {readback}"


def _mistakes_of_identity(one: Identity, limits: ReadLimits) -> Iterator[str]:
    point = Point(
        name="identity",
        table=one.table,
        address=one.address,
        type=one.type,
        length=one.length,
    )
    yield from point_mistakes(point)
    yield from reach_mistakes(point, None, limits)
    is_text = isinstance(one.expect, str) and one.expect != "nonzero"
    if is_text != (one.type == "string"):
        yield f"expect: {one.expect!r} is never what a {one.type} reads as"
