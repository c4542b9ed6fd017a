"""The pure scripts behind the large view and the rail's table, each asked for itself."""

from __future__ import annotations

import pytest
from watched import Run

ZOOM = """
    const z = await import("zoom");
    const rounded = (zoom) => ["scale", "x", "y"].map((name) => Number(zoom[name].toFixed(4)));
    const frame = { width: 1600, height: 900 };
    const wide = z.sharesOf(frame, { width: 640, height: 360 });
    const high = z.sharesOf(frame, { width: 300, height: 900 });
"""


def test_a_picture_covers_as_much_of_its_frame_as_fits(run: Run) -> None:
    shown = run(f"{ZOOM} return [wide, high, z.sharesOf(frame, {{ width: 32, height: 9 }})];")
    assert shown == [{"x": 1, "y": 1}, {"x": 0.1875, "y": 1}, {"x": 1, "y": 0.5}]


def test_what_lies_under_the_pointer_stays_there_while_the_picture_grows(run: Run) -> None:
    corner, after, twice = run(f"""{ZOOM}
        const at = {{ x: 0.6, y: 0.4 }};
        const under = (zoom) => {{
            const corner = z.cornerOf(zoom, wide);
            return ["x", "y"].map((name) => ((at[name] - corner[name]) / zoom.scale).toFixed(6));
        }};
        const once = z.zoomed(z.WHOLE, 2, at, wide);
        return [under(z.WHOLE), under(once), under(z.zoomed(once, 1.7, at, wide))];""")
    assert corner == after == twice == ["0.600000", "0.400000"]


def test_a_picture_grows_to_eight_times_and_no_smaller_than_the_whole(run: Run) -> None:
    shown = run(f"""{ZOOM}
        const large = z.zoomed(z.WHOLE, 100, {{ x: 1, y: 1 }}, wide);
        return [rounded(large), rounded(z.zoomed(large, 1 / 100, z.MIDDLE, wide)),
                rounded(z.zoomed(z.WHOLE, 1.01, {{ x: 0, y: 0 }}, wide))];""")
    assert shown == [[8, 0.9375, 0.9375], [1, 0.5, 0.5], [1, 0.5, 0.5]]


def test_a_picture_is_moved_no_further_than_its_sides(run: Run) -> None:
    shown = run(f"""{ZOOM}
        const twice = z.zoomed(z.WHOLE, 2, z.MIDDLE, wide);
        const narrow = z.zoomed(z.WHOLE, 2, z.MIDDLE, high);
        return [rounded(z.moved(twice, {{ x: 0.1, y: -0.1 }}, wide)),
                rounded(z.moved(twice, {{ x: 9, y: -9 }}, wide)),
                rounded(z.moved(narrow, {{ x: 0.3, y: 0.1 }}, high)),
                z.cornerOf(z.WHOLE, high), z.cornerOf(twice, wide)];""")
    assert shown == [
        *([2, 0.45, 0.55], [2, 0.25, 0.75], [2, 0.5, 0.45]),
        *({"x": 0, "y": 0}, {"x": -0.5, "y": -0.5}),
    ]


def test_the_rail_has_a_row_for_each_bar_with_something_in_it_the_newest_first(run: Run) -> None:
    shown = run("""
        const s = await import("stretch");
        const counts = [{ label: "fire", n: [1, 0, 0] }, { label: "smoke", n: [1, 0, 4] }];
        const rail = { from: 1000, to: 1250, step_ms: 100, days: [], unreviewed: 0, counts };
        return [s.rowsOf(rail), s.rowsOf({ ...rail, counts: [] })];""")
    assert shown == [
        [
            {"from": 1200, "to": 1250, "n": [0, 4], "total": 4},
            {"from": 1000, "to": 1100, "n": [1, 1], "total": 2},
        ],
        [],
    ]


def test_alarms_of_a_detection_keep_their_places_the_most_urgent_first(run: Run) -> None:
    shown = run("""
        const { linkedTo } = await import("alarms");
        const row = (id, priority, detection) => ({ id, priority, detection });
        const rows = [row(1, 2, 7), row(2, 1, 7), row(3, 1, 8), row(4, 2, 7), row(5, 1, null)];
        return [linkedTo(rows, 7).map((each) => each.id), linkedTo(rows, 9)];""")
    assert shown == [[2, 1, 4], []]


@pytest.mark.parametrize("at", ["2026-11-28T06:03:05Z", "2026-11-28T06:03:05.250Z"])
def test_the_address_of_a_trend_around_a_moment_is_read_as_that_time(run: Run, at: str) -> None:
    shown = run(f"""
        const w = await import("windows");
        const {{ readLink }} = await import("trendlink");
        const at = Date.parse("{at}");
        const text = w.writeState(w.around([12, 15], at), "east");
        const {{ tags, range, from, to }} = readLink(text, at, () => true).state;
        return [text, tags, range, from - at, to - at];""")
    text, *rest = shown
    assert text.startswith("?site=east&tags=12,15&from=2026-11-28T05:53:05")
    assert rest == [[12, 15], "", -600_000, 600_000]
