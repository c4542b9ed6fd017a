"""Why no picture comes from a source. Pure."""

from __future__ import annotations

from typing import Final, Literal
from urllib.parse import urlsplit

Trouble = Literal["lost", "refused", "garbled"]

OPEN_TIMEOUT_S: Final = 5.0
READ_TIMEOUT_S: Final = 5.0


class SourceError(Exception):
    """No picture comes. The message is for people, and has no password in it."""

    def __init__(self, kind: Trouble, message: str) -> None:
        super().__init__(message)
        self.kind: Trouble = kind


def place_of(source: str) -> str:
    """The source without user name, password and query, for messages."""
    url = urlsplit(source)
    if url.scheme not in {"rtsp", "rtsps", "http", "https"}:
        return source
    port = f":{url.port}" if url.port else ""
    return f"{url.scheme}://{url.hostname or ''}{port}{url.path}"
