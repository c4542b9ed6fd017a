from __future__ import annotations

from collections import Counter

from tests.faults.faults import KINDS, ordinary_kinds
from tests.faults.nemesis import make_schedule


def test_a_seed_gives_the_same_schedule_again_and_another_seed_another_one() -> None:
    first = make_schedule(1, 40, 4, ordinary_kinds())
    assert make_schedule(1, 40, 4, ordinary_kinds()) == first
    assert make_schedule(2, 40, 4, ordinary_kinds()) != first


def test_every_kind_of_fault_has_its_turn_before_one_comes_again() -> None:
    kinds = ordinary_kinds()
    drawn = Counter(fault.kind for fault in make_schedule(3, 2 * len(kinds), 4, kinds))
    assert drawn == Counter(dict.fromkeys(kinds, 2))
    assert len({fault.kind for fault in make_schedule(3, 12, 4, kinds)}) == 12


def test_only_the_fault_that_takes_a_tiny_spool_is_not_ordinary() -> None:
    assert set(KINDS) - set(ordinary_kinds()) == {"overflow"}
