"""State topics: what pages show and must not miss, as numbered events over a table of rows.

Every event of a (site, topic) takes the next number in the transaction that makes the change, so
the numbers have no holes: a page that sees one knows that it missed something. The rows are what
the events add up to; a snapshot is the rows and the number of the newest event, read together.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from django.db import connection, transaction

from devices.models import Topic, TopicEvent, TopicRow
from devices.selectors import Row, device_rows
from devices.signals import announced

DEVICES: Final = "devices"  # rows of `selectors.device_rows`
GALLERY: Final = "gallery"  # rows of `alarms.gallery.card`
ALARMS: Final = "alarms"  # rows of `alarms.listing.row`
FIGURES: Final = "figures"  # one row, of the site: its key figures were chosen anew
TOPICS: Final = (DEVICES, GALLERY, ALARMS, FIGURES)
KEPT_ROWS: Final = {GALLERY: 60}  # newest rows by ``since``, then ``id``; pages keep as many
KEPT_EVENTS: Final = 1000  # newest events of a topic that can be replayed


class Position(NamedTuple):
    """Where a topic stands."""

    epoch: str
    offset: int


class Snapshot(NamedTuple):
    """All rows of a topic as a JSON array, and the number of the last event in them."""

    epoch: str
    offset: int
    rows: str


class Event(NamedTuple):
    """One numbered event; the payload is JSON."""

    offset: int
    payload: str


# ---------------------------------------------------------------- writing


def announce(*, site_id: int, topic: str, payload: Row) -> int:
    """Number and store one event in the caller's transaction; pages hear of it on commit.

    The topic stays locked until that commit, so call it late in a long transaction.

    Args:
        site_id: the site whose pages are told.
        topic: for instance ``DEVICES``.
        payload: the row that takes the place of the one with the same ``id``, or
            ``{"id": id, "gone": True}``.

    Returns:
        The number of the event.
    """
    return announce_all(site_id=site_id, topic=topic, payloads=[payload])


def announce_all(*, site_id: int, topic: str, payloads: Sequence[Row]) -> int:
    """Do the same with several events at once; returns the number of the last."""
    with transaction.atomic():
        pk, (epoch, last) = _count(site_id, topic, len(payloads))
        numbered = list(enumerate(payloads, last - len(payloads) + 1))
        TopicEvent.objects.bulk_create(
            TopicEvent(topic_id=pk, offset=offset, payload=payload) for offset, payload in numbered
        )
        TopicEvent.objects.filter(topic_id=pk, offset__lte=last - KEPT_EVENTS).delete()
        _keep_rows(pk, payloads)
        _drop_old_rows(pk, topic)
        for offset, payload in numbered:
            _tell_on_commit(site_id, topic, Position(epoch, offset), payload)
    return last


def _tell_on_commit(site_id: int, topic: str, position: Position, payload: Row) -> None:
    def tell() -> None:
        announced.send(
            sender=Topic,
            site_id=site_id,
            topic=topic,
            epoch=position.epoch,
            offset=position.offset,
            payload=payload,
        )

    transaction.on_commit(tell, robust=True)  # stored is stored, whoever fails to listen


def _count(site_id: int, topic: str, step: int) -> tuple[int, Position]:
    """Lock the topic, making it first if it is new, and move its number on."""
    with connection.cursor() as cursor:
        cursor.execute(
            'insert into devices_topic as t (site_id, name, epoch, "offset")'
            " values (%s, %s, %s, %s) on conflict (site_id, name)"
            ' do update set "offset" = t."offset" + %s returning id, epoch, "offset"',
            [site_id, topic, secrets.token_hex(8), step, step],
        )
        pk, epoch, offset = cursor.fetchone()
    return pk, Position(epoch, offset)


def _keep_rows(topic_pk: int, payloads: Sequence[Row]) -> None:
    rows = {payload["id"]: payload for payload in payloads}  # the last one of each counts
    gone = [key for key, payload in rows.items() if payload.get("gone")]
    if gone:
        TopicRow.objects.filter(topic_id=topic_pk, key__in=gone).delete()
    TopicRow.objects.bulk_create(
        (
            TopicRow(topic_id=topic_pk, key=key, row=rows[key])
            for key in sorted(rows.keys() - set(gone))
        ),
        update_conflicts=True,
        unique_fields=["topic", "key"],
        update_fields=["row"],
    )


def _drop_old_rows(topic_pk: int, topic: str) -> None:
    if most := KEPT_ROWS.get(topic):
        newest_first = TopicRow.objects.filter(topic_id=topic_pk).order_by("-row__since", "-key")
        if old := list(newest_first.values_list("pk", flat=True)[most:]):
            TopicRow.objects.filter(pk__in=old).delete()


def refresh_devices(
    *, site_id: int, device_ids: Iterable[int] | None = None, now: datetime | None = None
) -> int:
    """Announce every device whose row is no longer the one that pages were told.

    Some changes have no author: a device falls stale because time passes. So this runs once a
    second for every site that somebody looks at. Call it also after a change that touches many
    devices, such as the connection of a gateway; it is right from inside the transaction of the
    change and after it.

    Args:
        site_id: the site.
        device_ids: look only at these and the devices reached via them; None: at all.
        now: the moment to judge by.

    Returns:
        The number of announced events.
    """
    ids = None if device_ids is None else list(device_ids)
    if not _differences(site_id, ids, now):
        return 0
    with transaction.atomic():
        _count(site_id, DEVICES, step=0)  # whoever waits here compares with what we will have told
        payloads = _differences(site_id, ids, now)
        if payloads:
            announce_all(site_id=site_id, topic=DEVICES, payloads=payloads)
    return len(payloads)


def _differences(site_id: int, ids: list[int] | None, now: datetime | None) -> list[Row]:
    rows = {row["id"]: row for row in device_rows(site_id=site_id, device_ids=ids, now=now)}
    told = TopicRow.objects.filter(topic__site_id=site_id, topic__name=DEVICES)
    if ids is not None:
        told = told.filter(key__in={*ids, *rows})
    known: dict[int, Row] = dict(told.values_list("key", "row"))
    changed = [row for key, row in rows.items() if known.get(key) != row]
    return [*changed, *({"id": key, "gone": True} for key in known.keys() - rows.keys())]


def renew_epochs() -> int:
    """Make every page start over: after a restore the old numbers would mean other events.

    Returns:
        The number of topics.
    """
    topics = Topic.objects.all()
    for topic in topics:
        Topic.objects.filter(pk=topic.pk).update(epoch=secrets.token_hex(8))
    return len(topics)


# ---------------------------------------------------------------- reading


def position(*, site_id: int, topic: str) -> Position:
    """Tell where a topic stands; epoch "" and offset 0 when it has no event yet."""
    known = Topic.objects.filter(site_id=site_id, name=topic).values_list("epoch", "offset")
    return Position(*(known.first() or ("", 0)))


def positions(*, site_id: int) -> dict[str, Position]:
    """Tell where all topics of a site stand."""
    told = Topic.objects.filter(site_id=site_id).values_list("name", "epoch", "offset")
    known = {name: Position(epoch, offset) for name, epoch, offset in told}
    return {topic: known.get(topic, Position("", 0)) for topic in TOPICS}


def rows_told(*, site_id: int, topic: str) -> set[int]:
    """Return the ids of the rows that a snapshot would have."""
    rows = TopicRow.objects.filter(topic__site_id=site_id, topic__name=topic)
    return set(rows.values_list("key", flat=True))


def snapshot(*, site_id: int, topic: str) -> Snapshot:
    """Read all rows and the number of the newest event, in one statement and so of one moment."""
    found = _read(
        "select t.epoch, t.\"offset\", (select coalesce(json_agg(r.row order by r.key), '[]')::text"
        " from devices_topicrow r where r.topic_id = t.id)"
        " from devices_topic t where t.site_id = %s and t.name = %s",
        [site_id, topic],
    )
    return Snapshot(*(found or ("", 0, "[]")))


def events_since(*, site_id: int, topic: str, since: Position) -> list[Event] | None:
    """Return the events after a position, or None when they cannot all be had any more.

    The position of a topic that had no event yet (see ``position``) is before the first one.
    """
    found = _read(
        'select t.epoch, t."offset", (select coalesce(json_agg(json_build_array('
        ' e."offset", e.payload::text) order by e."offset"), \'[]\')::text'
        ' from devices_topicevent e where e.topic_id = t.id and e."offset" > %s)'
        " from devices_topic t where t.site_id = %s and t.name = %s",
        [since.offset, site_id, topic],
    )
    epoch, offset, text = found or ("", 0, "[]")
    events = [Event(*pair) for pair in json.loads(text)]
    complete = since.epoch in {epoch, ""} and since.offset + len(events) == offset
    return events if complete else None


def _read(statement: str, params: list[Any]) -> tuple[Any, ...] | None:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        row: tuple[Any, ...] | None = cursor.fetchone()
    return row
