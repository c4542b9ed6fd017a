"""Collects what the checker judges: truth logs, spools, and the database."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import msgspec

from devices import accounting
from edge.truth import Line
from tests.faults.checker import Evidence, Gap, Place, Reading, Stand
from tests.faults.ground import Ground
from tests.faults.world import Gateway, World

_line = msgspec.json.Decoder(Line)
_OF_GATEWAY = "select id from devices_device where uid = %s"
_OF_DEVICES = (
    "from {table} r join devices_tag t on t.id = r.tag_id"
    f" join devices_device d on d.id = t.device_id where d.via_id = ({_OF_GATEWAY})"
)
_READING = (
    "select d.uid, t.name, (extract(epoch from r.source_time) * 1000)::bigint, r.value, r.quality "
)


def collect(world: World) -> list[Evidence]:
    """Collect what is known of every gateway, when none runs any more."""
    return [_collect(world.ground, gateway) for gateway in world.gateways]


def _collect(ground: Ground, gateway: Gateway) -> Evidence:
    evidence = Evidence(gateway.uid, kills=gateway.process.kills)
    read_truth(gateway.truth, evidence)
    read_spool(gateway.spool, evidence)
    _read_database(ground, gateway.uid, evidence)
    return evidence


def read_truth(path: Path, evidence: Evidence) -> None:
    """Read a truth log; the lines that a kill cut short are counted."""
    for text in path.read_bytes().splitlines():
        try:
            line = _line.decode(text)
        except msgspec.DecodeError:
            evidence.torn_lines += 1
            continue
        place = Place(line.epoch, line.stream, line.seq)
        evidence.repeated += place in evidence.truth
        evidence.truth[place] = [Reading(*row) for row in line.readings]


def read_spool(path: Path, evidence: Evidence) -> None:
    """Read where a spool stands and what it still holds."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as spool:
        epoch = spool.execute("select value from meta where key = 'epoch'").fetchone()[0]
        for stream, following, forgotten in spool.execute(
            "select name, next, forgotten from stream"
        ):
            evidence.spool[epoch, stream] = Stand(following, forgotten)
        frames = "select stream, seq_from, seq, readings, reason from frame"
        for stream, seq_from, seq, readings, reason in spool.execute(frames):
            if reason is None:
                evidence.waiting.add(Place(epoch, stream, seq))
            elif seq > evidence.spool[epoch, stream].acked:
                evidence.unsent_gaps.append(Gap(epoch, stream, seq_from, seq, readings, reason))


def _read_database(ground: Ground, uid: str, evidence: Evidence) -> None:
    def of_devices(table: str) -> list[Reading]:
        rows = ground.query(_READING + _OF_DEVICES.format(table=table), uid)
        return [Reading(*row) for row in rows]

    rows = ground.query(accounting.POSITIONS, uid)
    evidence.positions = {(epoch, stream): last for epoch, stream, last, _ in rows}
    evidence.gaps = [Gap(*row) for row in ground.query(accounting.GAPS, uid)]
    rows = ground.query(accounting.QUARANTINED, uid)
    evidence.quarantined = [(stream, seq, i) for stream, seq, i, _ in rows]
    evidence.events = ground.query(accounting.EVENTS, uid)[0][0]
    evidence.stored = Counter(of_devices("devices_reading"))
    evidence.latest = {(r.device, r.tag): r for r in of_devices("devices_latest")}
