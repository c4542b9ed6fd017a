"""What one configuration changes against another: connections, cameras, devices, tags. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from devices.sources import without_passwords
from edge.wire.configuration import DeviceConfig, Document

Settings = dict[str, Any]


class Changed(NamedTuple):
    """A connection, camera, device or tag that came, went or is read otherwise."""

    kind: str  # "came", "went", "changed"
    what: str  # "connection", "camera", "device", "tag"
    name: str
    settings: list[tuple[str, str, str]]  # name, before, after; of what changed only
    tags: int = 0  # of a device that came or went, with all of them


def difference_of(before: Document, after: Document) -> list[Changed]:
    """Say what is different, in the order of the names."""
    old, new = ({c.name: c for c in doc.connections} for doc in (before, after))
    changed = list(_compare("connection", _settings(old), _settings(new)))
    had, has = ({c.uid: c for c in without_passwords(doc).cameras} for doc in (before, after))
    changed += _compare("camera", _settings(had), _settings(has))
    was, now = ({d.uid: d for d in doc.devices} for doc in (before, after))
    for uid in sorted(was.keys() | now.keys()):
        changed += _of_device(uid, was.get(uid), now.get(uid))
    return changed


def _of_device(
    uid: str, before: DeviceConfig | None, after: DeviceConfig | None
) -> Iterator[Changed]:
    if before is None or after is None:
        one = before or after
        kind = "came" if before is None else "went"
        yield Changed(kind, "device", uid, [], len(one.tags) if one is not None else 0)
        return
    yield from _compare("device", _settings({uid: before}), _settings({uid: after}))
    old, new = ({f"{uid} / {tag.name}": tag for tag in each.tags} for each in (before, after))
    yield from _compare("tag", _settings(old), _settings(new))


def _compare(
    what: str, before: dict[str, Settings], after: dict[str, Settings]
) -> Iterator[Changed]:
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        if old is None or new is None:
            yield Changed("came" if old is None else "went", what, name, [])
        elif settings := list(_otherwise(old, new)):
            yield Changed("changed", what, name, settings)


def _otherwise(old: Settings, new: Settings) -> Iterator[tuple[str, str, str]]:
    for key in sorted(old.keys() | new.keys()):
        if old.get(key) != new.get(key):
            yield key, _text(old.get(key)), _text(new.get(key))


def _settings(structs: dict[str, Any]) -> dict[str, Settings]:
    """Take every setting, but those that are compared by themselves or only simulated."""
    plain = {name: msgspec.to_builtins(one, str_keys=True) for name, one in structs.items()}
    return {
        name: {key: value for key, value in settings.items() if key not in {"tag", "sim"}}
        for name, settings in plain.items()
    }


def _text(value: Any) -> str:
    if value is None:
        return "–"
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
