"""Web, worker and PostgreSQL die again and again; alarms and messages are all accounted for."""

from __future__ import annotations

from typing import Any

import pytest

from tests.faults.alarms_faults import KINDS, both_webs_kill, make_schedule
from tests.faults.alarms_trial import run_alarms_trial
from tests.faults.ground import Ground

pytestmark = pytest.mark.slow

SEED = 20_261_128
CROSSINGS = 1_000
COUNT = 16


def test_every_transition_is_in_the_journal_once_and_every_message_is_accounted_for(
    ground: Ground, reports: list[Any]
) -> None:
    schedule = make_schedule(SEED, COUNT)
    report = run_alarms_trial("alarms", ground, schedule, seed=SEED, crossings=CROSSINGS)
    reports.append(report)
    assert report.problems == []
    verdict = report.verdict
    assert set(report.faults) == {kind.__name__ for kind in KINDS}
    assert verdict.transitions >= CROSSINGS
    assert min(verdict.sent, verdict.failed, verdict.cancelled, verdict.uncertain) > 0
    assert report.actions.keys() >= {"acknowledge", "shelve"}
    assert report.figures["orders sent again"] > 0


def test_judging_outside_of_the_transaction_is_found(ground: Ground, reports: list[Any]) -> None:
    schedule = [both_webs_kill] * 2
    report = run_alarms_trial(
        "late",
        ground,
        schedule,
        seed=SEED,
        crossings=200,
        application="tests.faults.sabotage_judging:application",
    )
    reports.append(report)
    assert report.verdict.missing > 0
    assert report.verdict.seal_broken == 0
