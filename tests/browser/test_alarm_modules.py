"""The pure scripts about alarms, each asked for itself."""

from __future__ import annotations

from watched import Run

ROWS = """
    const a = await import("alarms");
    const usual = { state: "unacknowledged", holds: [], active: true, announced: true, priority: 2,
                    kind: "high", area: "A", uid: "P-1", raised: 100, returned: null, until: null };
    const row = (id, more) => ({ id, ...usual, ...more });
    const ids = (rows) => rows.map((each) => each.id);
"""


def test_rows_of_the_topic_take_the_place_of_those_before(run: Run) -> None:
    shown = run("""
        const { emptyStore, applyMessage, position } = await import("store");
        const store = emptyStore();
        const event = (o, d) => applyMessage(store, { t: "d", ch: "alarms:1", ep: "e", o, d });
        const snap = { t: "snap", ch: "alarms:1", ep: "", o: 0, d: [{ id: 1, rev: 1 }] };
        applyMessage(store, snap);
        const nowhere = position(store, "alarms:1");
        const first = event(1, { id: 2, rev: 1 });
        event(2, { id: 1, rev: 2 });
        event(3, { id: 2, gone: true });
        const lost = event(5, { id: 9, rev: 1 });
        return [nowhere ?? null, [...first.alarms], [...store.alarms.values()],
                position(store, "alarms:1"), lost.resync];""")
    assert shown == [None, [2], [{"id": 1, "rev": 2}], {"ep": "e", "o": 3}, "alarms:1"]


def test_what_waits_comes_first_then_the_urgent_then_the_active_then_the_newest(run: Run) -> None:
    shown = run(f"""{ROWS}
        const rows = [
            row(1, {{ priority: 1, announced: false, state: "acknowledged" }}),
            row(2, {{ priority: 3, raised: 50 }}), row(3, {{ priority: 3, raised: 60 }}),
            row(4, {{ priority: 4, state: "returned", active: false }}),
            row(5, {{ holds: ["shelved"] }}), row(6, {{ state: "normal", announced: false }}),
            row(7, {{ priority: 3, state: "returned", active: false, raised: 70 }}),
        ];
        return ids(a.chosenAlarms(rows, {{ tab: "active" }}));""")
    assert shown == [3, 2, 7, 4, 1]


def test_of_held_ones_the_next_to_end_comes_first(run: Run) -> None:
    shown = run(f"""{ROWS}
        const held = {{ holds: ["shelved"], announced: false }};
        const rows = [
            row(1, {{ ...held, until: 900 }}), row(2, held), row(3, {{ ...held, until: 5 }}),
            row(4, {{ ...held, holds: ["out_of_service"], state: "normal", raised: null }}), row(5),
        ];
        return ids(a.chosenAlarms(rows, {{ tab: "shelved" }}));""")
    assert shown == [3, 1, 2, 4]


def test_a_filter_leaves_out_what_does_not_fit(run: Run) -> None:
    shown = run(f"""{ROWS}
        const fits = (wanted, more) => a.fits(row(1, more), {{ tab: "active", ...wanted }});
        return [
            fits({{}}),
            fits({{ priority: "2", state: "unacked", area: "A", device: "P-1", kind: "high" }}),
            fits({{ priority: "1" }}), fits({{ state: "acked" }}), fits({{ area: "B" }}),
            fits({{ device: "P-2" }}), fits({{ kind: "low" }}), fits({{ tab: "shelved" }}),
            fits({{ state: "cleared" }}, {{ state: "latched_unacknowledged" }}),
            fits({{ state: "latched" }}, {{ state: "latched" }}),
        ];""")
    assert shown == [True, True, False, False, False, False, False, False, True, True]


def test_while_somebody_points_at_the_list_nothing_moves(run: Run) -> None:
    shown = run(f"""{ROWS}
        return [
            a.arranged([3, 1, 2], [1, 2], false), a.arranged([3, 1, 4], [1, 2], true),
            a.arranged([1, 2], [], true), a.arranged([1, 2, 3], [1], false, 2),
        ];""")
    assert shown == [
        {"ids": [3, 1, 2], "fresh": 0, "beyond": 0},
        {"ids": [1, 2], "fresh": 2, "beyond": 0},
        {"ids": [1, 2], "fresh": 0, "beyond": 0},
        {"ids": [1, 2], "fresh": 0, "beyond": 1},
    ]


def test_each_state_is_drawn_in_its_own_way(run: Run) -> None:
    shown = run(f"""{ROWS}
        const states = ["unacknowledged", "acknowledged", "returned", "latched_unacknowledged"];
        states.push("latched");
        return states.map((state) => a.lookOf(row(1, {{ state }})))
            .concat([a.lookOf(row(1, {{ holds: ["suppressed"] }}))]);""")
    assert shown == ["unacked", "acked", "cleared", "cleared", "latched", "held"]


def test_the_scripts_know_the_same_states_and_kinds_as_the_server(run: Run) -> None:
    from alarms.models import Kind
    from alarms.services import Action
    from alarms.states import Hold, State, Trigger
    from project.alarm_pages import ACTIONS, LOOKS

    looks, *words = run(f"""{ROWS}
        const {{ alarmwords: w }} = await import("alarmwords");
        const states = {[str(state) for state in State]};
        return [
            [...new Set(states.slice(1).map((state) => a.lookOf(row(1, {{ state }}))))],
            states.map((state) => w.state(row(1, {{ state }}))),
            {[str(hold) for hold in Hold]}.map((hold) => w.state(row(1, {{ holds: [hold] }}))),
            {[str(kind) for kind in Kind]}.map((kind) => w.condition(row(1, {{ kind }}))),
            {[str(trigger) for trigger in Trigger]}.map(w.happening),
            Object.keys(a.POSSIBLE).map(w.title),
        ];""")
    assert set(looks) == LOOKS.keys()
    codes = [State, Hold, Kind, Trigger, Action]
    for texts, known in zip(words, codes, strict=True):
        assert len(texts) == len(list(known))
        assert not [text for text in texts if not text or "_" in text]
    assert set(ACTIONS) == {*Trigger, "comment"}


def test_how_long_it_lasted_and_what_can_be_done(run: Run) -> None:
    shown = run(f"""{ROWS}
        const actions = Object.entries(a.POSSIBLE);
        const can = (more) => actions.filter(([, can]) => can(row(1, more))).map(([name]) => name);
        return [
            a.lastedFor(row(1), 350), a.lastedFor(row(1, {{ returned: 160 }}), 350),
            a.lastedFor(row(1, {{ raised: null }}), 350), a.lastedFor(row(1), 50),
            can({{}}), can({{ state: "latched", announced: false }}),
            can({{ holds: ["shelved", "out_of_service"], announced: false }}),
            ids(a.together([row(1, {{ priority: 1 }})])),
            ids(a.together([row(1, {{ priority: 1 }}), row(2), row(3)])),
            a.counted([row(1), row(2, {{ state: "returned" }}), row(3, {{ state: "latched" }}),
                       row(4, {{ holds: ["shelved"] }})]),
        ];""")
    assert shown == [
        *(250, 60, None, 0),
        ["acknowledge", "comment", "shelve", "remove"],
        ["comment", "shelve", "reset", "remove"],
        ["comment", "shelve", "unshelve", "restore"],
        [1],
        [2, 3],
        {"unacked": 1, "cleared": 1, "acked": 1, "held": 1},
    ]


def test_a_value_is_written_in_what_its_rule_measures(run: Run) -> None:
    shown = run("""
        const { alarmwords: w } = await import("alarmwords");
        const say = (value, kind) => w.value(value, { kind, unit: "°C", decimals: 1 });
        return [say(96.44, "high"), say(5, "rate"), say(61.2, "spool"), say(0.88, "detection"),
                say(null, "high")].map((text) => text.replaceAll("\u202f", " "));""")
    assert shown == ["96.4 °C", "5.0 °C/min", "61 %", "88 %", ""]


def test_a_time_of_the_plants_clock_is_found_also_across_a_change_of_it(run: Run) -> None:
    shown = run("""
        const { zoneFormat, fromZone } = await import("format");
        const at = (text, zone) => fromZone(text, zoneFormat(zone));
        const iso = (text, zone) => new Date(at(text, zone)).toISOString();
        return [
            iso("2026-11-28T14:30", "Asia/Shanghai"), iso("2026-07-01T00:00", "Europe/Berlin"),
            iso("2026-03-29T03:30", "Europe/Berlin"), iso("2026-03-29T01:30", "Europe/Berlin"),
            iso("2026-01-15T09:00", "America/New_York"), Number.isNaN(at("soon", "UTC")),
        ];""")
    assert shown == [
        "2026-11-28T06:30:00.000Z",
        "2026-06-30T22:00:00.000Z",
        "2026-03-29T01:30:00.000Z",
        "2026-03-29T00:30:00.000Z",
        "2026-01-15T14:00:00.000Z",
        True,
    ]
