"""An event loop on a thread of its own: what is broken on purpose must not stand still with us."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, Self, TypeVar

ANSWER_S = 60.0

Answer = TypeVar("Answer")


class Network:
    """Where the proxies and the page live. Enter it to start the thread."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="network")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.do(_cancel_the_others())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def do(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        """Run a coroutine there and return what it returns."""
        return self.begin(work).result(ANSWER_S)

    def begin(self, work: Coroutine[Any, Any, Answer]) -> Future[Answer]:
        """Start a coroutine there; it is cancelled with the network."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)


async def _cancel_the_others() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    if others:
        await asyncio.wait(others)
