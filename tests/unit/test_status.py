"""Every cell of the status table. The rows exclude each other, and together they cover it."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from devices.status import Facts, Status, status_of

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PATIENCE = timedelta(seconds=63)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


CHANGED, SEEN = ago(600), ago(20)
# name of a cell's coordinate -> what it means
ENABLED = {"enabled": True, "disabled": False}
CARRIER = {"own": False, "via": True}
CONNECTION = {
    "never": {"connected": False, "connection_changed_at": None, "connection_seen_at": None},
    "closed": {"connected": False, "connection_changed_at": CHANGED, "connection_seen_at": SEEN},
    "open": {"connected": True, "connection_changed_at": CHANGED, "connection_seen_at": SEEN},
    "just open": {"connected": True, "connection_changed_at": ago(5), "connection_seen_at": SEEN},
}
LINK = {
    "untold": {"link_event_at": None, "link_down_since": None, "link_detail": ""},
    "up": {"link_event_at": ago(500), "link_down_since": None, "link_detail": ""},
    "down": {
        "link_event_at": ago(400),
        "link_down_since": ago(400),
        "link_detail": "COMM_FAILURE",
    },
}
REPORTS = {
    "no tags": {"reported_at": None, "fresh_until": None, "patience": None},
    "none": {"reported_at": None, "fresh_until": None, "patience": PATIENCE},
    "old": {"reported_at": ago(300), "fresh_until": ago(300) + PATIENCE, "patience": PATIENCE},
    "fresh": {"reported_at": ago(10), "fresh_until": ago(10) + PATIENCE, "patience": PATIENCE},
}
AXES = (ENABLED, CARRIER, CONNECTION, LINK, REPORTS)
CELLS = list(itertools.product(*AXES))

ANY = frozenset(name for axis in AXES for name in axis)
CONNECTED = {"open", "just open"}
SILENT = {"no tags", "none"}
TABLE: list[tuple[tuple[Any, ...], str]] = [
    ((("disabled",), ANY, ANY, ANY, ANY), "disabled"),
    ((("enabled",), ("own",), ("never",), ANY, SILENT), "new"),
    ((("enabled",), ("own",), ("never",), ANY, {"old", "fresh"}), "offline"),
    ((("enabled",), ("own",), ("closed",), ANY, ANY), "offline"),
    ((("enabled",), ("own",), ("open",), ANY, {"none", "old"}), "stale"),
    ((("enabled",), ("own",), ("open",), ANY, {"no tags", "fresh"}), "online"),
    ((("enabled",), ("own",), ("just open",), ANY, ANY), "online"),
    ((("enabled",), ("via",), ANY, ("untold",), SILENT), "new"),
    ((("enabled",), ("via",), {"never", "closed"}, ("untold",), {"old", "fresh"}), "offline"),
    ((("enabled",), ("via",), {"never", "closed"}, {"up", "down"}, ANY), "offline"),
    ((("enabled",), ("via",), CONNECTED, ("down",), ANY), "offline"),
    ((("enabled",), ("via",), ("open",), ("untold",), ("old",)), "stale"),
    ((("enabled",), ("via",), ("open",), ("up",), {"none", "old"}), "stale"),
    ((("enabled",), ("via",), CONNECTED, ("untold",), ("fresh",)), "online"),
    ((("enabled",), ("via",), CONNECTED, ("up",), {"no tags", "fresh"}), "online"),
    ((("enabled",), ("via",), ("just open",), ("untold",), ("old",)), "online"),
    ((("enabled",), ("via",), ("just open",), ("up",), {"none", "old"}), "online"),
]


def facts_of(*cell: str) -> Facts:
    enabled, carrier, connection, link, reports = cell
    return Facts(
        enabled=ENABLED[enabled],
        via_gateway=CARRIER[carrier],
        **CONNECTION[connection],  # type: ignore[arg-type]
        **LINK[link],  # type: ignore[arg-type]
        **REPORTS[reports],  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("cell", CELLS, ids=" ".join)
def test_every_cell_of_the_table_has_one_status(cell: tuple[str, ...]) -> None:
    rows = [
        name
        for pattern, name in TABLE
        if all(value in allowed for value, allowed in zip(cell, pattern, strict=True))
    ]

    assert rows == [status_of(facts_of(*cell), NOW).name]


def test_a_device_that_lost_its_connection_says_since_when_and_when_it_was_last_heard() -> None:
    status = status_of(facts_of("enabled", "own", "closed", "untold", "fresh"), NOW)

    assert status == Status("offline", "", CHANGED, SEEN)


def test_a_device_behind_a_lost_gateway_blames_the_gateway() -> None:
    status = status_of(facts_of("enabled", "via", "closed", "up", "fresh"), NOW)

    assert status == Status("offline", "gateway", CHANGED, ago(10))


def test_a_lost_gateway_outweighs_what_it_said_before() -> None:
    status = status_of(facts_of("enabled", "via", "closed", "down", "fresh"), NOW)

    assert status.detail == "gateway"


def test_a_device_that_does_not_answer_its_gateway_carries_the_reason() -> None:
    status = status_of(facts_of("enabled", "via", "open", "down", "fresh"), NOW)

    assert status == Status("offline", "COMM_FAILURE", ago(400), ago(400))


def test_a_stale_device_says_since_when_its_last_report_no_longer_counts() -> None:
    status = status_of(facts_of("enabled", "via", "open", "up", "old"), NOW)

    assert status == Status("stale", "", ago(300) + PATIENCE, ago(300))


def test_a_device_is_online_since_it_answered_again() -> None:
    status = status_of(facts_of("enabled", "via", "open", "up", "fresh"), NOW)

    assert status == Status("online", "", ago(500), None)


def test_a_device_is_stale_only_after_its_last_fresh_moment() -> None:
    facts = facts_of("enabled", "own", "open", "untold", "fresh")
    limit = ago(10) + PATIENCE

    assert status_of(facts, limit).name == "online"
    assert status_of(facts, limit + timedelta(milliseconds=1)).name == "stale"


def test_a_new_contact_gives_a_silent_device_its_whole_patience() -> None:
    facts = facts_of("enabled", "own", "just open", "untold", "none")
    limit = ago(5) + PATIENCE

    assert status_of(facts, limit).name == "online"
    assert status_of(facts, limit + timedelta(milliseconds=1)).name == "stale"
