"""Key figures of a site: which ones, stored by people or chosen from what the plant has."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from devices.audit import Fields, fields_of, record, stored_fields
from devices.feed import FIGURES, announce
from devices.models import AGGREGATES, OF_TAGS, FigureKind, Site, SiteFigure, Tag
from devices.selectors import Row

MOST: Final = 8  # tiles on a page: more cannot be read at a glance
MOST_TAGS: Final = 24  # of one figure
DEFAULT_COUNT: Final = 7
_DEFAULT_TAGS: Final = 4
_FIRST: Final = (FigureKind.DEVICES, FigureKind.UNACKNOWLEDGED, FigureKind.OUTSIDE)
_REST: Final = (FigureKind.GATEWAYS, FigureKind.TAGS, FigureKind.BAD, FigureKind.DELAY)
_QUANTITIES: Final = (  # units of the same quantity; what says most about a plant comes first
    frozenset({"W", "kW", "MW", "VA", "kVA", "MVA"}),
    frozenset({"°C", "℃", "°F", "K"}),
    frozenset({"Pa", "kPa", "MPa", "mbar", "bar", "psi"}),
    frozenset({"m³/h", "m3/h", "m³/min", "l/min", "L/min", "l/h", "l/s", "t/h", "kg/h"}),
    frozenset({"%"}),
    frozenset({"mm/s", "m/s²", "µm"}),
    frozenset({"rpm", "1/min", "min⁻¹", "Hz"}),
    frozenset({"A", "mA", "V", "kV"}),
)


@dataclass(frozen=True)
class Figure:
    """One tile: what it says, of which tags, what it is called, and what it is compared with."""

    kind: FigureKind
    tags: tuple[int, ...] = field(default=())
    label: str = ""
    target: float | None = None  # in the unit of the figure


# ---------------------------------------------------------------- what is shown


def figures_of(*, site_id: int) -> list[Figure]:
    """Return the figures that people chose for a site, in order; not those left without a tag.

    Of a tag that was deleted nothing is left; a sum over it says of how many tags it is.
    """
    rows = SiteFigure.objects.filter(site_id=site_id).prefetch_related("tags")
    found = [
        Figure(
            FigureKind(row.kind),
            tuple(sorted(tag.pk for tag in row.tags.all())),
            row.label,
            row.target,
        )
        for row in rows
    ]
    return [one for one in found if one.tags or one.kind not in OF_TAGS][:MOST]


def default_figures(tags: Sequence[Row], *, cameras: bool) -> list[Figure]:
    """Choose figures from what a plant or an area has. Pure.

    Devices online, unacknowledged alarms and tags outside their range; then up to four tags that
    are pinned or have a normal range, each of another quantity, those that are both first; what
    cameras saw, if there are any; then what the pages can count besides.

    Args:
        tags: rows of `devices.selectors.tag_rows`, in their order on the page.
        cameras: whether there are any.
    """
    most = _DEFAULT_TAGS - cameras
    chosen = [Figure(FigureKind.TAG, (tag["k"],)) for tag in best_tags(tags)[:most]]
    seen = [Figure(FigureKind.DETECTIONS)] if cameras else []
    rest = [Figure(kind) for kind in _REST]
    return [*(Figure(kind) for kind in _FIRST), *chosen, *seen, *rest][:DEFAULT_COUNT]


def figures_of_area(
    figures: Iterable[Figure], tags: Sequence[Row], *, cameras: bool
) -> list[Figure]:
    """Return what the figures of a site leave for an area. Pure.

    What is counted is counted there. Of those of tags only those stay that are wholly of the area:
    half a sum is no sum. Tags of the area take the free places.

    Args:
        figures: of the site.
        tags: rows of the tags of the area.
        cameras: whether the area has any.
    """
    here = {tag["k"] for tag in tags}
    left = [one for one in figures if set(one.tags) <= here]
    left = [one for one in left if cameras or one.kind != FigureKind.DETECTIONS]
    known = {k for one in left for k in one.tags}
    more = [Figure(FigureKind.TAG, (tag["k"],)) for tag in best_tags(tags) if tag["k"] not in known]
    return [*left, *more[: max(0, DEFAULT_COUNT - len(left))]][:MOST]


def best_tags(tags: Sequence[Row]) -> list[Row]:
    """Return the tags that say most, one of each quantity, the most telling quantity first. Pure.

    A candidate has a unit, and is pinned or has a normal range. What stands for a state has no
    size that could be compared.
    """
    candidates = [tag for tag in tags if tag["unit"] and (tag["pin"] or _is_ranged(tag))]
    candidates.sort(key=lambda tag: (not (tag["pin"] and _is_ranged(tag)), not tag["pin"]))
    best: dict[object, Row] = {}
    for tag in candidates:
        if not (tag["states"] or tag["bits"]):
            best.setdefault(_quantity(tag["unit"]), tag)
    order: list[object] = list(range(len(_QUANTITIES)))
    return [best[key] for key in sorted(best, key=lambda key: _place(key, order))]


def _place(key: object, order: list[object]) -> int:
    return order.index(key) if key in order else len(order)


def _quantity(unit: str) -> object:
    """Return the number of the quantity that a unit measures; an unknown unit is its own."""
    return next((n for n, units in enumerate(_QUANTITIES) if unit in units), unit)


def _is_ranged(tag: Row) -> bool:
    return tag["lo"] is not None or tag["hi"] is not None


# ---------------------------------------------------------------- what people choose


def check_figure(*, site_id: int, kind: str, tags: Collection[Tag]) -> None:
    """See that a figure can be said of these tags.

    Raises:
        ValidationError: at ``tags``, in plain words.
    """
    message = _what_is_wrong(site_id, kind, tags)
    if message:
        raise ValidationError({"tags": message})


def _what_is_wrong(site_id: int, kind: str, tags: Collection[Tag]) -> str:
    if kind not in OF_TAGS:
        return _("This figure is counted by the pages; it has no tags.") if tags else ""
    if any(tag.device.site_id != site_id for tag in tags):
        return _("Only tags of this site.")
    if kind == FigureKind.TAG and len(tags) != 1:
        return _("Choose one tag.")
    if not tags:
        return _("Choose the tags that it is made of.")
    if len(tags) > MOST_TAGS:
        return _("At most %(most)s tags.") % {"most": MOST_TAGS}
    units = sorted({tag.unit for tag in tags})
    if kind in AGGREGATES and len(units) > 1:
        said = ", ".join(unit or "–" for unit in units)
        return _("These tags have different units: %(units)s.") % {"units": said}
    return ""


@transaction.atomic
def save_figures(
    *,
    site: Site,
    changed: Iterable[tuple[SiteFigure, Collection[Tag]]],
    deleted: Iterable[SiteFigure] = (),
) -> None:
    """Store edited and new figures of a site with their tags, delete others, and tell the pages.

    Raises:
        ValidationError: a field is wrong, a figure does not fit its tags, or there are too many.
    """
    for figure in deleted:
        record("delete", figure, fields_of(figure) | _tags_of(figure), None)
        figure.delete()
    for figure, tags in changed:
        figure.site = site
        figure.full_clean()
        check_figure(site_id=site.pk, kind=figure.kind, tags=tags)
        before = stored_fields(figure)
        if before is not None:
            before |= _tags_of(figure)
        figure.save()
        figure.tags.set(tags)
        action = "create" if before is None else "change"
        record(action, figure, before, fields_of(figure) | _tags_of(figure))
    if SiteFigure.objects.filter(site=site).count() > MOST:
        raise ValidationError(_("At most %(most)s key figures.") % {"most": MOST})
    now_ms = round(timezone.now().timestamp() * 1000)
    announce(site_id=site.pk, topic=FIGURES, payload={"id": site.pk, "at": now_ms})


def _tags_of(figure: SiteFigure) -> Fields:
    """Return the stored tags of a figure as the audit trail writes them."""
    tags = figure.tags.select_related("device").order_by("device__uid", "name")
    return {"tags": ", ".join(str(tag) for tag in tags)}
