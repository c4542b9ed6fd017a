"""The tiles on top of the overview, as they are before the scripts know anything newer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from devices.camera_words import own_words
from devices.figures import Figure
from devices.models import AGGREGATES, OF_TAGS, FigureKind
from devices.selectors import Row
from project.templatetags.plant import NARROW_SPACE, number, reading

SHARED: Final = frozenset({FigureKind.DEVICES, FigureKind.GATEWAYS, FigureKind.TAGS})
SAMPLED: Final = frozenset({FigureKind.RATE, FigureKind.DELAY, FigureKind.DETECTIONS})
TITLES: Final[dict[FigureKind, Promise]] = {
    FigureKind.DEVICES: gettext_lazy("Devices online"),
    FigureKind.GATEWAYS: gettext_lazy("Gateways connected"),
    FigureKind.TAGS: gettext_lazy("Tags reporting"),
    FigureKind.BAD: gettext_lazy("Without a valid value"),
    FigureKind.OUTSIDE: gettext_lazy("Outside normal range"),
    FigureKind.RATE: gettext_lazy("Readings shown"),
    FigureKind.DELAY: gettext_lazy("Delay, source to page"),
    FigureKind.UNACKNOWLEDGED: gettext_lazy("Unacknowledged"),
    FigureKind.STANDING: gettext_lazy("Standing alarms"),
    FigureKind.DETECTIONS: gettext_lazy("AI detections"),
    FigureKind.SUM: gettext_lazy("Sum"),
    FigureKind.MEAN: gettext_lazy("Mean"),
    FigureKind.MIN: gettext_lazy("Smallest"),
    FigureKind.MAX: gettext_lazy("Largest"),
}
UNITS: Final[dict[FigureKind, Promise]] = {
    FigureKind.BAD: gettext_lazy("tags"),
    FigureKind.RATE: gettext_lazy("per second"),
    FigureKind.DELAY: gettext_lazy("s"),
    FigureKind.DETECTIONS: gettext_lazy("last hour"),
}


def name_of(place: int, figure: Figure) -> str:
    """Return what a tile is called in the page: its kind, or its place if it is made of tags."""
    return f"of-tags-{place}" if figure.kind in OF_TAGS else figure.kind.value


def tile(place: int, figure: Figure, tags: Sequence[Row], devices: Sequence[Row]) -> dict[str, Any]:
    """Return what a tile shows at first.

    Args:
        place: among the tiles.
        figure: what it says.
        tags: rows of tags, those of the figure among them.
        devices: rows of the devices.
    """
    of_tags = figure.kind in OF_TAGS
    members = [tag for tag in tags if tag["k"] in figure.tags]
    return {
        "name": name_of(place, figure),
        "kind": figure.kind.value,
        "of_tags": of_tags,
        "title": figure.label or _title(figure, members),
        "corner": _corner(figure, members, devices),
        "value": reading(members[0]) if figure.kind == FigureKind.TAG and members else "–",
        "unit": members[0]["unit"] if members else UNITS.get(figure.kind, ""),
        "foot": _("on this page, last 10 s") if figure.kind == FigureKind.RATE else "",
        "aim": _aim(figure, members),
        "shares": figure.kind in SHARED,
        "spark": of_tags or figure.kind in SAMPLED,
    }


def _title(figure: Figure, members: Sequence[Row]) -> str:
    """Call a figure of tags what its tags are called, if they are all called the same."""
    names = {own_words(tag["label"]) or tag["name"] for tag in members}
    return names.pop() if len(names) == 1 else str(TITLES.get(figure.kind, ""))


def _corner(figure: Figure, members: Sequence[Row], devices: Sequence[Row]) -> str:
    """Say of what a figure of tags is."""
    if figure.kind == FigureKind.TAG and members:
        return next((row["uid"] for row in devices if row["id"] == members[0]["dev"]), "")
    if figure.kind in AGGREGATES:
        words = {
            FigureKind.SUM: ngettext("sum of %s", "sum of %s", len(figure.tags)),
            FigureKind.MEAN: ngettext("mean of %s", "mean of %s", len(figure.tags)),
            FigureKind.MIN: ngettext("smallest of %s", "smallest of %s", len(figure.tags)),
            FigureKind.MAX: ngettext("largest of %s", "largest of %s", len(figure.tags)),
        }
        return words[figure.kind] % len(figure.tags)
    return ""


def _aim(figure: Figure, members: Sequence[Row]) -> str:
    """Say what a value is to be compared with: its target, or its normal range."""
    decimals = max((tag["dec"] for tag in members), default=0)
    if figure.target is not None:
        exact = number(figure.target, decimals if members else _digits(figure.target))
        return _("target %s") % exact
    if figure.kind != FigureKind.TAG or not members:
        return ""
    low, high = members[0]["lo"], members[0]["hi"]
    if low is not None and high is not None:
        return _("normal %(low)s to %(high)s") % {
            "low": number(low, decimals),
            "high": number(high, decimals),
        }
    if low is None and high is None:
        return ""
    sign, limit = ("≥", low) if low is not None else ("≤", high)
    return _("normal %s") % f"{sign}{NARROW_SPACE}{number(limit, decimals)}"


def _digits(value: float) -> int:
    return 0 if value == int(value) else 1
