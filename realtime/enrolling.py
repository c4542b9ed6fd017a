"""The door for new gateways: ``POST /api/v1/enrol`` with a one-time code. See docs/http.md."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Final

import msgspec
from django.core.handlers.asgi import ASGIRequest
from django.db import Error as DatabaseError
from django.http import JsonResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from msgspec import Meta

from devices.enrolment import Enrolled, EnrolmentRefused, enrol
from realtime import guard
from realtime.database import in_database
from realtime.problems import Problem, answer

MAX_BYTES: Final = 4096
_RETRY_S: Final = 5.0
_STATUS: Final = {
    "used": HTTPStatus.CONFLICT,
    "uid_taken": HTTPStatus.CONFLICT,
    "expired": HTTPStatus.FORBIDDEN,
    "wrong_uid": HTTPStatus.FORBIDDEN,
    "no_uid": HTTPStatus.BAD_REQUEST,
    "bad_code": HTTPStatus.FORBIDDEN,
}


class Wish(msgspec.Struct, forbid_unknown_fields=True):
    """What a new gateway sends."""

    code: Annotated[str, Meta(max_length=128)]
    uid: Annotated[str, Meta(max_length=64, pattern=r"^[A-Za-z0-9_.:-]*\Z")] = ""
    agent: Annotated[str, Meta(max_length=128, pattern=r"^[\x20-\x7e]*\Z")] = ""


@csrf_exempt  # the code in the body is what counts: no browser sends it by itself
async def enrolling(request: ASGIRequest) -> JsonResponse:
    """Give a gateway its token for its code."""
    try:
        wish = _read(request)
        enrolled = await in_database(_enrol, wish, guard.remote_of(request.scope))
    except Problem as problem:
        return problem.response()
    except DatabaseError:
        status, message = HTTPStatus.SERVICE_UNAVAILABLE, "The database is away."
        return Problem(status, "database", message, retry_after_s=_RETRY_S).response()
    body = {"uid": enrolled.uid, "token": enrolled.token, "approved": enrolled.approved}
    return answer(body, HTTPStatus.CREATED)


def _read(request: ASGIRequest) -> Wish:
    """Take the request apart.

    Raises:
        Problem: it is not one.
    """
    if request.method != "POST":
        status, headers = HTTPStatus.METHOD_NOT_ALLOWED, {"Allow": "POST"}
        raise Problem(status, "bad_method", "Codes are sent with POST.", headers=headers)
    if request.content_type != "application/json":
        status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
        raise Problem(status, "bad_media_type", "Send Content-Type: application/json.")
    try:
        body: bytes = request.read(MAX_BYTES + 1)
    except UnreadablePostError as error:
        raise Problem(HTTPStatus.BAD_REQUEST, "bad_body", "The body broke off.") from error
    if len(body) > MAX_BYTES:
        message = f"A body has at most {MAX_BYTES} bytes."
        raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", message)
    try:
        return msgspec.json.decode(body, type=Wish)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise Problem(HTTPStatus.BAD_REQUEST, "bad_body", str(error)) from error


def _enrol(wish: Wish, remote: str) -> Enrolled:
    try:
        guard.admit_enrolment(remote)
        return enrol(code=wish.code, uid=wish.uid, agent=wish.agent, remote=remote)
    except guard.TooMany as error:
        status, wait_s = HTTPStatus.TOO_MANY_REQUESTS, error.retry_after_s
        raise Problem(status, error.code, error.message, retry_after_s=wait_s) from error
    except EnrolmentRefused as refused:
        raise Problem(_STATUS[refused.code], refused.code, refused.message) from refused
