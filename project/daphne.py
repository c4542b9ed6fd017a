"""daphne, in which every websocket has its turn, so that no peer keeps the process from the others.

    python -m project.daphne --bind 127.0.0.1 --port 8000 project.asgi:application

Everything else is daphne's own, its arguments included. By itself it works off all that a websocket
has sent before it turns to the next connection, also after the application has closed it.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from daphne.cli import CommandLineInterface
from daphne.server import Server
from daphne.ws_protocol import WebSocketProtocol
from twisted.python.failure import Failure

from project.turns import Turns

CLOSE_S: Final = 3  # for the peer's half of the closing handshake; then the connection is cut


class WebSocket(WebSocketProtocol):  # type: ignore[misc]
    """Gives every socket its turn."""

    closeHandshakeTimeout = CLOSE_S  # noqa: N815 - the name is autobahn's

    def connectionMade(self) -> None:  # noqa: N802 - the names are Twisted's
        """Begin."""
        self._turns = Turns(
            asyncio.get_running_loop(),
            parse=super().dataReceived,
            pause=self.transport.pauseProducing,
            resume=self.transport.resumeProducing,
            busy=lambda: hasattr(self, "handshake_deferred"),  # until the application has accepted
            closing=lambda: bool(self.state == self.STATE_CLOSING),
        )
        super().connectionMade()

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        """Take what was received."""
        self._turns.take(data)

    def onOpen(self) -> None:  # noqa: N802
        """Take what was sent before the handshake was over."""
        super().onOpen()
        self._turns.go_on()

    def connectionLost(self, reason: Failure) -> None:  # noqa: N802
        """Forget what was received."""
        self._turns.end()
        super().connectionLost(reason)


class FairServer(Server):  # type: ignore[misc]
    """A server whose websockets are ours."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs, ready_callable=self._use_ours)

    def _use_ours(self) -> None:
        self.ws_factory.protocol = WebSocket


class Command(CommandLineInterface):  # type: ignore[misc]
    """The command line of daphne."""

    server_class = FairServer


if __name__ == "__main__":
    Command.entrypoint()
