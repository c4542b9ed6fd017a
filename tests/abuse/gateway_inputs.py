"""What a hostile gateway may say. docs/abuse.md has the answers, by the same names."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from typing import Any, Final

from edge import wire

NOW: Final = time.time_ns() // 1_000_000
EPOCH: Final = "00112233445566aa"
Text = str | bytes


def data(**columns: str | None) -> str:
    """Write a data frame, its fields as JSON texts; None leaves one out."""
    known: dict[str, str | None] = {
        "type": '"data"',
        "stream": '"live"',
        "seq": "1",
        "t0": str(NOW),
        "dt": "[0]",
        "tag": "[0]",
        "v": "[1.5]",
    }
    fields = [f'"{name}":{text}' for name, text in (known | columns).items() if text is not None]
    return "{" + ",".join(fields) + "}"


def gap(**changes: Any) -> str:
    fields = {"type": "gap", "stream": "live", "seq_from": 1, "seq": 2, "first": NOW, "last": NOW}
    return json.dumps(fields | {"readings": 1, "reason": "quota"} | changes)


def event(**changes: Any) -> str:
    fields = {"type": "event", "seq": 1, "at": NOW, "kind": "device.down", "device": "PUMP"}
    return json.dumps(fields | changes)


def detection(**changes: Any) -> str:
    """Write a detection of the gateway's own device as JSON."""
    fields: dict[str, Any] = {"type": "detection", "seq": 1, "id": "0" * 32, "phase": "start"}
    fields |= {"at": NOW, "since": NOW, "camera": "NOBODY", "label": "fire", "model": "0" * 64}
    fields |= {"score": 0.9, "peak": 0.9, "threshold": 0.5}
    return json.dumps(fields | changes)


def with_picture(data: bytes, digest: str = "", **changes: Any) -> bytes:
    """Write a detection with a picture as a binary message."""
    sha256 = digest or hashlib.sha256(data).hexdigest()
    picture = {"role": "best", "at": NOW, "sha256": sha256, "width": 64, "height": 64}
    head = detection(picture=picture | changes).encode()
    return len(head).to_bytes(4) + head + data


def shown(data: bytes, **changes: Any) -> bytes:
    """Write a picture on demand that nobody asked for."""
    head = json.dumps({"type": "shown", "id": "7", "at": NOW, "age_ms": 40} | changes).encode()
    return len(head).to_bytes(4) + head + data


BOX: Final = {"label": "fire", "score": 0.5, "x": 0.1, "y": 0.1, "w": 0.1, "h": 0.1}


def many(count: int, value: str = "0") -> str:
    return "[" + ",".join([value] * count) + "]"


MESSAGES: Final[dict[str, Text]] = {
    # ---- JSON
    "json-empty": "",
    "json-not": "hello, world",
    "json-truncated": data()[:-9],
    "json-trailing": data() + "]",
    "json-two-values": data() + data(),
    "json-bom": "\ufeff" + data(),
    "json-quotes": data().replace('"', "'"),
    "json-line-break-in-text": event(detail="DETAIL").replace("DETAIL", "a\nb"),
    "json-comma": data(v="[1.5,]"),
    "json-nan": data(v="[NaN]"),
    "json-infinity": data(v="[-Infinity]"),
    "json-1e999": data(v="[1e999]"),
    "json-1e131071": data(v="[1e131071]"),
    "json-5000-digits": data(v=f"[{'9' * 5000}]"),
    "json-5000-digit-number": data(seq="9" * 5000),
    "json-nul": data(v="[null]", raw='{"0":"a\\u0000b"}'),
    "json-surrogate": data(v="[null]", raw='{"0":"\\ud800"}'),
    "json-deep": "[" * 100_000,
    "json-deep-object": '{"a":' * 50_000,
    "json-deep-value": data(v="[" * 50_000 + "]" * 50_000),
    "json-array": f"[{data()}]",
    "json-null": "null",
    "json-number": "7",
    "json-text": json.dumps(data()),
    "json-same-key-twice": data(seq='1,"seq":7'),
    # ---- frames
    "frame-no-type": data(type=None),
    "frame-unknown-type": data(type='"query"'),
    "frame-type-number": data(type="1"),
    "frame-of-the-cloud": '{"type":"ack","stream":"live","seq":1}',
    "frame-salvaged": data(rejected="[]"),
    "frame-unknown-field": data(values="[1.5]"),
    "frame-missing-field": data(tag=None),
    "frame-wrong-stream": data(stream='"events"'),
    "frame-column-object": data(v='{"0":1.5}'),
    "frame-column-text": data(v='"1.5"'),
    "frame-values-text": data(v='["1.5"]'),
    "frame-value-array": data(v="[[1.5]]"),
    "frame-value-true": data(v="[true]"),
    "frame-ragged": data(dt="[]"),
    "frame-ragged-quality": data(q="[]"),
    "frame-raw-nowhere": data(v="[]", dt="[]", tag="[]", raw='{"9":"x"}'),
    "frame-raw-key": data(v="[]", dt="[]", tag="[]", raw='{"' + "9" * 5000 + '":"x"}'),
    "frame-raw-control": data(v="[null]", raw='{"0":"\\u001b[2J"}'),
    "frame-raw-long": data(v="[null]", raw=json.dumps({"0": "x" * 1025})),
    "frame-1001-readings": data(dt=many(1001), tag=many(1001), v=many(1001)),
    "frame-million-readings": data(dt=many(80_000), tag=many(80_000), v=many(80_000)),
    "frame-600-kib": data(v="[null]", raw=json.dumps({"0": "x" * 600 * 1024})),
    "frame-600-kib-blank": data() + " " * 600 * 1024,
    "frame-long-field": data(**{"x" * 500_000: "1"}),
    "frame-bytes": b"\x00\x01\x02",
    "frame-bytes-json": data().encode(),
    "detection-length": b"\x00\xff\xff\xff" + detection().encode(),
    "detection-no-json": b"\x00\x00\x00\x10" + b"\x00" * 64,
    "detection-digest": with_picture(b"x", "0" * 64),
    "detection-no-picture": len(detection()).to_bytes(4) + detection().encode() + b"x",
    "detection-large": with_picture(b"x" * 385 * 1024),
    "detection-jpeg-in-json": detection(jpeg="AAAA"),
    "detection-backwards": detection(since=NOW + 1),
    "detection-why": detection(why="stopped"),
    "detection-id-path": detection(id="../../etc/passwd"),
    "detection-label": detection(label="<script>"),
    "detection-score": detection(score=2),
    "detection-51-boxes": with_picture(b"x", boxes=[BOX] * 51),
    "detection-zone-nul": detection(zone="a\0b"),
    "shown-empty": shown(b""),
    "shown-large": shown(b"x" * 257 * 1024),
    "shown-age": shown(b"x", age_ms=-1),
    "shown-id-nul": shown(b"x", id="\0"),
    "shown-as-text": shown(b"")[4:].decode(),
    "detection-hole": detection(seq=3),
    "detection-unknown-camera": detection(),
    "detection-2099": detection(at=4_070_908_800_000),
    "detection-1970": detection(since=0),
    "value-missing": data(v="[null]"),
    "value-of-bad-reading": data(q="[24]"),
    "quality-300": data(q="[300]"),
    "quality-text": data(q='["GOOD"]'),
    "tag-negative": data(tag="[-1]"),
    "tag-beyond-32-bits": data(tag="[4294967296]"),
    "tag-unknown": data(tag="[77]"),
    "tag-text": data(tag='["t0"]'),
    # ---- order
    "seq-0": data(seq="0"),
    "seq-negative": data(seq="-1"),
    "seq-fraction": data(seq="1.5"),
    "seq-text": data(seq='"1"'),
    "seq-true": data(seq="true"),
    "seq-2-53": data(seq=str(2**53)),
    "seq-hole": data(seq="2"),
    "seq-hole-largest": data(seq=str(wire.MAX_SEQ)),
    "gap-backwards": gap(seq_from=9, seq=3),
    "gap-time-backwards": gap(first=NOW, last=NOW - 1),
    "gap-after-hole": gap(seq_from=5, seq=9),
    "gap-negative": gap(seq_from=-4),
    "gap-reason": gap(reason="because"),
    "gap-readings": gap(readings=-1),
    "gap-huge": gap(stream="history", seq=wire.MAX_SEQ),
    "event-kind": event(kind="DEVICE DOWN"),
    "event-nul": event(detail="a\0b"),
    "event-long": event(detail="x" * 1025),
    "event-hole": event(seq=3),
    "beat-negative": json.dumps({"type": "beat", "wall": -1}),
    "tags-2001": json.dumps(
        {"type": "tags", "tags": [{"n": n, "device": "D", "name": "t"} for n in range(2001)]}
    ),
    "tags-negative": json.dumps({"type": "tags", "tags": [{"n": -1, "device": "D", "name": "t"}]}),
    "hello-again": json.dumps(
        {"type": "hello", "v": 1, "uid": "GW", "epoch": EPOCH, "next": {}, "wall": NOW}
    ),
    # ---- times
    "time-1970": data(t0="0"),
    "time-before-1970": data(t0="0", dt="[-2147483648]"),
    "time-negative": data(t0="-1"),
    "time-2099": data(t0="4070908800000"),
    "time-1e12-s": data(t0="1000000000000000"),
    "time-fraction": data(t0="1.5"),
    "time-infinity": data(t0='"infinity"'),
    "time-too-far-off": data(dt="[2147483648]"),
    "time-offset-text": data(dt='["now"]'),
    "time-an-hour-ahead": data(t0=str(NOW + 3_600_000)),
}

Hello = Callable[[str], Text]


def hello(**changes: Any) -> Hello:
    """Write the first message of a gateway, once its UID is known."""

    def write(uid: str) -> str:
        known = {"type": "hello", "v": 1, "uid": uid, "epoch": EPOCH, "next": {}, "wall": NOW}
        return json.dumps(known | changes)

    return write


def named(name: str, **changes: Any) -> Hello:
    return lambda uid: hello(tags=[{"n": 0, "device": uid, "name": name} | changes])(uid)


OPENINGS: Final[dict[str, Hello]] = {
    "open-data": lambda uid: data(),
    "open-beat": lambda uid: json.dumps({"type": "beat", "wall": NOW}),
    "open-json": lambda uid: "{",
    "open-bytes": lambda uid: hello()(uid).encode(),
    "open-version": hello(v=2),
    "open-version-text": hello(v="1"),
    "open-uid-of-another": hello(uid="SOMEBODY"),
    "open-uid-case": lambda uid: hello(uid=uid.lower())(uid),
    "open-uid-sql": hello(uid="' or 1=1 --"),
    "open-uid-path": hello(uid="../../etc/passwd"),
    "open-uid-crlf": hello(uid="GW\r\nX: 1"),
    "open-uid-nul": hello(uid="GW\0"),
    "open-uid-long": hello(uid="x" * 65),
    "open-epoch": hello(epoch="0011"),
    "open-wall": hello(wall=-1),
    "open-next": hello(next={"live": 0}),
    "open-stream": hello(next={"alarms": 1}),
    "open-agent-long": hello(agent="x" * 129),
    "open-agent-control": hello(agent="\x1b[2J"),
    "open-2001-tags": hello(tags=[{"n": n, "device": "D", "name": "t"} for n in range(2001)]),
    "name-sql": named("'; drop table devices_tag; --"),
    "name-crlf": named("t0\r\nERROR forged"),
    "name-line-break-at-end": named("t0\n"),
    "name-nul": named("t\0"),
    "name-rtl": named("\u202et0"),
    "name-129": named("x" * 129),
    "name-empty": named(""),
    "name-not-ascii": named("température"),
    "name-unit-nul": named("t0", unit="\0"),
    "name-unit-long": named("t0", unit="x" * 33),
    "name-scan": named("t0", scan_ms=0),
    "name-path": named("../../etc/passwd"),
    "name-of-another-device": named("t0", device="SOMEBODY"),
}
