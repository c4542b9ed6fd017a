"""What judging gets of a rule."""

from __future__ import annotations

from typing import Any

import pytest

from alarms.conditions.limits import Deviation, Limit, Threshold
from alarms.conditions.model import Condition, Delays
from alarms.conditions.rates import Rate
from alarms.conditions.states import BadQuality, Discrete, Signal
from alarms.models import Kind, Rule
from alarms.specs import spec_of

CASES: list[tuple[str, str, dict[str, Any], Condition]] = [
    (Kind.HIGH_HIGH, "tag:12", {}, Limit("tag:12", Threshold(5.0, 1.0))),
    (Kind.HIGH, "tag:12", {}, Limit("tag:12", Threshold(5.0, 1.0))),
    (Kind.LOW, "tag:12", {}, Limit("tag:12", Threshold(5.0, 1.0, falling=True))),
    (Kind.LOW_LOW, "tag:12", {}, Limit("tag:12", Threshold(5.0, 1.0, falling=True))),
    (
        Kind.DEVIATION, "tag:12", {"setpoint_id": 13},
        Deviation("tag:12", "tag:13", Threshold(5.0, 1.0)),
    ),
    (Kind.RATE, "tag:12", {}, Rate("tag:12", Threshold(5.0, 1.0), 60_000)),
    (
        Kind.RATE, "tag:12", {"limit": -5.0, "window_s": 1.5},
        Rate("tag:12", Threshold(-5.0, 1.0, falling=True), 1500),
    ),
    (Kind.DISCRETE, "tag:12", {"abnormal": [3, True, 3.0]}, Discrete("tag:12", (1.0, 3.0))),
    (Kind.BAD_QUALITY, "tag:12", {}, BadQuality("tag:12")),
    (Kind.STALE, "tag:12", {}, Signal("stale:12")),
    (Kind.OFFLINE, "device:5", {}, Signal("offline:5")),
    (Kind.SPOOL, "device:5", {}, Signal("spool:5")),
    (Kind.CLOCK_SKEW, "device:5", {}, Signal("clock_skew:5")),
    (Kind.DETECTION, "device:7", {}, Signal("detection:7")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "source", "fields", "condition"),
    CASES,
    ids=[f"{kind}-{len(fields)}" for kind, _, fields, _ in CASES],
)
def test_every_kind_has_its_condition(
    kind: str, source: str, fields: dict[str, Any], condition: Condition
) -> None:
    common = {"tag_id": 12, "limit": 5.0, "deadband": 1.0, "on_delay_s": 0.5, "off_delay_s": 3}
    spec = spec_of(Rule(kind=kind, **(common | fields)), source=source)
    assert spec.condition == condition
    assert spec.delays == Delays(500, 3000)
