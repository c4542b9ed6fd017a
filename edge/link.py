"""The connection to the cloud: how it is opened, and since when it is up or lost."""

from __future__ import annotations

import ssl
from typing import Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from edge import __version__
from edge.config import Config
from edge.wire import Close, DataStream

SUBPROTOCOL: Final = Subprotocol("sentinel.gateway.v1")
AGENT: Final = f"sentinel-edge/{__version__}"
LIVE_EDGE_S: Final = 5.0  # readings of a shorter outage are still news
_LARGEST_MESSAGE: Final = 256 * 1024
_REFUSALS: Final = {401: Close.UNAUTHORIZED, 403: Close.FORBIDDEN}


class Ended(Exception):
    """The connection must end; the next one may fare better.

    ``code``: its close code, if any. ``is_refusal``: trying again soon will hardly help.
    ``is_planned``: we end it ourselves, and nothing is wrong.
    """

    def __init__(
        self,
        reason: str,
        code: int | None = None,
        *,
        is_refusal: bool = False,
        is_planned: bool = False,
    ) -> None:
        super().__init__(reason)
        self.code = code
        self.is_refusal = is_refusal
        self.is_planned = is_planned


class _Connect(connect):
    """Never follows a redirect: the token belongs to the configured address."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


async def open_socket(config: Config, token: str) -> ClientConnection:
    """Open the websocket; TLS is always verified.

    Raises:
        OSError: no connection (also a certificate that cannot be trusted).
        InvalidHandshake: the server answered, but not with a websocket.
    """
    return await _Connect(
        config.gateway.url,
        subprotocols=[SUBPROTOCOL],
        additional_headers={"Authorization": f"Bearer {token}"},
        user_agent_header=AGENT,
        proxy=None,
        # Columns of numbers are small already, and each side would keep a compressor per socket.
        compression=None,
        open_timeout=10,
        ping_interval=10,
        ping_timeout=10,
        close_timeout=2,
        max_size=_LARGEST_MESSAGE,
        ssl=tls_context(config),
    )


def tls_context(config: Config) -> ssl.SSLContext | None:
    """How the cloud is verified; None: it is spoken to in the clear.

    Raises:
        OSError: the file of the CA cannot be read, or holds none.
    """
    gateway = config.gateway
    if not gateway.url.startswith("wss:"):
        return None
    ca_file = str(config.path(gateway.ca_file)) if gateway.ca_file else None
    tls = ssl.create_default_context(cafile=ca_file)
    tls.minimum_version = ssl.TLSVersion.TLSv1_2
    return tls


def code_of(error: Exception) -> int | None:
    """The close code that a refused handshake amounts to, if it says so."""
    if isinstance(error, InvalidStatus):
        return _REFUSALS.get(error.response.status_code)
    return None


class LinkState:
    """Up, or lost since when. Decides whether readings are live or history when they are sealed."""

    def __init__(self, now: float) -> None:
        self._lost_at: float | None = now

    @property
    def is_up(self) -> bool:
        """Say whether the cloud has welcomed us."""
        return self._lost_at is None

    def up(self) -> None:
        """The cloud has welcomed us."""
        self._lost_at = None

    def lost(self, now: float) -> None:
        """The connection ended; a later attempt that fails does not restart the clock."""
        if self._lost_at is None:
            self._lost_at = now

    def stream(self, now: float) -> DataStream:
        """Where readings go that are sealed now."""
        if self._lost_at is None or now - self._lost_at < LIVE_EDGE_S:
            return "live"
        return "history"
