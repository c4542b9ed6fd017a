"""Says once when the cloud is lost and once when it is back, and remembers why."""

from __future__ import annotations

import logging
from typing import Final

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from edge.link import Ended
from edge.wire import Ack, Error, Welcome, WireError, decode_down

logger = logging.getLogger(__name__)

_HINTS: Final = {  # by the code of what the cloud said
    "disabled": "it waits for approval, or was disabled: somebody must enable it on the server",
    "expired": "have a new token or a new enrolment code made",
    "revoked": "have a new token or a new enrolment code made",
    "wrong_uid": "the token belongs to a gateway with another uid",
}


class LinkLog:
    """What happened to the connection, for the log and for ``python -m edge status``."""

    def __init__(self, url: str) -> None:
        self.why = "not connected yet"  # why it is down; empty: it is up
        self.skew_ms: int | None = None  # the gateway's clock minus the cloud's, with half the way
        self.unknown = 0  # tag numbers that the cloud does not know
        self._url = url
        self._lost: int | None = None  # the kind of loss that was logged; None: the link was up
        self._said = ""  # what the cloud complained of in this connection
        self._logged = ""  # the last complaint that was logged
        self._hint = ""  # what to do about it
        self._warned: set[str] = set()  # quarantine codes that were logged for this connection

    def told(self, error: Error) -> None:
        """The cloud complained; said again and again, it is logged once."""
        self.note(error)
        if self._said != self._logged:
            logger.warning("the cloud says: %s", self._said)
        self._logged = self._said

    def note(self, error: Error) -> None:
        """Remember a complaint for ``explain``."""
        self._said = f"{error.message!r} ({error.code!r})"
        self._hint = _HINTS.get(error.code, "")

    def explain(self, end: str) -> str:
        """Say why a connection ended, and what to do about it."""
        said = f"the cloud says: {self._said}" if self._said else ""
        return "; ".join(part for part in (end, said, self._hint) if part)

    def warn_of_bad(self, ack: Ack) -> None:
        """Log each kind of quarantined reading once."""
        for bad in ack.bad:
            if bad.code not in self._warned:
                self._warned.add(bad.code)
                logger.warning("the cloud quarantines readings: %r (said once)", bad.code)

    def welcomed(self, welcome: Welcome, wall_ms: int) -> None:
        """The link is up."""
        self.why = self._said = self._logged = self._hint = ""
        self.skew_ms = wall_ms - welcome.wall
        self.unknown = len(welcome.unknown)
        self._lost = None
        self._warned.clear()
        logger.info("connected to %s", self._url)
        if welcome.unknown:
            logger.warning("the cloud does not know %d of our tags", len(welcome.unknown))

    def lost(self, end: Ended, *, is_refusal: bool) -> None:
        """Log a loss once, however many attempts fail after it."""
        self.why = self.explain(str(end))
        self._said = self._hint = ""
        if end.is_planned:
            logger.info("connecting anew: %s", end)
            return
        kind = (end.code or -1) if is_refusal else 0
        if kind != self._lost:
            self._lost = kind
            level = logging.ERROR if kind else logging.WARNING
            logger.log(level, "no connection to %s: %s", self._url, self.why)


async def hear_last_words(socket: ClientConnection, log: LinkLog) -> None:
    """Read why the cloud closed, where we were too busy with sending to hear it."""
    try:
        while True:
            frame = decode_down(await socket.recv())
            if isinstance(frame, Error):
                log.note(frame)
    except (ConnectionClosed, WireError):
        pass  # that was all
