"""Reads for pages and sockets: devices with their state, tags with their latest reading."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import (
    DateTimeField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Value,
    Window,
)
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import RowNumber
from django.utils import timezone

from devices.gateways import gateways_among
from devices.models import Device, DeviceState, SiteFigure, Tag
from devices.profiles import MEANINGS, Meanings, meanings
from devices.status import Facts, status_of

MOST_COMPARED = 8  # at once; more lines cannot be told apart. Also in static/js/windows.js
SHOWN_PER_DEVICE = 4  # tags of a device on the overview, besides the pinned and the key figures

Row = dict[str, Any]
Reading = list[Any]  # [tag id, source ms, value or None, quality, received ms, text if any]


class SiteTag(NamedTuple):
    """One tag as pages know it."""

    definition: Row  # what the registry says; see `tag_rows`
    on_overview: bool
    reading: Reading | None  # the latest; None: it never reported


# ---------------------------------------------------------------- devices


def device_rows(
    *, site_id: int, device_ids: Iterable[int] | None = None, now: datetime | None = None
) -> list[Row]:
    """Devices of a site with their status, as the pages get them.

    Args:
        site_id: the site.
        device_ids: only these and the devices reached via them; None: all.
        now: the moment to judge by.

    Returns:
        ``{id, uid, name, area, via, gateway, status, detail, since, seen}``: ``via`` is the uid of
        the gateway that speaks for it or None, ``gateway`` whether it is one itself, ``since`` and
        ``seen`` are epoch milliseconds or None.
    """
    devices = Device.objects.filter(site_id=site_id)
    if device_ids is not None:
        wanted = list(device_ids)
        devices = devices.filter(Q(pk__in=wanted) | Q(via_id__in=wanted))
    return _device_rows(devices, now or timezone.now())


def device_row(device_id: int, now: datetime | None = None) -> Row:
    """One device as the pages get it.

    Raises:
        Device.DoesNotExist: there is none.
    """
    rows = _device_rows(Device.objects.filter(pk=device_id), now or timezone.now())
    if not rows:
        raise Device.DoesNotExist
    return rows[0]


def _device_rows(devices: QuerySet[Device], now: datetime) -> list[Row]:
    gateways = set(gateways_among(devices).values_list("pk", flat=True))
    return [
        _device_row(device, now) | {"gateway": device.pk in gateways}
        for device in _with_facts(devices)
    ]


def _with_facts(devices: QuerySet[Device]) -> QuerySet[Device]:
    received = F("tags__latest__received_time")
    patience = ExpressionWrapper(
        _stale_ms("tags__") * Value(timedelta(milliseconds=1)), output_field=DurationField()
    )
    fresh_until = ExpressionWrapper(received + patience, output_field=DateTimeField())
    return (
        devices.select_related("state", "via__state")
        .annotate(reported_at=Max(received), patience=Max(patience), fresh_until=Max(fresh_until))
        .order_by("uid")
    )


def _device_row(device: Device, now: datetime) -> Row:
    status = status_of(_facts(device), now)
    return {
        "id": device.pk,
        "uid": device.uid,
        "name": device.name,
        "area": device.area,
        "via": device.via.uid if device.via else None,
        "status": status.name,
        "detail": status.detail,
        "since": _ms(status.since),
        "seen": _ms(status.seen),
    }


def _facts(device: Device) -> Facts:
    own = getattr(device, "state", None) or DeviceState()
    carrier = device.via
    link = (getattr(carrier, "state", None) or DeviceState()) if carrier else own
    return Facts(
        enabled=device.enabled,
        via_gateway=carrier is not None,
        connected=link.connected and (carrier is None or carrier.enabled),
        connection_changed_at=link.changed_at,
        connection_seen_at=link.last_seen_at,
        link_event_at=own.link_event_at,
        link_down_since=own.link_down_since,
        link_detail=own.link_detail,
        reported_at=getattr(device, "reported_at", None),
        fresh_until=getattr(device, "fresh_until", None),
        patience=getattr(device, "patience", None),
    )


# ---------------------------------------------------------------- tags


def site_tags(*, site_id: int) -> list[SiteTag]:
    """All tags of a site with their latest readings, by device and place on the page."""
    return _site_tags(Tag.objects.filter(device__site_id=site_id))


def tag_rows(*, site_id: int | None = None, device_id: int | None = None) -> list[Row]:
    """Tags with their latest readings, as the pages get them.

    Args:
        site_id: those shown on the overview of this site: the pinned ones, those of its key
            figures, and the first of each device.
        device_id: all of this device. Give one of the two.

    Returns:
        ``{k, dev, name, label, unit, dec, lo, hi, states, bits, scan_ms, stale_ms, pin, t, r, v,
        q, raw}``: ``k`` and ``dev`` are ids, ``states`` and ``bits`` what the numbers or their
        bits mean (or None), times are epoch milliseconds; a tag that never reported has None for
        ``t`` to ``raw``.
    """
    if device_id is not None:
        tags = _site_tags(Tag.objects.filter(device_id=device_id))
    else:
        tags = [tag for tag in site_tags(site_id=site_id or 0) if tag.on_overview]
    return [tag_row(tag.definition, tag.reading) for tag in tags]


def trend_tags(device: Device) -> list[int]:
    """Return the ids of tags whose trends are worth a look beside what a camera saw.

    Those of the plant in its area, the pinned ones first; if there are none, what the camera tells
    of itself. `MOST_COMPARED` at most.
    """
    order = ("-pinned", "device__uid", "position", "name")
    near = Tag.objects.filter(device__site=device.site_id, device__area=device.area)
    near = near.filter(device__camera=None) if device.area else Tag.objects.none()
    near = near.exclude(device=device)
    rows = near if near.exists() else Tag.objects.filter(device=device)
    return list(rows.order_by(*order).values_list("pk", flat=True)[:MOST_COMPARED])


def tag_row(definition: Row, reading: Reading | None) -> Row:
    """Join what the registry says of a tag with its latest reading."""
    _, t, v, q, r, *raw = reading or [None] * 5
    return {**definition, "t": t, "r": r, "v": v, "q": q, "raw": raw[0] if raw else None}


def _site_tags(tags: QuerySet[Tag]) -> list[SiteTag]:
    """Read columns, not objects: a page may have thousands of tags."""
    order = ("position", "name")
    rows = tags.order_by("device__uid", *order).values(
        *("name", "label", "unit", "scan_ms", "point"),
        k=F("pk"),
        dev=F("device_id"),
        dec=F("decimals"),
        lo=F("low"),
        hi=F("high"),
        stale_ms=_stale_ms(),
        pin=F("pinned"),
        profile=F("device__profile_id"),
        figure=Exists(SiteFigure.tags.through.objects.filter(tag_id=OuterRef("pk"))),
        place=Window(RowNumber(), partition_by="device_id", order_by=order),
        t=F("latest__source_time"),
        v=F("latest__value"),
        q=F("latest__quality"),
        r=F("latest__received_time"),
        raw=F("latest__raw"),
    )
    found = list(rows)
    known = meanings(row["profile"] for row in found)
    return [_site_tag(row, known) for row in found]


def _site_tag(row: Row, known: Meanings) -> SiteTag:
    """Split a row into what the registry says and the latest reading."""
    own, profile = row.pop("point"), known.get(row.pop("profile"), {}).get(row["name"], {})
    described = profile | (own if isinstance(own, dict) else {})
    row.update((field, described.get(field) or None) for field in MEANINGS)
    t, v, q, r, raw = (row.pop(name) for name in ("t", "v", "q", "r", "raw"))
    place, of_figure = row.pop("place"), row.pop("figure")
    shown = place <= SHOWN_PER_DEVICE or of_figure or row["pin"]
    reading = None if t is None else [row["k"], _ms(t), v, q, _ms(r), raw]
    return SiteTag(row, shown, reading)


def _stale_ms(tags: str = "") -> CombinedExpression:
    """``Tag.stale_ms`` for the database."""
    return F(f"{tags}silence_ms") + 3 * F(f"{tags}scan_ms")


def _ms(moment: datetime | None) -> int | None:
    return None if moment is None else round(moment.timestamp() * 1000)
