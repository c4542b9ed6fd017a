"""A plant of one device, made from a profile."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import asdict

from edge.config import ConfigError
from edge.profile import Profile
from edge.profile.check import ProfileError, read_profile
from edge.profile.library import shipped_profile
from edge.wire.configuration import ConnectionConfig, DeviceConfig, Document

CONNECTION = "profile"


def find_profile(name: str) -> Profile:
    """Find a shipped profile by its id, or read a profile file.

    Raises:
        ConfigError: there is neither, or the file has mistakes.
    """
    if not name.endswith(".json"):
        try:
            return shipped_profile(name)
        except KeyError as error:
            raise ConfigError(str(error.args[0])) from error
    try:
        return read_profile(Path(name).read_bytes())
    except OSError as error:
        raise ConfigError(f"{name}: cannot be read: {error.strerror}") from error
    except ProfileError as error:
        raise ConfigError("\n".join(f"{name}: {mistake}" for mistake in error.mistakes)) from error


def device_of(profile: Profile, *, uid: str = "", unit: int = 1) -> DeviceConfig:
    """The device that a profile describes, behind the connection ``profile``."""
    return DeviceConfig(
        **asdict(profile.limits),
        uid=uid or profile.id,
        name=profile.title or profile.model,
        connection=CONNECTION,
        unit=unit,
        profile=f"{profile.id}@{profile.version}",
        tags=profile.points,
    )


def plant_of(device: DeviceConfig, *, host: str, port: int) -> Document:
    """A plant with this device and nothing else."""
    connection = ConnectionConfig(name=CONNECTION, host=host, port=port)
    return Document(connections=[connection], devices=[device])
