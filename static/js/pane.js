// @ts-check
// One chart of the trends page with all that stands around it: tags of one unit over the time shown.

import { bindBrush } from "brush";
import { clone, one, partsOf, setAttribute, setText } from "dom";
import { formatMeaning } from "format";
import { paintAlarms, paintPoor } from "lanes";
import { titleOf } from "lines";
import { PaneChart } from "panechart";
import { ticksOf } from "panes";
import { scaleFor } from "scale";
import { trendwords } from "trendwords";
import { words } from "words";

const WAIT_MS = 300;
const LABEL_REM = 5;

/**
 * What was last drawn, by tag: for anybody who wants to check a picture by numbers.
 *
 * @type {Map<number, { series: import("series").Series, before?: import("series").Series, from: number, to: number }>}
 */
export const drawn = new Map();

/**
 * @typedef {import("store").Tag} Tag
 *
 * @typedef {object} View what all panes share
 * @property {import("readings").Readings} readings
 * @property {import("windows").State} state
 * @property {() => import("windows").Window} window
 * @property {(from: number, to: number) => void} zoom
 * @property {(at: number | null) => void} point
 * @property {(pane: Pane) => void} retry
 */

export class Pane {
  /**
   * @param {import("page").Page} page
   * @param {View} view
   * @param {import("panes").Group} group
   */
  constructor(page, view, group) {
    this.page = page;
    this.view = view;
    this.group = group;
    this.element = clone("t-pane");
    this.parts = partsOf(this.element);
    /** @type {PaneChart | null} */
    this.chart = null;
    this.failed = false;
    this.waiting = 0; // the timer that says so
    this.onScreen = false;
    /** @type {number | null} */
    this.pointedAt = null;
    one(this.element, "[data-retry]").addEventListener("click", () => view.retry(this));
    const room = () => ({ left: this.chart?.left ?? 0, right: this.chart?.right ?? 0 });
    bindBrush(one(this.element, ".draw"), one(this.element, ".brush"), room, (a, b) => {
      const { from, to } = this.shown;
      view.zoom(from + a * (to - from), from + b * (to - from));
    });
    this.#followPointer(one(this.element, ".draw"));
    this.shown = view.window();
    this.#describe();
    page.frames.add(this.key, () => this.draw(), 0, () => this.onScreen);
    page.frames.add(this.cursorKey, () => this.#paintCursor(), 0);
  }

  get key() {
    return `pane:${this.group.key}`;
  }

  get cursorKey() {
    return `pane-cursor:${this.group.key}`;
  }

  get plot() {
    return one(this.element, ".plot");
  }

  /** Columns that the plot has, or will have. */
  get columns() {
    return this.chart?.columns ?? Math.max(120, this.element.clientWidth - 80);
  }

  /** @param {HTMLElement} area all charts show what was at the time under the pointer */
  #followPointer(area) {
    const point = (/** @type {PointerEvent} */ event) => {
      const at = (event.clientX - area.getBoundingClientRect().left - (this.chart?.left ?? 0)) / this.columns;
      const { from, to } = this.shown;
      this.view.point(at < 0 || at > 1 ? null : from + at * (to - from));
    };
    area.addEventListener("pointermove", point);
    area.addEventListener("pointerdown", point);
    area.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && this.view.point(null));
  }

  /** @type {(loading: boolean, failed: boolean) => void} */
  say(loading, failed) {
    clearTimeout(this.waiting);
    this.failed = failed;
    one(this.element, "[data-part=failed]").hidden = !failed;
    if (loading) this.waiting = setTimeout(() => setText(this.parts.wait, trendwords.loading), WAIT_MS);
    else setText(this.parts.wait, "");
  }

  draw() {
    const { plot, page, view, group } = this;
    if (plot.clientWidth === 0) return;
    this.chart ??= new PaneChart(plot);
    this.shown = view.window();
    const { from, to } = this.shown;
    const only = group.tags.length === 1 ? group.tags[0] : null;
    const lines = this.#lines();
    const stats = lines.flatMap(({ series, before }) => [
      series.stats(from, to),
      ...(before ? [before.stats(from - (to - from), from)] : []),
    ]);
    const least = (/** @type {number[]} */ all) => (all.length ? Math.min(...all) : NaN);
    const known = (/** @type {"min" | "max"} */ name) => stats.map((each) => each[name]).filter((v) => !Number.isNaN(v));
    const [min, max] = [least(known("min")), -least(known("max").map((v) => -v))];
    const digits = Math.max(...group.tags.map((tag) => tag.dec));
    const scale = only?.states
      ? stateScale(Object.keys(only.states).map(Number), min, max)
      : scaleFor(only?.lo ?? null, only?.hi ?? null, min, max, 10 ** -digits);
    const spans = view.state.alarms ? this.spans : [];
    this.chart.draw({
      lines,
      window: this.shown,
      scale,
      ticks: ticksOf(this.shown, Math.max(2, this.columns / (LABEL_REM * this.chart.rem)), page.zone),
      label: (v) => (only?.states ? words.own(only.states[String(v)] ?? "") : v.toFixed(scale.decimals)),
      marks: only?.states ? Object.keys(only.states).map(Number) : null,
      normal: only && (only.lo !== null || only.hi !== null) ? only : null,
      spans: spans.map((span) => ({ from: span.from_ms, to: span.to_ms ?? page.time.now(), priority: span.priority })),
    });
    for (const { slot, series, before } of lines) drawn.set(view.state.tags[slot], { series, before, from, to });
    this.#paintHead(lines, only);
    this.#paintLanes(spans);
    this.#describe();
    if (this.pointedAt !== null) page.frames.mark(this.cursorKey);
  }

  get spans() {
    const own = new Set(this.group.tags.map((tag) => tag.k));
    return this.view.readings.marks.alarms.filter((span) => own.has(span.tag));
  }

  #lines() {
    const { readings, state } = this.view;
    return this.group.tags.flatMap((tag) => {
      const series = readings.series.get(tag.k);
      const before = state.compare ? readings.before.get(tag.k) : undefined;
      return series ? [{ slot: state.tags.indexOf(tag.k), series, before, steps: Boolean(tag.states) }] : [];
    });
  }

  /** @type {(lines: import("panechart").Line[], only: Tag | null) => void} */
  #paintHead(lines, only) {
    const { parts, view } = this;
    const steps = [...new Set(lines.map(({ series }) => series.step))].sort((a, b) => a - b);
    const numbers = (/** @type {number} */ step) =>
      lines.flatMap(({ series, slot }) => (series.step === step ? [slot + 1] : [])).join(", ");
    const told = (/** @type {number} */ step) => trendwords.grain(step, Boolean(only?.states));
    const grains = steps.map((step) => (steps.length > 1 ? trendwords.grainOf(numbers(step), told(step)) : told(step)));
    const empty = lines.length > 0 && lines.every(({ series }) => series.length === 0);
    setText(parts.grain, empty ? trendwords.noReadings : grains.join("; "));
    const { from, to } = this.shown;
    const also = [
      only && (only.lo !== null || only.hi !== null) && trendwords.band,
      view.state.compare && trendwords.before(trendwords.length(to - from)),
      view.state.alarms && view.readings.marks.more && trendwords.tooManyAlarms,
    ];
    setText(parts.also, also.filter(Boolean).join(" · "));
  }

  /** @param {import("panes").Span[]} spans */
  #paintLanes(spans) {
    const { page, view, chart } = this;
    const [lane, strips] = [one(this.element, ".lane"), one(this.element, ".strips")];
    for (const place of [lane, strips]) {
      place.style.marginLeft = `${chart?.left ?? 0}px`;
      place.style.marginRight = `${chart?.right ?? 0}px`;
    }
    lane.hidden = spans.length === 0;
    paintAlarms(page, lane, spans, this.shown, this.columns);
    const rows = this.group.tags.map((tag) => {
      const poor = view.readings.poor.get(tag.k) ?? [];
      return { number: view.state.tags.indexOf(tag.k) + 1, name: titleOf(tag, words), poor };
    });
    paintPoor(page, strips, rows, this.shown);
  }

  #describe() {
    const { from, to } = this.shown;
    const [first, second] = this.group.tags;
    setText(this.parts.title, second ? this.group.unit : nameWithUnit(first));
    const told = this.group.tags.map((tag) => {
      const series = this.view.readings.series.get(tag.k);
      if (!series) return titleOf(tag, words);
      const { min, max, last } = series.stats(from, to);
      const [value, low, high] = [last, min, max].map((v) => valueText(v, tag));
      return words.chart(titleOf(tag, words), value, "", Number.isNaN(min) ? "" : words.chartRange(low, high));
    });
    setAttribute(this.plot, "aria-label", told.join("; "));
  }

  /** @param {number | null} at */
  pointAt(at) {
    this.pointedAt = at;
    this.page.frames.mark(this.cursorKey);
  }

  #paintCursor() {
    const { pointedAt: at, group, view, page } = this;
    const [cursor, hair] = [one(this.element, ".cursor"), one(this.element, ".hair")];
    const { from, to } = this.shown;
    hair.hidden = at === null || at < from || at > to;
    if (at === null || hair.hidden) return setText(cursor, "");
    hair.style.left = `${(this.chart?.left ?? 0) + ((at - from) / (to - from)) * this.columns}px`;
    const texts = group.tags.map((tag) => {
      const number = group.tags.length > 1 ? `${view.state.tags.indexOf(tag.k) + 1}  ` : "";
      return number + pointText(view.readings.series.get(tag.k)?.at(at), tag);
    });
    const lines = [page.zone.full(at), ...texts];
    if (view.state.compare) {
      const then = at - (to - from);
      const values = group.tags.map((tag) => pointText(view.readings.before.get(tag.k)?.at(then), tag));
      lines.push(page.zone.full(then), ...values.map((text, i) => (values.length > 1 ? `${view.state.tags.indexOf(group.tags[i].k) + 1}  ${text}` : text)));
    }
    setText(cursor, lines.join("\n"));
    setAttribute(cursor, "data-side", at - from > (to - from) / 2 ? "left" : "right");
  }

  dispose() {
    clearTimeout(this.waiting);
    this.page.frames.remove(this.key);
    this.page.frames.remove(this.cursorKey);
    this.chart?.dispose();
    this.element.remove();
  }
}

/** @param {Tag} tag */
const nameWithUnit = (tag) => `${titleOf(tag, words)}${tag.unit && ` (${tag.unit})`}`;

/** @type {(v: number, tag: Tag) => string} */
export function valueText(v, tag) {
  return Number.isNaN(v) ? words.noValue : `${formatMeaning(v, tag)} ${tag.unit}`.trim();
}

/** @type {(states: number[], min: number, max: number) => import("scale").Scale} with a mark for each state */
function stateScale(states, min, max) {
  const known = [...states, min, max].filter((v) => Number.isFinite(v));
  return { min: Math.min(...known) - 0.5, max: Math.max(...known) + 0.5, step: 1, decimals: 0 };
}

/** @type {(point: ReturnType<import("series").Series["at"]>, tag: Tag) => string} */
export function pointText(point, tag) {
  if (!point || Number.isNaN(point.v)) return words.noValue;
  const { v, lo, hi } = point;
  if (tag.states && lo !== hi) return `${formatMeaning(lo, tag)} … ${formatMeaning(hi, tag)}`;
  return lo === hi
    ? valueText(v, tag)
    : trendwords.extent(valueText(v, tag), formatMeaning(lo, tag), formatMeaning(hi, tag));
}
