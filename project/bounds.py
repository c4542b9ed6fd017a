"""What no HTTP request may be, answered before anything of it is kept.

Django writes a body of any length to a temporary file before it looks who sends it, and asks
PostgreSQL for whatever stands in an address or a cookie, which fails on NUL.
"""

from __future__ import annotations

import asyncio
import json
import time
from http import HTTPStatus
from typing import Any, Final

from realtime.consumers.socket import Receive, Scope, Send
from realtime.routing import Application

BODY_BYTES: Final = 1 << 20  # the largest of ours, a report, has half of that
BODY_S: Final = 30.0
_ANSWERS: Final = {
    HTTPStatus.BAD_REQUEST: ("bad_request", "An address or cookie may not hold NUL."),
    HTTPStatus.REQUEST_TIMEOUT: ("too_slow", f"A body must arrive within {BODY_S:g} s."),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: ("too_large", f"A body has at most {BODY_BYTES} bytes."),
}


def bounded(application: Application) -> Application:
    """Stand before an HTTP application."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        refused = _refused_at_once(scope)
        if refused is None:
            body = _Body(receive)
            await application(scope, body.receive, send)
            refused = body.refused
        if refused is not None:
            await _answer(send, refused)

    return serve


def _refused_at_once(scope: Scope) -> HTTPStatus | None:
    cookies = _values(scope, b"cookie")
    if (
        "\x00" in scope["path"]
        or b"%00" in scope["query_string"]
        or any(rb"\000" in cookie for cookie in cookies)  # NUL, as a cookie in quotes writes it
    ):
        return HTTPStatus.BAD_REQUEST
    announced = b"".join(_values(scope, b"content-length")[:1]).strip()
    digits = announced.lstrip(b"0")  # there may be thousands, which int() refuses
    if len(digits) > len(str(BODY_BYTES)) or (digits.isdigit() and int(digits) > BODY_BYTES):
        return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    return None


def _values(scope: Scope, name: bytes) -> list[bytes]:
    return [value for key, value in scope["headers"] if key == name]


class _Body:
    """Passes a body on. Refused, it looks to the application as if the client had gone."""

    def __init__(self, receive: Receive) -> None:
        self.refused: HTTPStatus | None = None
        self._receive = receive
        self._left = BODY_BYTES
        self._ends_at = time.monotonic() + BODY_S
        self._complete = False

    async def receive(self) -> dict[str, Any]:
        if self._complete:
            return await self._receive()
        try:
            async with asyncio.timeout(self._ends_at - time.monotonic()):
                message = await self._receive()
        except TimeoutError:
            return self._refuse(HTTPStatus.REQUEST_TIMEOUT)
        self._complete = not message.get("more_body", False)
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            return self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return message

    def _refuse(self, status: HTTPStatus) -> dict[str, Any]:
        self.refused = status
        self._complete = True
        return {"type": "http.disconnect"}


async def _answer(send: Send, status: HTTPStatus) -> None:
    code, message = _ANSWERS[status]
    body = json.dumps({"code": code, "message": message}).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": int(status), "headers": headers})
    await send({"type": "http.response.body", "body": body})
