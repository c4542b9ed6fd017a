"""Answers that are sent while they are made."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import IO, Final, cast

from asgiref.sync import sync_to_async
from django.core.files.storage import default_storage
from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header

_BLOCK: Final = 1 << 16  # bytes that are read at once


class Stored(Iterator[bytes]):
    """A file of the storage in pieces: opened with the first one, closed with the answer."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._file: IO[bytes] | None = None

    def __next__(self) -> bytes:
        """Read the next piece."""
        if self._file is None:
            self._file = default_storage.open(self._name)
        block = self._file.read(_BLOCK)
        if not block:
            raise StopIteration
        return block

    def close(self) -> None:
        """Close the file, however much of it was read."""
        if self._file is not None:
            self._file.close()


class Download(StreamingHttpResponse):
    """A file that is made piece by piece, and is never in memory as a whole.

    Under ASGI Django makes a list of what a plain iterator yields before it sends the first piece.
    Here each piece is made in the thread of the request once the one before it was sent.
    """

    def __init__(self, pieces: Iterator[bytes], *, name: str, media_type: str) -> None:
        """Answer with pieces, as a file of this name that nobody keeps for others."""
        headers = {
            "Content-Disposition": content_disposition_header(True, name) or "attachment",  # noqa: FBT003
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
        super().__init__(pieces, content_type=media_type, headers=headers)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Make one piece after the other."""
        pieces = cast("Iterator[bytes]", self.streaming_content)
        following = sync_to_async(_next)
        while (piece := await following(pieces)) is not None:
            yield piece


def _next(pieces: Iterator[bytes]) -> bytes | None:
    return next(pieces, None)
