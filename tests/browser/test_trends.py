"""Trends: history first, then live, with gaps where there is nothing to show."""

from __future__ import annotations

import re
from typing import Any

import pytest
from line import until
from plant import Gateway, Plant, now_ms
from playwright.sync_api import Page, expect
from watched import SignIn

from devices.models import Tag
from edge import wire

MINUTE = 60_000
DRAWN = """async ([k]) => {
    const { drawn } = await import("trends");
    const last = drawn.get(k);
    return last ? [...last.points].map((x) => (Number.isNaN(x) ? null : x)) : [];
}"""


@pytest.fixture
def temperature(plant: Plant) -> Tag:
    return plant.add_tag(plant.add_device("PUMP"), "temperature", scan_ms=1000, silence_ms=30_000)


def drawn(page: Page, tag: Tag) -> list[tuple[float, float | None]]:
    """Points of the chart as it was last drawn: (epoch milliseconds, value or None for a gap)."""
    flat: list[Any] = page.evaluate(DRAWN, [tag.pk])
    return list(zip(flat[::2], flat[1::2], strict=True))


def values(page: Page, tag: Tag) -> list[float | None]:
    return [None if v is None else round(v, 3) for _, v in drawn(page, tag)]


def until_values(page: Page, tag: Tag, wanted: list[float | None]) -> None:
    """Let the page draw until the chart shows exactly this."""
    until(page, lambda: values(page, tag) == wanted, lambda: str(values(page, tag)))


def test_a_chart_starts_from_history_and_goes_on_live(
    gateway: Gateway, temperature: Tag, sign_in: SignIn
) -> None:
    gateway.connect()
    begin = now_ms() - 80_000
    gateway.say_many("temperature", [(begin + i * 20_000, 60.0 + i) for i in range(4)])
    page = sign_in()
    until_values(page, temperature, [60.0, 61.0, 62.0, 63.0])
    gateway.say("temperature", 64.5)
    until_values(page, temperature, [60.0, 61.0, 62.0, 63.0, 64.5])
    assert [t for t, _ in drawn(page, temperature)][:4] == [begin + i * 20_000 for i in range(4)]


def test_a_silence_longer_than_allowed_is_a_gap_in_history(
    gateway: Gateway, temperature: Tag, sign_in: SignIn
) -> None:
    gateway.connect()
    begin = now_ms() - 10 * MINUTE
    early = [(begin, 60.0), (begin + 20_000, 61.0)]
    late = [(begin + 9 * MINUTE, 62.0), (now_ms() - 10_000, 63.0)]
    gateway.say_many("temperature", early)
    gateway.say_many("temperature", late)
    page = sign_in()
    shown: list[float | None] = [60.0, 61.0, None, 62.0, None, 63.0]
    until_values(page, temperature, shown)


def test_a_silence_while_the_page_watches_is_a_gap_too(
    gateway: Gateway, plant: Plant, temperature: Tag, sign_in: SignIn
) -> None:
    quick = plant.add_tag(temperature.device, "quick", scan_ms=100, silence_ms=400)
    gateway.connect()
    page = sign_in("/login/")
    with page.expect_response(re.compile("/api/v1/trends/")):
        page.goto("/")  # what is said from now on comes over the socket alone
    gateway.say("quick", 60.0)
    expect(page.locator(f"tr[data-tag='{quick.pk}']")).to_have_attribute("data-state", "stale")
    gateway.say("quick", 61.0)
    until_values(page, quick, [60.0, None, 61.0])


def test_a_bad_reading_is_a_gap_and_not_a_zero(
    gateway: Gateway, temperature: Tag, sign_in: SignIn
) -> None:
    gateway.connect()
    page = sign_in()
    gateway.say("temperature", 60.0)
    expect(page.locator(".trend [data-part=value]")).to_have_text("60.0")
    gateway.say("temperature", None, quality=wire.Quality.SENSOR_FAILURE)
    expect(page.locator(".trend [data-part=badge]")).to_have_text("sensor failure")
    gateway.say("temperature", 62.0)
    until_values(page, temperature, [60.0, None, 62.0])


def test_readings_of_the_time_without_a_connection_are_fetched_afterwards(
    gateway: Gateway, temperature: Tag, sign_in: SignIn
) -> None:
    gateway.connect()
    begin = now_ms() - 80_000  # far enough apart that no two share a column of the chart
    gateway.say("temperature", 60.0, at=begin)
    page = sign_in("/login/")
    open_sockets: list[Any] = []

    def pass_on(socket: Any) -> None:
        open_sockets.append(socket)
        server = socket.connect_to_server()
        server.on_message(socket.send)
        socket.on_message(server.send)

    page.route_web_socket("**/ws/v1/live", pass_on)
    page.goto("/")
    until_values(page, temperature, [60.0, None])
    open_sockets[0].close(code=4503, reason="")
    for step in (1, 2, 3):
        gateway.say("temperature", 60.0 + step, at=begin + step * 20_000)
    until_values(page, temperature, [60.0, 61.0, 62.0, 63.0])


def test_the_time_shown_can_be_chosen(gateway: Gateway, temperature: Tag, sign_in: SignIn) -> None:
    gateway.connect()
    gateway.say_many("temperature", [(now_ms() - 40 * MINUTE, 55.0), (now_ms() - 1000, 60.0)])
    page = sign_in()
    until_values(page, temperature, [55.0, None, 60.0])
    page.get_by_role("button", name="15 min").click()
    until_values(page, temperature, [60.0])
    expect(page.get_by_role("button", name="15 min")).to_have_attribute("aria-pressed", "true")


def test_the_time_that_was_chosen_is_shown_again_after_a_reload(
    gateway: Gateway, temperature: Tag, sign_in: SignIn
) -> None:
    gateway.connect()
    gateway.say_many("temperature", [(now_ms() - 40 * MINUTE, 55.0), (now_ms() - 1000, 60.0)])
    page = sign_in()
    until_values(page, temperature, [55.0, None, 60.0])
    page.get_by_role("button", name="15 min").click()
    page.reload()
    until_values(page, temperature, [60.0])
    pressed = page.locator("#trends [data-window][aria-pressed=true]")
    expect(pressed).to_have_text(["15 min"])


@pytest.mark.parametrize(("minutes", "shown"), [(2, "5 min"), (9, "15 min"), (40, "1 h")])
def test_no_more_time_is_shown_at_first_than_there_is_history_for(
    gateway: Gateway, temperature: Tag, sign_in: SignIn, minutes: int, shown: str
) -> None:
    gateway.connect()
    gateway.say_many("temperature", [(now_ms() - minutes * MINUTE, 55.0), (now_ms() - 1000, 60.0)])
    page = sign_in()
    pressed = page.locator("#trends [data-window][aria-pressed=true]")
    expect(pressed).to_have_text(shown)


def test_history_that_cannot_be_loaded_says_so_and_can_be_tried_again(
    gateway: Gateway, temperature: Tag, sign_in: SignIn, watch: Any
) -> None:
    watch.allow("Failed to load resource")
    gateway.connect()
    gateway.say_many("temperature", [(now_ms() - 2000, 59.0), (now_ms() - 1000, 60.0)])
    page = sign_in("/login/")
    page.route("**/api/v1/trends/*", lambda route: route.abort())
    page.goto("/")
    expect(page.locator("[data-failed]")).to_be_visible()
    until_values(page, temperature, [60.0])  # what the socket told is shown all the same
    page.unroute("**/api/v1/trends/*")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("[data-failed]")).to_be_hidden()
    until_values(page, temperature, [59.0, 60.0])


def test_a_chart_is_described_in_words_and_as_a_table(
    gateway: Gateway, temperature: Tag, sign_in: SignIn
) -> None:
    gateway.connect()
    gateway.say_many("temperature", [(now_ms() - 3000, 58.0), (now_ms() - 1000, 62.0)])
    page = sign_in()
    until_values(page, temperature, [58.0, 62.0])
    expect(page.locator(".plot")).to_have_attribute(
        "aria-label", "temperature, 62.0 °C, 58.0 °C to 62.0 °C in the time shown"
    )
    page.get_by_role("button", name="As table").click()
    table = page.locator("#trend-table table")
    expect(table.locator("thead th").nth(1)).to_have_text("temperature (°C)")
    expect(table.locator("tbody tr")).to_have_count(12)
    expect(table.locator("tbody td").first).to_have_text("58.0 … 62.0")
    expect(table.locator("tbody td").last).to_have_text("no value")
    page.keyboard.press("Escape")
    expect(table).to_be_hidden()


def test_a_device_page_shows_all_tags_and_opens_trends_on_demand(
    gateway: Gateway, plant: Plant, temperature: Tag, sign_in: SignIn
) -> None:
    for number in range(7):
        plant.add_tag(temperature.device, f"t{number}", pinned=False)
    page = sign_in(f"/devices/{temperature.device.uid}/")
    expect(page.locator("tbody tr[data-tag]")).to_have_count(8)
    expect(page.locator("[data-trend]:visible")).to_have_count(6)
    page.locator(f"[data-toggle-trend='{plant.tags['temperature'].pk}']").click()
    expect(page.locator("[data-trend]:visible")).to_have_count(7)
    page.locator(f"[data-toggle-trend='{plant.tags['t0'].pk}']").click()
    expect(page.locator("[data-trend]:visible")).to_have_count(6)


def test_the_pointer_reads_all_charts_off_at_the_same_time(
    gateway: Gateway, plant: Plant, temperature: Tag, sign_in: SignIn
) -> None:
    plant.add_tag(temperature.device, "pressure", unit="bar")
    gateway.connect()
    begin = now_ms() - 40 * MINUTE
    for name, value in (("temperature", 61.5), ("pressure", 71.5)):
        gateway.say_many(name, [(begin + i * 10_000, value) for i in range(100)])
    page = sign_in()
    until(page, lambda: all(drawn(page, tag) for tag in plant.tags.values()))
    page.locator(f"[data-trend='{temperature.pk}'] .plot").hover()
    readouts = page.locator(".trend [data-part=cursor]")
    expect(readouts.nth(0)).to_contain_text("71.5 bar")
    expect(readouts.nth(1)).to_contain_text("61.5 °C")
    page.mouse.move(1, 1)
    expect(readouts.nth(0)).to_be_empty()
