"""Who comes through the gateways' door, and how often."""

from __future__ import annotations

import functools
import time

from django.conf import settings

from devices.tokens import Authority, Refused
from edge import wire
from realtime import guard
from realtime.arrivals import Arrivals, Crowded
from realtime.consumers.socket import Closing, Socket
from realtime.database import in_database


async def accept(socket: Socket, subprotocol: str) -> None:
    """Let this connection have its turn among those with the same token.

    Raises:
        Disconnected: the peer did not wait for it.
        Closing: too many wait for theirs.
    """
    arrivals = _arrivals(settings.GATEWAY_CONNECTIONS_PER_S)
    try:
        wait_s = arrivals.arrive(socket.header("authorization"), time.monotonic())
    except Crowded as error:
        await socket.accept(subprotocol)
        message = f"{error} Try again in {error.retry_after_s:.0f} s."
        raise Closing(wire.Close.TOO_MANY, "too_many_connections", message) from error
    await socket.accept(subprotocol, wait_s)


@functools.cache
def _arrivals(per_s: float) -> Arrivals:
    return Arrivals(per_s)


async def authenticate(socket: Socket) -> Authority:
    """Say who is there by the ``Authorization`` header.

    Raises:
        Closing: nobody is let in with it, or this address tried too often.
    """
    try:
        shown = in_database(guard.admit, socket.header("authorization"), socket.remote)
        return await socket.beside(shown)
    except guard.TooMany as error:
        message = f"Try again in {error.retry_after_s:.0f} s."
        raise Closing(wire.Close.TOO_MANY, error.code, message) from error
    except Refused as refused:
        raise Closing(wire.Close.UNAUTHORIZED, refused.code, refused.message) from refused
