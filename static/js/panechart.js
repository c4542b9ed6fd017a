// @ts-check
// Several tags over one time on a canvas. Knows ECharts, and nothing of sockets or stores.

import * as echarts from "echarts";
import { BEFORE, LINES } from "lines";
import { lonePoints } from "scale";

/**
 * @typedef {object} Line
 * @property {number} slot its place among all lines, from 0
 * @property {import("series").Series} series
 * @property {import("series").Series | undefined} before the same of the time before
 * @property {boolean} steps it has states: a value holds until the next
 *
 * @typedef {object} Picture
 * @property {Line[]} lines
 * @property {{ from: number, to: number }} window
 * @property {import("scale").Scale} scale
 * @property {{ at: number, text: string }[]} ticks
 * @property {(v: number) => string} label of the vertical axis
 * @property {number[] | null} marks where that axis is labelled; null: at round numbers
 * @property {{ lo: number | null, hi: number | null } | null} normal range that is shaded
 * @property {{ from: number, to: number, priority: number }[]} spans of alarms
 */

/** Call before the first chart: a canvas does not repaint itself when a font arrives. */
export async function fontsReady() {
  await document.fonts.load("500 14px Inter");
}

export class PaneChart {
  /** @param {HTMLElement} element */
  constructor(element) {
    this.element = element;
    this.style = getComputedStyle(document.documentElement);
    const locale = document.documentElement.lang.startsWith("zh") ? "ZH" : "EN";
    this.chart = echarts.init(element, null, { renderer: "canvas", locale });
  }

  get rem() {
    return parseFloat(this.style.fontSize);
  }

  /** Room for the labels, pixels. */
  get left() {
    return 3.5 * this.rem;
  }

  get right() {
    return 1.5 * this.rem;
  }

  get font() {
    return { fontFamily: this.colour("--font"), fontSize: 0.6875 * this.rem, color: this.colour("--fg-3") };
  }

  /** @param {string} name */
  colour(name) {
    return this.style.getPropertyValue(name).trim();
  }

  /** Columns that the plot has, in pixels of the page. */
  get columns() {
    return Math.max(60, this.element.clientWidth - this.left - this.right);
  }

  /** @param {Picture} picture */
  draw(picture) {
    const { rem, font } = this;
    const colour = (/** @type {string} */ name) => this.colour(name);
    const { window, scale, ticks } = picture;
    const texts = new Map(ticks.map(({ at, text }) => [at, text]));
    const data = picture.lines.flatMap((line) => this.#line(line, picture));
    this.chart.setOption(
      {
        animation: false,
        useUTC: true,
        grid: { left: this.left, right: this.right, top: 0.5 * rem, bottom: 1.35 * rem },
        xAxis: {
          type: "value", // of time: the plant's zone decides where the labels are
          min: window.from,
          max: window.to,
          axisLine: { lineStyle: { color: colour("--line-strong") } },
          axisTick: { show: false },
          axisLabel: {
            ...font,
            hideOverlap: true,
            customValues: ticks.map(({ at }) => at),
            formatter: (/** @type {number} */ at) => texts.get(at) ?? "",
          },
          splitLine: { show: false },
        },
        yAxis: {
          type: "value",
          min: scale.min,
          max: scale.max,
          interval: scale.step,
          axisLine: { show: false },
          axisTick: { show: false },
          axisLabel: {
            ...font,
            ...(picture.marks ? { customValues: picture.marks } : { showMinLabel: false, showMaxLabel: false }),
            formatter: picture.label,
            width: this.left - 0.5 * rem,
            overflow: "truncate",
          },
          splitLine: { lineStyle: { color: colour("--line"), opacity: 0.45 } },
        },
        series: [this.#ground(picture), ...data],
      },
      { silent: true, lazyUpdate: false, replaceMerge: ["series"] },
    );
  }

  /** What lies under the lines: the normal range, and the time of alarms. */
  /** @param {Picture} picture */
  #ground({ normal, scale, spans, window }) {
    const areas = spans.map(({ from, to, priority }) => [
      { xAxis: Math.max(from, window.from), itemStyle: { color: this.colour(`--p${priority}`), opacity: 0.12 } },
      { xAxis: Math.min(to, window.to) },
    ]);
    const shade = normal && [
      { yAxis: normal.lo ?? scale.min, itemStyle: { color: this.colour("--band") } },
      { yAxis: normal.hi ?? scale.max },
    ];
    return {
      id: "ground",
      type: "line",
      data: [],
      silent: true,
      markArea: { silent: true, z: 1, data: shade ? [shade, ...areas] : areas },
    };
  }

  /** @type {(line: Line, picture: Picture) => object[]} */
  #line({ slot, series, before, steps }, { window, lines }) {
    const ink = this.colour(LINES[slot].colour);
    const common = { type: "line", silent: true, showSymbol: false, emphasis: { disabled: true }, itemStyle: { color: ink } };
    const scaled = (/** @type {number[]} */ dash) => (dash.length ? dash.map((n) => n * 0.1 * this.rem) : "solid");
    const step = steps ? "end" : false;
    const points = pointsOf(series, series.v, 0);
    const shown = [];
    const between = steps && series.step > 0; // states have no mean: the lowest and the highest are shown
    if (series.step) {
      const edge = between ? { color: ink, width: 0.1 * this.rem } : { opacity: 0 };
      const stack = { ...common, step, stack: `band${slot}`, stackStrategy: "all", lineStyle: edge, z: 2 };
      shown.push({ ...stack, id: `low${slot}`, data: pairs(series, series.lo) });
      const room = series.hi.map((hi, i) => hi - series.lo[i]);
      shown.push({ ...stack, id: `high${slot}`, data: pairs(series, room), areaStyle: { color: ink, opacity: 0.28 } });
    }
    if (before) {
      const style = { color: ink, width: 0.09 * this.rem, type: scaled(BEFORE), opacity: 0.8 };
      const data = pointsOf(before, before.v, window.to - window.from);
      shown.push({ ...common, id: `before${slot}`, step, z: 3, data, lineStyle: style, dimensions: ["t", "v"] });
    }
    const style = { color: ink, width: 0.1 * this.rem, type: scaled(LINES[slot].dash), opacity: between ? 0 : 1 };
    shown.push({ ...common, id: `line${slot}`, step, z: 4, data: points, lineStyle: style, dimensions: ["t", "v"] });
    shown.push(this.#dots(`lone${slot}`, ink, lonePoints(points)));
    if (lines.length > 1) shown.push(this.#number(slot, ink, series));
    return shown;
  }

  /** @type {(id: string, ink: string, points: Float64Array) => object} */
  #dots(id, ink, points) {
    const common = { type: "scatter", dimensions: ["t", "v"], silent: true, z: 4 };
    return { ...common, id, data: points, symbolSize: 0.25 * this.rem, itemStyle: { color: ink } };
  }

  /** @type {(slot: number, ink: string, series: import("series").Series) => object} the number of a line, at its end */
  #number(slot, ink, { t, v }) {
    const i = v.findLastIndex((value) => !Number.isNaN(value));
    const label = { show: true, position: "right", distance: 2, formatter: String(slot + 1), color: ink };
    const dot = this.#dots(`number${slot}`, ink, Float64Array.from(i < 0 ? [] : [t[i], v[i]]));
    return { ...dot, label: { ...this.font, ...label, fontWeight: 600 }, labelLayout: { hideOverlap: false } };
  }

  resize() {
    this.chart.resize();
  }

  dispose() {
    this.chart.dispose();
  }
}

/** @type {(series: import("series").Series, values: number[], later: number) => Float64Array} time, value, time, ... */
function pointsOf({ t }, values, later) {
  const points = new Float64Array(2 * t.length);
  t.forEach((at, i) => {
    points[2 * i] = at + later;
    points[2 * i + 1] = values[i];
  });
  return points;
}

/** @type {(series: import("series").Series, values: number[]) => (number | null)[][]} */
function pairs({ t }, values) {
  return values.map((v, i) => [t[i], Number.isNaN(v) ? null : v]);
}
