"""Why a request was not done, as the client is told."""

from __future__ import annotations

import math
from http import HTTPStatus
from typing import Any

from django.http import JsonResponse


class Problem(Exception):
    """Ends a request with this status and ``{"code", "message"}``; the code is documented."""

    def __init__(
        self,
        status: HTTPStatus,
        code: str,
        message: str,
        *,
        headers: dict[str, str] | None = None,
        retry_after_s: float | None = None,
        more: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = dict(headers or {})
        if retry_after_s is not None:
            self.headers["Retry-After"] = str(max(1, math.ceil(retry_after_s)))
        self.body = {"code": code, "message": message, **(more or {})}

    def response(self) -> JsonResponse:
        """Return what the client gets."""
        return answer(self.body, self.status, self.headers)


def answer(
    body: dict[str, Any], status: int = HTTPStatus.OK, headers: dict[str, str] | None = None
) -> JsonResponse:
    """Return a JSON answer that nobody keeps."""
    return JsonResponse(
        body, status=status, headers={"Cache-Control": "no-store"} | (headers or {})
    )
