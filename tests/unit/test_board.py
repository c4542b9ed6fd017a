"""The picture of a site in memory: newest wins, whatever the order, and what differs is found."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from devices.selectors import Reading, SiteTag
from realtime.board import Board
from realtime.groups import Channel

SITE, PUMP, FAN = Channel("tel:site", 1), Channel("tel:device", 10), Channel("tel:device", 20)


def tag(
    k: int, dev: int = 10, *, shown: bool = True, reading: Reading | None = None, unit: str = "C"
) -> SiteTag:
    return SiteTag({"k": k, "dev": dev, "unit": unit}, shown, reading)


def reading(k: int, t: int, r: int | None = None) -> Reading:
    return [k, t, 1.5, 192, t if r is None else r, None]


def rows(board: Board, channel: Channel) -> dict[int, Any]:
    message = json.loads(board.snapshot(channel))
    assert (message["t"], message["ch"]) == ("snap", channel.name)
    return {row["k"]: row["t"] for row in message["d"]}


READINGS = st.lists(st.builds(reading, st.integers(1, 3), st.integers(0, 9), st.integers(0, 3)))


@given(READINGS, st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(readings: list[Reading], random: Any) -> None:
    one, other = (Board([tag(k) for k in (1, 2, 3)]) for _ in range(2))
    shuffled = random.sample(readings, len(readings))
    for row in readings:
        one.merge([row])
    other.merge(shuffled)

    assert one.snapshot(SITE) == other.snapshot(SITE)


def test_only_newer_readings_are_passed_on() -> None:
    board = Board([tag(1, reading=reading(1, 5))])

    assert board.merge([reading(1, 4), reading(1, 5), reading(1, 6)]) == ([reading(1, 6)], False)


def test_of_two_readings_of_one_moment_the_later_received_one_counts() -> None:
    board = Board([tag(1, reading=reading(1, 5, r=7))])

    assert board.merge([reading(1, 5, r=6), reading(1, 5, r=8)])[0] == [reading(1, 5, r=8)]


def test_a_reading_of_an_unknown_tag_is_strange() -> None:
    assert Board([tag(1)]).merge([reading(2, 1)]) == ([], True)


def test_a_channel_shows_its_own_tags_only() -> None:
    board = Board([tag(1), tag(2, shown=False), tag(3, dev=20)])

    assert rows(board, SITE).keys() == {1, 3}
    assert rows(board, PUMP).keys() == {1, 2}
    assert rows(board, FAN).keys() == {3}


def test_readings_are_sorted_into_the_channels_that_show_them() -> None:
    board = Board([tag(1), tag(2, shown=False), tag(3, dev=20)])
    changed, _ = board.merge([reading(k, 1) for k in (1, 2, 3)])
    channels = {channel.name: channel for channel in (SITE, PUMP)}

    assert board.by_channel(changed, channels) == {
        "tel:site:1": [reading(1, 1), reading(3, 1)],
        "tel:device:10": [reading(1, 1), reading(2, 1)],
    }


def test_comparing_finds_what_the_layer_lost() -> None:
    board = Board([tag(1, reading=reading(1, 1)), tag(2, reading=reading(2, 9))])
    fresh = [tag(1, reading=reading(1, 4)), tag(2, reading=reading(2, 8))]

    assert board.replace(fresh) == (False, [reading(1, 4)])
    assert rows(board, SITE) == {1: 4, 2: 9}


def test_comparing_finds_what_the_registry_changed() -> None:
    for changed in ([], [tag(1, unit="F")], [tag(1, shown=False)], [tag(1), tag(2)]):
        redefined, _ = Board([tag(1)]).replace(changed)
        assert redefined
    assert Board([tag(1)]).replace([tag(1)]) == (False, [])


def test_a_removed_tag_leaves_the_snapshot() -> None:
    board = Board([tag(1), tag(2, reading=reading(2, 1))])
    board.replace([tag(1)])

    assert rows(board, SITE) == {1: None}


def test_the_text_of_a_snapshot_is_shared_until_something_changes() -> None:
    board = Board([tag(1)])
    first = board.snapshot(SITE)

    assert board.snapshot(SITE) is first
    board.merge([reading(1, 1)])
    assert board.snapshot(SITE) is not first
