"""A gateway of the benches, as simple as one can be."""

from __future__ import annotations

import secrets
import time

from websockets.sync.client import ClientConnection, connect

from edge import wire


class Gateway:
    """A gateway that waits for each acknowledgement."""

    def __init__(self, port: int, spec: str) -> None:
        uid, token, _, _, tags = spec.split(":")
        url = f"ws://127.0.0.1:{port}/ws/v1/gateway"
        header = {"Authorization": f"Bearer {token}"}
        self.socket: ClientConnection = connect(
            url, additional_headers=header, proxy=None, ping_interval=None, legacy=True
        )
        self._seq = 0
        hello = wire.Hello(
            v=1,
            uid=uid,
            epoch=secrets.token_hex(8),
            next={},
            wall=now_ms(),
            tags=[wire.TagDecl(n=n, device=uid, name=f"t{n}") for n in range(int(tags))],
        )
        self.socket.send(wire.encode(hello))
        self.socket.recv()

    def store(self, count: int, text: str = "") -> float:
        """Send one frame; return the seconds until it was acknowledged."""
        self._seq += 1
        values: list[float | None] = [None if text else 1.5] * count
        texts = dict.fromkeys(range(count), f"{self._seq} {text}") if text else None
        every = list(range(count))
        frame = wire.Data("live", self._seq, now_ms(), [0] * count, every, values, None, texts)
        began = time.perf_counter()
        self.socket.send(wire.encode(frame))
        while True:
            answer = wire.decode_down(self.socket.recv())
            if isinstance(answer, wire.Ack) and answer.seq >= self._seq:
                return time.perf_counter() - began


def now_ms() -> int:
    """Time of this machine, epoch milliseconds."""
    return time.time_ns() // 1_000_000
