"""The page of the API: readable and usable without any other server, under our own policy."""

from __future__ import annotations

from playwright.sync_api import expect
from watched import SignIn


def test_the_api_is_read_and_tried_on_its_own_page(sign_in: SignIn) -> None:
    page = sign_in("/api/v1/docs/")

    operation = page.locator("#operations-me-me_retrieve")
    operation.get_by_role("button").first.click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()

    answer = operation.locator(".live-responses-table .response").first
    expect(answer.locator(".response-col_status")).to_contain_text("200")
    expect(answer).to_contain_text('"username"')
