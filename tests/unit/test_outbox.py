"""What one browser gets: batches under acknowledgement, telemetry conflated, events complete."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from outbox_browser import DEVICES, SITE, Browser, Plant, event

from realtime.conflate import FRAME_S, MAX_EVENTS
from realtime.outbox import WINDOW, WINDOW_CHARS, Outbox, Stalled

STALL_S, QUIET_S = 30.0, 5.0


@pytest.fixture
def plant() -> Plant:
    return Plant()


@pytest.fixture
def browser() -> Browser:
    return Browser(Outbox(stall_s=STALL_S, quiet_s=QUIET_S, now=0.0))


def test_a_subscription_begins_with_a_snapshot(browser: Browser, plant: Plant) -> None:
    plant.change(1, t=7)
    browser.outbox.subscribe(SITE, plant.snapshot)

    assert browser.receive() == [{"t": "snap", "ch": "tel:site:1", "d": [{"k": 1, "t": 7}]}]


def test_the_first_batch_need_not_wait(browser: Browser, plant: Plant) -> None:
    browser.outbox.subscribe(SITE, plant.snapshot)

    assert browser.outbox.wait_s(0.0) == 0.0
    assert browser.outbox.take(0.0) is not None


def test_a_browser_that_keeps_up_gets_the_shared_text(browser: Browser, plant: Plant) -> None:
    browser.outbox.subscribe(SITE, plant.snapshot)
    browser.receive()
    delta = plant.change(1, 2, t=3)
    browser.outbox.put(delta)

    assert browser.receive() == [json.loads(delta.text)]


def test_two_batches_may_be_under_way_and_no_third(browser: Browser, plant: Plant) -> None:
    browser.outbox.subscribe(SITE, plant.snapshot)
    for t in range(WINDOW + 3):
        browser.outbox.put(plant.change(1, t=t))
        browser.receive()

    assert browser.unacked == [1, 2]


def test_a_browser_that_is_behind_gets_each_tag_once(browser: Browser, plant: Plant) -> None:
    browser.outbox.subscribe(SITE, plant.snapshot)
    browser.receive()
    browser.outbox.put(plant.change(1, t=0))
    browser.receive()
    for t in range(1, 1000):
        browser.outbox.put(plant.change(1, 2, t=t))
    browser.ack()

    (delta,) = browser.receive()

    assert [row[:2] for row in delta["d"]] == [[1, 999], [2, 999]]


def test_an_unacknowledged_batch_stalls_after_its_time(browser: Browser, plant: Plant) -> None:
    browser.outbox.subscribe(SITE, plant.snapshot)
    browser.receive()
    sent_at = browser.now

    assert browser.outbox.take(sent_at + STALL_S - 0.01) is not None  # the window is still open
    with pytest.raises(Stalled):
        browser.outbox.take(sent_at + STALL_S)


def test_a_full_window_wakes_up_for_the_stall_alone(browser: Browser, plant: Plant) -> None:
    browser.outbox.subscribe(SITE, plant.snapshot)
    browser.receive()
    first_at = browser.now
    browser.outbox.put(plant.change(1, t=0))
    browser.receive()
    browser.outbox.put(plant.change(1, t=1))

    assert browser.outbox.wait_s(browser.now) == pytest.approx(first_at + STALL_S - browser.now)


def test_more_than_the_window_holds_waits_for_an_acknowledgement(browser: Browser) -> None:
    big = json.dumps({"t": "snap", "ch": SITE.name, "d": "x" * WINDOW_CHARS})
    browser.outbox.subscribe(SITE, lambda: big)
    browser.receive()
    browser.outbox.start_over(SITE.name)

    assert browser.receive() == []
    browser.ack()
    assert len(browser.receive()) == 1


def test_silence_is_broken_by_an_empty_batch(browser: Browser) -> None:
    browser.now = QUIET_S

    assert browser.outbox.wait_s(0.0) == pytest.approx(QUIET_S - FRAME_S)
    assert browser.receive() == []
    assert browser.unacked == [1]


def test_an_acknowledgement_of_what_was_never_sent_is_refused(browser: Browser) -> None:
    with pytest.raises(ValueError, match="never sent"):
        browser.outbox.ack(1)


def test_a_hidden_page_gets_no_telemetry_but_all_events(browser: Browser, plant: Plant) -> None:
    browser.outbox.subscribe(SITE, plant.snapshot)
    browser.outbox.hold(DEVICES)
    browser.outbox.release(DEVICES, [], 0)
    browser.receive()
    browser.outbox.hide(hidden=True)
    browser.outbox.put(plant.change(1, t=1))
    browser.outbox.put(event(1))

    assert [message["ch"] for message in browser.receive()] == ["devices:1"]


def test_a_page_that_is_seen_again_gets_a_snapshot(browser: Browser, plant: Plant) -> None:
    browser.outbox.subscribe(SITE, plant.snapshot)
    browser.receive()
    browser.outbox.hide(hidden=True)
    browser.outbox.put(plant.change(1, t=1))
    browser.ack()
    browser.outbox.hide(hidden=False)

    assert browser.receive() == [{"t": "snap", "ch": "tel:site:1", "d": [{"k": 1, "t": 1}]}]


def test_events_collected_while_the_snapshot_was_read_follow_it(browser: Browser) -> None:
    browser.outbox.hold(DEVICES)
    for offset in (4, 5, 6):
        browser.outbox.put(event(offset))
    assert browser.receive() == []
    browser.outbox.release(DEVICES, ['{"t":"snap"}'], 5)

    assert [message.get("o") for message in browser.receive()] == [None, 6]


def test_an_event_that_the_snapshot_covers_is_dropped_when_it_comes_late(browser: Browser) -> None:
    browser.outbox.hold(DEVICES)
    browser.outbox.release(DEVICES, [], 5)
    browser.outbox.put(event(5))
    browser.outbox.put(event(6))

    assert [message["o"] for message in browser.receive()] == [6]


def test_a_page_that_misses_too_many_events_is_told_to_start_over(browser: Browser) -> None:
    browser.outbox.hold(DEVICES)
    browser.outbox.release(DEVICES, [], 0)
    for offset in range(1, MAX_EVENTS + 10):
        browser.outbox.put(event(offset))

    assert browser.receive() == [{"t": "reset", "ch": "devices:1", "why": "slow"}]
    browser.outbox.put(event(MAX_EVENTS + 10))
    assert browser.receive() == []


def test_a_page_that_started_over_gets_events_again(browser: Browser) -> None:
    browser.outbox.hold(DEVICES)
    browser.outbox.release(DEVICES, [], 0)
    browser.outbox.reset(DEVICES.name, "epoch")
    browser.receive()
    browser.ack()
    browser.outbox.hold(DEVICES)
    browser.outbox.release(DEVICES, ['{"t":"snap"}'], 3)
    browser.outbox.put(event(4))

    assert [message["t"] for message in browser.receive()] == ["snap", "d"]


def test_a_dropped_channel_is_silent(browser: Browser, plant: Plant) -> None:
    browser.outbox.subscribe(SITE, plant.snapshot)
    browser.outbox.drop(SITE)
    browser.outbox.put(plant.change(1, t=1))

    assert browser.receive() == []


STEPS = st.lists(
    st.one_of(
        st.sets(st.integers(1, 4), min_size=1),  # tags that change
        st.sampled_from(["receive", "ack", "hide", "show", "start over"]),
    ),
    max_size=80,
)


@given(STEPS)
def test_a_page_ends_up_with_the_newest_of_everything(steps: list[set[int] | str]) -> None:
    browser, plant = Browser(Outbox(stall_s=1e9, quiet_s=QUIET_S, now=0.0)), Plant()
    browser.outbox.subscribe(SITE, plant.snapshot)
    for t, step in enumerate(steps):
        if isinstance(step, set):
            browser.outbox.put(plant.change(*step, t=t))
        elif step == "receive":
            browser.receive()
        elif step == "ack":
            browser.ack()
        elif step == "start over":
            browser.outbox.start_over(SITE.name)
        else:
            browser.outbox.hide(hidden=step == "hide")
        assert len(browser.unacked) <= WINDOW
    browser.outbox.hide(hidden=False)
    for _ in range(3):
        browser.ack()
        browser.receive()

    assert browser.telemetry() == plant.newest


@given(st.lists(st.sampled_from(["event", "receive", "ack"]), max_size=80), st.integers(0, 5))
def test_a_page_gets_every_event_once_and_in_order(steps: list[str], known: int) -> None:
    browser = Browser(Outbox(stall_s=1e9, quiet_s=QUIET_S, now=0.0))
    browser.outbox.hold(DEVICES)
    browser.outbox.release(DEVICES, [], known)
    last = known
    for step in steps:
        if step == "event":
            last += 1
            browser.outbox.put(event(last))
        elif step == "receive":
            browser.receive()
        else:
            browser.ack()
    browser.ack()
    browser.receive()

    assert [message["o"] for message in browser.messages] == list(range(known + 1, last + 1))
