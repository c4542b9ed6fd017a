"""The state machine of alarms: every cell, and what must hold whatever happens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarms.states import (
    ACTIVE,
    CONDITION,
    HOLDS,
    Hold,
    Refusal,
    State,
    Status,
    Trigger,
    next_status,
)

STATUSES = [
    Status(state, frozenset(hold for place, hold in enumerate(Hold) if bits >> place & 1))
    for state in State
    for bits in range(2 ** len(Hold))
]
CELLS = [(status, trigger, latching) for status in STATUSES for trigger in Trigger
         for latching in (False, True)]  # fmt: skip
N, U, A = State.NORMAL, State.UNACKNOWLEDGED, State.ACKNOWLEDGED
R, LU, L = State.RETURNED, State.LATCHED_UNACKNOWLEDGED, State.LATCHED


def after(status: Status, *triggers: Trigger, latching: bool = False) -> Status:
    for trigger in triggers:
        moved = next_status(status, trigger, latching=latching)
        assert isinstance(moved, Status), (status, trigger, moved)
        status = moved
    return status


def test_every_cell_is_defined() -> None:
    for status, trigger, latching in CELLS:
        assert isinstance(next_status(status, trigger, latching=latching), Status | Refusal)
    conditions = set(Trigger) - HOLDS.keys()
    assert all(row.keys() == conditions for row in CONDITION.values())
    assert CONDITION.keys() == set(State)


@pytest.mark.parametrize(
    ("triggers", "state"),
    [
        ((Trigger.RAISE,), U),
        ((Trigger.RAISE, Trigger.ACKNOWLEDGE), A),
        ((Trigger.RAISE, Trigger.CLEAR), R),
        ((Trigger.RAISE, Trigger.CLEAR, Trigger.ACKNOWLEDGE), N),
        ((Trigger.RAISE, Trigger.ACKNOWLEDGE, Trigger.CLEAR), N),
        ((Trigger.RAISE, Trigger.CLEAR, Trigger.RAISE), U),
    ],
    ids=lambda value: value if isinstance(value, State) else "-".join(value),
)
def test_an_alarm_goes_the_way_of_the_standard(triggers: tuple[Trigger, ...], state: State) -> None:
    assert after(Status(), *triggers).state is state


@pytest.mark.parametrize(
    ("triggers", "state"),
    [
        ((Trigger.RAISE, Trigger.CLEAR), LU),
        ((Trigger.RAISE, Trigger.CLEAR, Trigger.ACKNOWLEDGE), L),
        ((Trigger.RAISE, Trigger.ACKNOWLEDGE, Trigger.CLEAR), L),
        ((Trigger.RAISE, Trigger.ACKNOWLEDGE, Trigger.CLEAR, Trigger.RESET), N),
        ((Trigger.RAISE, Trigger.CLEAR, Trigger.RAISE), U),
    ],
    ids=lambda value: value if isinstance(value, State) else "-".join(value),
)
def test_a_latching_alarm_waits_for_its_reset(triggers: tuple[Trigger, ...], state: State) -> None:
    assert after(Status(), *triggers, latching=True).state is state


@pytest.mark.parametrize("hold", [Trigger.SHELVE, Trigger.SUPPRESS, Trigger.REMOVE])
def test_a_held_alarm_is_followed_and_never_announced(hold: Trigger) -> None:
    status = after(Status(), hold, Trigger.RAISE)
    assert (status.state, status.active, status.announced) == (U, True, False)
    assert next_status(status, Trigger.ACKNOWLEDGE) is Refusal.HELD
    assert after(status, Trigger.CLEAR).state is N


def test_what_lasts_when_the_last_hold_ends_is_announced_anew() -> None:
    status = after(Status(), Trigger.RAISE, Trigger.ACKNOWLEDGE, Trigger.SHELVE, Trigger.REMOVE)
    assert after(status, Trigger.UNSHELVE).state is A
    released = after(status, Trigger.UNSHELVE, Trigger.RESTORE)
    assert (released.state, released.announced) == (U, True)


def test_a_refusal_says_what_is_wrong() -> None:
    assert next_status(Status(), Trigger.ACKNOWLEDGE) is Refusal.NOT_ACTIVE
    assert next_status(Status(A), Trigger.ACKNOWLEDGE) is Refusal.ALREADY
    assert next_status(Status(U), Trigger.RESET) is Refusal.STILL_ACTIVE
    assert next_status(Status(LU), Trigger.RESET) is Refusal.UNACKNOWLEDGED
    assert next_status(Status(), Trigger.RESET) is Refusal.NOT_LATCHED
    assert next_status(Status(), Trigger.UNSHELVE) is Refusal.ALREADY


@given(
    triggers=st.lists(st.sampled_from(Trigger), max_size=30),
    latching=st.booleans(),
)
def test_whatever_happens_the_status_says_whether_the_condition_lasts(
    triggers: list[Trigger], latching: bool
) -> None:
    status, active = Status(), False
    for trigger in triggers:
        moved = next_status(status, trigger, latching=latching)
        if isinstance(moved, Refusal):
            continue
        active = {Trigger.RAISE: True, Trigger.CLEAR: False}.get(trigger, active)
        assert moved.active is active
        assert latching or moved.state not in {LU, L}
        assert not (moved.holds and moved.announced)
        assert moved.state in ACTIVE or not active
        status = moved


@given(triggers=st.lists(st.sampled_from(Trigger), max_size=30), latching=st.booleans())
def test_from_everywhere_people_can_bring_an_alarm_back_to_normal(
    triggers: list[Trigger], latching: bool
) -> None:
    status = Status()
    for trigger in [
        *triggers,
        *(Trigger.CLEAR, Trigger.UNSHELVE, Trigger.UNSUPPRESS, Trigger.RESTORE),
        *(Trigger.ACKNOWLEDGE, Trigger.RESET),
    ]:
        moved = next_status(status, trigger, latching=latching)
        status = status if isinstance(moved, Refusal) else moved
    assert status == Status()


def test_what_nobody_acknowledged_outlives_a_suppression_in_which_it_came_again() -> None:
    returned = after(Status(), Trigger.RAISE, Trigger.CLEAR)
    status = after(returned, Trigger.SUPPRESS, Trigger.RAISE, Trigger.CLEAR, Trigger.UNSUPPRESS)
    assert (status.state, status.announced) == (R, True)
    assert after(status, Trigger.ACKNOWLEDGE) == Status()


def test_who_shelves_an_alarm_has_seen_it() -> None:
    status = after(Status(), Trigger.RAISE, Trigger.SHELVE, Trigger.CLEAR, Trigger.UNSHELVE)
    assert status == Status()
