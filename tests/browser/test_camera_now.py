"""The button that fetches what a camera sees now: with a key, with its age, and what goes wrong."""

from __future__ import annotations

import re

import pytest
from plant import now_ms, registry
from playwright.sync_api import Page, expect
from seeing import SeeingGateway, picture
from watched import SignIn, Watch

from devices.models import Membership, Role

FRESH = re.compile(r"^of .+, [0-9] s old$")
OLD = re.compile(r"old: not what it sees now$")


def open_page(seeing: SeeingGateway, sign_in: SignIn, **options: object) -> Page:
    page = sign_in(f"/cameras/{seeing.plant.devices['FURNACE'].uid}/", **options)
    expect(page.locator("body[data-phase=live]:not([data-awaits])")).to_be_attached()
    return page


@pytest.fixture
def page(seeing: SeeingGateway, sign_in: SignIn) -> Page:
    return open_page(seeing, sign_in)


def press(page: Page) -> None:
    button = page.get_by_role("button", name="Picture now")
    expect(button).not_to_have_attribute("aria-disabled", "true")
    button.focus()
    page.keyboard.press("Enter")


def shown(page: Page) -> str:
    return page.locator(".view img").get_attribute("src") or ""


def test_a_key_brings_the_picture_of_now_as_the_ground_of_the_zones(
    page: Page, seeing: SeeingGateway
) -> None:
    expect(page.locator(".view [data-part=nothing]")).to_contain_text("has not sent a picture")
    press(page)
    asked = seeing.answer_show(picture(3, "fire")["jpeg"])
    assert asked.camera == seeing.plant.devices["FURNACE"].uid
    expect(page.locator(".view img")).to_have_attribute("src", re.compile("^blob:"))
    expect(page.locator(".view [data-part=taken]")).to_have_text(FRESH)
    expect(page.locator(".view [data-part=nothing]")).to_have_text("")
    expect(page.locator("[data-plan]")).to_have_attribute("viewBox", "0 0 640 360")
    expect(page.get_by_role("button", name="Picture now")).to_be_focused()
    assert page.evaluate("document.querySelector('.view img').naturalWidth") == 640


def test_its_age_stays_visible_and_an_old_one_is_called_old_whatever_comes_of_the_next(
    page: Page, seeing: SeeingGateway, watch: Watch
) -> None:
    watch.allow("502")
    press(page)
    seeing.answer_show(picture(3, "fire")["jpeg"], age_ms=9_000)
    expect(page.locator(".view [data-part=taken]")).to_have_text(OLD)
    before = shown(page)
    press(page)
    seeing.answer_show(error="the camera cannot be reached")
    expect(page.locator(".view [data-said]")).to_contain_text("cannot be reached")
    assert shown(page) == before
    expect(page.locator(".view [data-part=taken]")).to_have_text(OLD)


def test_it_cannot_be_pressed_twice_within_a_second_and_who_was_second_is_told(
    page: Page, seeing: SeeingGateway, sign_in: SignIn, watch: Watch
) -> None:
    watch.allow("429")
    button = page.get_by_role("button", name="Picture now")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    press(page)
    seeing.answer_show(picture(3, "fire")["jpeg"])
    expect(page.locator(".view img")).to_have_attribute("src", re.compile("^blob:"))
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-disabled", "true")
    expect(button).not_to_have_attribute("aria-disabled", "true")
    assert sum(url.endswith("/picture/") for url in asked) == 1

    other = open_page(seeing, sign_in)
    press(page)
    seeing.answer_show(picture(3, "fire")["jpeg"])
    press(other)
    expect(other.locator(".view [data-said]")).to_contain_text("was asked for this a moment ago")
    seeing.see("FURNACE")  # news have a place of their own
    expect(other.locator("[data-news]")).to_contain_text("New: Fire")
    expect(other.locator(".view [data-said]")).to_contain_text("was asked for this a moment ago")


def test_a_newer_picture_of_a_detection_takes_its_place(page: Page, seeing: SeeingGateway) -> None:
    press(page)
    seeing.answer_show(picture(3, "fire")["jpeg"])
    expect(page.locator(".view img")).to_have_attribute("src", re.compile("^blob:"))
    later = now_ms() + 3000
    seeing.see("FURNACE", at=later, since=later - 500, **picture(4, "fire", at=later))
    expect(page.locator(".view img")).to_have_attribute("src", re.compile("/media/snapshots/"))
    expect(page.locator(".view [data-part=taken]")).to_have_text(FRESH)  # by the same rule


def test_why_there_is_none_is_said_and_what_was_shown_keeps_its_own_age(
    page: Page, seeing: SeeingGateway, watch: Watch
) -> None:
    watch.allow("50[24]|409|429")
    press(page)
    seeing.answer_show(error="the camera cannot be reached")
    said = page.locator(".view [data-said]")
    expect(said).to_contain_text("the camera cannot be reached")
    expect(page.locator(".view [data-part=nothing]")).to_contain_text("has not sent a picture")
    expect(page.locator(".view img")).to_be_hidden()
    seeing.leave()
    expect(page.locator(".headline [data-status=offline]").first).to_be_visible()
    press(page)
    expect(said).to_contain_text("is not connected")
    expect(page.locator(".view img")).to_be_hidden()


def test_what_is_no_picture_is_not_shown(page: Page, seeing: SeeingGateway, watch: Watch) -> None:
    watch.allow("502")
    press(page)
    seeing.answer_show(b"<svg onload=alert(1)>")
    expect(page.locator(".view [data-said]")).to_contain_text("was refused")
    expect(page.locator(".view img")).to_be_hidden()


def test_an_engineer_gets_a_new_ground_while_zones_are_edited(
    seeing: SeeingGateway, sign_in: SignIn
) -> None:
    registry(Membership.objects.filter(user=seeing.plant.user).update, role=Role.ENGINEER)
    page = open_page(seeing, sign_in)
    page.get_by_role("button", name="Edit zones").click()
    expect(page.locator("[data-editor]")).to_be_visible()
    press(page)
    seeing.answer_show(picture(3, "fire")["jpeg"])
    expect(page.locator(".view img")).to_have_attribute("src", re.compile("^blob:"))
    expect(page.locator("[data-editor]")).to_be_visible()
    expect(page.locator("circle[data-point='0']")).to_be_visible()


def test_who_only_watches_has_no_button(seeing: SeeingGateway, sign_in: SignIn) -> None:
    registry(Membership.objects.filter(user=seeing.plant.user).update, role=Role.VIEWER)
    page = open_page(seeing, sign_in)
    assert page.locator("[data-now]").count() == 0
