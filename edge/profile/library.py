"""The profiles that come with the gateway: the files of ``edge/profile/library/``."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from edge.profile.check import read_profile
from edge.profile.model import Profile

FOLDER: Final = Path(__file__).with_name("library")


@cache
def _by_id() -> dict[str, Profile]:
    profiles = [read_profile(path.read_bytes()) for path in sorted(FOLDER.glob("*.json"))]
    return {profile.id: profile for profile in profiles}


def shipped() -> list[Profile]:
    """All of them, in the order of their ids."""
    return list(_by_id().values())


def shipped_profile(id: str) -> Profile:  # noqa: A002 - the word of the file
    """One of them.

    Raises:
        KeyError: there is no profile of this id; the message names those that there are.
    """
    profile = _by_id().get(id)
    if profile is None:
        raise KeyError(f"there is no profile {id!r}; there are {', '.join(_by_id())}")
    return profile
