"""The oracle of alarms: what they had to do against what the database and the receiver say. Pure.

What had to be is known from outside: the readings that were acknowledged to whoever posted them,
the orders that were answered to the operator, the messages that came to the receiver.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from alarms.states import Hold, Refusal, State, Status, Trigger, next_status
from tests.faults.alarms_evidence import Entry, Evidence, Note, Outcome


@dataclass
class Verdict:
    """What became of it: counts. What is named in `MUST_BE_ZERO` is a failure."""

    transitions: int = 0  # that had to be
    entries: int = 0
    announced: int = 0
    orders: int = 0  # that were done
    sent: int = 0
    failed: int = 0
    cancelled: int = 0
    uncertain: int = 0  # attempts of which the log says that nobody heard their outcome
    repeated: int = 0  # messages that came more than once, as the log says that they may have

    missing: int = 0  # transitions that are not in the journal
    surplus: int = 0  # or in it twice, or in it for no reason
    historical: int = 0
    unlinked: int = 0  # entries that do not follow from the one before of their alarm
    rows_wrong: int = 0  # alarms whose row is not what their journal says
    states_wrong: int = 0  # alarms that are active and should not be, or the other way round
    rows_twice: int = 0  # more than one row for a rule and source
    seal_broken: int = 0
    orders_lost: int = 0  # the operator was told that it was done
    orders_twice: int = 0
    orders_denied: int = 0  # in the journal, but nobody gave them or they were refused
    notes_open: int = 0
    notes_missing: int = 0  # announcements that no message was queued for
    notes_surplus: int = 0
    notes_unreasoned: int = 0  # failed or cancelled, and nobody says why
    logs_wrong: int = 0  # the log does not say what the row says
    undelivered: int = 0  # sent, but never received
    strange: int = 0  # received, but nobody knows the message
    repeats_unexplained: int = 0  # came more often than the log allows
    details: list[str] = field(default_factory=list)  # of some of what is wrong

    @property
    def faults(self) -> dict[str, int]:
        """Everything that must be zero and is not."""
        return {name: value for name in MUST_BE_ZERO if (value := getattr(self, name))}

    @property
    def counts(self) -> dict[str, int]:
        """What there was."""
        return {name: value for name, value in vars(self).items() if name in _COUNTS}


_COUNTS = frozenset(
    {
        *("transitions", "entries", "announced", "orders", "sent", "failed", "cancelled"),
        *("uncertain", "repeated"),
    }
)
MUST_BE_ZERO = tuple(
    name for name in Verdict.__dataclass_fields__ if name not in _COUNTS | {"details"}
)
_FINAL = frozenset({"sent", "failed", "cancelled"})
_ENDS = frozenset({"acknowledge", "clear", "reset", "shelve", "suppress", "remove"})
_FOLLOWED = frozenset({"raise", "clear"})


def check(evidence: Evidence) -> Verdict:
    """Judge a run."""
    return _Check(evidence).verdict


@dataclass
class _Check:
    evidence: Evidence
    verdict: Verdict = field(default_factory=Verdict)

    def __post_init__(self) -> None:
        self.by_alarm: dict[int, list[Entry]] = defaultdict(list)
        for entry in self.evidence.entries:
            if not entry.historical:
                self.by_alarm[entry.alarm].append(entry)
        self._judge_transitions()
        self._judge_rows()
        self._judge_orders()
        self._judge_announcements()
        for note in self.evidence.notes:
            self._judge_note(note)
        known = {note.id for note in self.evidence.notes}
        self.verdict.strange = len(self.evidence.received.keys() - known)

    # ------------------------------------------------------------ transitions and states

    def _judge_transitions(self) -> None:
        evidence, verdict = self.evidence, self.verdict
        expected = Counter(
            (alarm, *change) for alarm, changes in evidence.truth.items() for change in changes
        )
        journaled = Counter(
            (entry.alarm, entry.action, entry.source_ms)
            for alarm in evidence.truth
            for entry in self.by_alarm[alarm]
            if entry.action in _FOLLOWED
        )
        verdict.transitions, verdict.entries = expected.total(), len(evidence.entries)
        verdict.missing = (expected - journaled).total()
        verdict.surplus = (journaled - expected).total()
        verdict.historical = sum(entry.historical for entry in evidence.entries)
        verdict.seal_broken = (evidence.broken_at is not None) + evidence.unsealed
        verdict.rows_twice = len(evidence.rows) - len({row.source for row in evidence.rows})

    def _judge_rows(self) -> None:
        for row in self.evidence.rows:
            entries = self.by_alarm[row.id]
            status = self._follow(entries, latching=row.latching)
            told = (row.state, row.holds, row.rev, row.occurrence)
            raises = sum(entry.action == "raise" for entry in entries)
            self.verdict.rows_wrong += told != (
                str(status.state), _joined(status), len(entries), raises
            )  # fmt: skip
            if changes := self.evidence.truth.get(row.id):
                active = State(row.state) in {State.UNACKNOWLEDGED, State.ACKNOWLEDGED}
                self.verdict.states_wrong += active != (changes[-1][0] == "raise")

    def _follow(self, entries: Iterable[Entry], *, latching: bool) -> Status:
        """Go through the entries of an alarm by the tables of the states; return where they end."""
        status = Status()
        for entry in entries:
            after = next_status(status, Trigger(entry.action), latching=latching)
            told = _status_of(entry)
            if entry.before != status.state or isinstance(after, Refusal) or _seen(after) != told:
                self.verdict.unlinked += 1
            status = told if isinstance(after, Refusal) else replace(told, owed=after.owed)
        return status

    # ------------------------------------------------------------ orders

    def _judge_orders(self) -> None:
        verdict = self.verdict
        found = Counter(
            (entry.request_id, entry.action, entry.alarm)
            for entry in self.evidence.entries
            if entry.request_id is not None
        )
        for order in self.evidence.orders:
            count = found.pop((order.request_id, order.action, order.alarm), 0)
            verdict.orders += order.outcome is Outcome.DONE
            verdict.orders_lost += order.outcome is Outcome.DONE and not count
            verdict.orders_denied += order.outcome is Outcome.REFUSED and count > 0
            verdict.orders_twice += count > 1
        verdict.orders_denied += len(found)

    # ------------------------------------------------------------ notifications

    def _judge_announcements(self) -> None:
        """Compare what was announced with what was queued.

        What a later entry of the same transaction ends again need not be queued, but it may have
        been, and been cancelled.
        """
        expected: Counter[tuple[int, int, int]] = Counter()
        possible: Counter[tuple[int, int, int]] = Counter()
        for alarm, entries in self.by_alarm.items():
            for i, entry in enumerate(entries):
                later = [e for e in entries[i + 1 :] if e.transaction == entry.transaction]
                self.verdict.announced += entry.announced
                lasts = not any(e.announced or e.action in _ENDS for e in later)
                for route in self.evidence.routes if entry.announced else ():
                    possible[route, alarm, entry.occurrence] += 1
                    expected[route, alarm, entry.occurrence] += lasts
        queued = Counter(
            (note.route, note.alarm, note.occurrence)
            for note in self.evidence.notes
            if note.event == "raised"
        )
        self.verdict.notes_missing = (expected - queued).total()
        self.verdict.notes_surplus = (queued - possible).total()

    def _judge_note(self, note: Note) -> None:
        verdict = self.verdict
        if note.state not in _FINAL:
            verdict.notes_open += 1
            return
        setattr(verdict, note.state, getattr(verdict, note.state) + 1)
        verdict.notes_unreasoned += (note.state != "sent") != bool(note.why)
        verdict.logs_wrong += not _log_fits(note)
        came = self.evidence.received[note.id]
        verdict.undelivered += note.state == "sent" and not came
        answered = sum(result.removeprefix("late ") in {"sent", "permanent"} for result in note.log)
        uncertain = sum(result in {"lost", "unanswered"} for result in note.log)
        if came > answered + uncertain:
            verdict.repeats_unexplained += 1
            verdict.details.append(f"came {came} times: {note}")
        verdict.uncertain += uncertain
        verdict.repeated += came > 1


def _log_fits(note: Note) -> bool:
    """Say whether every attempt is in the log, and the last one is what the row says."""
    own = [result for result in note.log if not result.startswith("late ")]
    if len(own) != note.attempts or own.count("sent") != (note.state == "sent"):
        return False
    if note.state == "sent":
        return own[-1] == "sent"
    return note.state == "cancelled" or (bool(own) and own[-1] in {"permanent", "lost"})


def _status_of(entry: Entry) -> Status:
    return Status(State(entry.after), frozenset(map(Hold, filter(None, entry.holds.split(",")))))


def _seen(status: Status) -> Status:
    """Return what the journal says of a status: not whether it is still to be acknowledged."""
    return replace(status, owed=False)


def _joined(status: Status) -> str:
    return ",".join(sorted(status.holds))
