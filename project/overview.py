"""What the overview of a plant, or of one area of it, is made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from django.urls import reverse

from alarms.limits import limits_of
from devices.feed import FIGURES, GALLERY, KEPT_ROWS
from devices.figures import Figure, default_figures, figures_of, figures_of_area
from devices.models import Site
from devices.selectors import Row, device_rows, tag_rows
from project.figures import name_of, tile
from project.pages import config_of, joined
from project.sightings import STRIP, Filter, cameras_of, cards_of, gallery_config, positions_of

MOST_TRENDS: Final = 12  # more cannot be read at a glance
DEFAULT_TRENDS: Final = 9
MANY_DEVICES: Final = 60  # from here on the cells show no names


class NoSuchArea(Exception):
    """No device of the site is in this area."""


def overview_page(site: Site, now: datetime, area: str = "") -> dict[str, Any]:
    """Context of the overview.

    Args:
        site: of which plant.
        now: the moment to judge by.
        area: only what belongs to this area; empty: the whole plant.

    Raises:
        NoSuchArea: there is none.
    """
    told = positions_of(site, FIGURES)  # before what it tells of
    all_devices, all_tags = device_rows(site_id=site.pk, now=now), tag_rows(site_id=site.pk)
    devices, tags = _of_area(area, all_devices, all_tags)
    seen = _seen(site, area)
    figures = _figures(site, area, tags, cameras=bool(seen))
    charted = _charted(tags)
    by_id = {device["id"]: device for device in devices}
    channels = [f"tel:site:{site.pk}", f"{FIGURES}:{site.pk}"]
    channels += [f"gallery:{site.pk}"] if seen else []
    config = config_of(site, now, all_devices, all_tags, *channels)
    config = joined(joined(config, {"positions": told}), seen)
    return {
        "section": "overview",
        "site": site,
        "area": area,
        "areas": _areas(devices),
        "many": len(devices) > MANY_DEVICES,
        "cards": _cards(devices, tags),
        "figures": [tile(n, one, tags, devices) for n, one in enumerate(figures)],
        "trends": [{"tag": tag, "device": by_id[tag["dev"]]} for tag in charted],
        "device_url": reverse("device", args=["UID"]),
        "seen": seen["cards"][:STRIP] if seen else None,
        "config": config
        | ({"area": area} if area else {})
        | {
            "figures": [_told(n, one) for n, one in enumerate(figures)],
            "limits": limits_of(row["k"] for row in charted),
            "charted": [tag["k"] for tag in charted],
        },
    }


def area_names(site: Site) -> list[str]:
    """Return the areas of a site, in the order of their names."""
    areas = site.devices.exclude(area="").order_by("area")
    return list(areas.values_list("area", flat=True).distinct())


def _of_area(area: str, devices: list[Row], tags: list[Row]) -> tuple[list[Row], list[Row]]:
    """Leave only what belongs to an area."""
    if not area:
        return devices, tags
    inside = [device for device in devices if device["area"] == area]
    if not inside:
        raise NoSuchArea
    ids = {device["id"] for device in inside}
    return inside, [tag for tag in tags if tag["dev"] in ids]


def _figures(site: Site, area: str, tags: Sequence[Row], *, cameras: bool) -> list[Figure]:
    chosen = figures_of(site_id=site.pk)
    if not chosen:
        return default_figures(tags, cameras=cameras)
    return figures_of_area(chosen, tags, cameras=cameras) if area else chosen


def _told(place: int, figure: Figure) -> dict[str, Any]:
    """Say what a tile is, for the scripts."""
    return {
        "name": name_of(place, figure),
        "kind": figure.kind.value,
        "tags": figure.tags,
        "target": figure.target,
    }


def _charted(tags: Sequence[Row]) -> list[Row]:
    """Return the tags that have a trend: the pinned ones; else those with a range, then any."""
    pinned = [tag for tag in tags if tag["pin"]]
    if pinned:
        return pinned[:MOST_TRENDS]
    sized = [tag for tag in tags if tag["unit"] and not (tag["states"] or tag["bits"])]
    ranged = [tag for tag in sized if tag["lo"] is not None or tag["hi"] is not None]
    return (ranged or sized)[:DEFAULT_TRENDS]


def _seen(site: Site, area: str) -> dict[str, Any]:
    """Return what the strip of snapshots starts from; nothing where there are no cameras."""
    cameras = cameras_of(site)
    if not (cameras.filter(area=area) if area else cameras).exists():
        return {}
    wanted = Filter(area=area)
    known = KEPT_ROWS[GALLERY]  # more than the strip shows: a tile counts them
    return gallery_config(site, wanted, lambda: cards_of(site, wanted, most=known))


def _areas(devices: Iterable[Row]) -> list[dict[str, Any]]:
    """Group devices by area, those without one last."""
    ordered = sorted(devices, key=lambda row: (row["area"] == "", row["area"], row["uid"]))
    areas = []
    for name, group in groupby(ordered, itemgetter("area")):
        rows = list(group)
        online = sum(row["status"] == "online" for row in rows)
        areas.append({"name": name, "devices": rows, "online": online})
    return areas


def _cards(devices: Iterable[Row], tags: Iterable[Row]) -> list[dict[str, Any]]:
    """Join each device that has tags with them."""
    of_device: dict[int, list[Row]] = {}
    for tag in tags:
        of_device.setdefault(tag["dev"], []).append(tag)
    return [
        {"device": device, "tags": of_device[device["id"]]}
        for device in devices
        if device["id"] in of_device
    ]
