"""Who is asked next on one connection: scans on their grids, retries, probes, and questions.

One request at a time. The scan whose period ends first goes first, so a slow scan of many blocks
lets the fast ones through, and what got no answer waits until the others had their turn. A silent
device is left alone; it is probed only where the line is idle, and no longer than that.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from edge.gather import Gather
from edge.modbus import ModbusLink
from edge.rounds import Job, Round
from edge.steps import Clock, Reader
from edge.unit import Unit
from edge.wire import Answer
from edge.wire.configuration import ConnectionConfig, DeviceConfig

AFTER_S: Final = 0.001
DEMAND_S: Final = 2.0  # within which a scan on demand should begin
LEAST_PROBE_S: Final = 0.1
PROBE_SHARE: Final = 4  # between two probes the line is free for as many times a probe's length
LEAST_BETWEEN_PROBES_S: Final = 0.5
LONG_PROBE_EVERY: Final = 8  # of a device whose answers were never timed
SPARE_S: Final = 0.01  # between the end of a probe and the next scan
PROBE_PATIENCE_S: Final = 10.0  # then a probe is due although the line is never idle

Ask = Callable[[Reader], Awaitable[Answer]]


class Poller:
    """Reads the devices of one connection."""

    def __init__(
        self,
        connection: ConnectionConfig,
        gather: Gather,
        start: float,
        clock: Clock | None = None,
        link: Reader | None = None,
    ) -> None:
        """Read nothing yet.

        Args:
            connection: where the devices answer.
            gather: takes the readings. Scans wait while it is full.
            start: first moment of all grids, monotonic seconds. Shared by all connections, so that
                scans of the same period fall together and their readings into one frame.
            clock: for tests.
            link: for tests.
        """
        self.connection = connection
        self.units: list[Unit] = []
        self._gather = gather
        self._start = start
        self._clock = clock or Clock()
        self._own_link = None if link else ModbusLink(connection, self._clock.monotonic)
        self._link: Reader = link or self._own_link  # type: ignore[assignment]
        self._jobs: list[Job] = []
        self._rounds: list[Round] = []
        self._asks: deque[tuple[Ask, asyncio.Future[Answer]]] = deque()
        self._wake = asyncio.Event()
        self._next_probe = 0.0

    def change_devices(self, devices: Sequence[DeviceConfig]) -> None:
        """Read these from now on; one that is configured as before goes on undisturbed."""
        known = {unit.config.uid: unit for unit in self.units}
        kept = [unit for d in devices if (unit := known.get(d.uid)) and unit.config == d]
        uids = {unit.config.uid for unit in kept}
        added = [self._unit_of(device) for device in devices if device.uid not in uids]
        self.units = [*kept, *added]
        now = self._clock.monotonic()
        self._jobs = [job for job in self._jobs if job.unit in kept]
        self._jobs += [Job(unit, s, self._start, now) for unit in added for s in unit.classes]
        for round_ in self._rounds:
            round_.is_void = round_.unit not in kept
        self._wake.set()

    def _unit_of(self, device: DeviceConfig) -> Unit:
        return Unit(device, self._count_error, self._clock, self.connection.retries)

    def _count_error(self) -> None:
        self._gather.read_errors += 1

    async def ask(self, ask: Ask) -> Answer:
        """Put a question between the scans, and wait for its answer."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._asks.append((ask, answer))
        self._wake.set()
        return await answer

    async def scan_now(self, unit: Unit) -> Answer:
        """Read what a device is only asked for on demand, and wait until all of it was read."""
        scan = unit.on_demand()
        if scan is None:
            return Answer("", error=f"{unit.config.uid} has no tag that is read on demand")
        steps = unit.scan(self._link, scan, even_if_silent=True)
        round_ = Round(unit, steps, self._clock.monotonic() + DEMAND_S)
        round_.answer = asyncio.get_running_loop().create_future()
        self._rounds.append(round_)
        self._wake.set()
        return await round_.answer

    async def run(self) -> None:
        """Scan until cancelled."""
        try:
            while True:
                await self._idle()
                with self._gather.scanning():
                    while await self._work():
                        pass
        finally:
            for round_ in self._rounds:
                round_.finish("the gateway stopped reading")
            for _, answer in self._asks:
                answer.cancel()
            if self._own_link is not None:
                self._own_link.close()

    # ------------------------------------------------------------ what is next

    async def _work(self) -> bool:
        """Send the most urgent request; False: nothing is urgent now."""
        if self._asks:
            await self._answer(*self._asks.popleft())
            return True
        await self._drop_void()
        now = self._clock.monotonic()
        self._begin_due(now)
        ready = [round_ for round_ in self._rounds if round_.not_before <= now]
        if not ready:
            return False
        late = self._silent_unit(now - PROBE_PATIENCE_S)
        if late is not None and now >= self._next_probe:
            await self._probe(late, self._least_s(late))
        else:
            await self._advance(min(ready, key=lambda round_: round_.deadline))
        return True

    def _begin_due(self, now: float) -> None:
        for job in self._jobs:
            if job.due <= now and not job.is_running:
                deadline = job.due + job.period_s
                job.begin(now)
                round_ = Round(job.unit, job.unit.scan(self._link, job.scan), deadline)
                round_.job, job.is_running = job, True
                self._rounds.append(round_)

    async def _advance(self, round_: Round) -> None:
        step = await anext(round_.steps, None)
        if step is None:
            self._rounds.remove(round_)
            round_.finish()
            return
        if step.pause_s is not None:
            now = self._clock.monotonic()
            round_.not_before = now + step.pause_s
            round_.deadline = max(other.deadline for other in self._rounds) + AFTER_S
        await self._gather.put(step.readings, step.happenings)

    async def _drop_void(self) -> None:
        for round_ in [round_ for round_ in self._rounds if round_.is_void]:
            self._rounds.remove(round_)
            await round_.steps.aclose()
            round_.finish("its configuration was changed")

    async def _answer(self, ask: Ask, answer: asyncio.Future[Answer]) -> None:
        if answer.done():  # who asked is gone
            return
        said = await ask(self._link)
        if not answer.done():
            answer.set_result(said)

    # ------------------------------------------------------------ idle time

    async def _idle(self) -> None:
        """Wait until something is due; a silent device may be probed meanwhile."""
        is_fresh = True
        while not self._asks:
            self._wake.clear()
            now = self._clock.monotonic()
            following = self._next_due(now)
            if following <= now:
                return
            unit = self._silent_unit(now) if now >= self._next_probe else None
            if unit is not None and (is_fresh or now + self._wanted_s(unit) <= following):
                await self._probe(unit, self._fitting_s(unit, following - now))
            else:
                moment = self._next_moment(now, following)
                await self._clock.wait(self._wake, moment - now)
            is_fresh = False

    def _next_due(self, now: float) -> float:
        if any(round_.is_void for round_ in self._rounds):
            return now
        moments = [job.due for job in self._jobs if not job.is_running]
        moments += [round_.not_before for round_ in self._rounds]
        return min(moments, default=math.inf)

    def _next_moment(self, now: float, following: float) -> float:
        """When to look again: a probe is worth it only if it then fits before the next scan."""
        for unit in self.units:
            if unit.is_left_alone:
                moment = max(unit.breaker.until, self._next_probe)
                if now < moment and moment + self._wanted_s(unit) <= following:
                    following = moment
        return following

    # ------------------------------------------------------------ probes

    def _silent_unit(self, since: float) -> Unit | None:
        """The unit that waits for its probe longest, of those that wait since then."""
        waiting = [u for u in self.units if u.is_left_alone and u.breaker.until <= since]
        return min(waiting, key=lambda unit: unit.breaker.until, default=None)

    async def _probe(self, unit: Unit, timeout_s: float) -> None:
        began = self._clock.monotonic()
        step = await unit.probe(self._link, timeout_s)
        now = self._clock.monotonic()
        self._next_probe = now + max(LEAST_BETWEEN_PROBES_S, PROBE_SHARE * (now - began))
        await self._gather.put(step.readings, step.happenings)

    def _least_s(self, unit: Unit) -> float:
        """As long as it ever took to answer, twice; a guess if it never did."""
        return min(self.connection.timeout_s, max(LEAST_PROBE_S, 2 * unit.counters.worst_s))

    def _wanted_s(self, unit: Unit) -> float:
        """Short if it is known to answer fast, longer with every probe in vain."""
        if not unit.counters.worst_s:
            return self.connection.timeout_s
        return min(self.connection.timeout_s, self._least_s(unit) * 2.0 ** min(unit.probes + 1, 16))

    def _fitting_s(self, unit: Unit, slack: float) -> float:
        """What is wanted, cut to what is free; now and then it may be that it needs longer."""
        wanted = self._wanted_s(unit)
        if not unit.counters.worst_s and unit.probes % LONG_PROBE_EVERY == LONG_PROBE_EVERY - 1:
            return wanted
        return min(wanted, max(slack - SPARE_S, self._least_s(unit)))
