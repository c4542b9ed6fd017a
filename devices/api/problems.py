"""What the API answers when it does not do what was asked: problem details, in plain words.

``{"status", "code", "title", "detail", "errors"}`` (RFC 9457): ``errors`` has the mistakes by
field, those of no field under "". The code is for programs, the rest for people.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from django.core.exceptions import (
    ObjectDoesNotExist,
    PermissionDenied,
    SuspiciousOperation,
    ValidationError,
)
from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from django.http import Http404
from django.http.multipartparser import MultiPartParserError
from rest_framework import exceptions
from rest_framework.authentication import SessionAuthentication
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings

from devices.rules import InUse

MEDIA_TYPE: Final = "application/problem+json"
_NO_FIELD: Final = {api_settings.NON_FIELD_ERRORS_KEY, "__all__", "detail"}
_CODES: Final = {
    HTTPStatus.BAD_REQUEST: "invalid",
    HTTPStatus.UNAUTHORIZED: "not_signed_in",
    HTTPStatus.FORBIDDEN: "not_allowed",
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.METHOD_NOT_ALLOWED: "bad_method",
    HTTPStatus.NOT_ACCEPTABLE: "not_acceptable",
    HTTPStatus.CONFLICT: "conflict",
    HTTPStatus.PRECONDITION_FAILED: "changed_meanwhile",
    HTTPStatus.REQUEST_TIMEOUT: "too_slow",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "too_large",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "bad_media_type",
    HTTPStatus.SERVICE_UNAVAILABLE: "unavailable",
}


class Problems(JSONRenderer):
    """Writes problem details under their own media type."""

    media_type = MEDIA_TYPE


class Session(SessionAuthentication):
    """The session of the pages. Without one the answer is 401: there is somebody to become."""

    def authenticate_header(self, request: Request) -> str:
        """Name the way in, so that the answer is 401 and not 403."""
        return 'Session realm="sentinel", uri="/login/"'


class ChangedMeanwhile(exceptions.APIException):
    """Somebody else changed it since it was read. Read it again, then decide."""

    status_code = HTTPStatus.PRECONDITION_FAILED
    default_detail = "It has changed since you read it. Read it again and repeat your change."


class Conflict(exceptions.APIException):
    """It is in use, or the state it is in does not allow this."""

    status_code = HTTPStatus.CONFLICT
    default_detail = "What it is now does not allow this."


class Unavailable(exceptions.APIException):
    """The database is away: send it again, with the same request id if it has one."""

    status_code = HTTPStatus.SERVICE_UNAVAILABLE
    default_detail = "The database does not answer. Send it again in a few seconds."
    retry_after_s = 5


def answer_problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn what a view raised into an answer; None: nobody foresaw it, so that it is a 500."""
    known = _as_api_error(error)
    if known is None:
        return None
    status = HTTPStatus(known.status_code)
    errors = _errors(known.detail)
    by_field = errors if isinstance(known, exceptions.ValidationError) else {}
    body = problem(status, _detail(errors), by_field)
    headers = {"Cache-Control": "no-store"}
    if header := getattr(known, "auth_header", None):
        headers["WWW-Authenticate"] = header
    if isinstance(known, Unavailable):
        headers["Retry-After"] = str(known.retry_after_s)
    response = Response(body, status.value, headers=headers)
    request: Request = context["request"]
    request.accepted_renderer, request.accepted_media_type = Problems(), MEDIA_TYPE
    return response


def problem(
    status: HTTPStatus, detail: str, errors: Mapping[str, list[str]] | None = None
) -> dict[str, Any]:
    """Return problem details: what stands in the body of every answer that is a no."""
    return {
        "status": status.value,
        "code": _CODES.get(status, "problem"),
        "title": status.phrase,
        "detail": detail,
        "errors": errors or {},
    }


def _as_api_error(error: Exception) -> exceptions.APIException | None:
    if isinstance(error, exceptions.APIException):
        return error
    if isinstance(error, Http404 | ObjectDoesNotExist):
        return exceptions.NotFound()
    if isinstance(error, PermissionDenied):
        return exceptions.PermissionDenied(str(error) or None)
    if isinstance(error, InUse):
        return Conflict(" ".join(error.messages))
    if isinstance(error, ValidationError):
        return exceptions.ValidationError(_messages(error))
    if isinstance(error, MultiPartParserError | SuspiciousOperation):  # a form, as Django reads it
        return exceptions.ParseError("The form is damaged or has too many parts.")
    if isinstance(error, DataError):  # sound by itself, but more than the database can hold
        return exceptions.ValidationError("A value is out of the range that can be stored.")
    if isinstance(error, OperationalError | InterfaceError):
        return Unavailable()
    if isinstance(error, IntegrityError):  # two at once: the second one finds the name taken
        return Conflict()
    return None


def _messages(error: ValidationError) -> dict[str, list[str]]:
    """Return the mistakes by field."""
    if hasattr(error, "error_dict"):
        return dict(error.message_dict)
    return {api_settings.NON_FIELD_ERRORS_KEY: list(error.messages)}


def _errors(detail: Any) -> dict[str, list[str]]:
    """Flatten what DRF says to a list of sentences for each field, "" for none."""
    if isinstance(detail, Mapping):
        found: dict[str, list[str]] = {}
        for name, inner in detail.items():
            for below, sentences in _errors(inner).items():
                parts = ["" if name in _NO_FIELD else str(name), below]
                found.setdefault(".".join(filter(None, parts)), []).extend(sentences)
        return found
    if isinstance(detail, list):
        nested = [item for item in detail if isinstance(item, Mapping | list)]
        plain = [str(item) for item in detail if not isinstance(item, Mapping | list)]
        found = {"": plain} if plain else {}
        for item in nested:
            for name, sentences in _errors(item).items():
                found.setdefault(name, []).extend(sentences)
        return found
    return {"": [str(detail)]}


def _detail(errors: dict[str, list[str]]) -> str:
    lines = [f"{name}: {text}" if name else text for name, all_ in errors.items() for text in all_]
    return " ".join(lines)
