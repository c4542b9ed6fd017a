"""How many of what a camera reports are real, and which threshold that asks for. Pure.

Precision is the share of true ones among those that somebody has marked true or false. From few
marks it is known badly, so it comes with an interval, and nothing is proposed from too few.

What was not marked is taken to be like what was. What no camera reported nobody could mark: of
hazards that were missed nothing is known here, and so nothing of a lower threshold either.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

Z_95: Final = 1.959964  # standard normal quantile of 0.975
WANTED: Final = 0.9  # precision
LEAST: Final = 20  # marked true or false; from fewer nothing is proposed
STEP: Final = 5  # between two thresholds that are looked at, percent


@dataclass(frozen=True, slots=True)
class Interval:
    """Where the true share lies with 95 % confidence, 0 to 1."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Marked:
    """So many detections of one kind that somebody has marked alike."""

    percent: float  # the highest median that they reached, 0 to 100
    is_true: bool
    count: int = 1


@dataclass(frozen=True, slots=True)
class Choice:
    """What a threshold would have done to the marked detections."""

    percent: float  # the threshold
    true: int  # hazards that it reports
    false: int  # false alarms that it reports
    lost: int  # hazards that it does not report any more
    spared: int  # false alarms that it does not report any more

    @property
    def marked(self) -> int:
        """How many it reports."""
        return self.true + self.false

    @property
    def precision(self) -> float | None:
        """Share of hazards among what it reports, 0 to 1; None: it reports nothing."""
        return self.true / self.marked if self.marked else None

    @property
    def interval(self) -> Interval:
        """Where the precision lies."""
        return wilson(self.true, self.marked)


@dataclass(frozen=True, slots=True)
class Advice:
    """The choices from the present threshold on, and the one to take."""

    choices: tuple[Choice, ...]
    proposed: Choice | None  # None: there are too few marks, or no choice is precise enough
    is_enough: bool  # there are marks enough to propose something from

    @property
    def now(self) -> Choice:
        """What the present threshold does."""
        return self.choices[0]


def wilson(successes: int, trials: int, z: float = Z_95) -> Interval:
    """Return the interval of a share, from so many successes in so many trials.

    Score interval of E. B. Wilson, "Probable inference, the law of succession, and statistical
    inference", JASA 22 (1927) 209-212:

        (p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n),  p = successes / trials, n = trials

    It keeps its confidence also for few trials and shares near 0 and 1, where the usual p ± z·σ
    fails (Brown, Cai, DasGupta, "Interval estimation for a binomial proportion", Statistical
    Science 16 (2001) 101-133).

    Args:
        successes: 0 to ``trials``.
        trials: from none nothing is known: 0 to 1.
        z: quantile of the standard normal distribution.

    Raises:
        ValueError: ``successes`` is not between 0 and ``trials``.
    """
    if not 0 <= successes <= trials:
        raise ValueError(f"{successes} of {trials} cannot be")
    if trials == 0:
        return Interval(0.0, 1.0)
    p, n = successes / trials, trials
    middle = p + z * z / (2 * n)
    spread = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    low = 0.0 if successes == 0 else (middle - spread) / scale  # there exactly, but for rounding
    high = 1.0 if successes == trials else (middle + spread) / scale
    return Interval(max(0.0, low), min(1.0, high))


def advise(
    marked: Iterable[Marked], now: float, *, wanted: float = WANTED, least: int = LEAST
) -> Advice:
    """Say what higher thresholds would have done, and propose one.

    Proposed is the lowest one with which the lower bound of the precision reaches what is wanted:
    so it is not only likely but sure (at 97.5 %) that enough of what is reported is real.

    Args:
        marked: what the present threshold reports, and somebody has marked.
        now: the present threshold, percent.
        wanted: precision, 0 to 1.
        least: a threshold that reports fewer marked ones is not proposed.
    """
    rows = list(marked)
    choices = tuple(_choice(rows, percent, now) for percent in _thresholds(now))
    enough = [choice for choice in choices if choice.marked >= least]
    good = (choice for choice in enough if choice.interval.low >= wanted)
    return Advice(choices, next(good, None), bool(enough))


def _thresholds(now: float) -> Iterable[float]:
    yield now
    first = math.floor(now / STEP + 1e-9) * STEP + STEP
    yield from range(first, 100, STEP)


def _choice(rows: Sequence[Marked], percent: float, now: float) -> Choice:
    def count(*, is_true: bool, is_kept: bool) -> int:
        # at the present one all are kept: it did report them, however they were rounded
        return sum(
            row.count
            for row in rows
            if row.is_true is is_true and (percent <= now or row.percent >= percent) is is_kept
        )

    return Choice(
        percent,
        true=count(is_true=True, is_kept=True),
        false=count(is_true=False, is_kept=True),
        lost=count(is_true=True, is_kept=False),
        spared=count(is_true=False, is_kept=False),
    )
