"""What is said to be out of reach is what the planner cannot read, and nothing else."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.plan import plan_reads
from edge.profile import Point, ReadLimits, Table, reach_mistakes
from edge.wire.configuration import (
    ConfigurationError,
    ConnectionConfig,
    DeviceConfig,
    Document,
    pack,
    unpack,
)

TABLES: tuple[Table, ...] = get_args(Table)
LIMITS = st.builds(ReadLimits, max_registers=st.integers(1, 20), even_align=st.booleans())
WORDS = st.sampled_from(["holding", "input"])
PLACES = st.integers(0, 40)


@given(LIMITS, WORDS, WORDS, PLACES, PLACES, st.sampled_from(["int16", "uint32", "int64"]))
def test_a_scaled_point_is_out_of_reach_exactly_when_the_planner_cannot_read_it(
    limits: ReadLimits, table: Table, other: Table, address: int, place: int, kind: str
) -> None:
    point = Point(name="w", table=table, address=address, type=kind, scale_from="sf")  # type: ignore[arg-type]
    factor = Point(name="sf", table=other, address=place, type="int16")
    blocks = plan_reads([point], limits, factors={"sf": factor})
    assert bool(blocks) != bool([*reach_mistakes(point, factor, limits)])


@given(LIMITS, st.sampled_from(TABLES), PLACES, st.integers(1, 30))
def test_a_point_is_out_of_reach_exactly_when_the_planner_cannot_read_it(
    limits: ReadLimits, table: Table, address: int, length: int
) -> None:
    kind = {"type": "string", "length": length} if table in {"holding", "input"} else {}
    point = Point(**{"name": "p", "table": table, "address": address, "type": "bool"} | kind)  # type: ignore[arg-type]
    assert bool(plan_reads([point], limits)) != bool([*reach_mistakes(point, None, limits)])


# ---------------------------------------------------------------- where it is said


W = Point(name="w", address=0, type="int16", scale_from="sf")


@pytest.mark.parametrize(
    ("factor", "said"),
    [
        ({"table": "input", "address": 1}, "sf lies in another table, so in another read"),
        ({"address": 10}, "sf lies too far away: a read of both has 11 registers"),
        ({"address": 1, "type": "float32"}, "sf must be a whole number"),
        ({"address": 1, "model": 103}, "sf lies in another model"),
    ],
)
def test_a_configuration_with_a_factor_out_of_reach_is_refused(
    factor: dict[str, object], said: str
) -> None:
    scale = Point(**{"name": "sf", "type": "int16"} | factor)  # type: ignore[arg-type]
    device = DeviceConfig(uid="D1", connection="c", max_registers=10, tags=[W, scale])
    document = Document(connections=[ConnectionConfig(name="c", host="h")], devices=[device])
    with pytest.raises(ConfigurationError) as caught:
        unpack(pack(document), "GW")
    assert f"device D1, tag w: scale_from: {said}" in str(caught.value)


def test_a_factor_that_is_read_on_demand_is_fetched_with_what_it_scales() -> None:
    scale = Point(name="sf", address=1, type="int16", scan="demand")
    assert [*reach_mistakes(W, scale, ReadLimits())] == []
    [block] = plan_reads([W], ReadLimits(), factors={"sf": scale})
    assert (block.address, block.size) == (0, 2)
