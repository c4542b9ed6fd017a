"""A real browser in front of the real application.

Every page that a test opens fails it for a console error, a violation of the content security
policy, an exception in a script, or a request that leaves the origin.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from plant import Gateway, Plant, close_database, registry, use_database
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from pytest_django.plugin import DjangoDbBlocker
from ringing import Ringing
from seeing import SeeingGateway
from served import WebServer
from watched import FLAGS, PATIENCE_MS, OpenContext, Run, SignIn, Watch

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


@pytest.fixture
def seeing(plant: Plant, web: WebServer) -> Iterator[SeeingGateway]:
    """Make a gateway that looks after two cameras, and connect it."""
    gateway = SeeingGateway(plant, web.url)
    gateway.add_cameras()
    gateway.connect()
    yield gateway
    gateway.leave()


@pytest.fixture
def watch(web: WebServer) -> Iterator[Watch]:
    """Fail the test afterwards for what its pages complained about."""
    watch = Watch(web.url)
    yield watch
    watch.verify()


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


@pytest.fixture(scope="module")
def idle(browser: Browser, web: WebServer) -> Iterator[Page]:
    """Open a page of a site without anything, once for all tests of this file."""
    plant = registry(Plant)
    context = browser.new_context(base_url=web.url)
    context.add_cookies([{"name": "sessionid", "value": plant.session_cookie(), "url": web.url}])
    page = context.new_page()
    page.goto("/")
    yield page
    context.close()


@pytest.fixture
def run(idle: Page, watch: Watch) -> Run:
    """Run a function body that may import modules by name, and return what it returns."""
    watch.follow(idle)
    return lambda body: idle.evaluate(f"async () => {{ {body} }}")


@pytest.fixture
def ringing(plant: Plant, gateway: Gateway) -> Ringing:
    """A pump of priority 1, an oven of 2, a fan of 3; the gateway is not connected yet."""
    ringing = Ringing(plant, gateway)
    for priority, name in enumerate(("pump", "oven", "fan"), start=1):
        ringing.add(name, priority)
    return ringing
