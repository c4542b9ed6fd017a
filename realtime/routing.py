"""Which websocket is whose. Who may not even knock is refused before the handshake, with 403.

Browsers send cookies by themselves, so a page of any origin could open a socket in the name of the
user who looks at it: their door opens only for pages of our own. Gateways send a token and nothing
else; a request to their door that carries a cookie or an origin comes from a browser.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from channels.routing import URLRouter
from django.conf import settings
from django.urls import path, re_path

from realtime.consumers.dashboard import live
from realtime.consumers.gateway import gateway
from realtime.consumers.socket import Receive, Scope, Send

logger = logging.getLogger(__name__)

Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def only_browsers(application: Application) -> Application:
    """Let in only pages of ``ALLOWED_ORIGINS``: scheme, host and port must be the same."""

    async def check(scope: Scope, receive: Receive, send: Send) -> None:
        origins = _values(scope, b"origin")
        allowed = {as_sent(origin) for origin in settings.ALLOWED_ORIGINS}
        if len(origins) == 1 and origins[0] in allowed:
            await application(scope, receive, send)
        else:
            await refuse(scope, receive, send)

    return check


def only_gateways(application: Application) -> Application:
    """Let nobody in who looks like a browser."""

    async def check(scope: Scope, receive: Receive, send: Send) -> None:
        if _values(scope, b"origin") or _values(scope, b"cookie"):
            await refuse(scope, receive, send)
        else:
            await application(scope, receive, send)

    return check


async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer the handshake with 403."""
    logger.info("websocket %s refused, origin %s", scope["path"], _values(scope, b"origin"))
    await receive()
    await send({"type": "websocket.close", "code": 4403})


def as_sent(origin: str) -> str:
    """Write an origin as browsers do: lower case, without slash and default port."""
    parts = urlsplit(origin.strip().lower())
    return f"{parts.scheme}://{parts.netloc.removesuffix(_DEFAULT_PORTS.get(parts.scheme, ''))}"


def _values(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]


websocket = URLRouter(
    [
        path("ws/v1/live", only_browsers(live)),  # type: ignore[arg-type]  # ASGI, not a view
        path("ws/v1/gateway", only_gateways(gateway)),  # type: ignore[arg-type]
        re_path("", refuse),  # type: ignore[arg-type]
    ]
)
