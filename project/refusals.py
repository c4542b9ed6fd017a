"""Why a gateway that was asked something did not answer, as scripts of pages are told."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from realtime import asking

_STATUSES: Final = {
    asking.GatewayOffline: HTTPStatus.CONFLICT,
    asking.NotAllowed: HTTPStatus.CONFLICT,
    asking.TooOften: HTTPStatus.TOO_MANY_REQUESTS,
    asking.GatewayRefused: HTTPStatus.BAD_GATEWAY,
    asking.NoAnswer: HTTPStatus.GATEWAY_TIMEOUT,
}


def refusal(code: str, error: str, status: HTTPStatus) -> HttpResponse:
    """Answer with a documented code and words for people."""
    return JsonResponse({"code": code, "error": error}, status=status)


def refusal_of(error: asking.AskError, refused: str) -> HttpResponse:
    """Answer with why a gateway did not.

    Args:
        error: what came instead of an answer.
        refused: what to say when the gateway could not do it; ``%(why)s`` are its own words.
    """
    return refusal(error.code, _in_words(error, refused), _STATUSES[type(error)])


def _in_words(error: asking.AskError, refused: str) -> str:
    if isinstance(error, asking.GatewayOffline):
        return _("The gateway is not connected. Ask again when it is.")
    if isinstance(error, asking.NotAllowed):
        return _("The token of this gateway may not be asked: issue one with the scope “commands”.")
    if isinstance(error, asking.TooOften):
        return _("The gateway was asked for this a moment ago. Try again in a second.")
    if isinstance(error, asking.NoAnswer):
        return _("The gateway did not answer in time. Try again.")
    return refused % {"why": error}
