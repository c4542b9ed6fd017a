"""The pure scripts that prepare what is painted, each asked for itself in an idle page."""

from __future__ import annotations

from watched import Run

# ---------------------------------------------------------------- ring and scale


def test_a_ring_keeps_the_newest_readings_in_order(run: Run) -> None:
    shown = run("""
        const { Ring } = await import("ring");
        const ring = new Ring(4);
        const readings = [[1, 10], [2, 20], [2, 99], [1, 99], [3, 30], [4, 40], [5, 50]];
        for (const [t, v] of readings) ring.push(t, v);
        ring.push(9, NaN);   // assumed gap
        ring.push(5, 50);    // known already: the gap stays
        const kept = ring.size;
        ring.push(7, 70);    // a reading fills it
        const points = [...ring.reduce(0, 10, 100)];
        return [points, kept, ring.indexOf(4), ring.lastTime, ring.extent(4, 6)];""")
    assert shown == [[3, 30, 4, 40, 5, 50, 7, 70], 4, 1, 7, {"min": 40, "max": 50}]


def test_reducing_keeps_every_spike_and_every_gap(run: Run) -> None:
    shown = run("""
        const { Ring } = await import("ring");
        const ring = new Ring(20_000);
        for (let i = 0; i < 10_000; i += 1) {
            const spike = i === 4321 ? 100 : i === 4322 ? -100 : Math.sin(i);
            ring.push(i, i >= 6000 && i < 6400 ? NaN : spike);
        }
        const points = ring.reduce(0, 9999, 200);
        const values = points.filter((_, i) => i % 2 === 1);
        const times = points.filter((_, i) => i % 2 === 0);
        return [values.length <= 402, Math.max(...values.filter((v) => v === v)),
                Math.min(...values.filter((v) => v === v)), values.filter((v) => v !== v).length,
                times.every((t, i) => i === 0 || t > times[i - 1])];""")
    assert shown == [True, 100, -100, 1, True]


def test_an_axis_has_round_marks_and_shows_range_and_readings(run: Run) -> None:
    shown = run("""
        const { scaleFor } = await import("scale");
        return [scaleFor(55, 85, 60, 70, 0.1), scaleFor(55, 85, 40, 99, 0.1),
                scaleFor(null, null, NaN, NaN, 1), scaleFor(null, null, 7, 7, 0.1),
                scaleFor(null, null, -0.004, 0.004, 0.001)];""")
    assert [(s["min"], s["max"], s["step"], s["decimals"]) for s in shown[:2]] == [
        (50, 90, 10, 0),
        (20, 120, 20, 0),
    ]
    assert shown[2]["min"] < 0 < shown[2]["max"]
    assert shown[3]["min"] < 7 < shown[3]["max"]
    assert shown[4]["decimals"] == 3
    for scale in shown:
        assert 2 <= (scale["max"] - scale["min"]) / scale["step"] <= 8


def test_a_reading_between_two_gaps_is_a_point(run: Run) -> None:
    shown = run("""
        const { lonePoints, sparkPath } = await import("scale");
        const points = Float64Array.from([1, 5, 2, NaN, 3, 6, 4, NaN, 5, 7, 6, 8]);
        const frame = { from: 1, to: 6, min: 5, max: 10 };
        return [[...lonePoints(points)], [...lonePoints(Float64Array.from([9, 9]))],
                sparkPath(points, frame, 50, 100)];""")
    assert shown == [[1, 5, 3, 6], [9, 9], "M0.0 100.0M20.0 80.0M40.0 60.0L50.0 40.0"]


# ---------------------------------------------------------------- words and frames


def test_ages_and_numbers_are_written_the_same_everywhere(run: Run) -> None:
    shown = run("""
        const { formatAge, formatNumber, formatValue, zoneFormat } = await import("format");
        const zone = zoneFormat("Asia/Kolkata");
        return [[0, 59_999, 60_000, 3_599_000, 3_600_000, 100_000_000].map(formatAge),
                [[1234.5, 1], [-0.04, 1], [-1e6, 0], [1e18, 2], [0.125, 2]]
                    .map((x) => formatNumber(...x)),
                formatValue({ v: null, t: 5, dec: 1, raw: "9007199254740993" }),
                zone.full(0), zone.zone(0)];""")
    ages, numbers, raw, full, zone = shown
    assert ages == ["0 s", "59 s", "1:00", "59:59", "1:00:00", "1 d 3 h"]
    assert numbers == ["1\u202f234.5", "0.0", "−1\u202f000\u202f000", "1.000e+18", "0.13"]
    assert (raw, full, zone) == ("9007199254740993", "1970-01-01 05:30:00", "UTC+5:30")


def test_states_and_set_bits_are_written_in_words(run: Run) -> None:
    shown = run("""
        const { formatValue } = await import("format");
        const drive = { t: 5, dec: 0, states: { 0: "Stopped", 1: "Running" }, bits: null };
        const fault = { t: 5, dec: 0, states: null, bits: { 0: "Overheated", 33: "Door open" } };
        return [...[0, 1, 2].map((v) => formatValue({ ...drive, v })),
                ...[0, 1, 2 ** 33 + 1, -1].map((v) => formatValue({ ...fault, v }))];""")
    assert shown[:3] == ["Stopped", "Running", "2"]
    assert shown[3:] == ["0", "Overheated", "Overheated, Door open", "−1"]


def test_paint_jobs_keep_their_period_but_the_first_change_is_painted_at_once(run: Run) -> None:
    shown = run("""
        const { Frames } = await import("frames");
        const frames = new Frames(() => performance.now());
        const painted = [];
        let seen = true;
        frames.add("text", () => painted.push(performance.now()), 200);
        frames.add("away", () => painted.push("away"), 0, () => seen);
        const soon = () => new Promise((done) => setTimeout(done, 5));
        const until = async (test) => { while (!test()) await soon(); };
        frames.mark("text");
        await until(() => painted.length === 1);
        for (let i = 0; i < 20; i += 1) frames.mark("text");
        await until(() => painted.length === 2);
        const gap = painted[1] - painted[0];
        seen = false;
        frames.mark("away");
        frames.hurry("text");
        await until(() => painted.length === 3);
        const hidden = painted.includes("away");
        seen = true;
        frames.mark("away");
        await until(() => painted.includes("away"));
        return [gap >= 195, hidden, painted.length];""")
    assert shown == [True, False, 4]
