from __future__ import annotations

import pytest
from expression_plant import KNOWN, trees
from hypothesis import given
from hypothesis import strategies as st

from alarms.expressions import ExpressionError
from alarms.expressions.checking import check
from alarms.expressions.parser import parse
from alarms.expressions.syntax import Binary, Call, Name, Number, Tree, Unary, write


@given(trees)
def test_a_tree_that_is_written_is_read_as_the_same_tree(tree: Tree) -> None:
    text = write(tree)
    if len(text) <= 1000:
        assert parse(text) == tree


_scraps = st.lists(
    st.sampled_from(
        ["oven-1.temperature", "fire", "rate", "cam-3", "(", ")", ",", '"', ".", " ", "-", "/", "5",
         "°C", "min", "and", "or", "not", "=", "<", "<=", "!", "\\", "1e9", "abs", "24017.t", "µ"]
    ),
    max_size=30,
)  # fmt: skip


@given(st.text(max_size=60) | st.lists(st.characters(), max_size=40).map("".join))
def test_no_text_whatever_breaks_the_parser(text: str) -> None:
    _compiles_or_is_refused(text)


@given(_scraps, st.sampled_from(["", " "]))
def test_no_mixture_of_pieces_breaks_parser_or_checks(scraps: list[str], between: str) -> None:
    _compiles_or_is_refused(between.join(scraps))


def _compiles_or_is_refused(text: str) -> None:
    refusal: ExpressionError | None = None
    try:
        first = check(parse(text), KNOWN)
    except ExpressionError as error:
        refusal = error
    else:
        assert check(parse(first.text), KNOWN) == first
    if refusal is not None:
        assert 0 <= refusal.start <= refusal.end <= len(text)
        assert refusal.message


def test_and_binds_tighter_than_or_and_not_tighter_than_and() -> None:
    tree = parse("f(a) or not f(b) and f(c)")
    a, b, c = (Call("f", (Name((name,)),)) for name in "abc")
    assert tree == Binary("or", a, Binary("and", Unary("not", b), c))


def test_signs_of_one_level_are_read_from_the_left() -> None:
    assert parse("8 - 4 - 2") == Binary("-", Binary("-", Number(8), Number(4)), Number(2))


def test_brackets_are_kept_only_where_they_matter() -> None:
    assert write(parse("((8)-((4-2)))*(3)")) == "(8 - (4 - 2)) * 3"


def test_a_minus_without_spaces_belongs_to_the_name() -> None:
    assert parse("a.x-b.y") == Name(("a.x-b.y",))
    assert parse("a.x - b.y") == Binary("-", Name(("a.x",)), Name(("b.y",)))


@pytest.mark.parametrize(
    "text",
    ['"odd uid"."tag"', '"odd uid".tag', '"odd uid"."tag" '],
    ids=["both", "uid", "space"],
)
def test_quotes_say_what_is_uid_and_what_is_tag(text: str) -> None:
    assert parse(text) == Name(("odd uid", "tag"))


def test_a_bare_uid_can_have_a_tag_in_quotes() -> None:
    assert parse('cam-3."and"') == Name(("cam-3", "and"))


@pytest.mark.parametrize("unit", ["°C", "m3/h", "°C/min", "1/s", "%", "µS/cm", "转/分"])
def test_a_unit_stands_behind_its_number_with_or_without_a_space(unit: str) -> None:
    assert parse(f"2 {unit}") == Number(2, unit)
    if not unit.startswith("1"):
        assert parse(f"2{unit}") == Number(2, unit)


def test_words_are_no_units() -> None:
    assert parse("1 = 1 and 2 = 2").sign == "and"  # type: ignore[union-attr]


def test_words_may_be_written_large_and_equals_twice() -> None:
    assert write(parse("NOT f(a) AND 1 == 2")) == "not f(a) and 1 = 2"


@pytest.mark.parametrize(
    ("text", "start", "end", "words"),
    [
        ("", 0, 0, "Write a condition."),
        ("   ", 0, 3, "Write a condition."),
        ("a.x >", 5, 5, "is missing here"),
        ("a.x > > 3", 6, 7, "is missing here"),
        ("and a.x", 0, 3, "is missing here"),
        ("(a.x > 3", 0, 1, "not closed"),
        ("fire(cam-3", 4, 5, "not closed"),
        ("a.x > 3)", 7, 8, "not opened"),
        ("a.x > 3 b.y", 8, 11, "cannot follow"),
        ("a.x > 3 (b.y)", 8, 9, "cannot follow"),
        ("1 < a.x < 3", 8, 9, "Only two things"),
        ("a.x > 3 fire(b)", 8, 12, "cannot follow"),
        ("a.x ? 3", 4, 5, "no meaning"),
        ('a.x > "b', 6, 8, "not closed"),
        ('"" = 1', 0, 2, "nothing in these quotes"),
        ('"a". = 1', 4, 4, "tag is missing"),
        ("24017.t > 3", 0, 7, "begins with a digit"),
        ("a.x > 1e999", 6, 11, "too large"),
        ("a.x > 3\0", 7, 8, "cannot be used"),
        ("a.x > \ud800", 6, 7, "cannot be used"),
        ("a.x > 1" + " " * 1000, 1000, 1007, "at most 1000 characters"),
        ("(" * 33 + "1" + ")" * 33, 32, 33, "32 deep"),
        ("-" * 33 + "1", 32, 33, "32 deep"),
        ("not " * 33 + "1", 128, 131, "32 deep"),
        ("1" + " + 1" * 32, 128, 129, "At most 32"),
    ],
    ids=range(25),
)
def test_a_mistake_is_pointed_at(text: str, start: int, end: int, words: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    assert (caught.value.start, caught.value.end) == (start, end)
    assert words in caught.value.message


def test_the_largest_expression_is_still_read_and_written() -> None:
    text = "(" * 32 + "1" + ")" * 32 + " + 1" * 31
    assert write(parse(text)) == "1" + " + 1" * 31
