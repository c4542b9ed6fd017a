from __future__ import annotations

import json
from pathlib import Path

import pytest
from expression_plant import AT, compiled

from alarms.conditions.model import Memory
from alarms.expressions import ExpressionError, UnknownName
from alarms.expressions.evaluation import Moment
from alarms.expressions.known import SHIPPED_LABELS

CARDS = Path(__file__).resolve().parents[3] / "edge" / "models"

EXAMPLES = {
    "fire(cam-3) and rate(oven-1.temperature) > 2 °C/min": {"seen:5:fire", "tag:1"},
    "no_helmet(cam-2) and conveyor-1.running = 1": {"seen:4:no_helmet", "tag:3"},
    "oven-1.temperature > oven-1.setpoint + 5": {"tag:1", "tag:2"},
    "not online(GW-01) or bad(PUMP-1.flow)": {"online:6", "tag:4"},
    "mean(PUMP-1.flow, 5 min) < 10 m3/h": {"tag:4"},
    "abs(a.x - b.y) >= 3": {"tag:5", "tag:6"},
}


@pytest.mark.parametrize(("text", "operands"), EXAMPLES.items(), ids=range(len(EXAMPLES)))
def test_the_examples_are_canonical_and_name_their_operands(text: str, operands: set[str]) -> None:
    assert compiled(text).text == text
    assert compiled(text).operands == operands


def test_operands_have_the_units_of_their_tags() -> None:
    units = compiled("fire(cam-3) and oven-1.temperature > 2").units
    assert units == {"seen:5:fire": "", "tag:1": "°C"}


def test_windows_are_the_longest_of_each_tag() -> None:
    text = "rate(a.x) > 1 or rate(a.x, 2 min) > 1 or mean(b.y, 1 h) > 1 or oven-1.setpoint > 1"
    assert compiled(text).windows == {"tag:5": 120_000, "tag:6": 3_600_000}


def test_of_several_ways_to_read_a_name_the_longest_uid_counts() -> None:
    assert compiled("line.a.x > 1").operands == {"tag:8"}


def test_quotes_choose_the_other_way_and_stay_where_they_are_needed() -> None:
    assert compiled('"line"."a.x" > 1').operands == {"tag:7"}
    assert compiled('"line"."a.x" > 1').text == '"line"."a.x" > 1'
    assert compiled("line.only.here > 1").text == '"line"."only.here" > 1'
    assert compiled('"oven-1"."setpoint" > 1').text == "oven-1.setpoint > 1"
    assert compiled('"24017".t > 1').text == '"24017"."t" > 1'


def test_a_class_has_a_function_or_stands_in_quotes() -> None:
    assert compiled("seen(cam-3, fire)").text == 'seen(cam-3, "fire")'
    assert compiled('seen(cam-3, "forklift")').operands == {"seen:5:forklift"}
    assert compiled('seen(cam-3, "fire")').statement == compiled("fire(cam-3)").statement


def test_the_shipped_classes_are_those_of_the_model_cards() -> None:
    cards = [json.loads(path.read_text()) for path in CARDS.glob("*.json")]
    assert {each["name"] for card in cards for each in card["classes"]} == SHIPPED_LABELS


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("rate(oven-1.temperature) > 2 °C/min", 2),
        ("rate(oven-1.temperature) > 2 °C/s", 120),
        ("rate(oven-1.temperature) > 60 ℃/h", 1),
        ("rate(oven-1.temperature) > 1 °C/s + 1 °C/s", 120),
        ("rate(oven-1.temperature) > 1 + 1 °C/min", 2),
        ("rate(PUMP-1.flow) > 1 m3/h/s", 60),
        ("rate(conveyor-1.running) > 1 1/s", 60),
        ("rate(oven-1.temperature) > 7", 7),
    ],
    ids=range(8),
)
def test_what_a_rate_is_compared_with_is_turned_into_per_minute(text: str, limit: float) -> None:
    comparison = next(compiled(text).statement.comparisons())
    assert comparison.right.value(Moment(Memory(), AT)) == pytest.approx(limit)


@pytest.mark.parametrize(
    "text",
    [
        "PUMP-1.flow > 3 m^3/h",
        "2 * a.x + 3 bar > b.y / 2",
        "a.x * b.y > 3 bar2",
        "a.x / b.y * 100 > 5 %",
        "-a.x < -3 bar",
        "rate(a.x) * 2 > rate(b.y) - 1 bar/s",
        "conveyor-1.running + 1 = 2",
        "abs(-a.x) = 3 bar",
    ],
    ids=range(8),
)
def test_numbers_of_one_unit_go_together(text: str) -> None:
    assert compiled(compiled(text).text) == compiled(text)


@pytest.mark.parametrize(
    ("text", "wrong", "words"),
    [
        ("oven-1.temperature > 3 bar", "3 bar", "in bar, but"),
        ("3 bar < oven-1.temperature", "3 bar", "in °C"),
        ("oven-1.temperature + 3 bar > 1", "3 bar", "in °C"),
        ("oven-1.temperature > a.x", "a.x", "in bar"),
        ("conveyor-1.running = 1 bar", "1 bar", "no unit"),
        ("a.x > conveyor-1.running", "conveyor-1.running", "This has no unit"),
        ("rate(a.x) > 2 bar", "2 bar", "bar/min"),
        ("rate(a.x) > 2 bar/d", "2 bar/d", "bar/min"),
        ("a.x > 1 1/s", "1 1/s", "in 1/s"),
        ("a.x", "a.x", "This is a number"),
        ("a.x > 1 and b.y + 1", "b.y + 1", "This is a number"),
        ("not a.x", "a.x", "This is a number"),
        ("fire(cam-3) = 1", "fire(cam-3)", "true or false"),
        ("1 + (a.x > 1) > 2", "a.x > 1", "true or false"),
        ("-fire(cam-3) > 2", "fire(cam-3)", "true or false"),
        ("abs(bad(a.x)) > 2", "bad(a.x)", "true or false"),
        ("rate(a.x + 1) > 2", "rate(a.x + 1)", "of a tag over a time"),
        ("mean(a.x) > 2", "mean(a.x)", "of a tag over a time"),
        ("mean(a.x, 5) > 2", "5", "in s, min or h"),
        ("mean(a.x, 5 bar) > 2", "5 bar", "in s, min or h"),
        ("mean(a.x, 2 h) > 2", "2 h", "between 1 s and 1 h"),
        ("rate(a.x, 0.5 s) > 2", "0.5 s", "between 1 s and 1 h"),
        ("rate(a.x, 10 s) > 2 or mean(a.x, 5 min) > 2", "mean(a.x, 5 min)", "10 times"),
        ("abs() > 2", "abs()", "of one thing"),
        ("bad(1)", "1", "of one tag"),
        ("online()", "online()", "of one device"),
        ("fire(cam-3, 1 s)", "fire(cam-3, 1 s)", "of one device"),
        ("seen(cam-3)", "seen(cam-3)", "a camera and a class"),
        ('seen(cam-3, "Fire")', '"Fire"', "small letters"),
    ],
    ids=range(29),
)
def test_what_does_not_fit_is_pointed_at(text: str, wrong: str, words: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        compiled(text)
    assert text[caught.value.start : caught.value.end] == wrong
    assert words in caught.value.message


@pytest.mark.parametrize(
    ("text", "wrong", "words"),
    [
        ("oven-1.temprature > 3", "oven-1.temprature", "Did you mean temperature?"),
        ("ovn-1.temperature > 3", "ovn-1.temperature", "Did you mean oven-1"),
        ("fire(CAM-3)", "CAM-3", "Did you mean cam-3"),
        ("oven-1 > 3", "oven-1", "A tag is written UID.tag"),
        ("a.x-b.y > 3", "a.x-b.y", "need spaces"),
        ("fier(cam-3)", "fier", "Did you mean fire"),
        ("hedgehog(cam-3)", "hedgehog", "Known are abs, bad, mean"),
        ('online("a"."x")', '"a"."x"', "no device a.x"),
    ],
    ids=range(8),
)
def test_an_unknown_name_is_pointed_at_with_what_was_perhaps_meant(
    text: str, wrong: str, words: str
) -> None:
    with pytest.raises(UnknownName) as caught:
        compiled(text)
    assert text[caught.value.start : caught.value.end] == wrong
    assert words in caught.value.message


def test_an_unknown_function_is_answered_with_all_that_there_are() -> None:
    with pytest.raises(UnknownName, match=r"abs, bad, mean, online, rate, seen, fire, helmet"):
        compiled("hedgehog(cam-3)")
