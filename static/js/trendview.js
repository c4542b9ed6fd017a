// @ts-check
// What the trends page shows, from its state: a chart for each unit, kept current while the time shown is.

import { one, setText } from "dom";
import { Legend, paintPicked } from "legend";
import { titleOf } from "lines";
import { Pane } from "pane";
import { groupsOf } from "panes";
import { Readings } from "readings";
import { isFaulty, readLink } from "trendlink";
import { trendwords } from "trendwords";
import { words } from "words";
import { RANGES, showing, windowOf, writeState } from "windows";

const TICK_MS = 1000;
const [FASTEST_MS, SLOWEST_MS] = [1000, 5000];
const RELOAD_MS = 60_000; // means that were counted here give way to those of the server
const SETTLE_MS = 250;
const RESUME_MS = 10_000; // after a device is back its gateway needs a moment to deliver what it kept
const MARKS_MS = 1000;

/** @typedef {import("windows").State} State */
/** @typedef {import("store").Tag} Tag */

export class TrendView {
  /**
   * @param {import("page").Page} page
   * @param {() => void} painted called when the state has changed
   */
  constructor(page, painted) {
    this.page = page;
    this.painted = painted;
    this.base = page.config.channels;
    this.place = one(document, "[data-panes]");
    this.readings = new Readings(page);
    /** @type {Map<string, Pane>} */
    this.panes = new Map();
    this.state = this.#read();
    this.marksFailed = false;
    this.loadedAt = 0;
    /** @type {Map<string, number>} */
    this.timers = new Map();
    this.legend = new Legend(page, { tags: () => this.tags, window: () => this.window(), readings: this.readings });
    this.watcher = new IntersectionObserver((seen) => this.#look(seen));
    this.sizer = new ResizeObserver((sized) => this.#fit(sized));
    page.onChange((change) => this.#take(change));
    page.onFreeze(() => page.frames.mark("legend"));
    window.addEventListener("popstate", () => this.#become(this.#read()));
    one(document, "[data-retry-marks]").addEventListener("click", () => void this.#loadMarks());
    setInterval(() => this.#tick(), TICK_MS);
  }

  /** The state that the address says. What in it cannot be shown is told, and the address put right. */
  #read() {
    const { page } = this;
    const { state, faults } = readLink(location.search, page.time.now(), (k) => page.store.tags.has(k));
    const faulty = isFaulty(faults);
    const place = one(document, "[data-strange]");
    place.hidden = !faulty;
    setText(place, faulty ? trendwords.faults(faults, RANGES[state.range]) : "");
    if (faulty) history.replaceState(null, "", writeState(state, page.config.site ?? ""));
    return state;
  }

  /** @returns {Tag[]} */
  get tags() {
    return this.state.tags.flatMap((k) => this.page.store.tags.get(k) ?? []);
  }

  window() {
    return windowOf(this.state, this.page.time.now());
  }

  /** Show what the state says, for the first time. */
  start() {
    this.#show();
    this.load();
  }

  /** @param {State} next somebody has chosen it: the address says so from now on */
  change(next) {
    const [shown, wanted] = [this.state, next].map((state) => writeState(state, this.page.config.site ?? ""));
    if (wanted === shown) return; // as when zooming out from the longest time
    history.pushState(null, "", wanted);
    one(document, "[data-strange]").hidden = true;
    this.#become(next);
  }

  /** @param {State} next */
  #become(next) {
    const before = this.state;
    this.state = next;
    const moves = before.range !== next.range || before.from !== next.from || before.to !== next.to;
    if (moves || (next.paused !== null && next.paused !== before.paused && before.paused !== null)) this.readings.forget();
    this.#show();
    const paused = !moves && next.paused !== null && before.paused === null;
    const sameTags = before.tags.join() === next.tags.join();
    if (!(paused && sameTags) && !(sameTags && before.alarms !== next.alarms)) this.load();
  }

  #show() {
    const groups = groupsOf(this.tags);
    const wanted = new Set(groups.map(({ key }) => key));
    for (const [key, pane] of this.panes) {
      if (wanted.has(key)) continue;
      this.watcher.unobserve(pane.plot);
      this.sizer.unobserve(pane.plot);
      pane.dispose();
      this.panes.delete(key);
    }
    groups.forEach((group, i) => {
      const pane = this.panes.get(group.key) ?? this.#add(group);
      pane.group = group;
      if (this.place.children[i] !== pane.element) this.place.insertBefore(pane.element, this.place.children[i] ?? null);
    });
    this.place.dataset.count = String(groups.length);
    const none = groups.length === 0;
    for (const name of ["[data-panes]", "[data-legend]", "[data-keys-hint]"]) one(document, name).hidden = none;
    one(document, "[data-none]").hidden = !none;
    this.page.live.follow([...this.base, ...new Set(this.tags.map(({ dev }) => `tel:device:${dev}`))]);
    paintPicked(this.page, this.tags, (tag) => this.toggle(tag.k));
    this.painted();
    this.#publish();
    this.#hurry();
  }

  /** @param {import("panes").Group} group */
  #add(group) {
    const view = this;
    const pane = new Pane(this.page, {
      readings: this.readings,
      get state() {
        return view.state;
      },
      window: () => this.window(),
      zoom: (from, to) => this.change(showing(this.state, from, to, this.page.time.now())),
      point: (at) => this.#point(at),
      retry: (one) => void this.#loadPane(one),
    }, group);
    this.panes.set(group.key, pane);
    this.watcher.observe(pane.plot);
    this.sizer.observe(pane.plot);
    return pane;
  }

  /** @param {number} k */
  toggle(k) {
    const { tags } = this.state;
    const next = tags.includes(k) ? tags.filter((each) => each !== k) : [...tags, k];
    const tag = this.page.store.tags.get(k);
    this.change({ ...this.state, tags: next });
    const told = next.includes(k) ? trendwords.added : trendwords.removed;
    if (tag) setText(one(document, "[data-said]"), told(titleOf(tag, words)));
  }

  /** Ask for everything that is shown. */
  load() {
    this.loadedAt = this.page.clock();
    for (const pane of this.panes.values()) void this.#loadPane(pane);
    void this.#loadMarks();
  }

  /** @param {Pane} pane */
  async #loadPane(pane) {
    const { key, tags } = pane.group;
    pane.say(true, false);
    const how = { points: pane.columns, compare: this.state.compare };
    const result = await this.readings.load(key, tags, this.window(), how);
    if (result === "late") return;
    pane.say(false, result === "failed");
    this.page.frames.hurry(pane.key);
    this.page.frames.hurry("legend");
  }

  async #loadMarks() {
    const [pane] = this.panes.values();
    if (!pane) return;
    const result = await this.readings.loadMarks(this.tags, this.window(), pane.columns);
    if (result === "late") return;
    one(document, "[data-marks-failed]").hidden = result !== "failed";
    this.#hurry();
  }

  /** @param {import("store").Change} change */
  #take(change) {
    const { live } = this.window();
    const moved = this.readings.take(change.readings, live);
    for (const pane of this.panes.values()) {
      if (pane.group.tags.some(({ k }) => moved.has(k))) this.page.frames.mark(pane.key);
    }
    if (change.tags.size || change.devices.size) this.page.frames.mark("legend");
    if (!this.panes.size || !live) return;
    // from the snapshot on nothing is missed, so this is the time up to which history is needed
    if (change.snapshot.startsWith("tel:")) this.#later("history", SETTLE_MS, () => this.load());
    if (change.alarms.size) this.#later("marks", MARKS_MS, () => void this.#loadMarks());
    for (const id of change.devices) {
      const back = this.page.statuses.get(id) === "offline" && this.page.store.devices.get(id)?.status === "online";
      if (back) this.#later("resumption", RESUME_MS, () => this.load());
    }
  }

  /** @type {(name: string, ms: number, act: () => void) => void} what comes together is done once */
  #later(name, ms, act) {
    clearTimeout(this.timers.get(name));
    this.timers.set(name, setTimeout(act, ms));
  }

  #tick() {
    const shown = this.window();
    if (!this.panes.size || !shown.live || document.hidden) return;
    this.readings.trim(shown.from);
    for (const pane of this.panes.values()) {
      const period = Math.max(FASTEST_MS, Math.min(SLOWEST_MS, (shown.to - shown.from) / pane.columns));
      this.page.frames.setPeriod(pane.key, period);
      this.page.frames.mark(pane.key);
    }
    this.page.frames.mark("legend");
    this.#publish();
    const steps = [...this.readings.series.values()].map(({ step }) => step);
    if (this.page.clock() - this.loadedAt > Math.max(RELOAD_MS, ...steps)) this.load();
  }

  /** Tell other parts of the page what is shown. */
  #publish() {
    const { from, to } = this.window();
    const place = one(document, "#trends-state").dataset;
    place.tags = this.state.tags.join(",");
    place.from = String(from);
    place.to = String(to);
    place.chosen = writeState({ ...this.state, compare: false, alarms: true }, ""); // a live time moves, this does not
  }

  #hurry() {
    for (const pane of this.panes.values()) this.page.frames.hurry(pane.key);
    this.page.frames.hurry("legend");
  }

  /** @param {number | null} at */
  #point(at) {
    for (const pane of this.panes.values()) pane.pointAt(at);
    this.legend.pointAt(at);
  }

  /** @param {IntersectionObserverEntry[]} seen */
  #look(seen) {
    for (const entry of seen) {
      const pane = this.#of(entry.target);
      if (!pane) continue;
      pane.onScreen = entry.isIntersecting;
      if (pane.onScreen) this.page.frames.hurry(pane.key);
    }
  }

  /** @param {ResizeObserverEntry[]} sized */
  #fit(sized) {
    for (const entry of sized) {
      const pane = this.#of(entry.target);
      pane?.chart?.resize();
      if (pane) this.page.frames.hurry(pane.key);
    }
  }

  /** @param {Element} plot */
  #of(plot) {
    return [...this.panes.values()].find((pane) => pane.plot === plot);
  }
}
