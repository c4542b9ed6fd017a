"""Key figures of a site: what people choose, and what the pages choose without them."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from devices.feed import FIGURES, Position, events_since
from devices.figures import (
    MOST,
    Figure,
    best_tags,
    default_figures,
    figures_of,
    figures_of_area,
    save_figures,
)
from devices.models import AuditEntry, Device, FigureKind, Site, SiteFigure, Tag
from devices.registry import save_tags
from devices.selectors import Row, tag_rows

pytestmark = pytest.mark.django_db
K = FigureKind


def row(k: int, unit: str, **fields: Any) -> Row:
    """Write a row of `devices.selectors.tag_rows`, as far as figures look at it."""
    known = {"k": k, "unit": unit, "lo": None, "hi": None, "pin": False, "states": None}
    return known | {"bits": None} | fields


def kinds(figures: list[Figure]) -> list[str]:
    return [figure.kind.value for figure in figures]


# ---------------------------------------------------------------- chosen by the pages


def test_a_plant_without_tags_shows_what_can_be_counted() -> None:
    assert kinds(default_figures([], cameras=False)) == [
        *("devices", "unacknowledged", "outside", "gateways", "tags", "bad", "delay")
    ]


def test_tags_of_four_quantities_take_the_places_of_what_is_only_counted() -> None:
    tags = [row(k, unit, hi=9) for k, unit in enumerate(("rpm", "bar", "kW", "°C", "mm/s"), 1)]
    figures = default_figures(tags, cameras=False)
    assert kinds(figures) == ["devices", "unacknowledged", "outside", *["tag"] * 4]
    assert [figure.tags for figure in figures[3:]] == [(3,), (4,), (2,), (5,)]


def test_cameras_take_the_place_of_the_fourth_tag() -> None:
    tags = [row(k, unit, hi=9) for k, unit in enumerate(("rpm", "bar", "kW", "°C"), 1)]
    figures = default_figures(tags, cameras=True)
    assert kinds(figures)[3:] == ["tag", "tag", "tag", "detections"]


def test_of_a_quantity_the_pinned_tag_with_a_range_is_chosen_then_a_pinned_one() -> None:
    tags = [row(1, "°C", hi=9), row(2, "K", pin=True), row(3, "°F", lo=1, pin=True)]
    assert [tag["k"] for tag in best_tags(tags)] == [3]
    assert [tag["k"] for tag in best_tags(tags[:2])] == [2]


def test_a_state_and_a_number_without_unit_range_and_pin_say_nothing_at_a_glance() -> None:
    tags = [row(1, "°C"), row(2, "", hi=1), row(3, "A", hi=1, states={"0": "off"})]
    assert best_tags(tags) == []


def test_an_area_keeps_what_is_counted_and_only_whole_sums() -> None:
    chosen = [
        Figure(K.DEVICES),
        Figure(K.DETECTIONS),
        Figure(K.SUM, (1, 2)),
        Figure(K.SUM, (2, 9)),
        Figure(K.TAG, (9,)),
    ]
    here = [row(1, "kW"), row(2, "kW", pin=True), row(3, "bar", pin=True)]
    figures = figures_of_area(chosen, here, cameras=False)
    assert figures == [Figure(K.DEVICES), Figure(K.SUM, (1, 2)), Figure(K.TAG, (3,))]


# ---------------------------------------------------------------- chosen by people


@pytest.fixture
def power(device: Device) -> list[Tag]:
    return [
        Tag.objects.create(device=device, name=f"p{i}", unit="kW", position=200 + i)
        for i in range(3)
    ]


def test_figures_are_stored_in_their_order_with_their_tags(site: Site, power: list[Tag]) -> None:
    total = SiteFigure(kind=K.SUM, position=2, label="Power", target=90.0)
    save_figures(site=site, changed=[(total, power), (SiteFigure(kind=K.DEVICES, position=1), [])])
    numbers = tuple(tag.pk for tag in power)
    assert figures_of(site_id=site.pk) == [
        Figure(K.DEVICES),
        Figure(K.SUM, numbers, "Power", 90.0),
    ]


def test_every_change_is_in_the_audit_trail_with_its_tags(site: Site, power: list[Tag]) -> None:
    figure = SiteFigure(kind=K.SUM)
    save_figures(site=site, changed=[(figure, power[:2])])
    save_figures(site=site, changed=[(figure, power)])
    save_figures(site=site, changed=[], deleted=[figure])
    entries = list(AuditEntry.objects.filter(kind="sitefigure").order_by("pk"))
    assert [entry.action for entry in entries] == ["create", "change", "delete"]
    assert entries[1].before == {"tags": "GW-1/p0, GW-1/p1"}
    assert entries[1].after == {"tags": "GW-1/p0, GW-1/p1, GW-1/p2"}
    assert {entry.site_id for entry in entries} == {site.pk}


def test_pages_are_told_with_the_change(site: Site) -> None:
    save_figures(site=site, changed=[(SiteFigure(kind=K.DEVICES), [])])
    save_figures(site=site, changed=[(SiteFigure(kind=K.GATEWAYS), [])])
    events = events_since(site_id=site.pk, topic=FIGURES, since=Position("", 0))
    assert events is not None
    assert [event.offset for event in events] == [1, 2]


def test_tags_of_a_figure_are_among_those_that_the_overview_gets(
    site: Site, power: list[Tag]
) -> None:
    assert power[2].pk not in {tag["k"] for tag in tag_rows(site_id=site.pk)}
    save_figures(site=site, changed=[(SiteFigure(kind=K.TAG), [power[2]])])
    assert power[2].pk in {tag["k"] for tag in tag_rows(site_id=site.pk)}


@pytest.mark.parametrize(
    ("kind", "chosen", "reason"),
    [
        (K.DEVICES, ["p0"], "it has no tags"),
        (K.TAG, [], "Choose one tag."),
        (K.TAG, ["p0", "p1"], "Choose one tag."),
        (K.SUM, [], "Choose the tags"),
        (K.MEAN, ["p0", "flow"], "different units: kW, l/s"),
        (K.MAX, ["p0", "elsewhere"], "Only tags of this site."),
    ],
)
def test_a_figure_that_cannot_be_said_of_its_tags_is_refused_with_the_reason(
    site: Site, device: Device, power: list[Tag], kind: FigureKind, chosen: list[str], reason: str
) -> None:
    other = Device.objects.create(
        uid="GW-2", name="Other", site=Site.objects.create(slug="west", name="West")
    )
    Tag.objects.create(device=device, name="flow", unit="l/s")
    Tag.objects.create(device=other, name="elsewhere", unit="kW")
    tags = list(Tag.objects.filter(name__in=chosen).select_related("device"))
    with pytest.raises(ValidationError) as refused:
        save_figures(site=site, changed=[(SiteFigure(kind=kind), tags)])
    assert reason in " ".join(refused.value.messages)
    assert not SiteFigure.objects.exists()


def test_there_are_at_most_eight(site: Site) -> None:
    eight = [(SiteFigure(kind=K.DEVICES), []) for _ in range(MOST)]
    save_figures(site=site, changed=eight)
    with pytest.raises(ValidationError):
        save_figures(site=site, changed=[(SiteFigure(kind=K.DEVICES), [])])
    assert SiteFigure.objects.count() == MOST


def test_a_figure_whose_tag_was_deleted_is_not_shown_and_a_sum_goes_on_with_the_others(
    site: Site, device: Device, power: list[Tag]
) -> None:
    both = [(SiteFigure(kind=K.TAG), power[:1]), (SiteFigure(kind=K.SUM), power)]
    save_figures(site=site, changed=both)
    left = tuple(tag.pk for tag in power[1:])
    save_tags(device=device, tags=[], deleted=[power[0]])
    assert figures_of(site_id=site.pk) == [Figure(K.SUM, left)]
