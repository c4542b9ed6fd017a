"""Print the tables by which alarms move, as docs/alarms.md has them: ``manage.py alarm_states``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from django.core.management.base import BaseCommand

from alarms.states import HOLDS, Hold, Refusal, State, Status, Trigger, next_status

_HELD: Final = frozenset({Hold.SHELVED})  # whichever it is: all hold alike
_SAME: Final = "–"
# heading, trigger, latching, held
_COLUMNS: Final = (
    ("raise", Trigger.RAISE, False, False),
    ("clear", Trigger.CLEAR, False, False),
    ("clear, latching", Trigger.CLEAR, True, False),
    ("clear, held", Trigger.CLEAR, False, True),
    ("clear, held, latching", Trigger.CLEAR, True, True),
    ("acknowledge", Trigger.ACKNOWLEDGE, False, False),
    ("acknowledge, held", Trigger.ACKNOWLEDGE, False, True),
    ("reset", Trigger.RESET, False, False),
)


class Command(BaseCommand):
    """Say what every trigger makes of an alarm in every state."""

    help = "Print what every trigger makes of an alarm in every state, as Markdown."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print both tables."""
        self.stdout.write(tables())


def tables() -> str:
    """Return both tables."""
    first = ["state", *(heading for heading, *_ in _COLUMNS)]
    second = ["trigger", "hold", "begins or ends it", "when the last hold ends"]
    return f"{_table(first, _conditions())}\n\n{_table(second, _holds())}"


def _conditions() -> Iterator[list[str]]:
    for state in State:
        cells = [
            _moved(state, trigger, latching=latching, held=held)
            for _, trigger, latching, held in _COLUMNS
        ]
        yield [f"**{state}**", *cells]


def _moved(state: State, trigger: Trigger, *, latching: bool, held: bool) -> str:
    before = Status(state, _HELD if held else frozenset())
    after = next_status(before, trigger, latching=latching)
    if isinstance(after, Refusal):
        return f"no: {after}"
    return _SAME if after.state is before.state else str(after.state)


def _holds() -> Iterator[list[str]]:
    for trigger, (hold, begins) in HOLDS.items():
        yield [f"**{trigger}**", str(hold), "begins" if begins else "ends", _released(trigger)]


def _released(trigger: Trigger) -> str:
    """Say which states change when the only hold ends."""
    hold, begins = HOLDS[trigger]
    if begins:
        return _SAME
    moved = []
    for state in State:
        after = next_status(Status(state, frozenset({hold})), trigger)
        if isinstance(after, Status) and after.state is not state:
            moved.append(f"{state} → {after.state}")
    return ", ".join(moved)


def _table(head: list[str], rows: Iterable[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
