"""A browser that takes batches at a pace of its own, and a plant that changes."""

from __future__ import annotations

import json
from typing import Any

from realtime.conflate import FRAME_S, Delta, Row, encode_rows
from realtime.groups import Channel
from realtime.outbox import Outbox

SITE = Channel("tel:site", 1)
DEVICES = Channel("devices", 1)


class Plant:
    """The newest readings, as a snapshot would hold them."""

    def __init__(self) -> None:
        self.newest: dict[int, int] = {}

    def change(self, *tags: int, t: int) -> Delta:
        rows: list[Row] = [[tag, t, 0.0, 192, t] for tag in tags]
        self.newest.update(dict.fromkeys(tags, t))
        return Delta(SITE.name, encode_rows(SITE.name, rows), rows)

    def snapshot(self) -> str:
        d = [{"k": k, "t": t} for k, t in self.newest.items()]
        return json.dumps({"t": "snap", "ch": SITE.name, "d": d})


def event(offset: int) -> Delta:
    text = json.dumps({"t": "d", "ch": DEVICES.name, "ep": "e", "o": offset, "d": {"id": 1}})
    return Delta(DEVICES.name, text, offset=offset)


class Browser:
    """Takes batches at a pace of its own."""

    def __init__(self, outbox: Outbox) -> None:
        self.outbox = outbox
        self.now = 0.0
        self.unacked: list[int] = []
        self.messages: list[Any] = []
        self.sizes: list[int] = []

    def receive(self) -> list[Any]:
        """Wait a frame and take what comes, without acknowledging it."""
        self.now += FRAME_S + 1e-6  # timers are never early
        text = self.outbox.take(self.now)
        if text is None:
            return []
        batch = json.loads(text)
        assert batch["t"] == "b"
        self.unacked.append(batch["n"])
        self.sizes.append(len(text))
        self.messages += batch["m"]
        return list(batch["m"])

    def ack(self) -> None:
        for number in self.unacked:
            self.outbox.ack(number)
        self.unacked.clear()

    def telemetry(self) -> dict[int, int]:
        """Apply what came, as a page does."""
        known: dict[int, int] = {}
        for message in self.messages:
            if message["t"] == "snap":
                known = {row["k"]: row["t"] for row in message["d"]}
            elif message["ch"] == SITE.name:
                known.update((row[0], row[1]) for row in message["d"])
        return known
