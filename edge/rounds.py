"""What the scheduler of a connection keeps in order: scans on their grids, and scans under way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from edge.pacing import Grid
from edge.readplan import ScanClass
from edge.steps import Step
from edge.unit import Unit
from edge.wire import Answer


class Job:
    """One scan class of one unit, and when it is due."""

    def __init__(self, unit: Unit, scan: ScanClass, start: float, now: float) -> None:
        self.unit = unit
        self.scan = scan
        self.period_s = scan.scan_ms / 1000
        self._grid = Grid(start, self.period_s)
        self.due = start if now <= start else self._grid.next_after(now)
        self.is_running = False

    def begin(self, now: float) -> None:
        """A scan begins; the moments that were missed are counted and skipped."""
        following = self._grid.next_after(now)
        missed = round((following - self.due) / self.period_s) - 1
        self.unit.counters.overruns += missed
        self.due = following


class Round:
    """A scan under way."""

    def __init__(self, unit: Unit, steps: AsyncGenerator[Step], deadline: float) -> None:
        self.unit = unit
        self.steps = steps
        self.deadline = deadline
        self.not_before = 0.0
        self.job: Job | None = None
        self.answer: asyncio.Future[Answer] | None = None  # of a scan on demand
        self.is_void = False  # its device is configured otherwise by now

    def finish(self, error: str = "") -> None:
        """Say that nothing more comes of it, and why if that is not because all was read."""
        if self.job is not None:
            self.job.is_running = False
        if self.answer is not None and not self.answer.done():
            if self.unit.is_down and not error:
                error = f"{self.unit.config.uid} does not answer: {self.unit.counters.error}"
            self.answer.set_result(Answer("", error=error))
