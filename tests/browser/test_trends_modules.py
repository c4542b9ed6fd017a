"""The pure scripts of the trends page, each asked for itself in an otherwise idle page."""

from __future__ import annotations

from watched import Run

# ---------------------------------------------------------------- windows


def test_an_address_says_what_is_shown_and_is_written_the_same_again(run: Run) -> None:
    written = run("""
        const { writeState } = await import("windows");
        const { readLink } = await import("trendlink");
        const readState = (text) => readLink(text, Infinity, () => true).state;
        return ["?tags=12,15&range=24h",
            "?tags=3&from=2026-11-27T06:30:00Z&to=2026-11-28T06:30:00Z",
            "?tags=3&range=7d&paused=2026-11-28T06:30:00.250Z&compare=previous&alarms=off"]
            .map((text) => writeState(readState(text), "east").replace("site=east&", ""));""")
    assert written == [
        "?tags=12,15&range=24h",
        "?tags=3&from=2026-11-27T06:30:00Z&to=2026-11-28T06:30:00Z",
        "?tags=3&range=7d&paused=2026-11-28T06:30:00.250Z&compare=previous&alarms=off",
    ]


def test_nonsense_in_an_address_counts_as_not_said(run: Run) -> None:
    states = run("""
        const { readLink } = await import("trendlink");
        return ["?tags=x,1,1,-2,007,3.5,2&range=9y&paused=soon&compare=all",
            "?from=2026-11-28T06:30:00Z&to=2026-11-28T06:30:01Z", "?tags=1,2,3,4,5,6,7,8,9"]
            .map((text) => readLink(text, Infinity, () => true).state);""")
    assert [state["tags"] for state in states] == [[1, 2], [], [1, 2, 3, 4, 5, 6, 7, 8]]
    assert all(state["range"] == "1h" and state["paused"] is None for state in states)
    assert not any(state["compare"] for state in states)


def test_zooming_and_shifting_never_show_what_is_not_yet(run: Run) -> None:
    shown = run("""
        const { ranged, shifted, showing, windowOf, zoomed } = await import("windows");
        const now = Date.parse("2026-11-28T12:00:00Z"), live = ranged({}, "1h"), out = [];
        const tell = (state) => {
            const { from, to, live } = windowOf(state, now);
            out.push([(from - now) / 60_000, (to - now) / 60_000, live]);
        };
        tell(live);
        tell(zoomed(live, 0.5, now));
        tell(zoomed(live, 2, now)); // the next longer range
        tell(shifted(live, -0.5, now));
        tell(shifted(shifted(live, -0.5, now), 5, now));
        tell(zoomed(shifted(live, -0.5, now), 2, now));
        tell(showing(live, now - 1000, now, now)); // no less than ten seconds
        tell(ranged(showing(live, now - 60_000, now, now), "15m"));
        return out;""")
    assert shown == [
        [-60, 0, True],
        [-45, -15, False],
        [-480, 0, True],
        [-90, -30, False],
        [-60, 0, False],
        [-120, 0, False],
        [-10 / 60, 0, False],
        [-15, 0, True],
    ]


# ---------------------------------------------------------------- series

SERIES = """
    const { Series } = await import("series");
    const tag = { stale_ms: 5000, scan_ms: 1000 };
    const points = (s) => s.t.map((t, i) => [t, ...[s.v[i], s.lo[i], s.hi[i]]
        .map((v) => (Number.isNaN(v) ? null : v))]);
"""


def test_readings_that_arrive_go_on_after_the_history_and_silence_is_a_gap(run: Run) -> None:
    points = run(f"""{SERIES}
        const s = new Series({{ k: 1, step_ms: 0, t: [0, 1000, 6000], v: [1, 2, null] }},
            tag, 9000);
        s.push(900, 9);      // late
        s.push(5500, 3);     // fills the gap that was only assumed
        s.push(20_000, 4);   // after a silence
        s.push(21_000, NaN); // without a value
        return points(s).map(([t, v]) => [t, v]);""")
    assert points == [[0, 1], [1000, 2], [5500, 3], [10_500, None], [20_000, 4], [21_000, None]]


def test_readings_that_arrive_are_joined_into_steps_with_their_extremes(run: Run) -> None:
    points = run(f"""{SERIES}
        const s = new Series({{ k: 1, step_ms: 10_000, t: [0, 10_000], v: [5, 6],
            lo: [4, 6], hi: [7, 6] }}, tag, 11_000);
        s.push(12_000, 8);
        s.push(13_000, NaN);
        s.push(18_000, 1);
        s.push(20_000, 3);
        s.push(41_000, 2);
        return points(s);""")
    assert points == [
        [0, 5, 4, 7],
        [10_000, 5, 1, 8],
        [20_000, 3, 3, 3],
        [25_000, None, None, None],
        [40_000, 2, 2, 2],
    ]


def test_the_mean_is_over_the_time_for_which_each_value_held(run: Run) -> None:
    stats = run(f"""{SERIES}
        const answer = {{ k: 1, step_ms: 0, t: [0, 1000, 4000, 5000], v: [10, 20, null, 40] }};
        const s = new Series(answer, tag, 6000);
        return [s.stats(0, 6000), s.stats(500, 2000), s.stats(7000, 9000)]
            .map((all) => Object.values(all).map((v) => (Number.isNaN(v) ? null : v)));""")
    assert stats[0] == [10, 40, (10 * 1000 + 20 * 3000 + 40 * 1000) / 5000, 40]
    assert stats[1] == [20, 20, (10 * 500 + 20 * 1000) / 1500, 20]
    assert stats[2] == [None] * 4


def test_a_point_holds_until_the_next_and_the_last_one_not_for_ever(run: Run) -> None:
    values = run(f"""{SERIES}
        const s = new Series({{ k: 1, step_ms: 0, t: [1000, 2000, 3000], v: [1, null, 3] }},
            tag, 3000);
        return [500, 1000, 1999, 2500, 7999, 8001].map((t) => s.at(t)?.v ?? null)
            .map((v) => (Number.isNaN(v) ? "gap" : v));""")
    assert values == [None, 1, 1, "gap", 3, None]


def test_a_series_forgets_what_is_not_shown_any_more_but_for_the_edge(run: Run) -> None:
    left = run(f"""{SERIES}
        const s = new Series({{ k: 1, step_ms: 0, t: [1, 2, 3, 4], v: [1, 2, 3, 4] }}, tag, 5);
        s.trim(3);
        return [s.t, s.v];""")
    assert left == [[3, 4], [3, 4]]


# ---------------------------------------------------------------- panes


def test_tags_of_one_unit_share_an_axis_and_states_have_their_own(run: Run) -> None:
    groups = run("""
        const { groupsOf } = await import("panes");
        const tag = (k, unit, states = null) => ({ k, unit, states, bits: null });
        const tags = [tag(1, "bar"), tag(2, "°C"), tag(3, "bar"), tag(4, ""), tag(5, ""),
            tag(6, "bar", { 0: "off" })];
        return groupsOf(tags).map(({ key, tags }) => [key, tags.map(({ k }) => k)]);""")
    assert groups == [
        ["unit:bar", [1, 3]],
        ["unit:°C", [2]],
        *([f"tag:{k}", [k]] for k in (4, 5, 6)),
    ]


def test_the_time_axis_is_labelled_at_round_times_of_the_plant(run: Run) -> None:
    found = run("""
        const { ticksOf } = await import("panes");
        const { zoneFormat } = await import("format");
        const labels = (zone, from, hours, most) => {
            const start = Date.parse(from), end = start + hours * 3_600_000;
            const ticks = ticksOf({ from: start, to: end }, most, zoneFormat(zone));
            return ticks.map(({ text }) => text);
        };
        return [labels("Asia/Kolkata", "2026-11-28T06:10:00Z", 1, 6),
            labels("Asia/Shanghai", "2026-11-27T10:00:00Z", 24, 5),
            labels("Europe/Berlin", "2026-10-24T10:00:00Z", 48, 8), // the clocks go back
            labels("UTC", "2026-11-01T12:00:00Z", 30 * 24, 6),
            labels("UTC", "2026-11-01T12:00:00Z", 1 / 60, 4)];""")
    assert found[0] == ["11:40", "11:50", "12:00", "12:10", "12:20", "12:30", "12:40"]
    assert found[1] == ["18:00", "11-28", "06:00", "12:00", "18:00"]
    assert found[2] == ["12:00", "18:00", "10-25", "06:00", "12:00", "18:00", "10-26", "06:00"]
    assert found[3] == ["11-05", "11-12", "11-19", "11-26"]
    assert found[4] == ["12:00:00", "12:00:30", "12:01:00"]


def test_alarms_that_would_overlap_stand_as_one_with_the_most_urgent_priority(run: Run) -> None:
    clusters = run("""
        const { clustersOf } = await import("panes");
        const span = (from_ms, priority) => ({ from_ms, priority });
        const spans = [span(500, 3), span(-90, 2), span(520, 1), span(990, 4), span(2000, 1)];
        return clustersOf(spans, { from: 0, to: 1000 }, 0.05)
            .map(({ at, priority, spans }) => [at, priority, spans.length]);""")
    assert clusters == [[0, 2, 1], [0.5, 1, 2], [0.99, 4, 1]]


def test_the_share_of_poor_readings_counts_only_what_is_shown(run: Run) -> None:
    found = run("""
        const { poorShare, qualityAt } = await import("panes");
        const poor = [[-100, 100, 0, 1], [400, 600, 64, 1], [800, 1000, 24, 0.25]];
        const window = { from: 0, to: 1000 };
        return [poorShare(poor, window, 64), poorShare(poor, window, 192),
            ...[50, 100, 500, 700].map((t) => qualityAt(poor, t))];""")
    assert found == [0.15, 0.35, 0, 192, 64, 192]


# ---------------------------------------------------------------- search and files


def test_tags_are_found_by_every_word_of_name_device_or_area(run: Run) -> None:
    found = run("""
        const { searchTags } = await import("tagsearch");
        const devices = new Map([[1, { id: 1, uid: "P-203", name: "Feed pump", area: "Utilities" }],
            [2, { id: 2, uid: "K-301", name: "Fan", area: "Line A" }]]);
        const tag = (k, dev, name, label) => ({ k, dev, name, label, unit: "°C" });
        const tags = [tag(1, 1, "tt203", "Bearing temperature"), tag(2, 1, "pt", "Pressure"),
            tag(3, 2, "tt301", "Winding temperature"), tag(4, 9, "tt", "of no device")];
        const names = (text, most = 9) => {
            const { found, beyond } = searchTags(tags, devices, text, most);
            return [found.map(({ device, tags }) => [device.uid, tags.map(({ k }) => k)]), beyond];
        };
        return [names("TEMP"), names("line temp"), names("p-203 press"), names("tt301"),
            names("nothing"), names("", 2)];""")
    assert found == [
        [[["P-203", [1]], ["K-301", [3]]], 0],
        [[["K-301", [3]]], 0],
        [[["P-203", [2]]], 0],
        [[["K-301", [3]]], 0],
        [[], 0],
        [[["P-203", [1, 2]]], 1],
    ]


def test_a_file_has_a_name_that_every_disk_takes(run: Run) -> None:
    names = run("""
        const { fileName } = await import("picture");
        return [["east", "trends", "20261128T140305"], ["../a b\\\\c:*?", "趋势"],
            ["x".repeat(300)]].map(fileName);""")
    assert names[:2] == ["east_trends_20261128T140305.png", "a-b-c-_趋势.png"]
    assert len(names[2]) == 124


def test_no_two_lines_look_alike(run: Run) -> None:
    looks = run("""
        const { LINES } = await import("lines");
        return LINES.map(({ colour, dash }) => `${colour} ${dash}`);""")
    assert len(set(looks)) == len(looks) == 8
