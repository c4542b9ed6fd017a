"""Keeps the process of one camera going: restarts it when it hangs or dies, but not for ever."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from edge.camera.grab import Order, Said, grab_forever, rate_for
from edge.camera.states import Seen, StateMachine
from edge.camera.trouble import place_of
from edge.wire.cameras import CameraConfig, CameraState

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

    from edge.camera.block import Block

logger = logging.getLogger(__name__)

TICK_S: Final = 0.25
HUNG_S: Final = 20.0  # neither a picture nor a word: what reads the camera hangs; then kill it
RESTARTS: Final = 5  # of the process
WITHIN_S: Final = 120.0  # so many in this time are too many
GIVEN_UP_PAUSE_S: Final = 30.0  # then it is tried again as seldom as this
RESTART_PAUSE_S: Final = 1.0
KILL_TIMEOUT_S: Final = 1.0  # a driver may hold even a killed process
# The parent has threads, so no fork.
_processes: Final = multiprocessing.get_context("spawn")

Changed = Callable[[CameraState, str], None]  # the new state, and why


class Watch:
    """``run`` it until cancelled; its block has the newest picture."""

    def __init__(self, config: CameraConfig, block: Block, changed: Changed) -> None:
        now = time.monotonic()
        self.block = block
        self._config = config
        self._changed = changed
        self._states = StateMachine(now, config.frozen_s, config.dark_level)
        self._why = ""
        self._told = CameraState.CONNECTING
        self._restarts: deque[float] = deque(maxlen=RESTARTS)

    @property
    def state(self) -> CameraState:
        """What the camera does."""
        return self._told

    @property
    def why(self) -> str:
        """Why it gives no pictures, in plain words; empty: it does, or nobody knows."""
        return "" if self._states.has_picture else self._why

    def change(self, config: CameraConfig) -> None:
        """Go on by another configuration, of which ``is_same_source`` holds."""
        self._config = config
        self._states.change(config.frozen_s, config.dark_level)

    async def run(self) -> None:
        """Grab until cancelled."""
        while True:
            await self._follow()
            now = time.monotonic()
            self._restarts.append(now)
            is_often = len(self._restarts) == RESTARTS and now - self._restarts[0] < WITHIN_S
            if is_often:
                self._states.give_up()
            self._tell()
            await self._wait(GIVEN_UP_PAUSE_S if is_often else RESTART_PAUSE_S)

    async def _follow(self) -> None:
        """Start the process, and watch it until it ends or hangs."""
        order, uid = Order(*_grabbed(self._config), self.block.name), self._config.uid
        ours, theirs = _processes.Pipe(duplex=False)
        process = _processes.Process(
            target=grab_forever, args=(order, theirs), name=f"camera {uid}", daemon=True
        )
        try:
            process.start()
        except OSError as error:  # no memory, or too many processes
            self._trouble(Said("lost", f"what reads it cannot be started: {error}"))
            return
        finally:
            theirs.close()
        try:
            await self._attend(process, ours)
        finally:
            ours.close()
            process.kill()  # it has nothing to save, and may not listen
            process.join(KILL_TIMEOUT_S)

    async def _attend(self, process: BaseProcess, line: Connection) -> None:
        heard_at, number = time.monotonic(), self._number()
        while process.is_alive():
            if self._listen(line) or self._number() != number:
                heard_at, number = time.monotonic(), self._number()
            self._look()
            if time.monotonic() - heard_at > HUNG_S:
                self._trouble(Said("lost", "what reads it hangs"))
                return
            await asyncio.sleep(TICK_S)
        self._listen(line)
        self._trouble(Said("lost", f"what reads it ended ({process.exitcode})"))

    def _listen(self, line: Connection) -> bool:
        """Take what the process said, if it said something."""
        heard = False
        try:
            while line.poll():
                self._trouble(line.recv())
                heard = True
        except (EOFError, OSError):
            pass  # it is gone, or was killed in the middle of a word
        return heard

    async def _wait(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (now := time.monotonic()) < end:
            await asyncio.sleep(min(TICK_S, end - now))
            self._look()

    def _number(self) -> int:
        facts = self.block.facts()
        return facts.number if facts else 0

    def _look(self) -> None:
        facts = self.block.facts()
        seen = Seen(facts.number, facts.fingerprint, facts.brightness) if facts else None
        self._states.look(seen, time.monotonic())
        self._tell()

    def _trouble(self, said: Said) -> None:
        self._look()  # what came before the trouble is no sign that it is over
        self._states.trouble(said.kind)
        self._why = said.message
        self._tell()

    def _tell(self) -> None:
        state = self._states.state
        if state == self._told:
            return
        self._told = state
        why = self.why
        place = place_of(self._config.source)
        level = logging.INFO if state == CameraState.LIVE else logging.WARNING
        logger.log(level, "camera %s (%s) is %s %s", self._config.uid, place, state.name, why)
        self._changed(state, why)


def is_same_source(one: CameraConfig, other: CameraConfig) -> bool:
    """Say whether what grabs the pictures of one grabs those of the other: it need not restart."""
    return _grabbed(one) == _grabbed(other)


def _grabbed(config: CameraConfig) -> tuple[str, str, float]:
    return config.source, config.transport, rate_for(config.looks_per_s)
