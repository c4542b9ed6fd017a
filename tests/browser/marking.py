"""A gallery with three detections in it, and those who look at it."""

from __future__ import annotations

from pathlib import Path

from django.contrib.auth.models import User
from plant import now_ms, registry
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect
from seeing import SeeingGateway, picture
from watched import SignIn

from alarms.models import Detection
from devices.models import Membership, Role

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
HOUR_MS = 3_600_000


def let_see(seeing: SeeingGateway) -> SeeingGateway:
    """Let the cameras see three things: a fire with a picture, smoke, a head two days ago."""
    now = now_ms()
    seeing.see("AISLE", label="no_helmet", at=now - 48 * HOUR_MS)
    seeing.see("AISLE", "end", label="smoke", at=now - 40_000)
    seeing.see("FURNACE", at=now - 10_000, **picture(3, "fire"))
    return seeing


def become(seeing: SeeingGateway, role: Role) -> None:
    registry(Membership.objects.filter(user=seeing.plant.user).update, role=role)


def visit(sign_in: SignIn, path: str = "/gallery/", **options: object) -> Page:
    page = sign_in(path, **options)
    expect(page.locator("body[data-phase=live]:not([data-awaits])")).to_be_attached()
    return page


def card(page: Page, label: str) -> Locator:
    return page.locator(f"[data-card][data-label={label}]")


def row_of(seeing: SeeingGateway, label: str) -> Detection:
    rows = Detection.objects.filter(site=seeing.plant.site, label=label)
    return registry(rows.get)


def violations(page: Page) -> list[str]:
    page.evaluate(AXE)
    found: list[str] = page.evaluate(
        "async (rules) => (await axe.run({ runOnly: rules })).violations.map((v) =>"
        " `${v.id}: ${v.nodes.map((n) => n.target + ' ' + n.failureSummary).join('; ')}`)",
        RULES,
    )
    return found


def colleague(seeing: SeeingGateway, context: BrowserContext, url: str) -> Page:
    """Open the gallery as another operator of the plant."""

    def make() -> User:
        user = User.objects.create_user(f"oleg-{seeing.plant.mark}")
        Membership.objects.create(user=user, site=seeing.plant.site, role=Role.OPERATOR)
        return user

    own = seeing.plant.user
    seeing.plant.user = registry(make)
    key = seeing.plant.session_cookie()
    seeing.plant.user = own
    context.add_cookies([{"name": "sessionid", "value": key, "url": url}])
    page = context.new_page()
    page.goto("/gallery/")
    expect(page.locator("body[data-phase=live]:not([data-awaits])")).to_be_attached()
    return page


def hold(page: Page, pattern: str) -> list[Route]:
    """Keep requests from the server until the test lets them go."""
    held: list[Route] = []

    def keep(route: Route) -> None:
        held.append(route)

    page.route(pattern, keep)
    return held
