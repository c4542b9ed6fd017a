"""The door to the word-order wizard: has a live gateway read, and ranks what the registers hold."""

from __future__ import annotations

import math
from http import HTTPStatus
from typing import Annotated, Any, Final

import msgspec
from asgiref.sync import sync_to_async
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from msgspec import Meta, Struct

from devices.models import Device, Role
from edge.profile import BIT_TABLES
from edge.profile.guess import Guess, rank
from edge.profile.point import Table
from project.pages import guess_page
from project.refusals import refusal, refusal_of
from project.templatetags.plant import MINUS, number
from project.views import framed, gateway_of
from realtime import asking

Word = Annotated[int, Meta(ge=0, le=0xFFFF)]
Words = Annotated[list[Word], Meta(max_length=125)]


class Question(Struct, forbid_unknown_fields=True):
    """Which registers, and what they held in the reads before."""

    connection: Annotated[str, Meta(min_length=1, max_length=64)]
    unit: Annotated[int, Meta(ge=0, le=255)]
    table: Table
    address: Annotated[int, Meta(ge=0, le=0xFFFF)]
    count: Annotated[int, Meta(ge=1, le=125)]
    earlier: Annotated[list[Words], Meta(max_length=9)] = []


_HUGE: Final = 1e15  # beyond this, and below the other, digits say nothing
_TINY: Final = 1e-4


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
async def guess(request: HttpRequest, uid: str) -> HttpResponse:
    """Show the form; a POST with a ``Question`` as JSON has the gateway read now."""
    gateway = await sync_to_async(gateway_of)(request, uid, Role.ENGINEER)
    if request.method != "POST":
        return await sync_to_async(_page)(request, gateway)
    try:
        question = msgspec.json.decode(request.body, type=Question)
    except msgspec.MsgspecError as error:
        return refusal("bad_request", str(error), HTTPStatus.BAD_REQUEST)
    try:
        answer = await asking.probe(
            gateway=gateway,
            connection=question.connection,
            unit=question.unit,
            table=question.table,
            address=question.address,
            count=question.count,
        )
    except asking.AskError as error:
        return refusal_of(error, _("The gateway could not read it: %(why)s"))
    words = list(answer.words)
    guesses = await sync_to_async(_ranked)(question, words)
    return JsonResponse({"words": words, "latency_ms": answer.latency_ms, "guesses": guesses})


def _page(request: HttpRequest, gateway: Device) -> HttpResponse:
    context = guess_page(gateway, timezone.now()) | {"tag_url": reverse("admin:devices_tag_add")}
    return render(request, "guess.html", framed(request, context))


def _ranked(question: Question, words: list[int]) -> list[dict[str, Any]]:
    """Rank what the registers may hold, by all reads of them; bits need no guess."""
    if question.table in BIT_TABLES or not words:
        return []
    earlier = [read for read in question.earlier if len(read) == len(words)]
    first, *later = [*earlier, words]
    return [_row(guess) for guess in rank(first, *later)]


def _number(value: float) -> str:
    """Write a number with the seven digits that a float32 has, whole ones exactly."""
    size = abs(value)
    if value == 0 or (size < _HUGE and value == round(value)):
        return number(value, 0)
    if not _TINY <= size < _HUGE:
        return f"{value:.3e}".replace("-", MINUS)
    decimals = max(0, 6 - math.floor(math.log10(size)))
    text = number(value, decimals)
    return text.rstrip("0").rstrip(".") if "." in text else text


def _row(guess: Guess) -> dict[str, Any]:
    values = [each if isinstance(each, str) else _number(each) for each in guess.values]
    return {
        "type": guess.type,
        "order": guess.order,
        "width": guess.width,
        "values": values,
        "score": guess.score,
    }
