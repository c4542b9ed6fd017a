"""The table that a run prints: one row of figures for each gateway and for all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.faults.checker import Verdict

COLUMNS = {
    "generated": "generated",
    "spooled": "in spool",
    "acked": "acked",
    "stored": "stored",
    "lost": "lost",
    "duplicated": "duplicated",
    "ghosts": "ghosts",
    "dropped": "dropped",
    "gaps_explained": "gaps",
    "gaps_unexplained": "unexplained",
}


@dataclass
class Report:
    """What one run did and what came of it."""

    name: str
    seed: int
    seconds: float
    faults: Counter[str]
    verdicts: dict[str, Verdict]  # by gateway
    page: str = ""  # what is wrong with the page; empty: it shows what is stored
    errors: dict[str, int] = field(default_factory=dict)  # tracebacks in logs, by process

    @property
    def total(self) -> Verdict:
        """Add all gateways up."""
        total = Verdict()
        for verdict in self.verdicts.values():
            total.add(verdict)
        return total

    @property
    def problems(self) -> list[str]:
        """Everything that is wrong, a line each."""
        found = [
            f"{uid}: {name.replace('_', ' ')} {value}"
            for uid, verdict in self.verdicts.items()
            for name, value in verdict.faults.items()
        ]
        found += [f"page: {self.page}"] if self.page else []
        return [*found, *(f"{name}: tracebacks {count}" for name, count in self.errors.items())]

    def __str__(self) -> str:
        """Write the table."""
        rows = [("gateway", *COLUMNS.values())]
        rows += [_row(uid, verdict) for uid, verdict in self.verdicts.items()]
        rows.append(_row("all", self.total))
        kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(self.faults.items()))
        return "\n".join(
            [
                f"{self.name}: {self.faults.total()} faults in {self.seconds:.0f} s,"
                f" seed {self.seed}",
                *_aligned(rows),
                f"  faults: {kinds}",
                *(f"  WRONG {problem}" for problem in self.problems),
            ]
        )


def _row(name: str, verdict: Verdict) -> tuple[str, ...]:
    return (name, *(str(getattr(verdict, column)) for column in COLUMNS))


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  " + "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    ]
