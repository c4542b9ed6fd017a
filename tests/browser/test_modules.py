"""The pure scripts, each asked for itself in an otherwise idle page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from conftest import Watch
from plant import Plant, registry
from playwright.sync_api import Browser, Page
from served import WebServer

Run = Callable[[str], Any]


@pytest.fixture(scope="module")
def idle(browser: Browser, web: WebServer) -> Iterator[Page]:
    """Open a page of a site without anything, once for all tests of this file."""
    plant = registry(Plant)
    context = browser.new_context(base_url=web.url)
    context.add_cookies([{"name": "sessionid", "value": plant.session_cookie(), "url": web.url}])
    page = context.new_page()
    page.goto("/")
    yield page
    context.close()


@pytest.fixture
def run(idle: Page, watch: Watch) -> Run:
    """Run a function body that may import modules by name, and return what it returns."""
    watch.follow(idle)
    return lambda body: idle.evaluate(f"async () => {{ {body} }}")


# ---------------------------------------------------------------- clock


def test_the_clock_goes_on_while_the_computer_sleeps_and_never_goes_back(run: Run) -> None:
    shown = run("""
        const { makeClock } = await import("clock");
        let mono = 0, wall = 1e12;
        const clock = makeClock(() => mono, () => wall);
        const out = [clock()];
        const step = (m, w) => { mono += m; wall += w; out.push(clock()); };
        step(100, 100);        // nothing special
        step(10, 3_600_010);   // asleep for an hour: only the wall clock has seen it
        step(10, -7_200_000);  // somebody set the clock back
        step(10, 11);          // rounding is no jump
        return out;""")
    assert shown == [0, 100, 3_600_110, 3_600_120, 3_600_130]


def test_the_servers_time_is_taken_from_the_quickest_answer(run: Run) -> None:
    shown = run("""
        const { ServerTime } = await import("clock");
        let now = 1000;
        const time = new ServerTime(() => now, 50_000);
        const out = [time.now(), time.known];
        now = 1200; time.learn(1000, 60_000); out.push(time.now());  // 200 ms: +-100
        now = 1250; time.learn(1230, 60_160); out.push(time.now());  // 20 ms: better
        now = 1900; time.learn(1300, 60_600); out.push(time.now());  // 600 ms: says less
        now = 2000; time.learn(1980, 99_000); out.push(time.now());  // cannot both be true: newer
        return out;""")
    assert shown == [50_000, False, 60_100, 60_170, 60_820, 99_010]


# ---------------------------------------------------------------- link


def test_the_link_is_live_late_reconnecting_or_offline_by_what_was_heard(run: Run) -> None:
    shown = run("""
        const { newLink, greeted, lost, phaseOf, isFrozen } = await import("link");
        const link = newLink(0), out = [];
        const look = (now) => out.push(`${phaseOf(link, now)} ${isFrozen(link, now)}`);
        look(1000);
        greeted(link, 2000); look(4999); look(5001);
        lost(link, 1006, 9000); look(9001);    // nothing was heard since 2000
        look(32_001);
        greeted(link, 40_000); lost(link, 1012, 41_000); look(45_999); look(46_001);
        greeted(link, 50_000); lost(link, 4401, 50_001); look(50_002);
        return out;""")
    assert shown == [
        "connecting false",
        "live false",
        "late false",
        "reconnecting true",
        "offline true",
        "reconnecting false",
        "reconnecting true",
        "expired true",
    ]


def test_retries_spread_out_and_slow_down_but_follow_a_restart_quickly(run: Run) -> None:
    shown = run("""
        const { retryDelay } = await import("link");
        const most = (attempt, code) => retryDelay(attempt, code, 1);
        return [0, 1, 2, 5, 50].map((n) => most(n, 1006))
            .concat([most(0, 1012), most(1, 1012), retryDelay(9, 1006, 0)]);""")
    assert shown == [500, 1000, 2000, 15_000, 15_000, 3000, 1000, 0]


# ---------------------------------------------------------------- store

STORE = """
    const { emptyStore, applyMessage, position } = await import("store");
    const store = emptyStore();
    const apply = (message) => {
        const c = applyMessage(store, message);
        return { devices: [...c.devices], tags: [...c.tags], n: c.readings.length,
                 resync: c.resync, snapshot: c.snapshot };
    };
    const snap = (ep, o, d) => apply({ t: "snap", ch: "devices:1", ep, o, d });
    const event = (ep, o, d) => apply({ t: "d", ch: "devices:1", ep, o, d });
    const device = (id, status) => ({ id, uid: `D${id}`, status });
    const tag = (k, t, v) => ({ k, dev: 1, t, v, q: 192, r: t, raw: null });
"""


def test_events_on_a_snapshot_make_the_later_snapshot(run: Run) -> None:
    shown = run(f"""{STORE}
        snap("e", 7, [device(1, "online"), device(2, "new")]);
        event("e", 8, device(2, "online"));
        event("e", 9, {{ id: 1, gone: true }});
        event("e", 10, device(3, "offline"));
        const fresh = emptyStore();
        applyMessage(fresh, {{ t: "snap", ch: "devices:1", ep: "e", o: 10,
                               d: [device(2, "online"), device(3, "offline")] }});
        const show = (s) => JSON.stringify([[...s.devices], [...s.topics]]);
        return [show(store), show(fresh)];""")
    assert shown[0] == shown[1]


def test_a_repeated_event_is_ignored_and_a_missing_or_foreign_one_is_noticed(run: Run) -> None:
    shown = run(f"""{STORE}
        snap("e", 7, [device(1, "online")]);
        const out = [];
        out.push(event("e", 7, device(1, "offline")).devices);
        out.push(event("e", 9, device(1, "offline")).resync);
        out.push(event("f", 8, device(1, "offline")).resync);
        out.push(store.devices.get(1).status, position(store, "devices:1").o);
        return out;""")
    assert shown == [[], "devices:1", "devices:1", "online", 7]


def test_of_each_tag_the_newest_reading_wins(run: Run) -> None:
    shown = run(f"""{STORE}
        apply({{ t: "snap", ch: "tel:site:1", d: [tag(1, 1000, 5), tag(2, null, null)] }});
        const c = apply({{ t: "d", ch: "tel:site:1", d: [
            [1, 900, 4, 192, 950], [1, 1000, 4.5, 192, 1001], [1, 2000, 6, 192, 2001],
            [2, 500, 1, 64, 501], [9, 500, 1, 192, 501]] }});
        return [c, store.tags.get(1).v, store.tags.get(2).q];""")
    change, first, second = shown
    assert change == {
        "devices": [],
        "tags": [1, 2],
        "n": 2,
        "resync": "tel:site:1",
        "snapshot": "",
    }
    assert (first, second) == (6, 64)


# ---------------------------------------------------------------- judge


def test_a_value_is_current_only_if_link_device_time_and_quality_agree(run: Run) -> None:
    shown = run("""
        const { judge } = await import("judge");
        const usual = { t: 1000, r: 1200, v: 5, q: 192, lo: 0, hi: 10, stale_ms: 3000 };
        const tag = (more) => ({ ...usual, ...more });
        const say = (j) => `${j.state} ${j.why} ${j.age} ${j.side}`.trim();
        const on = { status: "online" };
        return [
            judge(tag({}), on, 4000, false),
            judge(tag({}), on, 4001, false),
            judge(tag({}), on, 2000, true),
            judge(tag({}), { status: "offline" }, 2000, false),
            judge(tag({}), { status: "disabled" }, 2000, false),
            judge(tag({ v: null, q: 24 }), on, 2000, false),
            judge(tag({ v: null, q: 25 }), on, 2000, false),
            judge(tag({ q: 84, v: 11 }), on, 2000, false),
            judge(tag({ v: -1 }), on, 2000, false),
            judge(tag({ t: 9000 }), on, 4000, false),
            judge(tag({ t: null }), on, 4000, false),
        ].map(say);""")
    assert shown == [
        "good GOOD 3000",
        "stale SILENT 3001",
        "stale LINK 1000",
        "stale DEVICE_OFFLINE 1000",
        "stale DEVICE_DISABLED 1000",
        "bad COMM_FAILURE 1000",
        "bad COMM_FAILURE 1000",
        "uncertain LIMIT_EXCEEDED 1000 high",
        "good GOOD 1000 low",
        "good GOOD 2800",
        "none  null",
    ]


def test_every_quality_of_the_gateways_has_its_name(run: Run) -> None:
    from edge.wire import Quality

    names = run(f"""
        const {{ qualityName }} = await import("judge");
        return {[int(quality) for quality in Quality]}.map(qualityName);""")
    assert names == [quality.name for quality in Quality]


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
