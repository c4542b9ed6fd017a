"""What all kinds of fault have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from tests.faults.world import Gateway, World


class Fault(NamedTuple):
    """One entry of a schedule."""

    kind: str
    victim: int  # which gateway; or, of the web processes, even and odd
    frames: int  # that are spooled while it lasts

    def __str__(self) -> str:
        """Write it for the printed schedule."""
        return f"{self.kind}({self.victim}, {self.frames})"


Break = Callable[[World, Fault], None]
WRITES: Final = "query ~ 'devices_reading|latest_stage|devices_position'"  # of ingest, not a commit


def victim_of(world: World, fault: Fault) -> Gateway:
    """Return the gateway that is meant."""
    return world.gateways[fault.victim % len(world.gateways)]


def writers_of(world: World, what: str, busy_with: str = WRITES) -> list[tuple[Any, ...]]:
    """Ask something of every session that stores readings at this very moment."""
    return world.ground.query(
        f"select {what} from pg_stat_activity where application_name = 'sentinel'"
        f" and backend_xid is not null and {busy_with}"
    )
