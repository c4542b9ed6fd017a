from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.ground import Ground
from tests.faults.report import Report

_reports: list[Report] = []


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    """Servers of our own, which may be killed; the runs of a module share them, one by one."""
    with Ground() as ground:
        yield ground


@pytest.fixture
def reports() -> list[Report]:
    """What is added here is printed at the end of the session."""
    return _reports


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table of every run, also of those that passed."""
    if _reports:
        terminalreporter.section("faults")
    for report in _reports:
        terminalreporter.write_line(str(report))
