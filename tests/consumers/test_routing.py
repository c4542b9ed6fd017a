"""Who may knock at which door."""

from __future__ import annotations

from typing import Any

import pytest
from channels.testing import WebsocketCommunicator
from live_page import Page, Plant

from project.asgi import application
from realtime.database import in_database
from realtime.routing import as_sent

pytestmark = pytest.mark.django_db(transaction=True)

GATEWAY = "/ws/v1/gateway"


@pytest.mark.parametrize(
    ("origin", "allowed", "let_in"),
    [
        ("http://localhost:8000", ["http://localhost:8000"], True),
        ("https://plant.example", ["https://plant.example"], True),
        ("https://plant.example", ["https://Plant.Example:443/"], True),
        ("http://plant.example", ["http://plant.example:80"], True),
        ("http://[::1]:8000", ["http://[::1]:8000"], True),
        ("http://localhost:8001", ["http://localhost:8000"], False),
        ("http://localhost", ["http://localhost:8000"], False),
        ("https://localhost:8000", ["http://localhost:8000"], False),
        ("http://plant.example", ["https://plant.example"], False),
        ("https://plant.example.evil.example", ["https://plant.example"], False),
        ("https://evil.example", ["https://plant.example"], False),
        ("https://sub.plant.example", ["https://plant.example"], False),
        ("https://plant.example@evil.example", ["https://plant.example"], False),
        ("https://plant.example:99999", ["https://plant.example"], False),
        ("https://plant.example/", ["https://plant.example"], False),
        ("null", ["https://plant.example"], False),
        ("", ["https://plant.example"], False),
        ("*", ["https://plant.example"], False),
        (None, ["https://plant.example"], False),
        ("https://plant.example", [], False),
    ],
)
async def test_only_pages_of_our_own_open_the_live_socket(
    plant: Plant, settings: Any, origin: str | None, allowed: list[str], let_in: bool
) -> None:
    settings.ALLOWED_ORIGINS = allowed
    page = Page(await in_database(plant.sign_in), origin=origin)

    accepted, detail = await page.connect(20)

    assert accepted == let_in
    if let_in:
        assert (await page.hear())["t"] == "welcome"
        await page.disconnect()
    else:
        assert detail == 4403


async def test_two_origins_are_none(plant: Plant) -> None:
    page = Page(await in_database(plant.sign_in))
    page.scope["headers"].append((b"origin", b"http://localhost:8000"))

    assert not (await page.connect(20))[0]


@pytest.mark.parametrize(
    "headers", [[(b"origin", b"http://localhost:8000")], [(b"cookie", b"sessionid=x")]]
)
async def test_browsers_do_not_open_the_gateways_door(
    plant: Plant, headers: list[tuple[bytes, bytes]]
) -> None:
    gateway = WebsocketCommunicator(application, GATEWAY, headers)

    assert await gateway.connect(20) == (False, 4403)


@pytest.mark.parametrize("path", ["/", "/ws/v1/", "/ws/v1/live/", "/ws/v1/livex", "/ws/v2/live"])
async def test_there_is_nothing_behind_any_other_door(plant: Plant, path: str) -> None:
    page = Page(await in_database(plant.sign_in), path=path)

    assert await page.connect(20) == (False, 4403)


def test_an_origin_is_compared_as_browsers_write_it() -> None:
    assert as_sent(" HTTPS://Plant.Example:443/ ") == "https://plant.example"
    assert as_sent("http://plant.example:443") == "http://plant.example:443"
