"""Bodies of requests are passed on, or refused for their size or their slowness."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Any

import pytest

from devices.admin.pages import TOO_LARGE
from devices.api.problems import problem
from project import bounds
from project.bounds import BODY_BYTES, bounded


class Exchange:
    """One request to an application that reads the body and answers how long it was."""

    def __init__(
        self,
        *pieces: bytes,
        ends: bool = True,
        path: str = "/",
        query: bytes = b"",
        **headers: str,
    ) -> None:
        self.sent: list[dict[str, Any]] = []
        self._pieces = list(pieces)
        self._ends = ends
        self.asked: dict[str, Any] = {}  # of the application
        self._scope = {
            "method": "POST",
            "path": path,
            "query_string": query,
            "headers": [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()],
        }

    async def run(self) -> tuple[int, Any]:
        await bounded(self._application)(self._scope, self._receive, self._send)
        start, body = self.sent
        return start["status"], json.loads(body["body"])

    async def _receive(self) -> dict[str, Any]:
        if not self._pieces:
            await asyncio.Event().wait()  # the client says nothing more
        body = self._pieces.pop(0)
        more = bool(self._pieces) or not self._ends
        return {"type": "http.request", "body": body, "more_body": more}

    async def _send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)

    async def _application(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked, size = scope, 0
        async for message in messages(receive):
            if message["type"] == "http.disconnect":
                return  # as Django does
            size += len(message["body"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": str(size).encode()})


async def messages(receive: Any) -> AsyncIterator[dict[str, Any]]:
    more = True
    while more:
        message = await receive()
        more = message.get("more_body", False)
        yield message


async def test_a_body_of_the_largest_size_is_passed_on() -> None:
    half = b"x" * (BODY_BYTES // 2)
    assert await Exchange(half, half).run() == (200, BODY_BYTES)


async def test_a_body_that_grows_beyond_it_is_refused() -> None:
    half = b"x" * (BODY_BYTES // 2)
    status, answer = await Exchange(half, half, b"x").run()
    assert (status, answer["code"]) == (413, "too_large")


@pytest.mark.parametrize("length", [str(BODY_BYTES + 1), "9" * 5000])
async def test_a_body_that_is_announced_as_too_large_is_not_even_read(length: str) -> None:
    status, answer = await Exchange(content_length=length).run()
    assert (status, answer["code"]) == (413, "too_large")


@pytest.mark.parametrize("length", [str(BODY_BYTES), "0" * 5000 + "3", "", "x", "-1"])
async def test_what_else_is_announced_is_left_to_the_server(length: str) -> None:
    assert await Exchange(b"abc", content_length=length).run() == (200, 3)


async def test_a_body_that_does_not_end_in_time_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bounds, "BODY_S", 0.05)
    status, answer = await Exchange(b"abc", ends=False).run()
    assert (status, answer["code"]) == (408, "too_slow")


@pytest.mark.parametrize("path", ["/api/v1/devices/", "/api/v1/enrolments/", "/api/v1/x\0/"])
async def test_the_rest_api_refuses_with_a_problem_and_other_doors_in_their_words(
    path: str,
) -> None:
    said: dict[str, tuple[int, Any]] = {}
    for door in (path, "/api/v1/telemetry/", "/api/v1/enrol", "/"):
        exchange = Exchange(path=door, query=b"uid=%00")
        said[door] = await exchange.run()
    assert said[path] == (400, problem(HTTPStatus.BAD_REQUEST, said["/"][1]["message"]))
    assert {status for status, _body in said.values()} == {400}
    others = [said[door][1]["code"] for door in ("/api/v1/telemetry/", "/api/v1/enrol", "/")]
    assert others == ["bad_request"] * 3


async def test_a_page_with_a_form_for_a_file_says_itself_that_the_file_is_too_large() -> None:
    half, length = b"x" * (BODY_BYTES // 2), str(BODY_BYTES * 2)
    exchange = Exchange(*[half] * 4, path="/admin/devices/device/import/", content_length=length)
    assert await exchange.run() == (200, 0)
    assert exchange.asked["method"] == "GET"
    assert exchange.asked[TOO_LARGE]
