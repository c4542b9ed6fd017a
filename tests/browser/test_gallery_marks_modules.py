"""The pure scripts about marks and the rail, each asked for itself."""

from __future__ import annotations

from watched import Run

CARDS = """
    const d = await import("detections");
    const card = (id, more) => ({ id, since: 100 - id, score: 0.5, verdict: null, ...more });
"""
RAIL = """
    const s = await import("stretch");
    const rail = { from: 1000, to: 2000, step_ms: 100, days: [], unreviewed: 0,
                   counts: [{ label: "fire", n: [1, 0, 0, 0, 0, 0, 0, 0, 0, 3] },
                            { label: "smoke", n: [1, 2, 0, 0, 0, 0, 0, 0, 0, 0] }] };
"""


def test_a_filter_knows_what_was_reviewed_and_what_was_said(run: Run) -> None:
    shown = run(f"""{CARDS}
        const sets = {{ reviewed: new Set([1]), kept: new Set([4]) }};
        const said = {{ verdict: {{ kind: "false" }} }};
        const fits = (filter, each) => d.matches(each, {{ ...sets, ...filter }});
        return [
            fits({{ review: "unreviewed" }}, card(1)), fits({{ review: "unreviewed" }}, card(2)),
            fits({{ verdict: "none" }}, card(2)), fits({{ verdict: "none" }}, card(2, said)),
            fits({{ verdict: "false" }}, card(2, said)), fits({{ verdict: "true" }}, card(2, said)),
            fits({{ verdict: "none" }}, card(4, said)),
            d.matches(card(2, {{ verdict: undefined }}), {{ verdict: "none" }}),
        ];""")
    assert shown == [False, True, True, False, True, False, True, True]


def test_one_turns_on_from_a_card_that_is_not_shown_any_more(run: Run) -> None:
    shown = run(f"""{CARDS}
        const list = [card(1), card(3), card(5)];
        const next = (id, step) => d.beside(list, card(id), step)?.id ?? null;
        return [next(3, 1), next(3, -1), next(1, -1), next(5, 1),
                next(4, 1), next(4, -1), next(0, 1), next(0, -1), next(6, -1), next(6, 1),
                d.beside(list, undefined, 1) ?? null];""")
    assert shown == [5, 1, None, None, 5, 3, 1, None, 5, None, None]


def test_bars_are_stacked_and_the_highest_is_as_high_as_the_rail(run: Run) -> None:
    shown = run(f"""{RAIL}
        const paths = s.pathsOf(rail);
        return [s.binsOf(rail), s.totalOf(rail), paths.map((each) => each.label),
                paths[0].path, s.binsOf({{ ...rail, to: 1950 }})];""")
    bins, total, names, path, shorter = shown
    assert (bins, total, names, shorter) == (10, 7, ["fire", "smoke"], 10)
    assert path == "M0.1 100.0v-33.3h.8v33.3zM9.1 100.0v-100.0h.8v100.0z"


def test_times_become_bars_and_bars_become_times(run: Run) -> None:
    shown = run(f"""{RAIL}
        return [s.placesOf(rail, 0, 0), s.placesOf(rail, 1200, 1500), s.placesOf(rail, 1, 9000),
                s.placesOf(rail, 5000, 6000), s.timesOf(rail, [2, 5]), s.timesOf(rail, [0, 10]),
                s.between(7, 3), s.between(4, 4)];""")
    assert shown == [
        *([0, 10], [2, 5], [0, 10], [9, 10]),
        *({"from": 1200, "to": 1500}, None, [3, 8], [4, 5]),
    ]
