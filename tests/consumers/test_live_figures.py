"""What an open page hears when the key figures of its site are chosen anew."""

from __future__ import annotations

import pytest
from live_page import Page, Plant

from devices.figures import save_figures
from devices.models import FigureKind, SiteFigure
from realtime.database import in_database

pytestmark = pytest.mark.django_db(transaction=True)


async def test_a_page_hears_that_figures_were_chosen_anew(plant: Plant, page: Page) -> None:
    channel = f"figures:{plant.site.pk}"
    snap = await page.subscribe(channel)
    figure = SiteFigure(kind=FigureKind.DEVICES)
    await in_database(lambda: save_figures(site=plant.site, changed=[(figure, [])]))
    event = await page.hear()

    assert (snap["o"], snap["d"]) == (0, [])
    assert (event["ch"], event["o"], event["d"]["id"]) == (channel, 1, plant.site.pk)


async def test_a_tag_that_becomes_a_figure_reaches_open_pages_with_its_value(
    plant: Plant, page: Page
) -> None:
    await page.subscribe(plant.overview)
    hidden = plant.tags[4]  # the fifth of its device, and not pinned
    figure = SiteFigure(kind=FigureKind.TAG)
    await in_database(lambda: save_figures(site=plant.site, changed=[(figure, [hidden])]))
    snap = await page.hear()

    assert hidden.pk in {row["k"] for row in snap["d"]}
