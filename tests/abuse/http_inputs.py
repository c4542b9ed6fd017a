"""What may come over HTTP, most of it to the door for reports."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from abuse_peers import request
from gateway_inputs import NOW

DOOR: Final = "/api/v1/telemetry/"


class Caller:
    """A device at the door; the test says who it is."""

    def __init__(self, uid: str, token: str, session: str, others: dict[str, str]) -> None:
        self.uid = uid
        self.token = token
        self.session = session
        self.others = others  # UIDs of devices that it may not speak for

    def post(
        self,
        body: bytes | str,
        *,
        method: str = "POST",
        path: str = DOOR,
        headers: dict[str, str] | None = None,
    ) -> bytes:
        known = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        sent = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
        return request(method, path, known | (headers or {}), sent)

    def report(self, data: Any = None, **changes: Any) -> bytes:
        return self.post(json.dumps({"uid": self.uid, "data": data or {"t0": 1.5}} | changes))

    def raw(self, value: str, name: str = '"t0"', ts: str | None = None) -> bytes:
        """Post a report with a value, a name and a time as JSON texts."""
        rest = "" if ts is None else f',"ts":{ts}'
        return self.post(f'{{"uid":"{self.uid}","data":{{{name}:{value}}}{rest}}}')


def chunked(caller: Caller, size: int) -> bytes:
    head = caller.post(b"", headers={"Transfer-Encoding": "chunked"})
    piece = b"10000\r\n" + b" " * 65_536 + b"\r\n"
    return head + piece * (size // 65_536) + b"0\r\n\r\n"


def page(path: str, *fields: tuple[str, str], method: str = "GET") -> Callable[[Caller], bytes]:
    return lambda caller: request(method, path, list(fields))


REQUESTS: Final[dict[str, Callable[[Caller], bytes]]] = {
    # ---- method, head
    "http-get": lambda c: c.post(b"", method="GET"),
    "http-head": lambda c: c.post(b"", method="HEAD"),
    "http-put": lambda c: c.post(b"{}", method="PUT"),
    "http-delete": lambda c: c.post(b"", method="DELETE"),
    "http-method-unknown": lambda c: c.post(b"", method="BREW"),
    "http-no-slash": lambda c: c.post(b"{}", path=DOOR[:-1]),
    "http-form": lambda c: c.post(
        b"uid=1", headers={"Content-Type": "application/x-www-form-urlencoded"}
    ),
    "http-utf-16": lambda c: c.post(
        b"{}", headers={"Content-Type": "application/json; charset=utf-16"}
    ),
    "http-gzip": lambda c: c.post(b"\x1f\x8b", headers={"Content-Encoding": "gzip"}),
    "http-key-long": lambda c: c.post(b"{}", headers={"Idempotency-Key": "x" * 129}),
    "http-key-not-ascii": lambda c: c.post(b"{}", headers={"Idempotency-Key": "\xfc"}),
    # ---- who
    "http-no-token": lambda c: c.post(b"{}", headers={"Authorization": ""}),
    "http-wrong-token": lambda c: c.post(
        b"{}", headers={"Authorization": f"Bearer {c.token[:-1]}"}
    ),
    "http-token-in-query": lambda c: c.post(
        b"{}", path=f"{DOOR}?token={c.token}", headers={"Authorization": ""}
    ),
    "http-cookie-only": lambda c: c.post(
        b"{}", headers={"Authorization": "", "Cookie": f"sessionid={c.session}"}
    ),
    # ---- body
    "body-none": lambda c: c.post(b""),
    "body-not-json": lambda c: c.post(b"hello, world"),
    "body-truncated": lambda c: c.report()[:-5] + b"     ",
    "body-trailing": lambda c: c.post(f'{{"uid":"{c.uid}","data":{{"t0":1}}}} x'),
    "body-bom": lambda c: c.post(f'\ufeff{{"uid":"{c.uid}","data":{{"t0":1}}}}'),
    "body-not-utf-8": lambda c: c.post(b'{"uid":"\xff","data":{"t0":1}}'),
    "body-deep": lambda c: c.post("[" * 100_000),
    "body-nan": lambda c: c.raw("NaN"),
    "body-text": lambda c: c.post('"report"'),
    "body-array-of-numbers": lambda c: c.post("[1,2]"),
    "body-array-empty": lambda c: c.post("[]"),
    "body-data-empty": lambda c: c.post(f'{{"uid":"{c.uid}","data":{{}}}}'),
    "body-data-array": lambda c: c.post(f'{{"uid":"{c.uid}","data":[1]}}'),
    "body-no-uid": lambda c: c.post('{"data":{"t0":1}}'),
    "body-unknown-field": lambda c: c.report(time=1),
    "body-1001-readings": lambda c: c.report({f"t{i}": 1 for i in range(1001)}),
    "body-600-kib": lambda c: c.post(" " * 600 * 1024),
    "body-2-mib": lambda c: c.post(" " * (2 << 20)),
    "body-chunked-1-mib": lambda c: chunked(c, 1 << 20),
    "body-chunked-4-mib": lambda c: chunked(c, 4 << 20),
    "body-length-lies": lambda c: c.post(b"{}", headers={"Content-Length": "1" * 5000}),
    "body-length-2-40": lambda c: c.post(b"{}", headers={"Content-Length": str(1 << 40)}),
    "body-length-negative": lambda c: c.post(b"{}", headers={"Content-Length": "-1"}),
    "body-length-and-chunks": lambda c: c.post(
        b"0\r\n\r\n", headers={"Content-Length": "5", "Transfer-Encoding": "chunked"}
    ),
    "body-chunk-size": lambda c: c.post(b"zz\r\n", headers={"Transfer-Encoding": "chunked"}),
    # ---- whose
    "uid-unknown": lambda c: c.report(uid="NOBODY"),
    "uid-foreign": lambda c: c.report(uid=c.others["foreign"]),
    "uid-not-yours": lambda c: c.report(uid=c.others["neighbour"]),
    "uid-disabled": lambda c: c.report(uid=c.others["off"]),
    "uid-sql": lambda c: c.report(uid="' or 1=1 --"),
    "uid-path": lambda c: c.report(uid="../../etc/passwd"),
    "uid-nul": lambda c: c.report(uid="GW\0"),
    # ---- readings
    "reading-1e999": lambda c: c.raw("1e999"),
    "reading-1e131071": lambda c: c.raw("1e131071"),
    "reading-5000-digits": lambda c: c.raw("9" * 5000),
    "reading-object": lambda c: c.raw('{"value":1}'),
    "reading-deep": lambda c: c.raw("[" * 5000 + "]" * 5000),
    "reading-nul": lambda c: c.raw('"a\\u0000b"'),
    "reading-surrogate": lambda c: c.raw('"\\ud800"'),
    "reading-long": lambda c: c.raw('"' + "x" * 1025 + '"'),
    "reading-unknown": lambda c: c.report({"nobody": 1}),
    "reading-name-sql": lambda c: c.report({"'; drop table devices_tag; --": 1}),
    "reading-name-crlf": lambda c: c.report({"t0\r\nERROR forged": 1}),
    "reading-name-nul": lambda c: c.report({"t\0": 1}),
    "reading-name-rtl": lambda c: c.report({"\u202et0": 1}),
    "reading-name-129": lambda c: c.report({"x" * 129: 1}),
    "reading-1970": lambda c: c.report(ts=0),
    "reading-2099": lambda c: c.report(ts=4_070_908_800),
    "reading-negative-time": lambda c: c.report(ts=-1),
    "reading-1e12-s": lambda c: c.report(ts=10**15),
    "reading-time-5000-digits": lambda c: c.raw("1", ts="9" * 5000),
    "reading-no-zone": lambda c: c.report(ts="2026-01-01T00:00:00"),
    "reading-time-text": lambda c: c.report(ts="infinity"),
    "reading-an-hour-ahead": lambda c: c.report(ts=NOW + 3_600_000),
    # ---- pages, and HTTP itself
    "page-nul": page("/devices/%00/"),
    "page-nul-query": page("/?site=%00"),
    "page-nul-cookie": page("/", ("Cookie", 'sessionid="\\000aaaaaaaa"')),
    "page-host": lambda c: b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    "page-no-host": lambda c: b"GET / HTTP/1.1\r\n\r\n",
    "page-path-up": page("/static/../project/settings.py"),
    "page-path-up-encoded": page("/static/%2e%2e/%2e%2e/etc/passwd"),
    "page-long": page("/" + "x" * 100_000),
    "page-post-2-mib": lambda c: request("POST", "/login/", {}, b"x" * (2 << 20)),
    "head-1000-fields": page("/", *[(f"X-{i}", "1") for i in range(1000)]),
    "head-long-field": page("/", ("X-Long", "x" * (1 << 20))),
    "head-no-end": lambda c: b"GET / HTTP/1.1\r\nX: " + b"x" * (1 << 20),
    "head-not-http": lambda c: b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n",
    "head-folded": lambda c: b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: 1\r\n 2\r\n\r\n",
    "head-nul": lambda c: b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: \0\r\n\r\n",
    "head-version-9": lambda c: b"GET / HTTP/9.9\r\nHost: 127.0.0.1\r\n\r\n",
}
