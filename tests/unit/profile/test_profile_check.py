"""What is said about the mistakes of a profile file."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.profile.check import ProfileError, read_profile

ROOT = Path(__file__).resolve().parents[3]

METER: dict[str, Any] = {
    "schema": "sentinel-profile/1",
    "id": "meter",
    "version": "1.0.0",
    "vendor": "Somebody",
    "model": "M1",
    "limits": {"max_registers": 20, "even_align": True},
    "identity": [{"address": 0, "type": "uint16", "expect": "nonzero"}],
    "points": [
        {"name": "v", "table": "input", "address": 0, "type": "float32", "range": [0, 400]},
        {"name": "w", "address": 4, "type": "int16", "scale_from": "sf", "sentinels": [32768]},
        {"name": "sf", "address": 5, "type": "int16"},
        {"name": "limit", "address": 10, "type": "float32", "write": {"low": 0, "high": 60}},
    ],
    "vectors": [
        {"request": "010400000002", "reply": "01040443663334", "expect": {"v": 230.2}}
        | {"tolerance": 1e-6},
        {"request": "010300040002", "reply": "010304fb2effff", "expect": {"w": -123.4}},
    ],
}


def meter(change: Callable[[dict[str, Any]], object]) -> bytes:
    table = copy.deepcopy(METER)
    change(table)
    return json.dumps(table).encode()


def mistakes(data: bytes) -> list[str]:
    with pytest.raises(ProfileError) as error:
        read_profile(data)
    return error.value.mistakes


def test_a_good_profile_is_read() -> None:
    profile = read_profile(json.dumps(METER).encode())
    assert [point.name for point in profile.points] == ["v", "w", "sf", "limit"]
    assert len(profile.vectors) == 2
    assert profile.identity[0].expect == "nonzero"


def point(number: int, **more: object) -> Callable[[dict[str, Any]], object]:
    return lambda table: table["points"][number].update(more)


def vector(number: int, **more: object) -> Callable[[dict[str, Any]], object]:
    return lambda table: table["vectors"][number].update(more)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: t.pop("vendor"), "vendor: is missing"),
        (lambda t: t.update(vendro="x"), "vendro: is not a setting; did you mean vendor?"),
        (lambda t: t.update(version="1"), "version: a text is expected: three numbers, like 1.0.0"),
        (lambda t: t.update(points=[]), "points: "),
        (lambda t: t.pop("points"), "points: is missing"),
        (lambda t: t.update(points={"a": 1}), "points: a list is expected, not a table {...}"),
        (
            lambda t: t["limits"].update(max_registers=126),
            "limits.max_registers: a whole number is expected, at most 125",
        ),
        (
            lambda t: t["limits"].update(max_registers=19),
            "limits.max_registers: must be even, because even_align is set",
        ),
        (lambda t: t["limits"].update(max=1), "limits.max: is not a setting"),
        (lambda t: t["points"].append(5), "point number 5: a table {...} is expected"),
        (lambda t: t["points"][0].pop("name"), "point number 1: name: is missing"),
        (point(0, type="flaot32"), "type: 'flaot32' is not one of bool, int16"),
        (point(0, type="flaot32"), "did you mean float32?"),
        (point(0, adress=4), "point v: adress: is not a setting; did you mean address?"),
        (point(0, address=-1), "point v: address: a whole number is expected, at least 0"),
        (point(0, address="0"), "point v: address: a whole number is expected, not a text"),
        (point(0, address=1), "point v: address: 1 is odd"),
        (point(0, range=[400, 0]), "point v: range: its low end must be below its high end"),
        (point(0, high=500), "point v: high: 500 lies outside the range"),
        (point(0, low=5, high=4), "point v: low: limits must rise"),
        (point(0, states={"1": "on"}), "point v: states: a float32 has no states"),
        (point(0, bits={"1": "on"}), "point v: bits: a float32 has no bits"),
        (point(0, scale=0), "point v: scale: must not be 0"),
        (point(0, length=4), "point v: length: a float32 has its own length"),
        (point(0, bit=4), "point v: bit: one bit of a register is a bool"),
        (point(0, write={"low": 1}), "point v: write: a input register cannot be written"),
        (point(0, table="coil"), "point v: type: a coil is a bool, not float32"),
        (point(0, type="string", length=30), "needs 30 registers in one read"),
        (point(0, type="string"), "point v: length: a string needs its number of registers"),
        (point(1, sentinels=[70000]), "point w: sentinels: 70000 does not fit in 16 bits"),
        (point(1, sentinels=["nan"]), "point w: sentinels: a int16 cannot be NaN"),
        (point(1, sentinels=[1.5]), "point w: sentinels[0]: a whole number"),
        (point(1, scale_from="s"), "point w: scale_from: there is no point s"),
        (point(1, scale_from="w"), "point w: scale_from: a point cannot scale itself"),
        (point(1, scale_from="v"), "point w: scale_from: v must be a whole number"),
        (point(2, table="input"), "point w: scale_from: sf lies in another table"),
        (point(2, model=103), "point w: scale_from: sf lies in another model"),
        (
            point(2, address=30),
            "point w: scale_from: sf lies too far away: a read of both has 28 registers",
        ),
        (point(1, states={"99999": "x"}), "point w: states: a int16 is never 99999"),
        (point(1, bits={"16": "x"}), "point w: bits: a int16 has the bits 0 to 15, not 16"),
        (point(1, transform="schneider_pf4q"), "point w: transform: "),
        (point(2, name="w"), "point w: name: is used twice"),
        (point(3, write={"low": 6, "high": 5}), "point limit: write.low: must be below write.high"),
        (point(3, write={"step": 0}), "point limit: write.step: must be more than 0"),
        (
            point(3, write={"low": 0, "high": 5, "allowed": [6]}),
            "point limit: write.allowed: 6 lies outside write.low to write.high",
        ),
        (
            point(3, range=[0, 50]),
            "point limit: write.high: 60 lies outside the range",
        ),
        (point(3, write={"readback": "x"}), "point limit: write.readback: there is no point x"),
        (point(3, write={"confirm": "boss"}), "point limit: write.confirm: 'boss' is not one of"),
        (vector(0, reply="0104044366333"), "vector 1: reply: is not hex"),
        (vector(0, reply="010404436633341b38"), "vector 1: reply: two bytes too long"),
        (vector(0, request="01040000000271cb"), "vector 1: request: two bytes too long"),
        (vector(0, reply="018402"), "vector 1: reply: is exception 2"),
        (vector(0, reply="02040443663334"), "vector 1: reply: comes from unit 2"),
        (vector(0, reply="01030443663334"), "vector 1: reply: has function 3"),
        (vector(0, reply="01040243663334"), "vector 1: reply: says 2 bytes; 2 values need 4"),
        (vector(0, request="012b00000002"), "vector 1: request: function 43 is not"),
        (vector(0, request="01"), "vector 1: request: is too short"),
        (vector(0, expect={}), "vector 1: expect: names no point"),
        (vector(0, expect={"x": 1}), "vector 1: expect: there is no point x"),
        (vector(0, expect={"w": 1}), "vector 1: expect.w: the point does not lie in these bytes"),
        (
            vector(0, expect={"v": 230.3}),
            "vector 1: expect.v: says 230.3, but the bytes give 230.2",
        ),
        (vector(0, expect={"v": None}), "vector 1: expect.v: says not available"),
        (vector(1, request="010300040001", reply="010302fb2e"), "sf, its scale_from, is not in"),
        (vector(1, reply="010304fb2e8000"), "expect.w: says -123.4, but the bytes give not avail"),
        (lambda t: t["identity"][0].update(expect="abc"), "identity 1: expect: 'abc' is never"),
        (lambda t: t["identity"][0].update(type="string"), "identity 1: length: a string needs"),
        (lambda t: t["identity"][0].pop("address"), "identity 1: address: is missing"),
    ],
)
def test_a_mistake_is_said_in_plain_words_with_its_place(
    change: Callable[[dict[str, Any]], object], said: str
) -> None:
    found = mistakes(meter(change))
    assert any(said in mistake for mistake in found), found


def test_every_mistake_is_listed_at_once() -> None:
    def change(table: dict[str, Any]) -> None:
        del table["vendor"]
        table["points"][0].update(type="float23", adress=1)
        table["points"][1].update(scale=0, sentinels=["nan"])
        table["vectors"][1].update(expect={"w": 5})

    found = mistakes(meter(change))
    for said in ("vendor:", "'float23'", "adress:", "scale:", "cannot be NaN", "vector 2"):
        assert any(said in mistake for mistake in found), (said, found)


def test_a_point_that_cannot_be_read_is_not_said_to_be_missing_as_well() -> None:
    def change(table: dict[str, Any]) -> None:
        table["points"][2].update(type="int17")  # sf, which scales w
        table["points"][0].update(type="float23")  # v, of the first vector

    found = mistakes(meter(change))
    assert len(found) == 2, found
    assert "point v: type: 'float23'" in found[0]
    assert "point sf: type: 'int17'" in found[1]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is not JSON"),
        (b"{", "is not JSON"),
        (b"\xff\xfe", "is not JSON"),
        (b"[]", "a table {...} is expected"),
        (b'{"id": 1, "id": 2}', "'id' is given twice"),
        (b'{"points": [{"name": NaN}]}', "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b" " * (4 * 1024 * 1024 + 1), "longer than"),
    ],
)
def test_what_is_no_profile_at_all_is_told_so(data: bytes, said: str) -> None:
    assert said in "".join(mistakes(data))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@given(st.data(), json_values)
def test_any_value_in_any_place_is_a_profile_or_a_list_of_mistakes(
    data: st.DataObject, value: object
) -> None:
    table: Any = copy.deepcopy(METER)
    here = table
    while True:
        keys = list(here) if isinstance(here, dict) else list(range(len(here)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(here[key], dict | list) or not here[key] or data.draw(st.booleans()):
            here[key] = value
            break
        here = here[key]
    found = []
    try:
        assert read_profile(json.dumps(table).encode()).points
    except ProfileError as error:
        found = error.mistakes
    assert all(isinstance(mistake, str) and mistake for mistake in found)
