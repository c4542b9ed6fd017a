"""A gateway as the cloud's door sees it, for tests that speak to the real application."""

from __future__ import annotations

import json
import time
from typing import Any

from channels.testing import WebsocketCommunicator

from edge import wire
from project.asgi import application

EPOCH = "00112233445566aa"


class Gateway(WebsocketCommunicator):
    """A communicator that speaks frames."""

    def __init__(self, token: str | None, **headers: str) -> None:
        fields = [(b"authorization", f"Bearer {token}".encode())] if token else []
        fields += [(name.encode(), value.encode()) for name, value in headers.items()]
        super().__init__(application, "/ws/v1/gateway", fields, ["sentinel.gateway.v1"])

    async def say(self, frame: wire.Up) -> None:
        await self.send_to(text_data=wire.encode(frame))

    async def hear(self) -> Any:
        return json.loads(await self.receive_from(timeout=10))

    async def greet(self, **changes: Any) -> Any:
        assert (await self.connect())[0]
        await self.say(hello(**changes))
        return await self.hear()

    async def closed_with(self) -> tuple[str, int]:
        """Return the code of the error frame and the close code that follows it."""
        error = await self.hear()
        assert error["type"] == "error"
        output = await self.receive_output(timeout=10)
        assert output["type"] == "websocket.close"
        return error["code"], output["code"]


def hello(**changes: Any) -> wire.Hello:
    tags = [
        wire.TagDecl(n=0, device="PUMP-1", name="temperature"),
        wire.TagDecl(n=1, device="PUMP-1", name="pressure"),
    ]
    fields: dict[str, Any] = {
        "v": 1,
        "uid": "GW-1",
        "epoch": EPOCH,
        "next": {"live": 1},
        "wall": now_ms(),
        "tags": tags,
    }
    return wire.Hello(**fields | changes)


def now_ms() -> int:
    return int(time.time() * 1000)


def data(seq: int, *values: float, **changes: Any) -> wire.Data:
    count = len(values)
    fields: dict[str, Any] = {
        "stream": "live",
        "seq": seq,
        "t0": now_ms(),
        "dt": [0] * count,
        "tag": [0] * count,
        "v": list(values),
    }
    return wire.Data(**fields | changes)
