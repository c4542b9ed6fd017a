"""Pictures of every page of a running demo, in screenshots/: ``make screenshots``.

One line in `PAGES` is one more page. Each is taken in both themes and languages and in every size
that it is made for: ``area-dark-zh-hans-phone.png``.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Final, NamedTuple

from demo_place import Place, demo_place
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from running import ROOT, wait_for

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
FLAGS += ["--disable-background-networking", "--disable-component-update"]
SIZES: Final = {"phone": (390, 844), "desk": (1920, 1080), "wall": (3840, 2160)}
SMALL: Final = ("phone", "desk")
LIVE = "body[data-phase=live]:not([data-awaits])"
SETTLE_MS = 600  # charts have drawn what they fetched, pictures are there
NOTHING_LOADS = """() => {
    const told = [...document.querySelectorAll("[data-part=wait]")];
    return !told.some((each) => each.textContent);
}"""
TREND = 100  # readings of one tag that make a trend worth looking at


class Shown(NamedTuple):
    """A page, and the sizes that it is made for."""

    path: str
    sizes: tuple[str, ...] = tuple(SIZES)
    open: bool = False  # looked at without a session
    click: str = ""  # what somebody does first: a selector


PAGES: Final = {
    "login": Shown("/login/", SMALL, open=True),
    "overview": Shown("/"),
    "area": Shown("/?area=Utilities"),
    "on-the-wall": Shown("/?wall=1", ("desk", "wall")),
    "alarms": Shown("/alarms/"),
    "alarms-shelved": Shown("/alarms/?tab=shelved"),
    "alarms-history": Shown("/alarms/?tab=history"),
    "alarm-metrics": Shown("/alarms/metrics/"),
    "trends": Shown("/trends/", click="[data-suggest]"),
    "trends-empty": Shown("/trends/", SMALL),
    "gallery": Shown("/gallery/"),
    "gallery-lightbox": Shown("/gallery/", SMALL, click="[data-card] [data-open]"),
    "gallery-quality": Shown("/gallery/quality/"),
    "cameras": Shown("/cameras/"),
    "camera": Shown("/cameras/CAM001/"),
    "device": Shown("/devices/SIM001/"),
    "device-history": Shown("/devices/SIM001/?tab=history", SMALL),
    "device-events": Shown("/devices/SIM001/?tab=events", SMALL),
    "device-config": Shown("/devices/GW-PRESS/?tab=config", SMALL),
    "gateways": Shown("/gateways/"),
    "gateway": Shown("/gateways/GW-PRESS/"),
    "guess": Shown("/gateways/GW-PRESS/guess/", SMALL),
    "admin": Shown("/admin/", SMALL),
    "admin-devices": Shown("/admin/devices/device/", SMALL),
    "admin-site": Shown("/admin/devices/site/1/change/", SMALL),
}


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the system's Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield browser
        browser.close()


def fill_in(page: Page, user: str, password: str) -> None:
    """Sign in with the form, as a person does."""
    page.goto("/login/")
    page.fill("input[name=username]", user)
    page.fill("input[name=password]", password)
    page.press("input[name=password]", "Enter")
    page.wait_for_url("**/")


def sign_in(browser: Browser, place: Place) -> str:
    """Return the cookie of a session of the administrator."""
    with browser.new_context(base_url=place.page) as context:
        page = context.new_page()
        fill_in(page, "admin", place.password("admin"))
        return next(one["value"] for one in context.cookies() if one["name"] == "sessionid")


def prepared(
    browser: Browser, place: Place, theme: str, language: str, size: str
) -> BrowserContext:
    """Open a window of a size in a theme and language; nobody is signed in yet."""
    width, height = SIZES[size]
    context = browser.new_context(
        base_url=place.page, viewport={"width": width, "height": height}, has_touch=size == "phone"
    )
    cookies = {"sentinel_theme": theme, "django_language": language}
    context.add_cookies([{"name": k, "value": v, "url": place.page} for k, v in cookies.items()])
    return context


def settle(page: Page) -> None:
    """Wait for what the page gets over its socket, and for its charts."""
    if page.locator("#link").count():
        page.locator(LIVE).wait_for(state="attached")
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(SETTLE_MS)
        page.wait_for_function(NOTHING_LOADS)


def take(context: BrowserContext, place: Place, session: str, size: str, name: str) -> None:
    """Photograph every page that is made for this size."""
    page = context.new_page()
    for title, shown in sorted(PAGES.items(), key=lambda item: not item[1].open):
        if not shown.open:
            context.add_cookies([{"name": "sessionid", "value": session, "url": place.page}])
        if size in shown.sizes:
            page.goto(shown.path, wait_until="load")
            settle(page)
            if shown.click:
                page.locator(shown.click).first.click()
                settle(page)
            page.screenshot(path=ROOT / "screenshots" / f"{title}-{name}.png")


def main() -> None:
    """Start a demo, let its trends grow, and photograph it."""
    folder = ROOT / "screenshots"
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.png"):
        old.unlink()
    with tempfile.TemporaryDirectory() as logs, demo_place(Path(logs)) as place:
        place.start()
        wait_for(lambda: place.readings() >= TREND, "a trend", place.log, within_s=600)
        with chromium() as browser:
            session = sign_in(browser, place)
            for theme, language, size in product(("dark", "light"), ("en", "zh-hans"), SIZES):
                with prepared(browser, place, theme, language, size) as context:
                    take(context, place, session, size, f"{theme}-{language}-{size}")
    sys.stdout.write(f"{len(list(folder.glob('*.png')))} pictures are in {folder}\n")


if __name__ == "__main__":
    main()
