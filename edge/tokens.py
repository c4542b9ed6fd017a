"""The tokens of a gateway: the newest first, and older ones to fall back on. Never locked out.

A rotation gives the gateway a new token while the old one still works. The new one is on the disk
before the cloud hears that it was kept, so whenever the process is killed, the file holds a token
that lets it in. One that was configured by hand is always tried as well, last.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import re
from pathlib import Path
from typing import Final

import msgspec

from edge.durable import set_aside, write_durably

logger = logging.getLogger(__name__)

FILE: Final = "tokens.json"
MOST_KEPT: Final = 3
_TOKEN = re.compile(r"snt_([a-z2-7]{12})_([A-Za-z0-9_-]{43})_([a-z2-7]{6})\Z")


class TokenError(ValueError):
    """This is no token. The message does not show it."""


class _File(msgspec.Struct):
    tokens: list[str]  # newest first


class Tokens:
    """Which token to show next. ``refused`` and ``accepted`` tell it how the last one fared."""

    def __init__(self, folder: Path, configured: str = "") -> None:
        """Read what is kept in a folder; a damaged file is set aside."""
        self._path = folder / FILE
        self._configured = configured
        self._kept = self._read()
        self._at = 0
        self._refusals = 0  # in a row
        self._accepted = ""  # the one that was let in last

    @property
    def candidates(self) -> list[str]:
        """All that may be tried, in this order."""
        more = [self._configured] if self._configured not in {"", *self._kept} else []
        return [*self._kept, *more]

    @property
    def current(self) -> str:
        """The one to show at the next connection; empty: there is none."""
        known = self.candidates
        return known[self._at % len(known)] if known else ""

    def keep(self, token: str) -> str:
        """Write a new token to the disk and show it from now on; return its look-up part.

        Raises:
            TokenError: it is no token.
            OSError: it could not be written; the older ones go on.
        """
        lookup = lookup_of(token)
        if not lookup:
            raise TokenError("not a token: the cloud must send a whole one")
        # Before any others, the one that works: of several that are handed over before one is
        # shown, only the last may be good.
        self._write([token, self._accepted or self.current, *self.candidates])
        self._refusals = 0
        return lookup

    def refused(self) -> bool:
        """The current one was not let in: turn to the next; True: there is one not yet tried."""
        self._at = (self._at + 1) % max(1, len(self.candidates))
        self._refusals += 1
        return self._refusals < len(self.candidates)

    def accepted(self) -> None:
        """The current one was let in; if it is not the first, the next start begins with it.

        Raises:
            OSError: that could not be noted. The next start will try the others first.
        """
        self._refusals = 0
        self._accepted = self.current
        if self._at and self._kept:
            self._write([self.current, *self.candidates])

    def _write(self, tokens: list[str]) -> None:
        kept = [token for token in dict.fromkeys(tokens) if token][:MOST_KEPT]
        write_durably(self._path, msgspec.json.encode(_File(kept)))
        self._kept, self._at = kept, 0

    def _read(self) -> list[str]:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=_File).tokens
        except FileNotFoundError:
            return []
        except msgspec.MsgspecError:
            logger.error("the kept tokens were damaged and are now %s", set_aside(self._path))
            return []


def lookup_of(token: str) -> str:
    """The part of a token that may be shown; empty: it is not a whole token."""
    found = _TOKEN.match(token)
    if found is None:
        return ""
    lookup, secret, checksum = found.groups()
    digest = hashlib.sha256(f"snt_{lookup}_{secret}".encode()).digest()
    expected = base64.b32encode(digest[:5]).decode().lower()[:6]
    return lookup if checksum == expected else ""
