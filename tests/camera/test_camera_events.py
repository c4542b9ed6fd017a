from __future__ import annotations

import itertools
from collections import Counter

from camera_strategies import LABELS, box, rule
from hypothesis import given
from hypothesis import strategies as st

from edge.camera.events import MOST_ACTIVE, Candidate, Events, Phase

RULES = {label: rule(label, must_move=label != "no_helmet") for label in LABELS}
PLACE = st.sampled_from([0.1, 0.2, 0.5, 0.9])
SEEN = st.fixed_dictionaries(
    {},
    optional={
        number: st.tuples(PLACE, PLACE, st.floats(0.5, 1), st.booleans()) for number in range(6)
    },
)


def candidate(
    track: int, x: float, y: float, score: float = 0.9, *, confirmed: bool = True
) -> Candidate:
    one = box(x, y, score=score, label=LABELS[track % len(LABELS)])
    return Candidate(track, one, "", score, confirmed, 1000)


def events(update_every_s: float = 10.0) -> Events:
    ids = itertools.count(1)
    return Events(RULES, update_every_s, lambda: f"{next(ids):032x}")


@given(st.lists(SEEN, max_size=15))
def test_every_event_has_one_start_then_updates_then_one_end(
    pictures: list[dict[int, tuple[float, float, float, bool]]],
) -> None:
    book, told = events(), list[Phase]()
    for at, picture in enumerate(pictures):
        seen = [candidate(n, x, y, s, confirmed=c) for n, (x, y, s, c) in picture.items()]
        told += book.look(seen, set(range(6)), at * 0.5)
    told += book.finish()
    for id_ in {phase.hazard.id for phase in told}:
        kinds = [phase.kind for phase in told if phase.hazard.id == id_]
        assert kinds[0] == "start"
        assert kinds[-1] == "end"
        assert set(kinds[1:-1]) <= {"update"}


@given(st.lists(SEEN, max_size=15))
def test_no_track_is_ever_in_two_events_and_no_event_has_two_labels(
    pictures: list[dict[int, tuple[float, float, float, bool]]],
) -> None:
    book = events()
    for at, picture in enumerate(pictures):
        seen = [candidate(n, x, y, s, confirmed=c) for n, (x, y, s, c) in picture.items()]
        book.look(seen, set(range(6)), at * 0.5)
        members = Counter(track for hazard in book.active for track in hazard.tracks)
        assert all(count == 1 for count in members.values())
        for hazard in book.active:
            assert {LABELS[track % 3] for track in hazard.tracks} <= {hazard.rule.label}
            assert hazard.peak >= hazard.box.score


def kinds_of(phases: list[Phase]) -> list[str]:
    return [phase.kind for phase in phases]


def test_a_fire_that_falls_into_many_boxes_is_one_event() -> None:
    book = events()
    told = book.look([candidate(0, 0.5, 0.5)], {0}, 0.0)
    for step in range(1, 20):
        parts = [candidate(n, 0.5 + n * 0.01, 0.5) for n in (0, 3, 6, 9)]
        told += book.look(parts, {0, 3, 6, 9}, step * 0.2)
    assert kinds_of(told) == ["start"]


def test_two_bare_heads_side_by_side_are_two_events() -> None:
    book = events()
    told = book.look([candidate(2, 0.45, 0.5), candidate(5, 0.55, 0.5)], {2, 5}, 0.0)
    assert kinds_of(told) == ["start", "start"]


def test_somebody_whose_track_was_lost_is_the_same_event_when_found_near_by() -> None:
    book = events()
    told = book.look([candidate(2, 0.45, 0.5)], {2}, 0.0)
    told += book.look([candidate(5, 0.5, 0.5)], {5}, 1.0)
    assert kinds_of(told) == ["start"]


def test_an_event_ends_when_nothing_was_seen_for_as_long_as_the_rule_says() -> None:
    book = events()
    book.look([candidate(0, 0.5, 0.5)], {0}, 0.0)
    assert book.look([], {0}, 1.9) == []
    assert kinds_of(book.look([], {0}, 2.0)) == ["end"]
    assert book.active == []


def test_an_event_that_lasts_is_told_again_and_sooner_when_it_looks_clearly_better() -> None:
    book = events(update_every_s=10.0)
    told = {}
    for step in range(100):
        score = 0.6 if step < 30 else 0.8
        if phases := book.look([candidate(0, 0.5, 0.5, score)], {0}, step * 0.2):
            told[step] = kinds_of(phases)
    assert told == {0: ["start"], 30: ["update"], 80: ["update"]}


def test_a_crowd_of_hazards_is_bounded() -> None:
    book = events()
    crowd = [candidate(2 + 3 * n, n / 60, 0.5) for n in range(60)]
    told = book.look(crowd, {one.track for one in crowd}, 0.0)
    assert len(told) == len(book.active) == MOST_ACTIVE


def test_the_ids_are_those_that_were_given() -> None:
    told = events().look([candidate(0, 0.5, 0.5)], {0}, 0.0)
    assert told[0].hazard.id == "0" * 31 + "1"
