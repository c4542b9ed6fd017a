"""What the pages about cameras and what they saw are made of."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.db.models import OuterRef, QuerySet, Subquery
from django.urls import reverse

from alarms.gallery import picture_url
from alarms.models import Detection, Snapshot
from devices.access import AnyUser
from devices.gateways import report
from devices.models import Device, Site
from devices.selectors import Row, device_rows, tag_rows
from project.density import rail_of
from project.pages import config_of, joined
from project.sightings import (
    PAGE,
    STATES,
    VERDICTS,
    Filter,
    cameras_of,
    cards,
    cards_of,
    gallery_config,
    labels_of,
)

RECENT: Final = 12  # detections on the page of a camera


def gallery_page(site: Site, wanted: Filter, now: datetime, user: AnyUser) -> dict[str, Any]:
    """Context of the gallery of a site."""
    seen = gallery_config(site, wanted, lambda: cards_of(site, wanted, by=user))
    rail = rail_of(site, wanted, now, user)
    devices = device_rows(site_id=site.pk, now=now)
    known = {device["uid"]: device for device in devices}
    cameras = [known[camera.uid] for camera in cameras_of(site) if camera.uid in known]
    areas, labels = sorted({camera["area"] for camera in cameras} - {""}), labels_of(site)
    return {
        "section": "gallery",
        "site": site,
        "cards": seen["cards"],
        "wanted": wanted,
        "states": STATES,
        "verdicts": VERDICTS,
        "rail": rail,
        "labels": labels,
        "cameras": cameras,
        "areas": areas,
        "unknown": _unknown(wanted, labels, cameras, areas),
        "more": len(seen["cards"]) == PAGE,
        "config": joined(config_of(site, now, devices, [], f"gallery:{site.pk}"), seen)
        | {"rail": rail, "density_url": reverse("gallery_density")},
    }


def _unknown(
    wanted: Filter, labels: list[str], cameras: list[Row], areas: list[str]
) -> dict[str, str]:
    """Return what the address asks for and no choice offers: the filters have to say it, too."""
    chosen = {
        "label": (wanted.label, labels),
        "camera": (wanted.camera, [camera["uid"] for camera in cameras]),
        "area": (wanted.area, areas),
    }
    return {name: value for name, (value, known) in chosen.items() if value not in known}


def cameras_page(site: Site, now: datetime) -> dict[str, Any]:
    """Context of the list of cameras of a site."""
    cameras = list(camera_devices(site))
    seen = gallery_config(site, Filter(), lambda: _newest_cards(cameras))
    newest = {card["camera"]: card for card in seen["cards"]}
    devices = device_rows(site_id=site.pk, now=now)
    rows = {device["uid"]: device for device in devices}
    ids = {camera.pk for camera in cameras}
    tags = [tag for tag in tag_rows(site_id=site.pk) if tag["dev"] in ids]
    channels = (f"tel:site:{site.pk}", f"gallery:{site.pk}")
    return {
        "section": "cameras",
        "site": site,
        "cameras": [
            {
                "device": rows[camera.uid],
                "still": still(camera),
                "newest": newest.get(camera.uid),
                "watched": _is_watched(camera),
            }
            for camera in cameras
            if camera.uid in rows
        ],
        "config": joined(config_of(site, now, devices, tags, *channels), seen),
    }


def camera_page(device: Device, now: datetime) -> dict[str, Any]:
    """Context of the page of one camera; the device is one of `cameras_of`."""
    site, wanted = device.site, Filter(camera=device.uid)
    seen = gallery_config(site, wanted, lambda: cards_of(site, wanted, most=RECENT))
    devices = device_rows(site_id=site.pk, now=now)
    channels = [f"tel:device:{device.pk}", f"gallery:{site.pk}"]
    reports = {}
    if device.via_id:  # it says which configuration runs
        channels.append(f"health:{device.via_id}")
        reports[channels[-1]] = report(gateway_id=device.via_id, now=now, ledgers={})
    tags = tag_rows(device_id=device.pk)
    camera = getattr(device, "camera", None)
    rows = {row["id"]: row for row in devices}
    picture = still(device)
    return {
        "section": "cameras",
        "site": site,
        "device": rows[device.pk],
        "gateway": rows.get(device.via_id),
        "camera": camera,
        "watched": _is_watched(device),
        "still": picture,
        "cards": seen["cards"],
        "config": joined(config_of(site, now, devices, tags, *channels), seen)
        | {
            "reports": reports,
            "still": picture,
            "zones": camera.zones if camera else [],
            "zones_url": reverse("api_camera", args=[device.uid]) if camera else "",
        },
    }


def camera_devices(site: Site) -> QuerySet[Device]:
    """Return the cameras of a site with what their pages need of them."""
    ready = Snapshot.objects.filter(
        detection__camera=OuterRef("pk"), state=Snapshot.State.READY
    ).order_by("-at", "-pk")
    newest = Detection.objects.filter(camera=OuterRef("pk")).order_by("-since", "-pk")
    return cameras_of(site).annotate(
        still_id=Subquery(ready.values("pk")[:1]), newest_id=Subquery(newest.values("pk")[:1])
    )


def still(device: Device) -> Row | None:
    """Return the newest picture of one of `camera_devices`; ``at`` is epoch milliseconds."""
    picture = Snapshot.objects.filter(pk=device.still_id).first()  # type: ignore[attr-defined]
    if picture is None:
        return None
    return {
        "image": picture_url(picture, "full"),
        "thumb": picture_url(picture, "thumb"),
        "at": round(picture.at.timestamp() * 1000),
        "width": picture.width,
        "height": picture.height,
    }


def _newest_cards(cameras: list[Device]) -> list[Row]:
    ids = [camera.newest_id for camera in cameras]  # type: ignore[attr-defined]
    return cards(Detection.objects.filter(pk__in=[pk for pk in ids if pk]))


def _is_watched(device: Device) -> bool:
    camera = getattr(device, "camera", None)
    return camera is None or camera.enabled  # None: its gateway has a file of its own
