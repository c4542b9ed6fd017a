"""What there is to ask for: every URL of the project, as Django has it, and how to ask."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>[^)]*\)")


def routes(patterns: list[Any] | None = None, before: str = "") -> Iterator[str]:
    """Yield every route, without the marks of regular expressions."""
    for each in get_resolver().url_patterns if patterns is None else patterns:
        route = before + str(each.pattern).strip("^$")
        if isinstance(each, URLResolver):
            yield from routes(each.url_patterns, route)
        else:
            assert isinstance(each, URLPattern)
            yield route


def url_of(route: str, parameters: Mapping[str, object]) -> str:
    """Fill in a route."""
    return "/" + _PARAMETER.sub(lambda found: str(parameters[found[1] or found[2]]), route)


def ask(
    session: str, method: str, url: str, body: Mapping[str, object] | None, query: dict[str, Any]
) -> HttpResponse:
    """Send one request with the cookie of a session; pages and doors for files get a form."""
    client = Client(raise_request_exception=False)
    if session:
        client.cookies["sessionid"] = session
    if method in {"GET", "HEAD"}:
        return getattr(client, method.lower())(url, query)  # type: ignore[no-any-return]
    takes_file = any(hasattr(value, "read") for value in (body or {}).values())
    if (url.startswith("/api/") and not takes_file) or "guess" in url:
        kind: dict[str, str] = {"content_type": "application/json"}
        return getattr(client, method.lower())(url, body or {}, **kind)  # type: ignore[no-any-return]
    if method == "POST":
        return client.post(url, body or {})  # type: ignore[return-value]
    return getattr(client, method.lower())(url)  # type: ignore[no-any-return]


def _are_hidden(body: Mapping[str, Any]) -> bool:
    """Say whether an order was refused because there are no such alarms."""
    codes = {conflict["code"] for conflict in body.get("conflicts", [])}
    return codes == {"not_found"}


def word_of(answer: HttpResponse) -> str:
    """Say in a word what an answer means for whoever asked."""
    place = answer.headers.get("Location", "").partition("?")[0]
    if place in {"/login/", "/admin/login/"}:
        return "sign in"
    if place == "/admin/":  # where the administration sends those who ask for what is not there
        return "hidden"
    if answer.status_code >= 500:
        return "broken"
    if answer.status_code == 409 and _are_hidden(answer.json()):  # type: ignore[attr-defined]
        return "hidden"
    words = {401: "sign in", 403: "no", 404: "hidden", 405: "no method", 429: "no"}
    return words.get(answer.status_code, "in")
