"""The editor of the zones of a camera: with the mouse, with numbers, and what the server says."""

from __future__ import annotations

import pytest
from plant import registry
from playwright.sync_api import Page, expect
from seeing import SeeingGateway
from watched import SignIn, Watch

from devices.cameras import save_camera
from devices.models import Camera, Membership, Role


@pytest.fixture
def page(seeing: SeeingGateway, sign_in: SignIn) -> Page:
    """Open the page of a camera as an engineer, with the zones in edit."""
    registry(Membership.objects.filter(user=seeing.plant.user).update, role=Role.ENGINEER)
    page = sign_in(f"/cameras/{seeing.plant.devices['FURNACE'].uid}/")
    expect(page.locator("body[data-phase=live]:not([data-awaits])")).to_be_attached()
    page.get_by_role("button", name="Edit zones").click()
    expect(page.locator("[data-editor]")).to_be_visible()
    return page


def zones() -> list[dict[str, object]]:
    return list(Camera.objects.latest("pk").zones)


def click(page: Page, x: float, y: float) -> None:
    """Click at a place of the picture, in shares of it."""
    box = page.locator("[data-plan]").bounding_box()
    assert box
    width = min(box["width"], box["height"] * 16 / 9)  # the picture is as large as it fits
    height = width * 9 / 16
    left = box["x"] + (box["width"] - width) / 2
    top = box["y"] + (box["height"] - height) / 2
    page.mouse.click(left + x * width, top + y * height)


def save(page: Page) -> None:
    page.get_by_role("button", name="Save").click()


def test_a_zone_is_drawn_named_and_saved(page: Page) -> None:
    page.get_by_role("button", name="Draw a zone").click()
    for x, y in [(0.7, 0.1), (0.9, 0.1), (0.9, 0.5), (0.7, 0.5)]:
        click(page, x, y)
    page.keyboard.press("Backspace")
    page.keyboard.press("Enter")
    row = page.locator("[data-rows] > li").nth(1)
    row.get_by_label("Name").fill("Booth")
    row.get_by_label("Kind").select_option("mask")
    save(page)

    expect(page.locator("[data-answer]")).to_contain_text("Saved")
    expect(page.locator("[data-list] li")).to_have_count(2)
    expect(page.get_by_role("button", name="Edit zones")).to_be_focused()
    stored = registry(zones)[1]
    assert (stored["name"], stored["kind"]) == ("Booth", "mask")
    points = [[round(axis, 2) for axis in point] for point in stored["points"]]  # type: ignore[attr-defined]
    assert points == [[0.7, 0.1], [0.9, 0.1], [0.9, 0.5]]


def test_a_save_makes_a_new_configuration_and_the_page_says_so(
    page: Page, seeing: SeeingGateway
) -> None:
    page.get_by_label("Name").fill("Gate")
    save(page)
    expect(page.locator("[data-answer]")).to_contain_text("Saved")
    newest = registry(lambda: seeing.plant.gateway.configurations.latest("version").version)
    expect(page.locator("[data-config]")).to_contain_text(str(newest))


def test_points_are_dragged(page: Page) -> None:
    handle = page.locator("circle[data-point='0']")
    handle.hover()
    page.mouse.down()
    box = handle.bounding_box()
    assert box
    page.mouse.move(box["x"] + 120, box["y"] + 60, steps=4)
    page.mouse.up()
    page.locator("[data-rows] summary").click()
    left = page.get_by_label("1 x")
    expect(left).not_to_have_value("10")
    save(page)
    expect(page.locator("[data-answer]")).to_contain_text("Saved")
    points = registry(zones)[0]["points"]
    assert points[0][0] > 0.15  # type: ignore[index]
    assert points[1] == [0.6, 0.2]  # type: ignore[index]


def test_a_zone_is_made_with_the_keyboard_alone(page: Page) -> None:
    page.get_by_role("button", name="Delete zone").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Add one by numbers").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Name")).to_be_focused()
    page.keyboard.type("Gate")
    page.get_by_label("Only these classes").focus()
    page.keyboard.type("fire, smoke")
    page.locator("[data-rows] summary").focus()
    page.keyboard.press("Enter")
    page.get_by_label("1 x").fill("0")
    page.get_by_role("button", name="Delete point 4").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Save").focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-answer]")).to_contain_text("Saved")
    (stored,) = registry(zones)
    assert stored == {
        "name": "Gate",
        "kind": "watch",
        "labels": ["fire", "smoke"],
        "points": [[0, 0.25], [0.75, 0.25], [0.75, 0.75]],
    }


def test_mistakes_are_said_in_plain_words_and_nothing_is_lost(page: Page, watch: Watch) -> None:
    watch.allow("400")
    page.get_by_label("Name").fill(" ")
    save(page)
    expect(page.locator("[data-answer]")).to_have_text("Every zone needs a name.")
    page.get_by_label("Name").fill("Gate")
    page.get_by_label("Only these classes").fill(", ".join(f"label{n}" for n in range(21)))
    save(page)
    expect(page.locator("[data-answer]")).to_contain_text("zone")
    expect(page.get_by_label("Name")).to_have_value("Gate")


def test_a_change_of_somebody_faster_is_not_overwritten(
    page: Page, seeing: SeeingGateway, watch: Watch
) -> None:
    watch.allow("412")
    camera = registry(Camera.objects.get, device=seeing.plant.devices["FURNACE"])
    camera.looks_per_s = 2
    registry(save_camera, camera=camera)
    page.get_by_label("Name").fill("Gate")
    save(page)
    expect(page.locator("[data-answer]")).to_contain_text("Somebody else")
    assert registry(zones)[0]["name"] == "Door"
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("[data-list]")).to_contain_text("Door")


def test_who_is_no_engineer_sees_the_zones_and_no_editor(
    seeing: SeeingGateway, sign_in: SignIn
) -> None:
    page = sign_in(f"/cameras/{seeing.plant.devices['FURNACE'].uid}/")
    expect(page.locator("[data-plan] polygon").first).to_be_visible()
    expect(page.locator("[data-list]")).to_contain_text("Door")
    assert page.locator("[data-edit]").count() == 0
