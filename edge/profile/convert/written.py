"""What was converted, as files of ours. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from edge.profile.convert.converted import Device
from edge.profile.model import SCHEMA


def profile_json(device: Device, source: str) -> str:
    """A profile file: the points of the device, one a line."""
    head: dict[str, Any] = {
        "schema": SCHEMA,
        "id": device.slug,
        "version": "1.0.0",
        "vendor": "unknown",
        "model": device.name[:128],
        "sources": [f"converted from {source}"[:500]],
    }
    if device.limits:
        head["limits"] = device.limits
    lines = [f"  {json.dumps(key)}: {_json(value)}," for key, value in head.items()]
    points = ",\n".join(f"    {_json(fields)}" for fields in _points(device))
    return "\n".join(["{", *lines, '  "points": [', points, "  ]", "}"]) + "\n"


def device_toml(devices: Iterable[Device]) -> str:
    """The connections and devices as a gateway's TOML has them."""
    connections: dict[str, dict[str, Any]] = {}
    lines: list[str] = []
    for device in devices:
        name = _connection_of(device, connections)
        lines += ["", "[[device]]", f"uid = {_toml(device.slug)}", f"name = {_toml(device.name)}"]
        lines += [f"connection = {_toml(name)}", f"unit = {device.unit}"]
        lines += [f"{key} = {_toml(value)}" for key, value in device.limits.items()]
        for fields in _points(device):
            lines += ["", "[[device.tag]]"]
            lines += [f"{key} = {_toml(value)}" for key, value in fields.items()]
    head: list[str] = []
    for name, settings in connections.items():
        head += ["", "[[connection]]", f"name = {_toml(name)}"]
        head += [f"{key} = {_toml(value)}" for key, value in settings.items()]
    return "\n".join([*head, *lines]).lstrip("\n") + "\n"


def _connection_of(device: Device, connections: dict[str, dict[str, Any]]) -> str:
    """Name of the connection; devices with the same one share it."""
    for name, settings in connections.items():
        if settings == device.connection:
            return name
    name = f"line-{len(connections) + 1}"
    connections[name] = device.connection
    return name


def _points(device: Device) -> list[dict[str, Any]]:
    return [msgspec.to_builtins(point, str_keys=True) for point in device.points]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_toml(k)} = {_toml(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(one) for one in value) + "]"
    # Texts, numbers, true and false are written alike, but for one character.
    return _json(value).replace("\x7f", "\\u007f")
