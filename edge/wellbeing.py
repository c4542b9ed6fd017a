"""What is worth saying about how the devices answer. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from edge.wire import Health, UnitHealth

HEALTH_EVERY_S: Final = 5.0
COUNTERS_EVERY_S: Final = 30.0  # of a device of which nothing but counters and latencies changed
_UNITS_IN_A_FRAME: Final = 250  # with the longest texts still far from the limit of a frame


class Wellbeing:
    """Remembers what the cloud was told in this connection."""

    def __init__(self) -> None:
        self._told: dict[str, tuple[UnitHealth, float]] = {}

    def news(self, units: Sequence[UnitHealth], now: float) -> list[Health]:
        """The frames that tell what the cloud does not know yet. Time: monotonic seconds."""
        fresh = [unit for unit in units if self._is_news(unit, now)]
        self._told |= {unit.device: (unit, now) for unit in fresh}
        cuts = range(0, len(fresh), _UNITS_IN_A_FRAME)
        return [Health(fresh[at : at + _UNITS_IN_A_FRAME]) for at in cuts]

    def _is_news(self, unit: UnitHealth, now: float) -> bool:
        told = self._told.get(unit.device)
        if told is None or _matters(told[0]) != _matters(unit):
            return True
        return told[0] != unit and now - told[1] >= COUNTERS_EVERY_S


def _matters(unit: UnitHealth) -> tuple[object, ...]:
    return unit.state, unit.error, unit.timeouts, unit.refusals, unit.blocks, unit.holes
