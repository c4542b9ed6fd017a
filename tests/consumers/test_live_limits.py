"""What a page may not do, and when it has to go."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from live_page import OpenPage, Page, Plant

from devices.models import Site
from realtime.consumers.dashboard import BURST, MAX_BAD, MAX_CHANNELS
from realtime.database import in_database
from realtime.live_frames import MAX_CHARS

pytestmark = pytest.mark.django_db(transaction=True)


# ---------------------------------------------------------------- nonsense


@pytest.mark.parametrize("text", ["{", '{"t":"nonsense"}', '{"t":"a","n":99}', "null"])
async def test_a_message_that_makes_no_sense_is_answered(page: Page, text: str) -> None:
    await page.send_to(text_data=text)

    assert await page.hear() == {"t": "err", "code": "bad_request"}
    await page.say(t="ping", c=1)
    assert (await page.hear())["t"] == "pong"


async def test_a_page_that_keeps_talking_nonsense_is_closed(page: Page) -> None:
    for _ in range(MAX_BAD + 1):
        await page.send_to(text_data="{")

    assert await page.closed_with() == ("bad_request", 4400)


async def test_a_page_that_sends_bytes_is_closed(page: Page) -> None:
    await page.send_to(bytes_data=b"{}")

    assert await page.closed_with() == ("binary", 4400)


async def test_a_message_that_is_too_long_closes(page: Page) -> None:
    await page.send_to(text_data=json.dumps({"t": "sub", "ch": "x" * MAX_CHARS}))

    assert await page.closed_with() == ("too_large", 4413)


async def test_a_page_that_floods_is_closed(page: Page) -> None:
    for _ in range(int(2 * BURST) + 100):
        await page.send_to(text_data='{"t":"vis","hidden":false}')

    assert await page.closed_with() == ("too_many", 4429)


# ---------------------------------------------------------------- channels


@pytest.mark.parametrize("channel", ["", "weather:1", "devices:x", "tel:site:0", "\u0000"])
async def test_an_unknown_channel_is_refused(page: Page, channel: str) -> None:
    for verb in ("sub", "unsub"):
        await page.say(t=verb, ch=channel)

        assert await page.hear() == {"t": "err", "ch": channel, "code": "unknown_topic"}


async def test_what_belongs_to_others_is_refused_like_what_does_not_exist(
    plant: Plant, page: Page
) -> None:
    foreign = [f"devices:{plant.foreign.pk}", f"tel:site:{plant.foreign.pk}"]
    foreign.append(f"tel:device:{plant.foreign_device.pk}")
    missing = ["devices:999999", "tel:site:999999", "tel:device:999999"]

    for channel in foreign + missing:
        assert await page.subscribe(channel) == {"t": "err", "ch": channel, "code": "forbidden"}


async def test_a_channel_that_is_not_subscribed_can_be_left(plant: Plant, page: Page) -> None:
    await page.say(t="unsub", ch=plant.devices)

    assert (await page.subscribe(plant.devices))["t"] == "snap"


async def test_a_page_may_not_subscribe_to_everything(plant: Plant, page: Page) -> None:
    def build_many() -> list[int]:
        sites = Site.objects.bulk_create(
            Site(slug=f"s{i}", name=f"Site {i}") for i in range(MAX_CHANNELS)
        )
        plant.member.sites.add(*sites)
        return [site.pk for site in sites]

    pks = await in_database(build_many)
    await page.subscribe(plant.devices)
    for pk in pks[: MAX_CHANNELS - 1]:
        await page.subscribe(f"devices:{pk}")

    refused = f"devices:{pks[-1]}"
    assert await page.subscribe(refused) == {"t": "err", "ch": refused, "code": "too_many"}
    assert (await page.subscribe(plant.devices))["t"] == "snap"  # again is not more


# ---------------------------------------------------------------- who, and how long


@pytest.mark.parametrize("session", [None, "", "nonsense", "a" * 5000])
async def test_nobody_is_told_so_and_closed(plant: Plant, session: str | None) -> None:
    page = Page(session)
    assert (await page.connect(20))[0]

    assert await page.closed_with() == ("unauthorized", 4401)


async def test_an_account_that_was_closed_is_nobody(plant: Plant) -> None:
    session = await in_database(plant.sign_in)
    plant.member.is_active = False
    await in_database(plant.member.save)
    page = Page(session)
    assert (await page.connect(20))[0]

    assert await page.closed_with() == ("unauthorized", 4401)


def end_session(plant: Plant) -> None:
    Session.objects.all().delete()


def change_password(plant: Plant) -> None:
    plant.member.set_password("another")
    plant.member.save()


def close_account(plant: Plant) -> None:
    plant.member.is_active = False
    plant.member.save()


def leave_site(plant: Plant) -> None:
    plant.site.members.clear()


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        (end_session, ("session_ended", 4401)),
        (change_password, ("session_ended", 4401)),
        (close_account, ("session_ended", 4401)),
        (leave_site, ("forbidden", 4403)),
    ],
)
async def test_an_open_page_loses_its_socket_with_its_right(
    plant: Plant,
    open_page: OpenPage,
    settings: Any,
    change: Callable[[Plant], None],
    answer: tuple[str, int],
) -> None:
    settings.BROWSER_RECHECK_S = 0.05
    page = await open_page()
    await page.subscribe(plant.devices)

    await in_database(change, plant)

    assert await page.closed_with() == answer


async def test_a_page_whose_right_stands_keeps_its_socket(
    plant: Plant, open_page: OpenPage, settings: Any
) -> None:
    settings.BROWSER_RECHECK_S = 0.02
    settings.BROWSER_PING_S = 0.2
    page = await open_page()
    await page.subscribe(plant.devices)

    for _ in range(3):  # several looks at the session fit between two signs of life
        assert await page.batch() == []


async def test_a_socket_is_renewed_at_its_age(open_page: OpenPage, settings: Any) -> None:
    settings.BROWSER_MAX_LIFE_S = 0.1
    page = await open_page()

    assert await page.closed_with() == ("recycled", 1001)
