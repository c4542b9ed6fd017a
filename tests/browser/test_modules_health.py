"""The pure scripts about what is missing, each asked for itself in an idle page."""

from __future__ import annotations

from watched import Run

JUDGE = """
    const { judge } = await import("judge");
    const { tagFigures, tally } = await import("kpi");
    const usual = { t: 1000, r: 1000, v: 5, q: 192, lo: 0, hi: 10, stale_ms: 3000 };
    const [on, off] = [{ status: "online" }, { status: "offline", since: 1500 }];
    const judged = (more, device, now = 2000) => {
        const tag = { ...usual, ...more };
        return { tag, ...judge(tag, device, now, false) };
    };"""


def test_only_a_current_value_is_within_its_range_or_outside(run: Run) -> None:
    shown = run(f"""{JUDGE}
        const figures = tagFigures([
            judged({{}}, on),
            judged({{ v: 11 }}, on),
            judged({{ v: 11 }}, off),                  // outside when its device died
            judged({{}}, on, 9000),                    // silent
            judged({{ t: null }}, on),
            judged({{ v: null, q: 24 }}, on),
            judged({{ lo: null, hi: null }}, on),
        ]);
        const {{ missing, outside }} = figures;
        return {{ ...figures, missing: missing.length, outside: outside.length }};""")
    assert shown == {
        "missing": 4,
        "stale": 2,
        "silent": 1,
        "ranged": 6,
        "unknown": 4,
        "outside": 1,
    }


def test_what_is_missing_is_counted_by_its_reason(run: Run) -> None:
    assert run("""
        const { tally } = await import("kpi");
        return [tally(["offline", "stale", "offline"]), tally([])];""") == [
        "2 offline · 1 stale",
        "",
    ]


def test_a_device_that_is_asked_in_vain_does_not_become_younger_with_every_attempt(
    run: Run,
) -> None:
    shown = run(f"""{JUDGE}
        return [[1600, 9000], [5000, 9000], [1200, 9000]].map(
            ([t, now]) => judged({{ t, r: t, v: null, q: 24 }}, off, now).age
        ).concat(judged({{ t: 1700, r: 1700 }}, off, 9000).age);""")
    assert shown == [7500, 7500, 7800, 7300]  # the last one: its value was still good at 1700


def test_a_gateway_that_never_connected_is_not_said_to_have_its_own_file(run: Run) -> None:
    shown = run("""
        const { configText, waitingText } = await import("health");
        const config = { running: null, newest: null, refused: null };
        return [
            configText({ told: null, config }),
            configText({ told: null, config: { ...config, newest: 3 } }),
            configText({ told: 5, config }),
            configText({ told: 5, config: { ...config, running: 0, newest: 3 } }),
            waitingText({ beat: null, waiting: 0, oldest: null }, {}, 0),
        ];""")
    assert shown == [
        "never connected",
        "version 3 waits",
        "its own file",
        "version 3 waits, runs none yet",
        "–",
    ]


def test_a_gateway_that_is_online_before_its_first_report_is_not_said_to_be_unknown(
    run: Run,
) -> None:
    shown = run("""
        const { configText } = await import("health");
        const { Reports } = await import("reports");
        const config = { running: null, newest: null, refused: null };
        const { toldText } = Reports.prototype;
        const told = (at, state) => toldText.call({ ageText: () => "2 s" }, at, state);
        return [
            configText({ told: null, config }, "good"),
            configText({ told: null, config }, "stale"),
            configText({ told: null, config: { ...config, newest: 3 } }, "good"),
            told(null, "good"), told(null, "stale"), told(5, "good"),
        ];""")
    assert shown == [
        "connected, first report on its way",
        "never connected",
        "version 3 waits",
        "connected, first report on its way",
        "never",
        "2 s ago",
    ]


def test_what_a_configuration_holds_is_said_with_its_cameras(run: Run) -> None:
    shown = run("""
        const { contentText } = await import("health");
        return [
            "", "1 connections, 2 devices, 30 tags", "0 connections, 0 devices, 0 tags, 4 cameras"
        ].map(contentText);""")
    assert shown == [
        "",
        "connections: 1, devices: 2, tags: 30",
        "connections: 0, devices: 0, tags: 0, cameras: 4",
    ]


def test_a_connection_waits_for_news_of_every_channel(run: Run) -> None:
    shown = run("""
        const { Live } = await import("live");
        const { ServerTime } = await import("clock");
        const sockets = [], links = [];
        class Socket {
            static OPEN = 1;
            readyState = 1;
            constructor() { sockets.push(this); }
            send() {}
        }
        globalThis.WebSocket = Socket;
        const live = new Live("ws://x", new ServerTime(() => 0, 0), {
            message() {}, build() {}, refused() {}, since: () => undefined,
            link: () => links.push(live.awaited.size),
        });
        live.start(["devices:1", "tel:site:1", "gone:1"]);
        const hear = (message) => sockets[0].onmessage({ data: JSON.stringify(message) });
        hear({ t: "welcome", s: 0, ping_ms: 5000, build: "1" });
        const awaited = [live.awaited.size];
        const look = () => awaited.push(live.awaited.size);
        hear({ t: "b", n: 1, m: [{ t: "resumed", ch: "devices:1" }] }); look();
        hear({ t: "err", code: "forbidden", ch: "gone:1" }); look();
        hear({ t: "b", n: 2, m: [{ t: "d", ch: "tel:site:1", d: [] }] }); look();
        hear({ t: "b", n: 3, m: [{ t: "snap", ch: "tel:site:1", d: [] }] }); look();
        return [awaited, links.at(-1)];""")
    assert shown == [[3, 2, 1, 1, 0], 0]
