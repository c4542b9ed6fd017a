"""A small plant for the tests of expressions, without a database; and strategies for trees."""

from __future__ import annotations

from hypothesis import strategies as st

from alarms.conditions.model import Memory
from alarms.expressions.checking import Compiled, check
from alarms.expressions.evaluation import Moment
from alarms.expressions.known import Known, KnownTag
from alarms.expressions.parser import parse
from alarms.expressions.syntax import COMPARISONS, Binary, Call, Name, Number, Tree, Unary

AT = 1_800_000_000_000
DEVICES = {"oven-1": 1, "conveyor-1": 2, "PUMP-1": 3, "cam-2": 4, "cam-3": 5, "GW-01": 6}
DEVICES |= {"a": 7, "b": 8, "line.a": 9, "line": 10, "24017": 11}
_TAGS = (
    ("oven-1", "temperature", 1, "°C"),
    ("oven-1", "setpoint", 2, "°C"),
    ("conveyor-1", "running", 3, ""),
    ("PUMP-1", "flow", 4, "m³/h"),
    ("a", "x", 5, "bar"),
    ("b", "y", 6, "bar"),
    ("line", "a.x", 7, ""),
    ("line.a", "x", 8, ""),
    ("24017", "t", 9, "%"),
    ("line", "only.here", 10, "1/s"),
)
KNOWN = Known(DEVICES, {row[:2]: KnownTag(*row) for row in _TAGS})


def compiled(text: str) -> Compiled:
    """Compile an expression with the names of the small plant."""
    return check(parse(text), KNOWN)


def memory(*flags: str, bad: tuple[int, ...] = (), **values: float) -> Memory:
    """Return a memory that holds tags by number (``t1=20``), and what is seen or online."""
    held: dict[str, tuple[int, float | None, bool]] = {}
    held |= {f"tag:{name[1:]}": (AT, value, True) for name, value in values.items()}
    held |= {f"tag:{number}": (AT, None, False) for number in bad}
    held |= {flag.lstrip("!"): (AT, 0.0 if flag[0] == "!" else 1.0, True) for flag in flags}
    return Memory(at=AT, held=held)


def truth(text: str, remembered: Memory) -> bool | None:
    """Say what an expression is at AT."""
    return compiled(text).statement.truth(Moment(remembered, AT))


# ---------------------------------------------------------------- strategies

_words = st.from_regex(r"[A-Za-z_][A-Za-z0-9_.:/-]{0,12}", fullmatch=True)
_quoted = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8).filter(
    lambda text: bool(text.strip())
)
_names = st.one_of(
    st.builds(lambda text: Name((text,)), _words | _quoted),
    st.builds(lambda uid, tag: Name((uid, tag)), _words | _quoted, _words | _quoted),
)
_numbers = st.builds(
    Number,
    st.floats(0, 1e300) | st.integers(0, 10**9).map(float),
    st.sampled_from(["", "°C", "m3/h", "m³/h", "1/s", "% RH", "and", '"', "µS/cm", "kW·h", "e5"])
    | _quoted,
)
_plain = _numbers | _names
_functions = _words.filter(lambda text: text.lower() not in {"and", "or", "not"})


def _larger(below: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    signs = st.sampled_from([*COMPARISONS, "+", "-", "*", "/", "and", "or"])
    calls = st.builds(
        lambda name, first, rest: Call(name, (first, *rest)),
        _functions | st.sampled_from(["seen", "rate"]),
        below,
        st.lists(_plain, max_size=2),
    )
    return st.one_of(
        st.builds(Binary, signs, below, below),
        st.builds(Unary, st.sampled_from(["not", "-"]), below),
        calls,
        st.builds(lambda name: Call(name, ()), _functions),
    )


trees: st.SearchStrategy[Tree] = st.recursive(_plain, _larger, max_leaves=10)
