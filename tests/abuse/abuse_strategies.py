"""For hypothesis: JSON as strangers write it, and damage to what was good."""

from __future__ import annotations

import json

from hypothesis import strategies as st

# Texts of JSON values, and of what only looks like one.
_ODD = ["NaN", "Infinity", "-1e999", "1e999", "1e131071", "-0", "1.5", "9007199254740993", "{}"]
_ODD += ['"\\u0000"', '"\\ud800"', '"x"', "true", "null", "[]", "[" * 3000, "9" * 5000, "", "'x'"]
_PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
VALUE = st.sampled_from(_ODD) | _PLAIN.map(json.dumps)


def objects(*fields: str, kinds: tuple[str, ...] = (), tag: str = "type") -> st.SearchStrategy[str]:
    """Objects with some of these fields, each with any value, perhaps twice, and a type."""
    pairs = st.tuples(st.sampled_from(fields), VALUE)
    first = st.sampled_from([f'"{tag}":"{kind}",' for kind in kinds]) if kinds else st.just("")
    return st.builds(
        lambda head, rest: "{" + head + ",".join(f'"{k}":{v}' for k, v in rest) + "}",
        first,
        st.lists(pairs, max_size=len(fields) + 1),
    )


@st.composite
def damaged(draw: st.DrawFn, *good: str) -> str:
    """One of these texts, with a piece of it replaced."""
    text = draw(st.sampled_from(good))
    start = draw(st.integers(0, len(text)))
    end = min(len(text), start + draw(st.integers(0, 12)))
    piece = draw(VALUE | st.text(max_size=8) | st.sampled_from(["\0", "\ud800", '"', "}", "\\"]))
    return text[:start] + piece + text[end:]
