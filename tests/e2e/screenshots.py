"""Pictures of every page of a running demo, in screenshots/: ``make screenshots``."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path

from demo_place import Place, demo_place
from playwright.sync_api import Browser, Page, sync_playwright
from running import ROOT, wait_for

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
FLAGS += ["--disable-background-networking", "--disable-component-update"]
PAGES = {
    "login": "/login/",
    "overview": "/",
    "device": "/devices/SIM001/",
    "admin": "/admin/devices/device/",
}
TREND = 100  # readings of one tag that make a trend worth looking at


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the system's Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield browser
        browser.close()


def sign_in(page: Page, user: str, password: str) -> None:
    """Fill in the form as a person does."""
    page.goto("/login/")
    page.fill("input[name=username]", user)
    page.fill("input[name=password]", password)
    page.press("input[name=password]", "Enter")
    page.wait_for_url("**/")


def show_trends(page: Page) -> None:
    """Wait for live values and for the trends of the last quarter of an hour."""
    page.locator("tr[data-tag][data-state=good]").first.wait_for()
    with page.expect_response("**/api/v1/trends/**"):
        page.get_by_role("button", name="15").click()
    page.wait_for_timeout(3000)  # a few readings more, and the charts have drawn them


def take(browser: Browser, place: Place, theme: str, language: str, folder: Path) -> None:
    """Photograph every page in one theme and language."""
    context = browser.new_context(base_url=place.page, viewport={"width": 1600, "height": 1000})
    cookies = {"sentinel_theme": theme, "django_language": language}
    context.add_cookies([{"name": k, "value": v, "url": place.page} for k, v in cookies.items()])
    page = context.new_page()
    for name, path in PAGES.items():
        if name == "overview":
            sign_in(page, "admin", place.password("admin"))
        page.goto(path, wait_until="load")
        if name in {"overview", "device"}:
            show_trends(page)
        page.screenshot(path=folder / f"{name}-{theme}-{language}.png")
    context.close()


def main() -> None:
    """Start a demo, let its trends grow, and photograph it."""
    folder = ROOT / "screenshots"
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as logs, demo_place(Path(logs)) as place:
        place.start()
        wait_for(lambda: place.readings() >= TREND, "a trend", place.log, within_s=600)
        with chromium() as browser:
            for theme, language in product(("dark", "light"), ("en", "zh-hans")):
                take(browser, place, theme, language, folder)
    sys.stdout.write(f"{len(list(folder.glob('*.png')))} pictures are in {folder}\n")


if __name__ == "__main__":
    main()
