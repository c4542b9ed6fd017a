"""The page of the alarm metrics: figures, chart, tables, and the time that is shown."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction
from django.utils import timezone
from plant import Plant, registry
from playwright.sync_api import Page, expect
from watched import Run, SignIn

from alarms.models import Alarm, Kind, Rule
from alarms.states import State
from bench.alarm_month import month, store

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PATH = "/alarms/metrics/"
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def journal(plant: Plant) -> None:
    """Let the site have had a month of alarms, of which two stand."""

    @transaction.atomic  # the server watches a rule that it sees, with an alarm of its own
    def fill() -> None:
        now = timezone.now()
        store(month(20_000), plant.site.pk, now - timedelta(days=27))
        for n, hours in enumerate((2, 60), 1):
            rule = Rule.objects.create(
                site=plant.site, name=f"Cooling water {n}", kind=Kind.OFFLINE, priority=n
            )
            Alarm.objects.create(
                rule=rule,
                site=plant.site,
                source=f"device:{plant.gateway.pk}",
                device=plant.gateway,
                state=State.ACKNOWLEDGED,
                raised_at=now - timedelta(hours=hours),
            )

    registry(fill)


def figure(page: Page, name: str) -> str:
    """Return the text of a figure."""
    tile = page.locator("[data-figure]").filter(has=page.get_by_role("heading", name=name))
    return " ".join(tile.inner_text().split())


def digits(text: str) -> int:
    """Read a number that has spaces between its thousands."""
    return int(re.sub(r"\s", "", text))


@pytest.mark.usefixtures("journal")
def test_the_page_shows_figures_with_their_verdicts_and_tables(sign_in: SignIn) -> None:
    page = sign_in(PATH + "?range=30d")
    expect(page.locator("[data-figure]")).to_have_count(10)
    assert re.search(r"10 min .* alarms in all far off target target ≤", figure(page, "Alarm rate"))
    assert "2 now active, not held back on target" in figure(page, "Standing")
    assert "1 now active for more than 24 h on target" in figure(page, "Stale")
    expect(page.locator("[aria-labelledby=actors-title] tbody tr").first).to_contain_text(
        re.compile(r"\d+ s would have removed \d+.% of the last \d+")
    )
    expect(page.get_by_role("region", name="Floods").locator("tbody tr")).to_have_count(10)
    stale = page.locator("section", has=page.get_by_role("heading", name="Stale alarms"))
    expect(stale.locator("tbody tr")).to_contain_text("Cooling water 2")
    expect(page.locator("[data-plot] canvas")).to_be_visible()


@pytest.mark.usefixtures("journal")
def test_the_chart_is_there_as_a_table_too(sign_in: SignIn) -> None:
    page = sign_in(PATH + "?range=7d")
    total = figure(page, "Alarm rate").split("10 min ")[1].split(" alarms")[0]
    page.get_by_role("button", name="Show as table").click()
    rows = page.locator("#rate-table tbody tr")
    expect(rows).to_have_count(28)
    counts = rows.locator("[data-part=total]").all_inner_texts()
    assert sum(map(digits, counts)) == digits(total)
    page.get_by_role("button", name="Close").click()
    expect(page.locator("#rate-table")).to_be_hidden()


@pytest.mark.usefixtures("journal")
def test_the_time_shown_is_chosen_by_an_address(sign_in: SignIn, plant: Plant) -> None:
    page = sign_in(PATH)
    ranges = page.get_by_role("navigation", name="Time shown")
    expect(ranges.locator("[aria-current]")).to_have_text("24 h")
    ranges.get_by_text("30 d").click()
    expect(page).to_have_url(re.compile(rf"site={plant.site.slug}&range=30d$"))
    expect(ranges.locator("[aria-current]")).to_have_text("30 d")
    expect(page.locator("[data-grain]")).to_contain_text("each bar: the most in ten minutes, of ")


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.usefixtures("journal")
def test_the_page_is_accessible_also_on_a_phone(sign_in: SignIn, theme: str) -> None:
    for options in ({}, {"viewport": PHONE, "has_touch": True}):
        page = sign_in(PATH + "?range=30d", theme=theme, bypass_csp=True, **options)
        expect(page.locator("[data-plot] canvas")).to_be_visible()
        page.evaluate(AXE)
        found = page.evaluate("rules => axe.run({runOnly: rules})", RULES)
        assert [(v["id"], v["nodes"][0]["html"]) for v in found["violations"]] == []
        overflow = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        assert not page.evaluate(overflow)


def test_a_plant_without_alarms_has_a_page_that_says_so(sign_in: SignIn) -> None:
    page = sign_in(PATH)
    expect(page.get_by_text("No alarm was raised in this time.")).to_be_visible()
    expect(page.get_by_text("There was no flood in this time.")).to_be_visible()
    assert "nothing to judge yet" in figure(page, "Ten worst alarms")


def test_the_time_axis_is_labelled_at_full_hours_or_midnights_of_the_plant(run: Run) -> None:
    found = run(
        """const { ticksOf } = await import("bins");
        const minute = 60_000, from = 1_700_000_000_000 - (1_700_000_000_000 % (10 * minute));
        const clock = (ms) => new Date(ms + 330 * minute).toISOString().slice(11, 16); // UTC+5:30
        const rate = (n) => ({ from, step_ms: 10 * minute, counts: Array(n).fill(0) });
        return [[144, 8], [144, 3], [4320, 10]].map(([n, most]) => {
            const ticks = ticksOf(rate(n), clock, most);
            return [ticks.length, ...new Set(ticks.map(clock))];
        });"""
    )
    assert (found[0][0], set(found[0][1:])) == (8, {f"{hour:02}:00" for hour in range(0, 24, 3)})
    assert (found[1][0], set(found[1][1:])) == (3, {"00:00", "08:00", "16:00"})
    assert found[2] == [10, "00:00"]


def test_bins_are_drawn_together_until_they_fit(run: Run) -> None:
    found = run(
        """const { groupSize, groupsOf } = await import("bins");
        const rate = { from: 0, step_ms: 10, counts: [1, 12, 0, 11, 2], limit: 10 };
        const sizes = [groupSize(144, 200), groupSize(144, 143), groupSize(4320, 300)];
        return [...sizes, ...groupsOf(rate, 3)];"""
    )
    assert found == [
        *(1, 3, 18),
        {"from": 0, "to": 30, "total": 13, "peak": 12, "busy": 1},
        {"from": 30, "to": 50, "total": 13, "peak": 11, "busy": 1},
    ]
