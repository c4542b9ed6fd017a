"""What a site's feed passes on, and what makes it look into the database."""

from __future__ import annotations

import json
from typing import Any

import pytest

from devices.feed import DEVICES, Event, Position
from devices.selectors import Reading, SiteTag
from realtime.conflate import Delta
from realtime.feeds import Feed
from realtime.groups import Channel

SITE, TOPIC = Channel("tel:site", 1), Channel("devices", 1)
KNOWN = Position("e", 5)


def tag(k: int) -> SiteTag:
    return SiteTag({"k": k, "dev": 10}, True, None)


def reading(k: int, t: int) -> Reading:
    return [k, t, 1.5, 192, t]


def readings(n: int, *rows: Reading, sender: str = "a") -> dict[str, Any]:
    return {"type": "readings", "site": 1, "from": sender, "n": n, "text": json.dumps(rows)}


def event(offset: int, *, epoch: str = "e", topic: str = DEVICES) -> dict[str, Any]:
    text = json.dumps({"id": offset})
    return {"type": "event", "site": 1, "topic": topic, "ep": epoch, "o": offset, "text": text}


class Watcher:
    """A browser that writes down what it is given."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    def put(self, delta: Delta) -> None:
        self.told.append(json.loads(delta.text))

    def start_over(self, channel: str) -> None:
        self.told.append(("start over", channel))

    def reset(self, channel: str, why: str) -> None:
        self.told.append(("reset", channel, why))


@pytest.fixture
async def feed() -> Feed:
    return Feed(1, [tag(1), tag(2)], {DEVICES: KNOWN})


@pytest.fixture
async def watcher(feed: Feed) -> Watcher:
    watcher = Watcher()
    feed.subscribe(SITE, watcher)
    feed.subscribe(TOPIC, watcher)
    return watcher


async def test_messages_in_a_row_are_not_suspicious(feed: Feed) -> None:
    for n in (1, 2, 3):
        feed.hear(readings(n, reading(1, n)))

    assert not feed.suspicious


@pytest.mark.parametrize("numbers", [[1, 3], [1, 2, 2], [2], [1, 2, 1]])
async def test_a_number_out_of_line_is_suspicious(feed: Feed, numbers: list[int]) -> None:
    for n in numbers:
        feed.hear(readings(n))

    assert feed.suspicious


async def test_each_publisher_counts_for_itself(feed: Feed) -> None:
    for n in (1, 2):
        for sender in "ab":
            feed.hear(readings(n, sender=sender))

    assert not feed.suspicious


async def test_a_reading_of_an_unknown_tag_is_suspicious(feed: Feed) -> None:
    feed.hear(readings(1, reading(9, 1)))

    assert feed.suspicious


async def test_the_first_reading_is_passed_on_at_once(feed: Feed, watcher: Watcher) -> None:
    feed.hear(readings(1, reading(1, 1), reading(2, 1)))

    rows = [reading(1, 1), reading(2, 1)]
    assert watcher.told == [{"t": "d", "ch": "tel:site:1", "d": rows}]


async def test_what_is_not_newer_is_not_passed_on(feed: Feed, watcher: Watcher) -> None:
    feed.hear(readings(1, reading(1, 5)))
    feed.hear(readings(2, reading(1, 5), reading(1, 4)))

    assert len(watcher.told) == 1


async def test_events_in_a_row_are_passed_on(feed: Feed, watcher: Watcher) -> None:
    for offset in (6, 7):
        feed.hear(event(offset))

    assert [(m["ep"], m["o"], m["d"]) for m in watcher.told] == [
        ("e", 6, {"id": 6}),
        ("e", 7, {"id": 7}),
    ]
    assert not feed.suspicious


async def test_a_repeated_event_is_dropped(feed: Feed, watcher: Watcher) -> None:
    feed.hear(event(5))

    assert watcher.told == []
    assert not feed.suspicious


@pytest.mark.parametrize("message", [event(7), event(1, epoch="f"), event(6, epoch="f")])
async def test_an_event_out_of_line_waits_for_the_database(
    feed: Feed, watcher: Watcher, message: dict[str, Any]
) -> None:
    feed.hear(message)

    assert watcher.told == []
    assert feed.suspicious


async def test_the_first_event_of_a_topic_needs_no_predecessor(feed: Feed) -> None:
    feed.hear(event(1, topic="new"))
    feed.hear(event(2, topic="new"))

    assert feed.positions["new"] == Position("e", 2)
    assert not feed.suspicious


async def test_missed_events_are_passed_on_once(feed: Feed, watcher: Watcher) -> None:
    feed.hear(event(6))
    missed = [Event(offset, json.dumps({"id": offset})) for offset in (6, 7, 8)]

    feed.catch_up(DEVICES, Position("e", 8), missed)
    feed.hear(event(8))
    feed.hear(event(9))

    assert [m["o"] for m in watcher.told] == [6, 7, 8, 9]


@pytest.mark.parametrize(("epoch", "why"), [("f", "epoch"), ("e", "trimmed")])
async def test_events_that_are_gone_make_pages_start_over(
    feed: Feed, watcher: Watcher, epoch: str, why: str
) -> None:
    feed.catch_up(DEVICES, Position(epoch, 2000), None)
    feed.hear(event(2001, epoch=epoch))

    assert watcher.told[0] == ("reset", "devices:1", why)
    assert watcher.told[1]["o"] == 2001


async def test_comparing_passes_on_what_is_newer_in_the_database(
    feed: Feed, watcher: Watcher
) -> None:
    feed.compare([SiteTag({"k": 1, "dev": 10}, True, reading(1, 7)), tag(2)])

    assert watcher.told == [{"t": "d", "ch": "tel:site:1", "d": [reading(1, 7)]}]


async def test_a_changed_registry_makes_telemetry_start_over(feed: Feed, watcher: Watcher) -> None:
    feed.compare([tag(1), tag(2), tag(3)])

    assert watcher.told == [("start over", "tel:site:1")]


async def test_who_has_left_is_told_nothing(feed: Feed, watcher: Watcher) -> None:
    feed.unsubscribe(SITE, watcher)
    feed.unsubscribe(TOPIC, watcher)
    feed.unsubscribe(TOPIC, watcher)  # once more does no harm
    feed.hear(readings(1, reading(1, 1)))
    feed.hear(event(6))

    assert watcher.told == []
    assert not feed.watched
