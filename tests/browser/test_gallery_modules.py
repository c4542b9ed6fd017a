"""The pure scripts of the gallery and of the zone editor, each asked for itself."""

from __future__ import annotations

from watched import Run

CARDS = """
    const d = await import("detections");
    const usual = { label: "fire", camera: "C1", area: "A", state: "active", score: 0.5, since: 100,
                    at: 100, ended: null, received: 100, heard: 100, patience: 30_000,
                    historical: false, picture: "none", reason: "", thumb: null };
    const card = (id, more) => ({ id, ...usual, ...more });
"""
ZONES = 'const p = await import("polygons");'


def test_a_filter_leaves_out_what_does_not_fit(run: Run) -> None:
    shown = run(f"""{CARDS}
        const fits = (filter, more) => d.matches(card(1, more), filter);
        return [
            fits({{}}), fits({{ label: "fire", camera: "C1", area: "A", state: "active" }}),
            fits({{ label: "smoke" }}), fits({{ camera: "C2" }}), fits({{ area: "B" }}),
            fits({{ state: "ended" }}), fits({{ state: "historical" }}),
            fits({{ state: "historical" }}, {{ historical: true }}),
            fits({{ score: 50 }}), fits({{ score: 51 }}), fits({{ score: 57 }}, {{ score: 0.57 }}),
            fits({{ from: 100, to: 101 }}), fits({{ from: 50, to: 100 }}),
        ];""")
    assert shown == [
        *(True, True, False, False, False, False, False, True),
        *(True, False, True, True, False),
    ]


def test_the_newest_comes_first_and_of_one_moment_the_later_told(run: Run) -> None:
    shown = run(f"""{CARDS}
        const cards = [card(1, {{ since: 5 }}), card(2, {{ since: 9 }}), card(3, {{ since: 5 }})];
        return [d.chosen(cards, {{}}).map((c) => c.id), d.chosen(cards, {{}}, 1).map((c) => c.id),
                d.cursorOf(d.chosen(cards, {{}})), d.cursorOf([])];""")
    assert shown == [[2, 3, 1], [2], "5_1", ""]


def test_news_wait_while_somebody_reads_further_down(run: Run) -> None:
    shown = run(f"""{CARDS}
        const cards = [card(3), card(2, {{ historical: true }}), card(1)];
        const held = d.holdBack(cards, new Set([1]), false);
        const top = d.holdBack(cards, new Set([1]), true);
        return [held.shown.map((c) => c.id), held.fresh, top.shown.length, top.fresh];""")
    assert shown == [[1], 1, 3, 0]


def test_what_the_channel_keeps_current_is_not_replaced_by_what_was_asked_for(run: Run) -> None:
    shown = run(f"""{CARDS}
        const known = new Map([[1, card(1, {{ state: "ended" }})]]);
        d.addUnknown(known, [card(1), card(2)]);
        return [known.get(1).state, known.get(2).state];""")
    assert shown == ["ended", "active"]


def test_a_picture_is_announced_for_a_while_and_then_not_any_more(run: Run) -> None:
    shown = run(f"""{CARDS}
        const say = (more, now) => d.pictureOf(card(1, more), now);
        const picture = {{ thumb: "/x" }};
        return [say({{}}, 20_100), say({{}}, 20_101), say(picture, 99_999),
                say({{ picture: "pending" }}, 99_999), say({{ picture: "refused" }}, 200),
                say({{ state: "ended" }}, 200), d.pictureOf(card(1, picture), 1, true)];""")
    assert shown == ["coming", "none", "ready", "pending", "refused", "none", "lost"]


def test_a_detection_is_active_only_while_its_end_would_be_heard(run: Run) -> None:
    shown = run(f"""{CARDS}
        const on = {{ status: "online" }}, off = {{ status: "offline" }};
        const state = (way, frozen = false, now = 200) => d.stateOf(card(1), way, frozen, now);
        return [
            state([on, on]), state([on, off]), state([on, on], true), state([undefined]),
            state([on, on], false, 30_100), state([on, on], false, 30_101),
            d.stateOf(card(1, {{ heard: 60_101 }}), [on, on], false, 60_101),
            d.stateOf(card(1, {{ state: "ended" }}), [off], true, 200),
            d.lastedMs(card(1), "active", 900), d.lastedMs(card(1, {{ at: 300 }}), "cut", 900),
            d.lastedMs(card(1, {{ ended: 400 }}), "ended", 900),
            d.lastedMs(card(1, {{ at: 500 }}), "ended", 900),
        ];""")
    assert shown == [
        *("active", "cut", "cut", "cut", "active", "silent", "silent", "ended"),
        *(800, 200, 300, 400),
    ]


def test_the_first_event_of_a_topic_and_a_position_of_the_page_are_understood(run: Run) -> None:
    shown = run("""
        const { emptyStore, applyMessage } = await import("store");
        const store = emptyStore();
        const event = (ep, o, d) => applyMessage(store, { t: "d", ch: "gallery:1", ep, o, d });
        applyMessage(store, { t: "snap", ch: "gallery:1", ep: "", o: 0, d: [] });
        const first = event("e", 1, { id: 5 });
        const hole = event("e", 3, { id: 6 });
        const gone = event("e", 2, { id: 5, gone: true });
        return [[...first.cards], first.resync, hole.resync, [...gone.cards], store.cards.size,
                store.topics.get("gallery:1")];""")
    assert shown == [[5], "", "gallery:1", [5], 0, {"ep": "e", "o": 2}]


def test_points_stay_in_the_picture_and_are_rounded(run: Run) -> None:
    shown = run(f"""{ZONES}
        return [p.pointAt(-1, 1.2), p.pointAt(0.12345, 0.5),
                p.movePoint([[0, 0], [1, 1]], 1, [2, 0.5]), p.removePoint([[0, 0], [1, 1]], 0)];""")
    assert shown == [[0, 1], [0.123, 0.5], [[0, 0], [1, 0.5]], [[1, 1]]]


def test_a_new_point_stands_in_the_longest_side_also_in_the_last_one(run: Run) -> None:
    shown = run(f"""{ZONES}
        return [p.splitLongestSide([[0, 0], [0.2, 0], [0.2, 1]]),
                p.splitLongestSide([[0, 0], [0, 0.1], [1, 0.1]])];""")
    assert shown == [
        [[0, 0], [0.2, 0], [0.2, 1], [0.1, 0.5]],
        [[0, 0], [0, 0.1], [1, 0.1], [0.5, 0.05]],
    ]


def test_mistakes_in_zones_are_found_before_they_are_sent(run: Run) -> None:
    shown = run(f"""{ZONES}
        const labels = p.readLabels("fire, x_1");
        const good = {{ name: "a", points: [[0, 0], [1, 0], [1, 1]], labels }};
        const say = (...more) => p.mistakesIn(more.map((each) => ({{ ...good, ...each }})));
        return [say({{}}), say({{ name: " " }}), say({{}}, {{ name: "a " }}),
                say({{ points: [[0, 0]] }}), say({{ labels: ["Fire"] }}),
                p.tidied([{{ name: " a ", points: [] }}])];""")
    assert shown == [
        *([], ["name"], ["twice"], ["points"], ["labels"]),
        [{"name": "a", "kind": "watch", "points": [], "labels": []}],
    ]
