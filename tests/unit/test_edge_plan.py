"""The read planner: every tag once, and nothing read that may not be read."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from edge.plan import MAX_BITS, Block, Hole, longest, plan_reads
from edge.profile import BIT_TABLES, Point, ReadLimits, Table

TABLES: tuple[Table, ...] = ("holding", "input", "coil", "discrete")
WORD_TYPES = ("bool", "int16", "uint32", "float64")


def make_tag(kind: str, **more: object) -> Point:
    return Point(**{"name": "t", "address": 0, "type": kind} | more)  # type: ignore[arg-type]


@st.composite
def tag_lists(draw: st.DrawFn) -> list[Point]:
    """Up to a dozen tags, close together or anywhere; some have a factor among the others."""
    tags: list[Point] = []
    for i in range(draw(st.integers(0, 12))):
        table = draw(st.sampled_from(TABLES))
        kind = draw(st.sampled_from(("bool",) if table in BIT_TABLES else WORD_TYPES))
        address = draw(st.integers(0, 60) | st.integers(65500, 65532))
        factors = [t.name for t in tags if t.table == table and t.type == "int16"]
        factor = draw(st.sampled_from([*factors, ""])) if kind != "bool" else ""
        more = {"name": f"t{i}", "table": table, "address": address, "scale_from": factor}
        tags.append(make_tag(kind, **more))
    return tags


LIMITS = st.builds(
    ReadLimits,
    max_registers=st.integers(4, 125),
    max_gap=st.integers(0, 40),
    even_align=st.booleans(),
)
HOLES = st.lists(
    st.builds(
        lambda table, start, size: Hole(table, start, start + size),
        st.sampled_from(TABLES),
        st.integers(0, 64),
        st.integers(0, 4),
    ),
    max_size=6,
)


def plan(tags: list[Point], limits: ReadLimits, holes: list[Hole] | None = None) -> list[Block]:
    return plan_reads(tags, limits, holes or (), {tag.name: tag for tag in tags})


def end_of(block: Block) -> int:
    return block.address + block.size


def registers_of(block: Block) -> set[int]:
    return set(range(block.address, end_of(block)))


def needs(tag: Point, tags: list[Point]) -> set[int]:
    """The addresses that a tag and its factor take."""
    places = [tag, *(t for t in tags if t.name == tag.scale_from)]
    return {a for t in places for a in range(t.address, t.address + t.width)}


@given(tag_lists(), LIMITS, HOLES)
def test_no_tag_is_read_twice_and_each_whole_with_its_factor_from_its_own_table(
    tags: list[Point], limits: ReadLimits, holes: list[Hole]
) -> None:
    blocks = plan(tags, limits, holes)
    names = [tag.name for block in blocks for tag in block.tags]
    assert len(names) == len(set(names))
    for block in blocks:
        words = list(range(block.address, end_of(block)))
        for tag in block.tags:
            assert tag.table == block.table
            assert needs(tag, tags) <= registers_of(block)
            assert (
                list(block.words_of(tag, words))
                == words[tag.address - block.address :][: tag.width]
            )


@given(tag_lists(), LIMITS, HOLES)
def test_a_tag_is_left_out_only_if_no_allowed_read_could_fetch_it(
    tags: list[Point], limits: ReadLimits, holes: list[Hole]
) -> None:
    read = {tag.name for block in plan(tags, limits, holes) for tag in block.tags}
    for tag in tags:
        first, last = min(needs(tag, tags)), max(needs(tag, tags))
        if limits.even_align and tag.table not in BIT_TABLES:
            first, last = first - first % 2, last | 1
        size = last + 1 - first
        crossed = any(h.table == tag.table and first < h.end and last + 1 > h.start for h in holes)
        assert (tag.name in read) == (size <= longest(tag.table, limits) and not crossed)


@given(tag_lists(), LIMITS, HOLES)
def test_no_read_is_too_long_or_odd_or_touches_what_the_device_refuses(
    tags: list[Point], limits: ReadLimits, holes: list[Hole]
) -> None:
    for block in plan(tags, limits, holes):
        in_bits = block.table in BIT_TABLES
        most = limits.max_registers
        assert 1 <= block.size <= (min(MAX_BITS, most * 16) if in_bits else most)
        assert end_of(block) <= 65536
        if limits.even_align and not in_bits:
            assert (block.address % 2, block.size % 2) == (0, 0)
        for hole in holes:
            if hole.table == block.table:
                assert not registers_of(block) & set(range(hole.start, hole.end))
                assert not block.address < hole.start == hole.end < end_of(block)


@given(tag_lists(), LIMITS)
def test_nothing_is_read_needlessly_but_gaps_neighbours_and_the_way_to_a_factor(
    tags: list[Point], limits: ReadLimits
) -> None:
    for block in plan(tags, limits):
        in_bits = block.table in BIT_TABLES
        spans = [(min(needs(tag, tags)), max(needs(tag, tags))) for tag in block.tags]
        wanted = {a for first, last in spans for a in range(first, last + 1)}
        if limits.even_align and not in_bits:
            wanted |= {a ^ 1 for a in wanted}
        assert min(wanted) == block.address
        assert max(wanted) == end_of(block) - 1
        longest_gap = limits.max_gap * 16 if in_bits else limits.max_gap
        assert all(b - a - 1 <= longest_gap for a, b in pairwise(sorted(wanted)))


@given(tag_lists(), LIMITS, HOLES, st.randoms())
def test_the_order_of_the_tags_does_not_matter(
    tags: list[Point], limits: ReadLimits, holes: list[Hole], random: object
) -> None:
    shuffled = list(tags)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert plan(shuffled, limits, holes[::-1]) == plan(tags, limits, holes)


def blocks_of(tags: list[Point], **limits: object) -> list[tuple[int, int]]:
    return [(b.address, b.size) for b in plan(tags, ReadLimits(**limits))]  # type: ignore[arg-type]


def test_neighbours_are_read_together_and_strangers_apart() -> None:
    tags = [make_tag("float32", name=f"t{a}", address=a) for a in (0, 2, 6, 40)]
    assert blocks_of(tags, max_gap=4) == [(0, 8), (40, 2)]
    assert blocks_of(tags, max_gap=0) == [(0, 4), (6, 2), (40, 2)]
    assert blocks_of(tags, max_registers=3) == [(0, 2), (2, 2), (6, 2), (40, 2)]


def test_overlapping_tags_share_a_read() -> None:
    long, short = make_tag("uint64", name="long"), make_tag("int16", name="short", address=1)
    limits = ReadLimits(max_registers=4, max_gap=0)
    assert plan([short, long], limits) == [Block("holding", 0, 4, (long, short))]


def test_an_even_device_is_asked_for_whole_pairs() -> None:
    tags = [make_tag("int16", name=f"t{a}", address=a) for a in (3, 5)]
    assert blocks_of(tags, even_align=True, max_gap=0) == [(2, 4)]
    assert blocks_of(tags, even_align=True, max_registers=3) == [(2, 2), (4, 2)]


def test_a_factor_in_another_table_or_out_of_reach_leaves_its_tag_unread() -> None:
    factor = make_tag("int16", name="sf", address=200)
    near = make_tag("int16", name="near", address=100, scale_from="sf")
    far = make_tag("int16", name="far", address=50, scale_from="sf")
    other = make_tag("int16", name="other", table="input", address=200, scale_from="sf")
    [block] = plan([factor, near, far, other], ReadLimits())
    assert [tag.name for tag in block.tags] == ["near", "sf"]


def test_a_refused_gap_is_not_read_as_filling_and_a_seam_not_across() -> None:
    tags = [make_tag("int16", name=f"t{a}", address=a) for a in (4, 6, 7)]
    holes = [Hole("holding", 5, 6), Hole("holding", 7, 7)]
    assert [(b.address, b.size) for b in plan(tags, ReadLimits(), holes)] == [
        (4, 1),
        (6, 1),
        (7, 1),
    ]
