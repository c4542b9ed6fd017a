"""A load generator that costs little: gateways that bypass spool and scanner and send ready frames.

It speaks the real protocol over real websockets (masked with a zero key, which RFC 6455 allows),
keeps a window of frames in flight, and counts what was acknowledged after commit.

    python -m bench.load URL READINGS_PER_FRAME SECONDS UID:TOKEN:DEVICE:FIRST_TAG:TAGS ...
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import struct
import sys
import time
from typing import NoReturn
from urllib.parse import urlsplit

from edge import wire


def frame_bytes(payload: bytes, opcode: int = 1) -> bytes:
    """Frame a client message; the mask is zero, so that the payload stays as it is."""
    size = len(payload)
    if size < 126:
        head = struct.pack("!BB", 0x80 | opcode, 0x80 | size)
    elif size < 65536:
        head = struct.pack("!BBH", 0x80 | opcode, 0xFE, size)
    else:
        head = struct.pack("!BBQ", 0x80 | opcode, 0xFF, size)
    return head + b"\0\0\0\0" + payload


def _die(why: str) -> NoReturn:
    """End at once: an exception in a protocol's callback would only end that connection."""
    sys.stderr.write(why)
    sys.stderr.flush()
    os._exit(1)


class Gateway(asyncio.Protocol):
    """One connection: hello, then frames as fast as the window lets them through."""

    def __init__(self, spec: str, per_frame: int) -> None:
        uid, token, device, first, tags = spec.split(":")
        self.uid, self.token, self.device = uid, token, device
        self.names = [f"t{i}" for i in range(int(first), int(first) + int(tags))]
        self.per_frame = per_frame
        self.epoch = os.urandom(8).hex()
        self.sent = self.acked = 0
        self.window = 0
        self.latency: list[float] = []
        self.sent_at: dict[int, float] = {}
        self.buffer = b""
        self.upgraded = self.running = False
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.drained: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._make_bodies()

    def _make_bodies(self) -> None:
        """Prepare the part of the frames that does not change, for every turn through the tags."""
        count = len(self.names)
        self.bodies: list[bytes] = []
        for start in range(0, count, self.per_frame):
            tags = [(start + i) % count for i in range(self.per_frame)]
            values = ",".join(f"{20 + (7 * i) % 50}.{i % 10}" for i in range(self.per_frame))
            offsets = ",".join(str(i // count) for i in range(self.per_frame))
            self.bodies.append(
                f'{{"type":"data","stream":"live","dt":[{offsets}],"tag":{tags},"v":[{values}]'.encode()
            )

    def connect(self, transport: asyncio.Transport, host: str, path: str) -> None:
        self.transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            f"Authorization: Bearer {self.token}\r\n\r\n".encode()
        )

    def hello(self) -> None:
        tags = [
            wire.TagDecl(n=n, device=self.device, name=name) for n, name in enumerate(self.names)
        ]
        hello = wire.Hello(
            v=1,
            uid=self.uid,
            epoch=self.epoch,
            next=dict.fromkeys(wire.STREAMS, 1),
            wall=int(time.time() * 1000),
            agent="bench",
            tags=tags,
        )
        self.transport.write(frame_bytes(wire.encode(hello).encode()))

    def start(self) -> None:
        self.running = True
        self.fill()

    def stop(self) -> None:
        self.running = False
        if self.sent == self.acked and not self.drained.done():
            self.drained.set_result(None)

    def fill(self) -> None:
        """Send until the window is full, in one write."""
        if not self.running:
            return
        out, now = [], time.time()
        while self.sent - self.acked < self.window:
            self.sent += 1
            self.sent_at[self.sent] = now
            body = self.bodies[self.sent % len(self.bodies)]
            out.append(frame_bytes(b'%b,"t0":%d,"seq":%d}' % (body, now * 1000, self.sent)))
        self.transport.write(b"".join(out))

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not self.upgraded:
            head, found, rest = self.buffer.partition(b"\r\n\r\n")
            if not found:
                return
            if b" 101 " not in head.split(b"\r\n")[0]:
                _die(f"no upgrade: {head!r}")
            self.upgraded, self.buffer = True, rest
            self.hello()
        while (message := self._next_message()) is not None:
            opcode, payload = message
            if opcode == 1:
                self._take(json.loads(payload))
            elif opcode == 9:
                self.transport.write(frame_bytes(payload, 10))
            elif opcode == 8:
                _die(f"closed by the server: {payload!r}")

    def _next_message(self) -> tuple[int, bytes] | None:
        data = self.buffer
        if len(data) < 2:
            return None
        size, at = data[1] & 0x7F, 2
        if size == 126:
            if len(data) < 4:
                return None
            size, at = struct.unpack_from("!H", data, 2)[0], 4
        elif size == 127:
            if len(data) < 10:
                return None
            size, at = struct.unpack_from("!Q", data, 2)[0], 10
        if len(data) < at + size:
            return None
        self.buffer = data[at + size :]
        return data[0] & 0x0F, data[at : at + size]

    def _take(self, message: dict[str, object]) -> None:
        kind = message["type"]
        if kind == "ack":
            now = time.time()
            seq = int(str(message["seq"]))
            for number in range(self.acked + 1, seq + 1):
                self.latency.append(now - self.sent_at.pop(number))
            self.acked = seq
            if self.running:
                self.fill()
            else:
                self.stop()
        elif kind == "welcome":
            limits = message["limits"]
            assert isinstance(limits, dict)
            self.window = limits.get("window", wire.Limits().window)
            assert not message.get("unknown"), message
            self.ready.set_result(None)
        else:
            _die(f"unexpected: {message}")


async def run(url: str, per_frame: int, seconds: float, specs: list[str]) -> None:
    parts = urlsplit(url)
    loop = asyncio.get_running_loop()
    gateways = []
    for spec in specs:
        transport, gateway = await loop.create_connection(
            lambda spec=spec: Gateway(spec, per_frame), parts.hostname, parts.port
        )
        gateway.connect(transport, parts.netloc, parts.path)
        gateways.append(gateway)
    await asyncio.wait([g.ready for g in gateways])
    began = time.time()
    for gateway in gateways:
        gateway.start()
    await asyncio.sleep(seconds)
    acked = sum(g.acked for g in gateways)
    elapsed = time.time() - began
    for gateway in gateways:
        gateway.stop()
    await asyncio.wait_for(asyncio.wait([g.drained for g in gateways]), 60)
    latency = sorted(x for g in gateways for x in g.latency)
    print(
        json.dumps(
            {
                "frames": sum(g.acked for g in gateways),
                "readings": sum(g.acked for g in gateways) * per_frame,
                "per_s": acked * per_frame / elapsed,
                "window": gateways[0].window,
                "ack_p50_ms": latency[len(latency) // 2] * 1000,
                "ack_p99_ms": latency[len(latency) * 99 // 100] * 1000,
            }
        )
    )


if __name__ == "__main__":
    import gc

    import uvloop

    gc.freeze()
    gc.set_threshold(50_000, 50, 1000)
    uvloop.run(run(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), sys.argv[4:]))
