"""URLs of cameras: the password is kept apart from the rest, which may be shown. Pure."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from edge.wire.configuration import Document

# scheme, user, password, the rest; a password may hold an @ that nobody wrote as %40
_WITH_USER = re.compile(
    r"([a-z][a-z0-9+.-]*://)([^/?#:@]*)(?::([^/?#]*))?@([^/?#@]*)", re.IGNORECASE
)
_HIDDEN: Final = "***"


def split_password(source: str) -> tuple[str, str]:
    """Return a source without its password, and the password, as it stood there."""
    found = _WITH_USER.match(source)
    if found is None or found[3] is None:
        return source, ""
    scheme, user, password, host = found.groups()
    return f"{scheme}{user}@{host}{source[found.end() :]}", password


def with_password(source: str, password: str) -> str:
    """Put a password back where it was taken out."""
    found = _WITH_USER.match(source)
    if found is None or not password:
        return source
    scheme, user, _, host = found.groups()
    return f"{scheme}{user}:{password}@{host}{source[found.end() :]}"


def login_of(source: str) -> tuple[str, ...]:
    """Return what a password is good for: scheme, user, host and port; empty: there is no user."""
    found = _WITH_USER.match(source)
    return (found[1].lower(), found[2], found[4].lower()) if found else ()


def without_passwords(document: Document) -> Document:
    """Return a configuration as it may be shown."""
    cameras = [
        msgspec.structs.replace(camera, source=_masked(camera.source))
        for camera in document.cameras
    ]
    return msgspec.structs.replace(document, cameras=cameras)


def _masked(source: str) -> str:
    plain, password = split_password(source)
    return with_password(plain, _HIDDEN if password else "")
