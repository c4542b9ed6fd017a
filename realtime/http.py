"""The second door: ``POST /api/v1/telemetry/`` with a device token, for what keeps no socket.

What it takes and answers is in docs/http.md.
"""

from __future__ import annotations

import asyncio
import re
import time
from http import HTTPStatus
from typing import Any, Final

from django.core.handlers.asgi import ASGIRequest
from django.db import Error as DatabaseError
from django.http import JsonResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from devices.intake import Receipt
from edge import wire
from realtime import presence
from realtime.database import in_database
from realtime.guard import remote_of
from realtime.pipeline import Overloaded, take_in
from realtime.posted import MAX_BYTES
from realtime.posting import Post, Request, prepare, prepare_detection, unauthorized
from realtime.problems import Problem, answer

STORE_TIMEOUT_S: Final = 10.0  # much longer than a flush takes while the database answers
_RETRY_S: Final = 5.0
_KEY = re.compile(r"[\x21-\x7e]{1,128}\Z")
_PREPARE: Final = {"application/json": prepare, "application/octet-stream": prepare_detection}
_SHOWN: Final = 128  # characters of a name that is repeated in the answer


@csrf_exempt  # the token in the header is what counts: no browser sends it by itself
async def telemetry(request: ASGIRequest) -> JsonResponse:
    """Store what a device reports, and answer after the commit."""
    try:
        asked = _read(request)
        post = await in_database(_PREPARE[request.content_type or ""], asked)
        presence.posted(post.authority)
        receipt = Receipt() if post.repeated else await _store(post)
        return _answer(post, receipt)
    except Problem as problem:
        return problem.response()
    except DatabaseError:
        return _unavailable("database", "The database is away.").response()


def _read(request: ASGIRequest) -> Request:
    """Take the request apart without believing its headers.

    Raises:
        Problem: it is not a report at all, or too large to look at.
    """
    if request.method != "POST":
        message = "Reports are sent with POST."
        raise Problem(
            HTTPStatus.METHOD_NOT_ALLOWED, "bad_method", message, headers={"Allow": "POST"}
        )
    _check_media_type(request)
    key = request.headers.get("Idempotency-Key", "")
    if key and not _KEY.match(key):
        message = "Idempotency-Key: 1 to 128 visible ASCII characters."
        raise Problem(HTTPStatus.BAD_REQUEST, "bad_key", message)
    return Request(
        authorization=request.headers.get("Authorization", ""),
        remote=remote_of(request.scope),
        body=_body(request),
        key=key,
        now_ms=int(time.time() * 1000),
    )


def _check_media_type(request: ASGIRequest) -> None:
    charset = (request.content_params or {}).get("charset", "utf-8").lower()
    if request.content_type not in _PREPARE or charset not in {"utf-8", "utf8"}:
        message = "Send Content-Type: application/json, in UTF-8."
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "bad_media_type", message)
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        message = "Send the body as it is, without Content-Encoding."
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "bad_encoding", message)


def _body(request: ASGIRequest) -> bytes:
    try:
        body: bytes = request.read(MAX_BYTES + 1)
    except UnreadablePostError as error:
        raise Problem(HTTPStatus.BAD_REQUEST, "bad_body", "The body broke off.") from error
    if len(body) > MAX_BYTES:
        message = f"A body has at most {MAX_BYTES} bytes. Send less at once."
        raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", message)
    return body


async def _store(post: Post) -> Receipt:
    """Hand the report in and wait until it is stored.

    Raises:
        Problem: it is not known to be stored.
    """
    try:
        async with asyncio.timeout(STORE_TIMEOUT_S):
            receipt = await take_in(post.sender, post.frame)
    except Overloaded as error:
        raise _unavailable("overloaded", "Too much is waiting to be stored.") from error
    except TimeoutError as error:
        message = "The database is away. The report may still be stored: only a repetition with"
        raise _unavailable("database", f"{message} an Idempotency-Key is safe.") from error
    if receipt.refused:
        raise unauthorized(receipt.refused, "The token has lost its authority.")
    return receipt


def _unavailable(code: str, message: str) -> Problem:
    return Problem(HTTPStatus.SERVICE_UNAVAILABLE, code, message, retry_after_s=_RETRY_S)


def _answer(post: Post, receipt: Receipt) -> JsonResponse:
    if isinstance(post.frame, wire.Detection):
        return _answer_detection(receipt)
    bad = [_bad(post, bad.i, bad.code) for bad in receipt.bad.get("live", [])]
    body: dict[str, Any] = {"stored": receipt.stored, "bad": bad}
    if bad and not receipt.stored:
        message = "Nothing could be stored; what was sent is kept for a person to look at."
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "nothing_stored", message, more=body)
    if not receipt.stored:
        body["repeated"] = True  # its key was used before, for a report that is stored
    return answer(body)


def _answer_detection(receipt: Receipt) -> JsonResponse:
    for bad in receipt.bad.get("events", []):
        message = "It could not be stored; it is kept for a person to look at."
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, bad.code, message)
    return answer({"stored": 1, "bad": []})


def _bad(post: Post, i: int, code: str) -> dict[str, Any]:
    if i < 0:  # the database refused the report as a whole
        return {"item": None, "uid": None, "name": None, "code": code}
    reading = post.readings[i]
    name = reading.name[:_SHOWN]
    return {"item": reading.item, "uid": reading.uid, "name": name, "code": code}
