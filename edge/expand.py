"""``[[device]] profile = "eastron-sdm630"`` in a TOML: the points of a shipped profile. Pure."""

from __future__ import annotations

from typing import Any

import msgspec

from edge.profile.library import shipped_profile
from edge.profile.model import Profile

_LIMITS = ("max_registers", "max_gap", "even_align", "min_gap_ms")


def expand_profiles(table: dict[str, Any]) -> None:
    """Give every device of a TOML that names a profile its points and limits, in place.

    What the device says itself wins: a ``[[device.tag]]`` of the same name changes the fields that
    it names and keeps the others, any other name is a further tag.

    Raises:
        ValueError: a profile is not shipped, or not in this version.
    """
    devices = table.get("device")
    for device in devices if isinstance(devices, list) else []:
        if isinstance(device, dict) and isinstance(device.get("profile"), str):
            _expand(device, _find(device))


def _find(device: dict[str, Any]) -> Profile:
    id_, _, version = device["profile"].partition("@")
    try:
        profile = shipped_profile(id_)
    except KeyError as error:
        raise ValueError(f"device {device.get('uid')}: profile: {error.args[0]}") from error
    if version not in {"", profile.version}:
        found = f"{id_} is here in version {profile.version}, not {version}"
        raise ValueError(f"device {device.get('uid')}: profile: {found}")
    return profile


def _expand(device: dict[str, Any], profile: Profile) -> None:
    device["profile"] = f"{profile.id}@{profile.version}"
    limits = msgspec.to_builtins(profile.limits)
    for limit in _LIMITS:
        if limit in limits:
            device.setdefault(limit, limits[limit])
    points = {point.name: msgspec.to_builtins(point, str_keys=True) for point in profile.points}
    own = device.get("tag", [])
    if not isinstance(own, list) or not all(_has_name(tag) for tag in own):
        return  # the conversion says what is wrong with it
    for tag in own:
        points[tag["name"]] = points.get(tag["name"], {}) | tag
    device["tag"] = list(points.values())


def _has_name(tag: Any) -> bool:
    return isinstance(tag, dict) and isinstance(tag.get("name"), str)
