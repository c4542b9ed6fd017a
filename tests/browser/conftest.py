"""A real browser in front of the real application.

Every page that a test opens fails it for a console error, a violation of the content security
policy, an exception in a script, or a request that leaves the origin.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from plant import Gateway, Plant, close_database, registry, use_database
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from pytest_django.plugin import DjangoDbBlocker
from served import WebServer

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 30_000  # for conditions that come true in a moment, also on a busy machine
expect.set_options(timeout=PATIENCE_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of this folder needs a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def web(
    servers: Any, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[WebServer]:
    """Serve the application on a database of its own, which no other test empties."""
    servers.postgres.create_database("browser")
    url = servers.postgres.url_of("browser")
    server = WebServer(database_url=url, folder=tmp_path_factory.mktemp("served"))
    server.prepare()
    with django_db_blocker.unblock():
        registry(use_database, url)
        server.start()
        yield server
        server.stop()
        registry(close_database)


# Playwright's event loop occupies the main thread, so no browser outlives a file of tests.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def plant(web: WebServer, browser: Browser) -> Plant:
    """Set up a site of this test's own, with an operator."""
    return registry(Plant)


@pytest.fixture
def gateway(plant: Plant, web: WebServer) -> Iterator[Gateway]:
    """Make a gateway for the plant; the test connects it when its tags are there."""
    gateway = Gateway(plant, web.url)
    yield gateway
    gateway.leave()


class Watch:
    """Collects what must not happen on a page."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.complaints: list[str] = []
        self.allowed: list[str] = []

    def allow(self, pattern: str) -> None:
        """Expect complaints of this kind."""
        self.allowed.append(pattern)

    def follow(self, page: Page) -> None:
        """Watch a page from now on."""
        page.on("console", lambda message: self._hear(message.type, message.text))
        page.on("pageerror", lambda error: self._hear("error", str(error)))
        page.on("request", lambda request: self._see(request.url))
        page.on("websocket", lambda socket: self._see(socket.url))

    def _hear(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            self.complaints.append(f"{kind}: {text}")

    def _see(self, url: str) -> None:
        own = self.origin.removeprefix("http")
        if not url.startswith((f"http{own}", f"ws{own}", "data:", "blob:")):
            self.complaints.append(f"request to {url}")

    def verify(self) -> None:
        """Fail for everything that was not expected."""
        pattern = "|".join(self.allowed) or r"(?!)"
        assert [text for text in self.complaints if not re.search(pattern, text)] == []


@pytest.fixture
def watch(web: WebServer) -> Iterator[Watch]:
    """Fail the test afterwards for what its pages complained about."""
    watch = Watch(web.url)
    yield watch
    watch.verify()


OpenContext = Callable[..., BrowserContext]


@pytest.fixture
def open_context(browser: Browser, web: WebServer, watch: Watch) -> Iterator[OpenContext]:
    """Open browser windows: theme, language, and other options of Playwright."""
    contexts: list[BrowserContext] = []

    def make(theme: str = "dark", language: str = "en", **options: Any) -> BrowserContext:
        known = {"viewport": {"width": 1600, "height": 1000}, "base_url": web.url}
        context = browser.new_context(**(known | options))
        context.set_default_timeout(PATIENCE_MS)
        context.on("page", watch.follow)
        cookies = {"sentinel_theme": theme, "django_language": language}
        context.add_cookies([{"name": k, "value": v, "url": web.url} for k, v in cookies.items()])
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()


SignIn = Callable[..., Page]


@pytest.fixture
def sign_in(open_context: OpenContext, plant: Plant, web: WebServer) -> SignIn:
    """Open a page as the plant's operator."""

    def make(path: str = "/", **options: Any) -> Page:
        context = open_context(**options)
        key = plant.session_cookie()
        context.add_cookies([{"name": "sessionid", "value": key, "url": web.url}])
        page = context.new_page()
        page.goto(path)
        return page

    return make
