"""The configuration that the cloud sent: put together from its parts, and kept on the disk."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from edge.durable import set_aside, write_durably
from edge.wire import Configuration
from edge.wire.configuration import ConfigurationError

logger = logging.getLogger(__name__)

FILE: Final = "configuration.json"
MAX_CHARACTERS: Final = 8 * 1024 * 1024  # packed; some hundred thousand tags


class Packed(NamedTuple):
    """A configuration as it travels; ``edge.wire.configuration.unpack`` opens it."""

    version: int
    text: str


class Parts:
    """Puts the parts of a configuration together. One for each connection. Pure."""

    def __init__(self) -> None:
        self._version = 0
        self._texts: list[str] = []

    def take(self, part: Configuration) -> Packed | None:
        """Take the next part; return the whole when it was the last.

        A first part always begins anew, so that the newest configuration wins.

        Raises:
            ConfigurationError: a part is missing, or the whole would be too long.
        """
        if part.part == 1:
            self._version, self._texts = part.version, []
        if part.version != self._version or part.part != len(self._texts) + 1:
            self._texts = []
            raise ConfigurationError(f"part {part.part} of {part.parts} came out of order")
        if sum(map(len, self._texts)) + len(part.text) > MAX_CHARACTERS:
            self._texts = []
            raise ConfigurationError(f"longer than {MAX_CHARACTERS} characters")
        self._texts.append(part.text)
        if part.part < part.parts:
            return None
        texts, self._texts = self._texts, []
        return Packed(part.version, "".join(texts))


class _File(msgspec.Struct):
    version: int
    sha256: str  # of the text: a file of which a part is old must not be taken for whole
    text: str


class KeptConfiguration:
    """The last good configuration on the disk."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self.set_aside: Path | None = None  # where a damaged one went

    def read(self) -> Packed | None:
        """Read it; None: there is none, or it was damaged and is set aside."""
        try:
            file = msgspec.json.decode(self._path.read_bytes(), type=_File)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.MsgspecError) as error:
            self.give_up(str(error))
            return None
        if _digest(file.text) != file.sha256:
            self.give_up("its checksum is wrong")
            return None
        return Packed(file.version, file.text)

    def write(self, packed: Packed) -> None:
        """Replace it.

        Raises:
            OSError: the one before is still there.
        """
        file = _File(packed.version, _digest(packed.text), packed.text)
        write_durably(self._path, msgspec.json.encode(file))

    def give_up(self, why: str) -> None:
        """Set it aside, so that no start tries it again."""
        self.set_aside = set_aside(self._path)
        logger.error("the kept configuration (%s) is now %s", why, self.set_aside)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
