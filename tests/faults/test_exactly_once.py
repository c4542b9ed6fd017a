"""Everything is broken again and again; every reading is stored once, or its loss is recorded."""

from __future__ import annotations

import pytest

from tests.faults.faults import ordinary_kinds
from tests.faults.ground import Ground
from tests.faults.nemesis import make_schedule
from tests.faults.plantfile import SMALL_SPOOLS
from tests.faults.report import Report
from tests.faults.trial import run_trial
from tests.faults.world import Cast, Server

pytestmark = pytest.mark.slow

SEED = 20_261_125


@pytest.mark.parametrize(("server", "count"), [("web", 34), ("web-daphne", 12)])
def test_every_reading_is_stored_exactly_once(
    server: Server, count: int, ground: Ground, reports: list[Report]
) -> None:
    kinds = ordinary_kinds()
    schedule = make_schedule(SEED + count, count, 4, kinds)
    report = run_trial(server, ground, schedule, seed=SEED + count, cast=Cast(server=server))
    reports.append(report)
    assert report.problems == []
    assert report.total.gaps_explained == report.total.spooled == 0
    assert report.total.stored == report.total.generated + report.total.ghosts


def test_gap_records_account_for_all_that_full_spools_dropped(
    ground: Ground, reports: list[Report]
) -> None:
    kinds = ["overflow", "gateway_kill", "deaf", "web_kill"]
    schedule = make_schedule(SEED, 8, SMALL_SPOOLS.gateways, kinds)
    cast = Cast(gateway="python -m tests.faults.small_spool", load=SMALL_SPOOLS)
    report = run_trial("small", ground, schedule, seed=SEED, cast=cast, expected_reasons={"quota"})
    reports.append(report)
    assert report.problems == []
    assert report.total.dropped > 0
    assert report.total.stored + report.total.dropped == (
        report.total.generated + report.total.ghosts
    )


# ---------------------------------------------------------------- the same, with a bug in it


def test_acks_before_the_commit_are_found(ground: Ground, reports: list[Report]) -> None:
    schedule = make_schedule(SEED, 2, 4, ["postgres_and_web_kill", "web_kill"])
    cast = Cast(application="tests.faults.sabotage_acks:application")
    report = run_trial("acks", ground, schedule, seed=SEED, cast=cast)
    reports.append(report)
    assert report.total.lost > 0
    assert report.total.duplicated == 0


def test_missing_frame_numbers_are_found(ground: Ground, reports: list[Report]) -> None:
    schedule = make_schedule(SEED, 2, 4, ["deaf", "web_kill"])
    cast = Cast(application="tests.faults.sabotage_numbers:application")
    report = run_trial("numbers", ground, schedule, seed=SEED, cast=cast)
    reports.append(report)
    assert report.total.duplicated > 0
    assert report.total.lost == 0


def test_drops_without_a_gap_record_are_found(ground: Ground, reports: list[Report]) -> None:
    schedule = make_schedule(SEED, 2, SMALL_SPOOLS.gateways, ["overflow", "gateway_kill"])
    cast = Cast(gateway="python -m tests.faults.sabotage_gaps", load=SMALL_SPOOLS)
    report = run_trial("gaps", ground, schedule, seed=SEED, cast=cast, expected_reasons={"quota"})
    reports.append(report)
    assert report.total.lost > 0
    assert report.total.gaps_explained == 0
