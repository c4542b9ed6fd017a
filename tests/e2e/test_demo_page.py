"""What a person sees who typed `make demo` and opened the page."""

from __future__ import annotations

import re

import pytest
from demo_place import Place
from playwright.sync_api import expect
from screenshots import chromium, fill_in

pytestmark = pytest.mark.browser


def test_the_temperature_of_sim001_changes_on_the_page_without_a_reload(place: Place) -> None:
    place.start()
    with chromium() as browser:
        page = browser.new_page(base_url=place.page)
        fill_in(page, "operator", place.password("operator"))
        page.goto("/devices/SIM001/")
        page.evaluate("window.untouched = true")
        row = page.locator("tr[data-tag]", has_text="Bearing temperature")
        value = row.locator("[data-part=value]")
        expect(value).to_have_text(re.compile(r"^\d+\.\d$"), timeout=60_000)
        first = value.inner_text()
        expect(value).not_to_have_text(first, timeout=60_000)
        expect(value).to_have_text(re.compile(r"^\d+\.\d$"))
        assert page.evaluate("window.untouched") is True
