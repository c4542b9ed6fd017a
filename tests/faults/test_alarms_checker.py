"""The oracle of alarms finds whatever is forged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.faults.alarms_checker import MUST_BE_ZERO
from tests.faults.alarms_checker import check as check_alarms
from tests.faults.alarms_evidence import Entry, Evidence, Note, Order, Outcome, Row
from tests.faults.alarms_plant import DELAY_MS, Point, changes_of

ALARM, LATCHING = 7, 8
TAKEN, REFUSED = 1, 2  # routes


def entry(number: int, alarm: int, action: str, before: str, after: str, **fields: object) -> Entry:
    given = Entry(number, number, alarm, 1, 1000 * number, action, before, after, "", False, False,
                  None)  # fmt: skip
    return replace(given, **fields)  # type: ignore[arg-type]


def whole() -> Evidence:
    """An alarm that was raised, acknowledged and cleared; one that was shelved and latches."""
    entries = [
        entry(1, ALARM, "raise", "normal", "unacknowledged", announced=True),
        entry(2, ALARM, "acknowledge", "unacknowledged", "acknowledged", request_id="r1"),
        entry(3, ALARM, "clear", "acknowledged", "normal"),
        entry(4, LATCHING, "shelve", "normal", "normal", holds="shelved", request_id="r2"),
        entry(5, LATCHING, "raise", "normal", "unacknowledged", holds="shelved"),
        entry(6, LATCHING, "clear", "unacknowledged", "latched", holds="shelved"),
        # told in one transaction, and not worth a message
        entry(7, ALARM, "raise", "normal", "unacknowledged", announced=True, occurrence=2),
        entry(8, ALARM, "clear", "unacknowledged", "returned", transaction=7, occurrence=2),
    ]
    notes = [
        note("n1", TAKEN, "sent", log=("lost", "sent")),
        note("n2", REFUSED, "failed", why="HTTP 400", log=("permanent",)),
        note("n3", TAKEN, "cancelled", event="cleared", why="raise_not_sent"),
    ]
    return Evidence(
        truth={
            ALARM: [("raise", 1000), ("clear", 3000), ("raise", 7000), ("clear", 8000)],
            LATCHING: [("raise", 5000), ("clear", 6000)],
        },
        orders=[
            Order("r1", "acknowledge", ALARM, Outcome.DONE),
            Order("r2", "shelve", LATCHING, Outcome.UNKNOWN),
            Order("r3", "acknowledge", ALARM, Outcome.REFUSED),
        ],
        received=Counter(n1=2, n2=1),
        routes=[TAKEN, REFUSED],
        rows=[
            Row(ALARM, "1 tag:1", "returned", "", 5, 2, latching=False),
            Row(LATCHING, "2 tag:2", "latched", "shelved", 3, 1, latching=True),
        ],
        entries=entries,
        notes=notes,
    )


def note(key: str, route: int, state: str, **fields: object) -> Note:
    log = fields.get("log", ())
    given = Note(key, route, ALARM, 1, "raised", state, "", len(log), ())  # type: ignore[arg-type]
    return replace(given, **fields)  # type: ignore[arg-type]


def test_a_whole_run_has_no_faults_and_everything_is_counted() -> None:
    verdict = check_alarms(whole())
    assert verdict.faults == {}
    assert verdict.counts == {
        "transitions": 6, "entries": 8, "announced": 2, "orders": 1, "sent": 1, "failed": 1,
        "cancelled": 1, "uncertain": 1, "repeated": 1,
    }  # fmt: skip


Forge = Callable[[Evidence], object]


def _alter(index: int, **fields: object) -> Forge:
    def forge(evidence: Evidence) -> None:
        evidence.entries[index] = replace(evidence.entries[index], **fields)  # type: ignore[arg-type]

    return forge


def _alter_note(index: int, **fields: object) -> Forge:
    def forge(evidence: Evidence) -> None:
        evidence.notes[index] = replace(evidence.notes[index], **fields)  # type: ignore[arg-type]

    return forge


def _twice(evidence: Evidence) -> None:
    """A reading that was judged twice: the second raise says that it followed from itself."""
    raised = evidence.entries[0]
    evidence.entries.insert(1, replace(raised, before="unacknowledged", announced=False))


def _answer(index: int, outcome: Outcome) -> Forge:
    def forge(evidence: Evidence) -> None:
        evidence.orders[index] = replace(evidence.orders[index], outcome=outcome)

    return forge


FORGED: dict[str, tuple[Forge, set[str]]] = {
    "a clear that was never judged": (
        lambda e: e.truth[LATCHING].append(("raise", 9000)),
        {"missing", "states_wrong"},
    ),
    "a raise of no reading": (lambda e: e.truth[ALARM].remove(("raise", 7000)), {"surplus"}),
    "another source time": (_alter(0, source_ms=1001), {"missing", "surplus"}),
    "a transition that is judged twice": (
        _twice,
        {"surplus", "rows_wrong"},
    ),
    "a live transition as history": (
        _alter(2, historical=True),
        {"missing", "historical", "unlinked", "rows_wrong"},
    ),
    "an entry that is gone": (
        lambda e: e.entries.pop(2),
        {"missing", "unlinked", "rows_wrong"},
    ),
    "a state that does not follow": (_alter(5, after="normal"), {"unlinked", "rows_wrong"}),
    "a hold that nobody began": (_alter(2, holds="suppressed"), {"unlinked"}),
    "a row that moved without an entry": (
        lambda e: e.rows.append(Row(9, "3 tag:3", "unacknowledged", "", 1, 1, latching=False)),
        {"rows_wrong"},
    ),
    "two rows of one rule and source": (
        lambda e: e.rows.append(Row(9, "1 tag:1", "normal", "", 0, 0, latching=False)),
        {"rows_twice"},
    ),
    "a broken seal": (lambda e: setattr(e, "broken_at", 4), {"seal_broken"}),
    "an entry without a seal": (lambda e: setattr(e, "unsealed", 1), {"seal_broken"}),
    "an order that was lost": (_alter(1, request_id=None), {"orders_lost"}),
    "an order that was done and refused": (_answer(0, Outcome.REFUSED), {"orders_denied"}),
    "an order that nobody gave": (lambda e: e.orders.pop(1), {"orders_denied"}),
    "an order that was done twice": (_alter(7, request_id="r1", action="acknowledge"),
        {"orders_twice", "missing", "unlinked"}),
    "an announcement that nobody is told": (lambda e: e.notes.pop(1), {"notes_missing", "strange"}),
    "a message of no announcement": (_alter(0, announced=False), {"notes_surplus"}),
    "a message that waits for ever": (_alter_note(0, state="sending"), {"notes_open"}),
    "a failure without a reason": (_alter_note(1, why=""), {"notes_unreasoned"}),
    "a message that is said to be sent": (
        lambda e: e.received.pop("n1"),
        {"undelivered"},
    ),
    "a message twice, and the log says nothing": (
        _alter_note(0, log=("sent",), attempts=1),
        {"repeats_unexplained"},
    ),
    "an attempt that is not in the log": (_alter_note(1, attempts=2), {"logs_wrong"}),
    "a failure after it was sent": (_alter_note(1, log=("sent",)), {"logs_wrong"}),
    "a message that nobody knows": (lambda e: e.received.update(n9=1), {"strange"}),
}  # fmt: skip


@pytest.mark.parametrize("name", FORGED)
def test_what_is_forged_is_found_by_its_name(name: str) -> None:
    evidence = whole()
    forge, found = FORGED[name]
    forge(evidence)
    assert set(check_alarms(evidence).faults) == found


def test_every_kind_of_fault_has_a_forgery() -> None:
    assert set.union(*(found for _, found in FORGED.values())) == set(MUST_BE_ZERO)


def test_a_crossing_moves_the_alarm_when_its_delay_ends() -> None:
    samples = [(10, False), (20, True), (30, True), (900, False)]
    plain, off, on = Point("a"), Point("b", off_ms=DELAY_MS), Point("c", on_ms=DELAY_MS)
    assert changes_of(plain, samples) == [("raise", 20), ("clear", 900)]
    assert changes_of(off, samples) == [("raise", 20), ("clear", 1100)]
    assert changes_of(on, samples) == [("raise", 220), ("clear", 900)]
