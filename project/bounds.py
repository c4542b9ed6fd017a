"""What no HTTP request may be, answered before anything of it is kept.

Django writes a body of any length to a temporary file before it looks who sends it, and asks
PostgreSQL for whatever stands in an address or a cookie, which fails on NUL.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, Final

from asgiref.sync import iscoroutinefunction
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

from devices.admin.pages import TOO_LARGE
from devices.api.problems import MEDIA_TYPE, problem
from realtime.consumers.socket import Receive, Scope, Send
from realtime.routing import Application

BODY_BYTES: Final = 1 << 20  # the largest of ours, a report, has half of that
BODY_S: Final = 30.0
_API: Final = "/api/v1/"
_DEVICES: Final = frozenset({"/api/v1/telemetry/", "/api/v1/enrol"})
_FILES: Final = re.compile(r"/admin/\w+/\w+/(import|upload)/")  # pages with a form for a file
_UNREADABLE: Final = "sentinel.unreadable"  # in the scope: the address or a cookie held NUL
_THROWN_AWAY_BYTES: Final = 64 << 20
_ANSWERS: Final = {
    HTTPStatus.BAD_REQUEST: ("bad_request", "An address or cookie may not hold NUL."),
    HTTPStatus.REQUEST_TIMEOUT: ("too_slow", f"A body must arrive within {BODY_S:g} s."),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: ("too_large", f"A body has at most {BODY_BYTES} bytes."),
}


def bounded(application: Application) -> Application:
    """Stand before an HTTP application."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        refused = _refused_at_once(scope)
        if refused == HTTPStatus.REQUEST_ENTITY_TOO_LARGE and _FILES.fullmatch(scope["path"]):
            await application(*await _without_body(scope, receive), send)
            return
        if refused == HTTPStatus.BAD_REQUEST and _is_page(scope):
            await application(*await _without_what_was_said(scope, receive), send)
            return
        if refused is None:
            body = _Body(receive)
            await application(scope, body.receive, send)
            refused = body.refused
        if refused is not None:
            await _answer(scope, send, refused)

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


def _is_page(scope: Scope) -> bool:
    """Say whether a person waits for the answer, in a browser."""
    wants_page = any(b"text/html" in value for value in _values(scope, b"accept"))
    return wants_page and not scope["path"].startswith(_API)


async def _without_what_was_said(scope: Scope, receive: Receive) -> tuple[Scope, Receive]:
    """Have `unreadable_middleware` answer: nothing that holds NUL comes with the request."""
    scope, nothing = await _without_body(scope, receive)
    kept = [(k, v) for k, v in scope["headers"] if k != b"cookie" or rb"\000" not in v]
    address = {"path": "/", "raw_path": b"/", "query_string": b""}
    return {**scope, **address, "headers": kept, TOO_LARGE: False, _UNREADABLE: True}, nothing


@sync_and_async_middleware
def unreadable_middleware(
    get_response: Callable[[HttpRequest], Any],
) -> Callable[[HttpRequest], Any]:
    """Stand last: the page that says it is in the language, the theme and the policy of all."""

    def check(request: HttpRequest) -> None:
        if getattr(request, "scope", {}).get(_UNREADABLE):
            raise BadRequest

    def serve(request: HttpRequest) -> HttpResponse:
        check(request)
        response: HttpResponse = get_response(request)
        return response

    async def serve_async(request: HttpRequest) -> HttpResponseBase:
        check(request)
        answering: Awaitable[HttpResponseBase] = get_response(request)
        return await answering

    return serve_async if iscoroutinefunction(get_response) else serve


async def _without_body(scope: Scope, receive: Receive) -> tuple[Scope, Receive]:
    """Have the page with the form say it: a person sees what the limit is and tries again.

    The page is asked for anew, with `TOO_LARGE` in the scope. The body is thrown away first: a
    browser reads no answer before it has sent everything.
    """
    left, more = _THROWN_AWAY_BYTES, True
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(BODY_S):
            while more and left > 0:
                message = await receive()
                left -= len(message.get("body", b""))
                more = message.get("more_body", False)

    told = False

    async def nothing() -> dict[str, Any]:
        nonlocal told
        if not told:
            told = True
            return {"type": "http.request", "body": b"", "more_body": False}
        while (message := await receive())["type"] != "http.disconnect":
            pass  # the rest of the body
        return message

    return {**scope, "method": "GET", TOO_LARGE: True}, nothing


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


async def _answer(scope: Scope, send: Send, status: HTTPStatus) -> None:
    media_type, said = _said(scope["path"], status)
    body = json.dumps(said).encode()
    headers = [
        (b"content-type", media_type.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": int(status), "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _said(path: str, status: HTTPStatus) -> tuple[str, dict[str, Any]]:
    """Say it as whoever asks expects it: devices have code and message, programs problems."""
    code, message = _ANSWERS[status]
    if path.startswith(_API) and path not in _DEVICES:
        return MEDIA_TYPE, problem(status, message)
    return "application/json", {"code": code, "message": message}
