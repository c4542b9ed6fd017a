"""A download is sent while it is read: the application as its server runs it."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.conf import settings
from django.core.asgi import get_asgi_application
from exporting_plant import Person, lines_of, ms, store, store_many

from devices.models import Tag

pytestmark = pytest.mark.django_db(transaction=True)


def asking(person: Person, path: str, query: str = "") -> ApplicationCommunicator:
    cookie = f"sessionid={person.client.cookies[settings.SESSION_COOKIE_NAME].value}"
    headers = [(b"host", b"localhost"), (b"cookie", cookie.encode())]
    headers += [(b"accept-encoding", b"gzip")]  # a stream goes as it is all the same
    scope = {"type": "http", "http_version": "1.1", "method": "GET", "headers": headers}
    scope |= {"path": path, "query_string": query.encode(), "root_path": "", "scheme": "http"}
    return ApplicationCommunicator(get_asgi_application(), scope)  # type: ignore[no-untyped-call]


async def next_of(download: ApplicationCommunicator) -> dict[str, Any]:
    message: dict[str, Any] = await download.receive_output(timeout=60)  # type: ignore[no-untyped-call]
    return message


async def test_what_is_stored_after_the_first_bytes_were_sent_is_in_the_file(
    vera: Person, tag: Tag
) -> None:
    await sync_to_async(store_many)(tag, 2500)
    query = f"tag={tag.pk}&from_ms={ms(0)}&to_ms={ms(3600)}"
    download = asking(vera, "/api/v1/readings/export/", query)
    await download.send_input({"type": "http.request"})  # type: ignore[no-untyped-call]
    start = await next_of(download)
    data: bytes = (await next_of(download))["body"]
    assert (start["status"], data.count(b"\r\n")) == (200, 1)

    await sync_to_async(store)(tag, (1800, -7.5, 192, None))
    while (message := await next_of(download)).get("more_body"):
        data += message["body"]
    await download.wait(60)  # type: ignore[no-untyped-call]

    lines = lines_of(data)
    assert (len(lines), lines[-1]["value"]) == (2501, "-7.5")
