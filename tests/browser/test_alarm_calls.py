"""The pure scripts of sound, flood and the most urgent alarm, each asked for itself."""

from __future__ import annotations

from watched import Run

ROWS = """
    const s = await import("sound"), f = await import("flood"), u = await import("urgent");
    const row = (id, priority, more = {}) => ({ id, occurrence: 1, priority, announced: true,
        active: true, holds: [], raised: id * 1000, area: "A", ...more });
    let ear = s.newEar();
    const hear = (now, rows, flood = false) => {
        const heard = s.listen(ear, rows, now, flood);
        ear = heard.ear;
        return heard.play + "/" + heard.sounding;
    };
"""


# ---------------------------------------------------------------- sound


def test_critical_alarms_sound_every_4_s_high_ones_every_15_s_and_medium_ones_once(
    run: Run,
) -> None:
    shown = run(f"""{ROWS}
        return [
            hear(100_000, [row(1, 4)]),
            hear(110_000, [row(2, 3)]), hear(120_000, [row(2, 3)]),
            hear(130_000, [row(3, 2)]), hear(144_999, [row(3, 2)]), hear(145_000, [row(3, 2)]),
            hear(150_000, [row(4, 1)]), hear(153_999, [row(4, 1)]), hear(154_000, [row(4, 1)]),
            hear(160_000, []),
        ];""")
    assert shown == [*("/", "3/3", "/", "2/2", "/2", "2/2"), *("1/1", "/1", "1/1", "/")]


def test_the_most_urgent_alarm_gives_the_pattern_and_new_ones_are_heard_soon(run: Run) -> None:
    shown = run(f"""{ROWS}
        const [pump, oven, fan] = [row(1, 1), row(2, 2), row(3, 3)];
        return [
            hear(100_000, [oven]), hear(101_000, [oven, fan, pump]),
            hear(102_000, [oven, fan, pump]),
            hear(103_000, [oven, fan]), hear(104_000, [oven, fan]),
            hear(105_000, [oven, fan, row(4, 2)]), hear(106_000, [oven, fan, row(4, 2)]),
            hear(107_000, [fan]), hear(108_000, [fan]), hear(109_000, [fan]),
        ];""")
    assert shown == [
        *("2/2", "/1", "1/1", "/2", "2/2"),
        *("/2", "2/2", "/3", "3/3", "/"),
    ]


def test_what_is_acknowledged_held_or_returned_does_not_sound_but_a_return_ticks_once(
    run: Run,
) -> None:
    shown = run(f"""{ROWS}
        const acked = row(1, 1, {{ announced: false }}), back = {{ active: false }};
        return [
            hear(100_000, [acked]), hear(103_000, [row(2, 1)]),
            hear(106_000, [row(2, 1, back)]), hear(109_000, [row(2, 1, back)]),
            hear(112_000, [row(3, 1, back)]),  // it was never heard
            hear(115_000, [row(4, 3)]), hear(118_000, [row(4, 3, back)]),
        ];""")
    assert shown == ["/", "1/1", "tick/", "/", "/", "3/3", "/"]


def test_silence_lasts_two_minutes_and_only_a_new_critical_alarm_ends_it(run: Run) -> None:
    shown = run(f"""{ROWS}
        const [pump, oven] = [row(1, 1), row(2, 2)];
        const out = [hear(100_000, [pump, oven])];
        ear = s.silence(ear, [pump, oven], 101_000);
        out.push(s.silentFor(ear, 111_000), hear(110_000, [pump, oven, row(3, 2)]),
            hear(120_000, [pump, oven, row(4, 1)]), s.silentFor(ear, 121_000));
        ear = s.silence(ear, [pump], 130_000);
        out.push(hear(249_999, [pump]), hear(250_000, [pump]));
        ear = s.silence(ear, [pump], 260_000);
        out.push(hear(270_000, [row(1, 1, {{ occurrence: 2 }})]));  // raised again: it is new
        return out;""")
    assert shown == ["1/1", 110_000, "/", "1/1", 0, "/", "1/1", "1/1"]


def test_nothing_to_silence_is_not_silenced_and_a_clock_set_back_ends_silence(run: Run) -> None:
    shown = run(f"""{ROWS}
        ear = s.silence(ear, [row(1, 4), row(2, 1, {{ active: false }})], 900_000);
        const out = [s.silentFor(ear, 900_000)];
        ear = s.silence(ear, [row(1, 2)], 900_000);
        return [...out, s.silentFor(ear, 900_000), s.silentFor(ear, 100_000),
                hear(100_000, [row(1, 2)])];""")
    assert shown == [0, 120_000, 0, "2/2"]


def test_a_flood_is_heard_once_and_then_only_what_is_critical_at_its_pace(run: Run) -> None:
    shown = run(f"""{ROWS}
        const [oven, pump] = [row(1, 2), row(2, 1)];
        return [
            hear(100_000, [oven]), hear(103_000, [oven], true), hear(120_000, [oven], true),
            hear(130_000, [oven, pump], true), hear(132_500, [oven, pump, row(3, 1)], true),
            hear(134_000, [oven, pump, row(3, 1)], true), hear(140_000, [oven], false),
        ];""")
    assert shown == ["2/2", "1/", "/", "1/1", "/1", "1/1", "2/2"]


# ---------------------------------------------------------------- flood


def test_a_flood_begins_with_ten_alarms_in_ten_minutes_and_ends_below_five(run: Run) -> None:
    shown = run(f"""{ROWS}
        const rows = (n) => Array.from({{ length: n }}, (_, i) => row(i, 2));  // one each second
        let flood = f.floodOf(rows(9), 10_000);
        const out = [flood.active];
        flood = f.floodOf(rows(10), 10_000, flood); out.push(flood.active);
        flood = f.floodOf([], 605_000, flood); out.push(flood.active);  // 4 are left: 6 to 9
        flood = f.floodOf(rows(10).slice(5), 604_999, f.floodOf(rows(10), 10_000));
        out.push(flood.active);  // 5 are left
        flood = f.floodOf([], 605_000, flood); out.push(flood.active);
        return out;""")
    assert shown == [False, True, False, True, False]


def test_what_is_held_is_no_flood_and_what_is_raised_again_counts_again(run: Run) -> None:
    shown = run(f"""{ROWS}
        const count = (rows, before) => Object.keys(f.floodOf(rows, 10_000, before).told).length;
        const before = f.floodOf([row(1, 2)], 10_000);
        return [count([row(1, 2, {{ holds: ["shelved"] }})]), count([row(1, 2)], before),
                count([row(1, 2, {{ occurrence: 2, raised: 9000 }})], before),
                count([row(1, 2, {{ raised: null }})])];""")
    assert shown == [0, 1, 2, 0]


def test_a_flood_is_sorted_by_area_with_the_first_alarm_named_and_the_low_ones_folded(
    run: Run,
) -> None:
    shown = run(f"""{ROWS}
        const groups = f.grouped([row(5, 4), row(3, 1, {{ area: "B" }}), row(4, 2), row(2, 3)]);
        return groups.map((g) => [g.area, g.first, g.rows.map((r) => r.id),
                                  g.folded.map((r) => r.id)]);""")
    assert shown == [["B", 3, [3], []], ["A", 2, [2, 4], [5]]]


def test_in_a_flood_what_waits_for_an_acknowledgement_comes_first(run: Run) -> None:
    shown = run(f"""{ROWS}
        const done = {{ announced: false }};
        const groups = f.grouped([row(1, 1, {{ area: "B", ...done }}), row(2, 2, done), row(3, 3),
                                  row(4, 4), row(5, 4, {{ area: "C" }})], true);
        return groups.map((g) => [g.area, g.rows.map((r) => r.id)]);""")
    assert shown == [["A", [3, 4, 2]], ["C", [5]], ["B", [1]]]


# ---------------------------------------------------------------- banner, voice


def test_the_most_urgent_alarm_is_the_one_of_first_priority_that_waits_longest(run: Run) -> None:
    shown = run(f"""{ROWS}
        const rows = [row(1, 3), row(2, 1, {{ active: false }}), row(3, 2), row(4, 1), row(5, 1),
                      row(6, 1, {{ announced: false }})];
        const waiting = u.unacknowledged(rows);
        return [waiting.map((r) => r.id), u.countsOf(waiting)];""")
    assert shown == [[4, 5, 2, 3, 1], [3, 1, 1, 0]]


def test_only_what_was_not_told_is_news(run: Run) -> None:
    shown = run(f"""{ROWS}
        const {{ untold }} = await import("spoken");
        const told = new Set(["1:1"]);
        const rows = [row(1, 1), row(2, 2), row(3, 1), row(4, 1, {{ active: false }}),
                      row(1, 3, {{ occurrence: 2 }})];
        return untold(rows, told).map((r) => f.keyOf(r));""")
    assert shown == ["3:1", "2:1", "1:2"]
