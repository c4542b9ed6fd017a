"""What pages show of detections: which were asked for, and what the scripts go on with."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from alarms.gallery import card, with_pictures
from alarms.models import Detection, Verdict
from alarms.reviews import unreviewed
from devices.access import AnyUser
from devices.feed import GALLERY, position
from devices.models import Device, Site
from devices.selectors import Row

PAGE: Final = 48  # cards at once
STRIP: Final = 6  # on the overview
STATES: Final = ("active", "ended", "historical")
UNREVIEWED: Final = "unreviewed"  # by whoever looks
UNJUDGED: Final = "none"  # among the verdicts: nobody has said anything
VERDICTS: Final = (UNJUDGED, *Verdict.Kind.values)
_LATEST_MS: Final = 221_845_305_600_000  # the year 9000
_CURSOR: Final = re.compile(r"(\d{1,15})_(\d{1,18})\Z")


@dataclass(frozen=True)
class Filter:
    """What somebody wants to see. Empty: all of it."""

    label: str = ""
    camera: str = ""  # its UID
    area: str = ""
    state: str = ""  # one of STATES
    score: int = 0  # percent, at least
    day: str = ""  # of the plant, as YYYY-MM-DD
    review: str = ""  # UNREVIEWED
    verdict: str = ""  # one of VERDICTS
    begin: int = 0  # epoch milliseconds; "from" in addresses
    end: int = 0  # "to"; 0: no end

    @property
    def is_empty(self) -> bool:
        """Say whether nothing is left out."""
        return self == Filter()


def read_filter(query: Mapping[str, str]) -> Filter:
    """Read a filter from an address; what cannot be understood counts as not asked for."""
    text = {field.name: query.get(field.name, "").replace("\0", "") for field in fields(Filter)}
    score = int(text["score"]) if re.fullmatch("[0-9]{1,3}", text["score"]) else 0
    begin, end = (_read_ms(query.get(name, "")) for name in ("from", "to"))
    return Filter(
        label=text["label"],
        camera=text["camera"],
        area=text["area"],
        state=text["state"] if text["state"] in STATES else "",
        score=min(score, 100),
        day=text["day"] if read_day(text["day"]) else "",
        review=UNREVIEWED if text["review"] == UNREVIEWED else "",
        verdict=text["verdict"] if text["verdict"] in VERDICTS else "",
        begin=begin if begin < end or not end else 0,
        end=end if begin < end else 0,
    )


def cards_of(
    site: Site, wanted: Filter, *, before: str = "", most: int = PAGE, by: AnyUser | None = None
) -> list[Row]:
    """Return the newest detections that were asked for.

    Args:
        site: where.
        wanted: which.
        before: only those after this one in the order of the pages, as ``cursor_of`` wrote it.
        most: how many at most.
        by: whose reviews count, for a filter that asks for them.

    Returns:
        The rows of `alarms.gallery.card`.
    """
    rows = wanted_rows(site, wanted, by)
    if found := _CURSOR.match(before):
        since, pk = _time(int(found[1])), int(found[2])
        rows = rows.filter(Q(since__lt=since) | Q(since=since, pk__lt=pk))
    return cards(rows.order_by("-since", "-pk")[:most])


def cards(rows: QuerySet[Detection]) -> list[Row]:
    """Return these detections as ``cards_of`` does."""
    return [card(row) for row in with_pictures(rows)]


def cursor_of(shown: Sequence[Row]) -> str:
    """Write where the next cards begin."""
    return f"{shown[-1]['since']}_{shown[-1]['id']}" if shown else ""


def gallery_config(site: Site, wanted: Filter, read: Callable[[], list[Row]]) -> dict[str, Any]:
    """Give the scripts cards, and where in its channel to go on from there.

    Args:
        site: where.
        wanted: which cards the page shows.
        read: returns those that it starts with. The position is taken before: what happens in
            between is told again.
    """
    return {
        "positions": positions_of(site, GALLERY),
        "cards": read(),
        "filter": shown_filter(site, wanted),
        "camera_url": reverse("camera", args=["UID"]),
        "detections_url": reverse("api_detection-list"),
    }


def positions_of(site: Site, topic: str) -> dict[str, Any]:
    """Say where in its channel a topic stands; read it before the rows.

    Empty where nothing was ever told: there a snapshot costs nothing.
    """
    known = position(site_id=site.pk, topic=topic)
    at = {f"{topic}:{site.pk}": {"ep": known.epoch, "o": known.offset}}
    return at if known.epoch else {}


def shown_filter(site: Site, wanted: Filter) -> dict[str, Any]:
    """Return a filter as the scripts judge by it."""
    told = {name: value for name, value in asdict(wanted).items() if name not in {"begin", "end"}}
    return told | span_of(wanted, ZoneInfo(site.time_zone))


def labels_of(site: Site) -> list[str]:
    """Return the classes that were ever seen at a site."""
    labels = Detection.objects.filter(site=site).order_by("label")
    return list(labels.values_list("label", flat=True).distinct())


def cameras_of(site: Site) -> QuerySet[Device]:
    """Cameras of a site: devices that are watched, or that something was seen by; by UID."""
    seen = Exists(Detection.objects.filter(camera=OuterRef("pk")))
    devices = Device.objects.filter(site=site).filter(Q(camera__isnull=False) | Q(seen))
    return devices.select_related("camera", "via", "site").order_by("uid")


def wanted_rows(site: Site, wanted: Filter, by: AnyUser | None) -> QuerySet[Detection]:
    """Return the detections of a site that were asked for, by somebody."""
    rows = Detection.objects.filter(site=site)
    exact = {"label": wanted.label, "camera_uid": wanted.camera, "camera__area": wanted.area}
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    if wanted.state == "historical":
        rows = rows.filter(historical=True)
    elif wanted.state:
        rows = rows.filter(state=wanted.state)
    if wanted.score:
        rows = rows.filter(score__gte=wanted.score / 100)
    if wanted.verdict == UNJUDGED:
        rows = rows.filter(verdict=None)
    elif wanted.verdict:
        rows = rows.filter(verdict__kind=wanted.verdict)
    if wanted.review and by is not None:
        rows = unreviewed(rows, by)
    span = span_of(wanted, ZoneInfo(site.time_zone))
    if "from" in span:
        rows = rows.filter(since__gte=_time(span["from"]))
    if "to" in span:
        rows = rows.filter(since__lt=_time(span["to"]))
    return rows


def _read_ms(text: str) -> int:
    return min(int(text), _LATEST_MS) if re.fullmatch("[0-9]{1,15}", text) else 0


def read_day(text: str) -> dt.date | None:
    """Read a day; None: it is none."""
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1971 <= day.year <= 9000 and day.isoformat() == text else None


def span_of(wanted: Filter, zone: dt.tzinfo) -> dict[str, int]:
    """Return the begin and the end of the time asked for, epoch milliseconds, as far as given."""
    begin, end = wanted.begin, wanted.end
    if day := read_day(wanted.day):
        begin = max(begin, midnight(day, zone))
        until = midnight(day + dt.timedelta(days=1), zone)
        end = min(end or until, until)
    span = {"from": begin, "to": end}
    return {name: ms for name, ms in span.items() if ms}


def midnight(day: dt.date, zone: dt.tzinfo) -> int:
    """Return when a day of the plant begins, epoch milliseconds."""
    return round(dt.datetime.combine(day, dt.time(), zone).timestamp() * 1000)


def _time(ms: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(ms / 1000, dt.UTC)
