"""Stores the frames of many senders in the caller's transaction: each exactly once.

The fence: every frame carries its number in (device, epoch, stream); the number of the last stored
frame is locked, compared and moved on in the transaction that stores the readings. Whatever is
sent twice is acknowledged twice and stored once, and no unique index on the readings is needed.
"""

from __future__ import annotations

import datetime as dt
import io
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import msgspec
from django.conf import settings
from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import F

from devices.columns import Gathered, gather
from devices.copying import COLUMNS, Columns, pack
from devices.events import record_event
from devices.intake import Entry, Outcome, Receipt, Sender, stream_of
from devices.marking import mark_late
from devices.models import Gap, Position, Quarantined
from edge import wire

FUTURE_MS = 300_000  # a source time further ahead than this is a broken clock
DAY_MS = 86_400_000
_EPOCH = dt.date(1970, 1, 1)


def store(entries: Sequence[Entry], now_ms: int) -> Outcome:
    """Claim the frame numbers and store what is new. Call inside ``transaction.atomic()``.

    Raises:
        django.db.DataError: a row is not acceptable to the database (none of it is stored).
    """
    receipts: dict[Sender, Receipt] = {entry.sender: Receipt() for entry in entries}
    with connection.cursor() as cursor:
        _refuse_revoked(cursor, receipts)
        fresh = _claim(cursor, entries, receipts)
        gathered = gather([entry for entry in fresh if isinstance(entry.frame, wire.Data)])
        _judge_times(gathered, now_ms)
        _write_readings(cursor, gathered.good)
        mark_late(cursor, gathered.good)
        advanced = _advance_latest(cursor, gathered.good)
    _write_rest(fresh, gathered, receipts)
    for sender, count in gathered.stored_by_sender().items():
        receipts[sender].stored += count
    rows = _rows_by_site(advanced, gathered)
    detections = [entry for entry in fresh if isinstance(entry.frame, wire.Detection)]
    return Outcome(receipts, rows, len(gathered.good), detections, readings=gathered.good)


def _refuse_revoked(cursor: CursorWrapper, receipts: dict[Sender, Receipt]) -> None:
    """Mark the senders whose authority ended; in this transaction, so that none slips past."""
    cursor.execute(
        "select c.id from devices_credential c join devices_device d on d.id = c.device_id"
        " where c.id = any(%s) and d.enabled and c.revoked_at is null"
        " and (c.expires_at is null or c.expires_at > now())",
        [list({sender.credential_id for sender in receipts})],
    )
    valid = {row[0] for row in cursor.fetchall()}
    for sender, receipt in receipts.items():
        if sender.credential_id not in valid:
            receipt.refused = "revoked"


def _claim(
    cursor: CursorWrapper, entries: Sequence[Entry], receipts: dict[Sender, Receipt]
) -> list[Entry]:
    """Return the entries that are stored now, and move the positions past them."""
    wanted = {pid for sender in receipts for pid in sender.positions.values()}
    cursor.execute(
        "select id, last from devices_position where id = any(%s) order by id for update",
        [list(wanted)],
    )
    last: dict[int, int] = dict(cursor.fetchall())
    before = dict(last)
    fresh = [entry for entry in entries if _take(entry, last, receipts[entry.sender])]
    moved = [(pid, seq) for pid, seq in last.items() if seq != before[pid]]
    if moved:
        cursor.execute(
            "update devices_position p set last = n.last, updated_at = now()"
            " from unnest(%s::bigint[], %s::bigint[]) n(id, last) where p.id = n.id",
            [[pid for pid, _ in moved], [seq for _, seq in moved]],
        )
    return fresh


def _take(entry: Entry, last: dict[int, int], receipt: Receipt) -> bool:
    """Say whether this frame is the next of its stream, and note the answer to its sender."""
    if receipt.refused:
        return False
    frame, positions = entry.frame, entry.sender.positions
    if not positions:
        return True
    stream = stream_of(frame)
    position = positions[stream]
    stored = last[position]
    first = frame.seq_from if isinstance(frame, wire.Gap) else frame.seq
    if first > stored + 1:
        receipt.missing[stream] = stored
        return False
    receipt.acks[stream] = max(stored, frame.seq)
    if frame.seq <= stored:
        return False
    if isinstance(frame, wire.Gap):
        frame.seq_from = stored + 1  # what was stored before the gap is not lost
    last[position] = frame.seq
    return True


def count_phases(stored: Iterable[Entry]) -> None:
    """Count frames that were joined to a detection: no row of their own says that they came.

    Call it in the transaction that claimed and joined them.
    """
    positions = (entry.sender.positions.get(stream_of(entry.frame)) for entry in stored)
    counts = Counter(position for position in positions if position is not None)
    for position, count in counts.items():  # claimed, so locked already
        Position.objects.filter(pk=position).update(phases=F("phases") + count)


def quarantine_frame(entry: Entry, why: str) -> Outcome:
    """Claim the number of a frame that the database refuses, and keep the frame for a person."""
    receipts = {entry.sender: Receipt()}
    with connection.cursor() as cursor:
        if _claim(cursor, [entry], receipts):
            set_aside(entry, receipts[entry.sender], "database", why)
    return Outcome(receipts, {})


def set_aside(entry: Entry, receipt: Receipt, code: str, why: str = "") -> None:
    """Keep a frame that cannot be stored as it was sent, less its picture, and say so."""
    frame = entry.frame
    if isinstance(frame, wire.Detection):
        frame = msgspec.structs.replace(frame, jpeg=b"")
    Quarantined.objects.create(
        device_id=entry.sender.device_id,
        stream=stream_of(frame),
        seq=frame.seq,
        i=-1,
        code=code,
        raw=f"{why.strip()}\n{wire.encode(frame)}".strip(),
        received_at=_time(entry.received_ms),
    )
    receipt.bad[stream_of(frame)].append(wire.Bad(frame.seq, -1, code))


def oldest_ms(now_ms: int) -> int:
    """Start of the oldest day that is kept for certain."""
    return (now_ms // DAY_MS - settings.READINGS_KEEP_DAYS + 1) * DAY_MS


def _judge_times(gathered: Gathered, now_ms: int) -> None:
    """Set aside readings whose time cannot be: they would land in no partition."""
    gathered.reject(gathered.columns.tag == 0, "unknown_tag")
    gathered.reject(gathered.columns.source < oldest_ms(now_ms), "too_old")
    gathered.reject(gathered.columns.source > now_ms + FUTURE_MS, "in_future")


def days_of(entries: Iterable[Entry], now_ms: int) -> set[dt.date]:
    """Days (UTC) that the acceptable readings of these entries fall on, for the partitions."""
    days: set[int] = set()
    for entry in entries:
        frame = entry.frame
        if isinstance(frame, wire.Data) and frame.dt:
            first, last = frame.t0 + min(frame.dt), frame.t0 + max(frame.dt)
            days.update((first // DAY_MS, last // DAY_MS))
            if last - first > DAY_MS:
                days.update((frame.t0 + offset) // DAY_MS for offset in frame.dt)
    lowest, highest = oldest_ms(now_ms) // DAY_MS, (now_ms + FUTURE_MS) // DAY_MS
    return {_EPOCH + dt.timedelta(days=day) for day in days if lowest <= day <= highest}


def _write_readings(cursor: CursorWrapper, good: Columns) -> None:
    if len(good):
        _copy(cursor, "devices_reading", good)


def _copy(cursor: CursorWrapper, table: str, columns: Columns) -> None:
    statement = f"copy {table} ({COLUMNS}) from stdin (format binary)"
    # Django translates the errors of its own methods only. Untranslated, a connection that is lost
    # or a lock that comes too late would look like a fault of the rows.
    with connection.wrap_database_errors:
        cursor.copy_expert(statement, io.BytesIO(pack(columns)), 1 << 20)


_STAGE = (
    "create temp table if not exists latest_stage (source_time timestamptz,"
    " received_time timestamptz, value float8, tag_id int4, quality int2, raw text)"
    " on commit delete rows"
)
# The stage is emptied as it is read: one transaction may store more than once. A tag that was
# deleted while its frame was on the way has no row to update: the join drops it.
_ADVANCE = f"""
with s as (delete from latest_stage returning *)
insert into devices_latest as l ({COLUMNS})
select {", ".join(f"s.{name}" for name in COLUMNS.split(", "))}
from s join devices_tag t on t.id = s.tag_id order by s.tag_id
on conflict (tag_id) do update set
    source_time = excluded.source_time, received_time = excluded.received_time,
    value = excluded.value, quality = excluded.quality, raw = excluded.raw
where excluded.source_time >= l.source_time
returning tag_id"""  # noqa: S608 - the names are constants of this package


def _advance_latest(cursor: CursorWrapper, good: Columns) -> Columns:
    """Keep the newest reading of each tag current and return those that moved on."""
    newest = good.newest()
    if not len(newest):
        return newest
    cursor.execute(_STAGE)
    _copy(cursor, "latest_stage", newest)
    cursor.execute(_ADVANCE)
    moved = {tag for (tag,) in cursor.fetchall()}
    if len(moved) == len(newest):
        return newest
    return newest.where([tag in moved for tag in newest.tag.tolist()])


def _write_rest(
    fresh: Sequence[Entry], gathered: Gathered, receipts: dict[Sender, Receipt]
) -> None:
    Quarantined.objects.bulk_create(
        Quarantined(
            device_id=entry.sender.device_id,
            stream=stream_of(entry.frame),
            seq=entry.frame.seq,
            i=rejected.i,
            code=rejected.code,
            raw=rejected.raw,
            received_at=_time(entry.received_ms),
        )
        for entry, rejected in gathered.rejected
    )
    for entry, rejected in gathered.rejected:
        bad = wire.Bad(entry.frame.seq, rejected.i, rejected.code)
        receipts[entry.sender].bad[stream_of(entry.frame)].append(bad)
    gaps = [(e, e.frame) for e in fresh if isinstance(e.frame, wire.Gap)]
    Gap.objects.bulk_create(_gap_row(entry, gap) for entry, gap in gaps)
    for entry in fresh:
        if isinstance(entry.frame, wire.Event):
            _record(entry, entry.frame)


def _gap_row(entry: Entry, gap: wire.Gap) -> Gap:
    return Gap(
        device_id=entry.sender.device_id,
        epoch=entry.sender.epoch,
        stream=gap.stream,
        seq_from=gap.seq_from,
        seq_to=gap.seq,
        first_at=_time(gap.first),
        last_at=_time(gap.last),
        readings=gap.readings,
        reason=gap.reason,
        received_at=_time(entry.received_ms),
    )


def _record(entry: Entry, event: wire.Event) -> None:
    sender = entry.sender
    record_event(
        gateway_id=sender.device_id,
        site_id=sender.site_id,
        device_id=sender.devices.get(event.device),
        event=event,
        received_at=_time(entry.received_ms),
    )


def _rows_by_site(advanced: Columns, gathered: Gathered) -> dict[int, list[list[object]]]:
    """Rows for the pages: [tag id, source ms, value or None, quality, received ms, raw or None]."""
    site_of = gathered.site_of_tag()
    rows: dict[int, list[list[object]]] = defaultdict(list)
    for row in advanced.rows():
        rows[site_of[row[0]]].append(row)
    return rows


def _time(ms: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(ms / 1000, dt.UTC)
