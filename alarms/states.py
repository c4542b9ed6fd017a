"""The states of an alarm and what moves it from one to another: two tables. Pure.

After ISA-18.2 (the alarm state transition diagram) and OPC UA Part 9 (ShelvedStateMachine,
latching). A status has two independent parts: the condition with its acknowledgement, which is one
of six states, and what holds the alarm back (shelved, suppressed by design, out of service), any
number of them at once. A held alarm is followed but never announced, so what begins and ends
meanwhile needs no acknowledgement; when the last hold ends while the condition lasts, it is
announced anew. What was announced before and nobody acknowledged stays *owed* through a suppression
by design; who shelves an alarm, or takes it out of service, has seen it.

``manage.py alarm_states`` prints both tables.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from typing import Final


class State(enum.StrEnum):
    """The condition and its acknowledgement."""

    NORMAL = "normal"
    UNACKNOWLEDGED = "unacknowledged"  # active
    ACKNOWLEDGED = "acknowledged"  # active
    RETURNED = "returned"  # to normal before anybody acknowledged it
    LATCHED_UNACKNOWLEDGED = "latched_unacknowledged"  # returned, waits for both
    LATCHED = "latched"  # returned and acknowledged, waits for its reset


class Hold(enum.StrEnum):
    """Why an alarm is not announced although its condition may last."""

    SHELVED = "shelved"  # by an operator, for a time
    SUPPRESSED = "suppressed"  # by design: what it depends on is down
    OUT_OF_SERVICE = "out_of_service"  # by an engineer, until further notice


class Trigger(enum.StrEnum):
    """What happens to an alarm."""

    RAISE = "raise"
    CLEAR = "clear"
    ACKNOWLEDGE = "acknowledge"
    RESET = "reset"
    SHELVE = "shelve"
    UNSHELVE = "unshelve"
    SUPPRESS = "suppress"
    UNSUPPRESS = "unsuppress"
    REMOVE = "remove"  # from service
    RESTORE = "restore"  # to service


class Refusal(enum.StrEnum):
    """Why a trigger cannot be: told to whoever pulled it."""

    NOT_ACTIVE = "not_active"  # there is nothing to acknowledge
    ALREADY = "already"  # somebody was first
    STILL_ACTIVE = "still_active"
    UNACKNOWLEDGED = "unacknowledged"  # reset comes after the acknowledgement
    NOT_LATCHED = "not_latched"
    HELD = "held"  # what is not announced cannot be acknowledged


@dataclass(frozen=True, slots=True)
class Status:
    """All that the state machine knows of an alarm."""

    state: State = State.NORMAL
    holds: frozenset[Hold] = frozenset()
    owed: bool = False  # it was announced, and nobody has acknowledged it since

    @property
    def active(self) -> bool:
        """Say whether the condition lasts."""
        return self.state in ACTIVE

    @property
    def announced(self) -> bool:
        """Say whether it asks for an operator: it counts, sounds and blinks."""
        return not self.holds and self.state in UNACKNOWLEDGED

    @property
    def listed(self) -> bool:
        """Say whether there is anything to see of it."""
        return bool(self.holds) or self.state != State.NORMAL


ACTIVE: Final = frozenset({State.UNACKNOWLEDGED, State.ACKNOWLEDGED})
UNACKNOWLEDGED: Final = frozenset(
    {State.UNACKNOWLEDGED, State.RETURNED, State.LATCHED_UNACKNOWLEDGED}
)

_N, _U, _A = State.NORMAL, State.UNACKNOWLEDGED, State.ACKNOWLEDGED
_R, _LU, _L = State.RETURNED, State.LATCHED_UNACKNOWLEDGED, State.LATCHED
Cell = State | Refusal

# state -> trigger -> next state, or why not. CLEAR of an active alarm is below: it depends on the
# rule and on the holds.
CONDITION: Final[dict[State, dict[Trigger, Cell]]] = {
    _N: {
        Trigger.RAISE: _U,
        Trigger.CLEAR: _N,
        Trigger.ACKNOWLEDGE: Refusal.NOT_ACTIVE,
        Trigger.RESET: Refusal.NOT_LATCHED,
    },
    _U: {
        Trigger.RAISE: _U,
        Trigger.CLEAR: _R,
        Trigger.ACKNOWLEDGE: _A,
        Trigger.RESET: Refusal.STILL_ACTIVE,
    },
    _A: {
        Trigger.RAISE: _A,
        Trigger.CLEAR: _N,
        Trigger.ACKNOWLEDGE: Refusal.ALREADY,
        Trigger.RESET: Refusal.STILL_ACTIVE,
    },
    _R: {
        Trigger.RAISE: _U,
        Trigger.CLEAR: _R,
        Trigger.ACKNOWLEDGE: _N,
        Trigger.RESET: Refusal.NOT_LATCHED,
    },
    _LU: {
        Trigger.RAISE: _U,
        Trigger.CLEAR: _LU,
        Trigger.ACKNOWLEDGE: _L,
        Trigger.RESET: Refusal.UNACKNOWLEDGED,
    },
    _L: {
        Trigger.RAISE: _U,
        Trigger.CLEAR: _L,
        Trigger.ACKNOWLEDGE: Refusal.ALREADY,
        Trigger.RESET: _N,
    },
}
# CLEAR where it leads elsewhere: a latching rule keeps what was active, and what is held and not
# owed was never announced, so that nobody has to acknowledge it.
LATCHING_CLEAR: Final[dict[State, State]] = {_U: _LU, _A: _L}
HELD_CLEAR: Final[dict[State, State]] = {_U: _N, _A: _N}
HELD_LATCHING_CLEAR: Final[dict[State, State]] = {_U: _L, _A: _L}
# when the last hold ends; every other state stays
RELEASED: Final[dict[State, State]] = {_A: _U}

# trigger -> (the hold, whether it begins)
HOLDS: Final[dict[Trigger, tuple[Hold, bool]]] = {
    Trigger.SHELVE: (Hold.SHELVED, True),
    Trigger.UNSHELVE: (Hold.SHELVED, False),
    Trigger.SUPPRESS: (Hold.SUPPRESSED, True),
    Trigger.UNSUPPRESS: (Hold.SUPPRESSED, False),
    Trigger.REMOVE: (Hold.OUT_OF_SERVICE, True),
    Trigger.RESTORE: (Hold.OUT_OF_SERVICE, False),
}


def next_status(status: Status, trigger: Trigger, *, latching: bool = False) -> Status | Refusal:
    """Return what a trigger makes of a status, which may be the same, or why it cannot be.

    Args:
        status: as it is.
        trigger: what happens.
        latching: whether the rule keeps the alarm until somebody resets it.
    """
    moved = _next(status, trigger, latching=latching)
    return moved if isinstance(moved, Refusal) else _with_debt(moved, trigger)


def _next(status: Status, trigger: Trigger, *, latching: bool) -> Status | Refusal:
    if trigger in HOLDS:
        return _hold(status, *HOLDS[trigger])
    if trigger is Trigger.ACKNOWLEDGE and status.holds:
        return Refusal.HELD
    cell = CONDITION[status.state][trigger]
    if trigger is Trigger.CLEAR:
        cell = _cleared(status, latching=latching)
    return cell if isinstance(cell, Refusal) else replace(status, state=cell)


def _cleared(status: Status, *, latching: bool) -> Cell:
    silent = bool(status.holds) and not status.owed
    if latching:
        table = HELD_LATCHING_CLEAR if silent else LATCHING_CLEAR
    else:
        table = HELD_CLEAR if silent else {}
    return table.get(status.state, CONDITION[status.state][Trigger.CLEAR])


def _hold(status: Status, hold: Hold, begins: bool) -> Status | Refusal:  # noqa: FBT001
    if begins:
        return replace(status, holds=status.holds | {hold})  # shelved again: for longer
    if hold not in status.holds:
        return Refusal.ALREADY
    left = status.holds - {hold}
    state = status.state if left else RELEASED.get(status.state, status.state)
    return replace(status, state=state, holds=left)


def _with_debt(status: Status, trigger: Trigger) -> Status:
    """Note whether somebody still has to acknowledge it."""
    if status.announced:
        return replace(status, owed=True)
    paid = status.state not in UNACKNOWLEDGED or trigger in {Trigger.SHELVE, Trigger.REMOVE}
    return replace(status, owed=False) if paid else status
