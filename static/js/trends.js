// @ts-check
// The trends of a page: history first, then what arrives. Gaps stay gaps.

import { fontsReady, TrendChart } from "chart";
import { all, one, setAttribute, setText } from "dom";
import { formatMeaning, formatValue } from "format";
import { judge } from "judge";
import { Ring } from "ring";
import { scaleFor, spanFor } from "scale";
import { noteOf } from "values";
import { words } from "words";

const CAPACITY = 16_384; // an hour at the four readings a second that a page receives at most
const POINTS = 720;
const MOST_TAGS = 32; // in one request
const [FASTEST_MS, SLOWEST_MS] = [1000, 5000];
const PATIENCE_MS = 1000;
const RESUME_MS = 10_000; // after a device is back its gateway needs a moment to deliver what it kept

/**
 * What was last drawn, by tag: for the table, and for anybody who wants to check a picture by numbers.
 *
 * @type {Map<number, { points: Float64Array, from: number, to: number }>}
 */
export const drawn = new Map();

/**
 * @typedef {object} Trend
 * @property {number} k
 * @property {HTMLElement} element
 * @property {HTMLElement} plot
 * @property {TrendChart | null} chart
 * @property {boolean} onScreen
 * @property {number | null} pointedAt time under the pointer
 */

export class Trends {
  /**
   * @param {import("page").Page} page
   * @param {HTMLElement} panel
   */
  constructor(page, panel) {
    this.page = page;
    this.panel = panel;
    this.windowMs = 3_600_000;
    /** @type {Map<number, Ring>} */
    this.rings = new Map();
    /** @type {Map<number, Trend>} */
    this.trends = new Map();
    this.request = 0;
    this.failed = false;
    this.settled = false; // somebody has chosen the time shown, or the history has
    this.resumption = 0;
    /** @type {(() => void)[]} */
    this.loadedListeners = [];
    this.watcher = new IntersectionObserver((seen) => this.#look(seen));
    this.sizer = new ResizeObserver((sized) => this.#fit(sized));
  }

  /** Ready when the charts may be drawn. */
  async start() {
    for (const element of all(this.panel, "[data-trend]")) this.#add(/** @type {HTMLElement} */ (element));
    this.#bindControls();
    this.page.frames.add("history", () => this.#paintFailure(), 0);
    this.page.onChange((change) => this.#take(change));
    setInterval(() => this.redraw(), SLOWEST_MS);
    await fontsReady();
    this.redraw();
    setTimeout(() => this.request || this.load(), PATIENCE_MS); // history needs no socket
  }

  /** @param {HTMLElement} element */
  #add(element) {
    const k = Number(element.dataset.trend);
    /** @type {Trend} */
    const trend = { k, element, plot: one(element, ".plot"), chart: null, onScreen: false, pointedAt: null };
    this.trends.set(k, trend);
    this.keep(k);
    this.page.frames.add(`chart:${k}`, () => this.#draw(trend), FASTEST_MS, () => trend.onScreen);
    this.page.frames.add(`cursor:${k}`, () => this.#paintCursor(trend), 0);
    this.watcher.observe(trend.plot);
    this.sizer.observe(trend.plot);
  }

  #bindControls() {
    for (const button of all(this.panel, "[data-window]")) {
      button.addEventListener("click", () => {
        this.#show(Number(button.getAttribute("data-window")));
        this.load();
      });
    }
    one(this.panel, "[data-retry]").addEventListener("click", () => this.load());
  }

  /** @param {number} windowMs */
  #show(windowMs) {
    this.settled = true;
    this.windowMs = windowMs;
    for (const button of all(this.panel, "[data-window]")) {
      setAttribute(button, "aria-pressed", String(Number(button.getAttribute("data-window")) === windowMs));
    }
  }

  #paintFailure() {
    one(this.panel, "[data-failed]").hidden = !this.failed;
  }

  /** Every tag whose history is kept: those with a chart, and those with a spark. */
  get tags() {
    return [...this.rings.keys()];
  }

  /**
   * Keep the readings of a tag.
   *
   * @param {number} k
   */
  keep(k) {
    if (!this.rings.has(k)) this.rings.set(k, new Ring(CAPACITY));
  }

  /** Fetch the history of the time shown, and put what arrived meanwhile behind it. */
  async load() {
    const request = ++this.request;
    this.#hurry();
    const to = Math.round(this.page.time.now());
    let [failed, earliest] = [false, to];
    for (let i = 0; i < this.tags.length; i += MOST_TAGS) {
      const answer = await this.#fetch(this.tags.slice(i, i + MOST_TAGS), to);
      if (request !== this.request) return; // a later request is on its way
      failed ||= answer === null;
      for (const series of answer?.series ?? []) this.#fill(series, to);
      earliest = Math.min(earliest, ...(answer?.series ?? []).map((series) => series.t[0] ?? to));
    }
    if (!failed && !this.settled) this.#show(spanFor(to - earliest, this.windowMs));
    this.failed = failed;
    this.page.frames.mark("history");
    this.#hurry();
    for (const listener of this.loadedListeners) listener();
  }

  /** @param {() => void} listener */
  onLoaded(listener) {
    this.loadedListeners.push(listener);
  }

  /** @type {(tags: number[], to: number) => Promise<{ series: any[] } | null>} */
  async #fetch(tags, to) {
    const query = new URLSearchParams(tags.map((k) => ["tag", String(k)]));
    query.set("from_ms", String(to - this.windowMs));
    query.set("to_ms", String(to));
    query.set("points", String(POINTS));
    try {
      const response = await fetch(`${this.page.config.trends_url}?${query}`);
      return response.ok ? await response.json() : null;
    } catch {
      return null; // no network: the panel says so and offers to try again
    }
  }

  /**
   * @param {{ k: number, t: number[], v: (number | null)[], lo?: number[], hi?: number[], step_ms: number }} series
   * @param {number} to end of the history
   */
  #fill(series, to) {
    const live = this.rings.get(series.k);
    const ring = new Ring(CAPACITY);
    series.t.forEach((t, i) => {
      const [lo, hi] = [series.lo?.[i] ?? series.v[i], series.hi?.[i] ?? series.v[i]];
      ring.push(t, lo ?? NaN);
      if (hi !== lo && hi !== null) ring.push(Math.min(t + series.step_ms / 2, to), hi);
    });
    for (let i = 0; live && i < live.size; i += 1) {
      this.#append(ring, series.k, live.timeAt(i), live.valueAt(i));
    }
    this.rings.set(series.k, ring);
  }

  /** @type {(ring: Ring, k: number, t: number, v: number) => void} */
  #append(ring, k, t, v) {
    const limit = this.page.store.tags.get(k)?.stale_ms ?? Infinity;
    if (t - ring.lastTime > limit && ring.size) ring.push(ring.lastTime + 1, NaN);
    ring.push(t, v);
  }

  /** @param {import("store").Change} change */
  #take(change) {
    for (const [k, t, v] of change.readings) this.#push(k, t, v);
    if (change.snapshot.startsWith("tel:")) {
      for (const tag of this.page.store.tags.values()) {
        if (tag.t !== null) this.#push(tag.k, tag.t, tag.v);
      }
      this.load(); // from now on nothing is missed, so this is the time up to which history is needed
    }
    for (const id of change.devices) this.#notice(id);
  }

  /** @type {(k: number, t: number, v: number | null) => void} */
  #push(k, t, v) {
    const ring = this.rings.get(k);
    if (!ring) return;
    this.#append(ring, k, t, v ?? NaN);
    this.page.frames.mark(`chart:${k}`);
  }

  /** @param {number} id a device that may have come back with readings that it kept */
  #notice(id) {
    const status = this.page.store.devices.get(id)?.status;
    const was = this.page.statuses.get(id);
    if (was !== "offline" || status !== "online") return;
    clearTimeout(this.resumption); // devices of one gateway come back together
    this.resumption = setTimeout(() => this.load(), RESUME_MS);
  }

  /** Somebody waits for the charts to change. */
  #hurry() {
    for (const k of this.trends.keys()) this.page.frames.hurry(`chart:${k}`);
  }

  redraw() {
    for (const k of this.trends.keys()) this.page.frames.mark(`chart:${k}`);
  }

  /** @param {Trend} trend */
  #draw(trend) {
    const tag = this.page.store.tags.get(trend.k);
    const ring = this.rings.get(trend.k);
    if (!tag || !ring || trend.plot.clientWidth === 0) return;
    trend.chart ??= new TrendChart(trend.plot, { lo: tag.lo, hi: tag.hi }, this.page.zone, (t) => {
      trend.pointedAt = t;
      this.page.frames.mark(`cursor:${trend.k}`);
    });
    const to = this.page.time.now();
    const from = to - this.windowMs;
    const points = ring.reduce(from, to, trend.chart.columns);
    const { min, max } = ring.extent(from, to);
    trend.chart.draw(points, from, to, scaleFor(tag.lo, tag.hi, min, max, 10 ** -tag.dec));
    drawn.set(trend.k, { points, from, to });
    const period = Math.max(FASTEST_MS, Math.min(SLOWEST_MS, this.windowMs / trend.chart.columns));
    this.page.frames.setPeriod(`chart:${trend.k}`, period);
    const range = [min, max].map((v) => valueText(v, tag));
    this.#describe(trend, tag, Number.isNaN(min) ? "" : words.chartRange(range[0], range[1]));
  }

  /**
   * What was measured at the time under the pointer, beside every chart.
   *
   * @param {Trend} trend
   */
  #paintCursor({ k, element, pointedAt }) {
    const tag = this.page.store.tags.get(k);
    const at = pointedAt === null ? undefined : this.rings.get(k)?.nearest(pointedAt);
    const text = tag && at ? [this.page.zone.clock(at.t), valueText(at.v, tag)].join("  ") : "";
    setText(one(element, "[data-part=cursor]"), text);
  }

  /** @type {(trend: Trend, tag: import("store").Tag, range: string) => void} */
  #describe(trend, tag, range) {
    const judgement = judge(
      tag,
      this.page.store.devices.get(tag.dev),
      this.page.time.now(),
      this.page.frozen,
    );
    const note = judgement.state === "good" ? "" : noteOf(judgement);
    const value = `${formatValue(tag)} ${tag.unit}`.trim();
    setAttribute(trend.plot, "aria-label", words.chart(words.own(tag.label) || tag.name, value, note, range));
  }

  /** @param {IntersectionObserverEntry[]} seen */
  #look(seen) {
    for (const entry of seen) {
      const trend = this.#of(entry.target);
      if (!trend) continue;
      trend.onScreen = entry.isIntersecting;
      if (trend.onScreen) this.page.frames.hurry(`chart:${trend.k}`);
    }
  }

  /** @param {ResizeObserverEntry[]} sized */
  #fit(sized) {
    for (const entry of sized) {
      const trend = this.#of(entry.target);
      if (!trend?.chart) continue;
      trend.chart.resize();
      this.page.frames.hurry(`chart:${trend.k}`);
    }
  }

  /** @param {Element} plot */
  #of(plot) {
    return [...this.trends.values()].find((trend) => trend.plot === plot);
  }
}

/** @type {(v: number, tag: import("store").Tag) => string} */
function valueText(v, tag) {
  return Number.isNaN(v) ? words.noValue : `${formatMeaning(v, tag)} ${tag.unit}`.trim();
}
