// @ts-check
// The trends of a page: history first, then what arrives. Gaps stay gaps.

import { fontsReady, TrendChart } from "chart";
import { all, one, setAttribute, setText } from "dom";
import { formatMeaning, formatValue } from "format";
import { History } from "history";
import { judge } from "judge";
import { scaleFor, spanFor } from "scale";
import { callOf, limitOf, marksOf, paintCall } from "trendcalls";
import { noteOf } from "values";
import { words } from "words";

const POINTS = 720;
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
    this.history = new History(page, POINTS);
    /** @type {Map<number, Trend>} */
    this.trends = new Map();
    this.failed = false;
    /** @type {(k: number, from: number, to: number) => import("chart").Mark[]} moments that a chart marks */
    this.momentsOf = () => [];
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
    setTimeout(() => this.history.requests || this.load(), PATIENCE_MS); // history needs no socket
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
    return this.history.tags;
  }

  get rings() {
    return this.history.rings;
  }

  /**
   * Keep the readings of a tag.
   *
   * @param {number} k
   */
  keep(k) {
    this.history.keep(k);
  }

  /** Fetch the history of the time shown. */
  async load() {
    this.#hurry();
    const found = await this.history.load(this.windowMs);
    if (!found) return;
    if (!found.failed && !this.settled) this.#show(spanFor(found.to - found.earliest, this.windowMs));
    this.failed = found.failed;
    this.page.frames.mark("history");
    this.#hurry();
    for (const listener of this.loadedListeners) listener();
  }

  /** @param {() => void} listener */
  onLoaded(listener) {
    this.loadedListeners.push(listener);
  }

  /** @param {import("store").Change} change */
  #take(change) {
    for (const k of this.history.take(change)) this.page.frames.mark(`chart:${k}`);
    // from a snapshot on nothing is missed, so this is the time up to which history is needed
    if (change.snapshot.startsWith("tel:")) this.load();
    if (change.alarms.size) this.#hurry();
    for (const id of change.devices) this.#notice(id);
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
    const call = callOf(this.page, trend.k);
    const ends = limitOf(call); // that of an alarm is shown, wherever it lies
    const scale = scaleFor(tag.lo, tag.hi, least(min, ends), -least(-max, -ends), 10 ** -tag.dec);
    const limits = marksOf(this.page, tag, scale, trend.chart.height);
    const marks = [...limits, ...this.momentsOf(trend.k, from, to)];
    trend.chart.draw(points, from, to, scale, marks, call?.priority);
    paintCall(trend.element, call);
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

/** @type {(a: number, b: number) => number} of those that are known */
const least = (a, b) => (Number.isNaN(a) ? b : Number.isNaN(b) ? a : Math.min(a, b));

/** @type {(v: number, tag: import("store").Tag) => string} */
function valueText(v, tag) {
  return Number.isNaN(v) ? words.noValue : `${formatMeaning(v, tag)} ${tag.unit}`.trim();
}
