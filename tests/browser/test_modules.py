"""The pure scripts about time and truth, each asked for itself in an otherwise idle page."""

from __future__ import annotations

from watched import Run

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
        greeted(link, 2000); look(4999); look(5001); look(9999); look(10_001);
        lost(link, 1006, 9000); look(9001);    // nothing was heard since 2000
        look(32_001);
        greeted(link, 40_000); lost(link, 1012, 41_000); look(45_999); look(46_001);
        greeted(link, 50_000); lost(link, 4401, 50_001); look(50_002);
        return out;""")
    assert shown == [
        "connecting false",
        "live false",
        "late false",
        "late false",
        "late true",  # a server that hangs holds the connection open
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
