"""The HTTP door as its tests use it."""

from __future__ import annotations

import json
from typing import Any

from django.db import connection
from django.http import HttpResponse
from django.test import AsyncClient

from devices.models import Quarantined
from realtime.database import in_database

URL = "/api/v1/telemetry/"
GOOD = {"uid": "SIM001", "data": {"temperature": 60.1, "rpm": 1200}}


class Door:
    """The endpoint, with a token."""

    def __init__(self, token: str) -> None:
        self.token = token

    async def post(self, body: Any, token: str | None = None, **headers: str) -> HttpResponse:
        sent = body if isinstance(body, bytes | str) else json.dumps(body)
        shown = self.token if token is None else token
        fields = {"authorization": f"Bearer {shown}"} if shown else {}
        content_type = headers.pop("content_type", "application/json")
        if not sent:  # of an empty body the client says nothing by itself
            fields["content-type"] = content_type
        answer: HttpResponse = await AsyncClient().post(
            URL, sent, content_type=content_type, headers=fields | headers
        )
        return answer


def said(answer: HttpResponse) -> dict[str, Any]:
    assert answer["Content-Type"] == "application/json"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "no-store"
    body: dict[str, Any] = json.loads(answer.content)
    return body


async def stored() -> list[tuple[str, str, float | None, str | None, int]]:
    """Return device, tag, value, text and quality of every stored reading."""

    def read() -> list[tuple[str, str, float | None, str | None, int]]:
        with connection.cursor() as cursor:
            cursor.execute(
                "select d.uid, t.name, r.value, r.raw, r.quality from devices_reading r"
                " join devices_tag t on t.id = r.tag_id join devices_device d on d.id = t.device_id"
                " order by d.uid, t.name, r.source_time"
            )
            return list(cursor.fetchall())

    return await in_database(read)


async def quarantined() -> list[tuple[str, str]]:
    rows = Quarantined.objects.order_by("i").values_list("code", "raw")
    return await in_database(lambda: list(rows))
