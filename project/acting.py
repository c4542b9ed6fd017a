"""Every HTTP request says who is responsible for what it changes: see devices/audit.py."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

from devices.audit import acting
from realtime.guard import remote_of

NOBODY = "nobody"  # without a session: wrong passwords, codes of new gateways


@sync_and_async_middleware
def acting_middleware(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Stand after the authentication. The session is read only if something is written down."""

    def serve(request: HttpRequest) -> HttpResponse:
        with acting(lambda: _name_of(request), remote_of_request(request)):
            response: HttpResponse = get_response(request)
            return response

    async def serve_async(request: HttpRequest) -> HttpResponseBase:
        with acting(lambda: _name_of(request), remote_of_request(request)):
            answering: Awaitable[HttpResponseBase] = get_response(request)
            return await answering

    return serve_async if iscoroutinefunction(get_response) else serve


def _name_of(request: HttpRequest) -> str:
    user = request.user
    return user.get_username() if user.is_authenticated else NOBODY


def remote_of_request(request: HttpRequest) -> str:
    """Return the address of whoever asks, as ``realtime.guard.remote_of`` does."""
    scope = getattr(request, "scope", None)  # under ASGI, where our proxies are known
    return remote_of(scope) if scope is not None else request.META.get("REMOTE_ADDR", "")
