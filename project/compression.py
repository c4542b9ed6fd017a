"""Pages and answers of the API travel compressed; files and streams go as they are."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import cast

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

TEXTS = ("text/html", "application/json", "text/javascript")


class CompressTexts(GZipMiddleware):
    """Django's own, which pads by a random length so that no secret is guessed from the size.

    Left out are pictures, which do not shrink, streams, of which each part would be compressed
    alone, and what has a version of its own: compressed it would be another (RFC 9110, 8.8.3), and
    nobody could change it any more (If-Match). Nothing that this does waits, so it needs no thread
    for a view that is asynchronous.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        is_text = response.get("Content-Type", "").startswith(TEXTS)
        if response.streaming or not is_text or response.has_header("ETag"):
            return response
        return super().process_response(request, response)

    async def __acall__(self, request: HttpRequest) -> HttpResponseBase:
        answering = cast("Awaitable[HttpResponseBase]", self.get_response(request))
        return self.process_response(request, await answering)
