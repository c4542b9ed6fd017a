// @ts-check
// One trend on a canvas. Knows ECharts, and nothing of sockets or stores.

import * as echarts from "echarts";
import { lonePoints } from "scale";

const GROUP = "trends"; // charts of a group share the crosshair
const [TOP, BOTTOM] = [0.4, 1.35]; // room above and below the plot, rem

/**
 * @typedef {object} ChartTag
 * @property {number | null} lo normal range
 * @property {number | null} hi
 *
 * @typedef {object} Mark a line across the plot: a limit, a moment
 * @property {number} [xAxis]
 * @property {number} [yAxis]
 * @property {string} name
 * @property {number} [priority] of an active alarm; 0: of none
 * @property {string} [label] where its name stands, as ECharts calls it
 *
 * @typedef {ReturnType<typeof import("format").zoneFormat>} ZoneFormat
 */

/** Call before the first chart: a canvas does not repaint itself when a font arrives. */
export async function fontsReady() {
  await document.fonts.load("500 14px Inter");
  echarts.connect(GROUP);
}

export class TrendChart {
  /**
   * @param {HTMLElement} element
   * @param {ChartTag} tag
   * @param {ZoneFormat} zone
   * @param {(t: number | null) => void} point called with the time under the pointer, of any chart of the group
   */
  constructor(element, tag, zone, point) {
    this.element = element;
    this.tag = tag;
    this.zone = zone;
    this.left = 0; // room for the labels, pixels
    this.rem = 16; // pixels
    this.colours = ["", "", "", "", ""]; // of the lines of limits: nobody's, then by priority
    this.plain = this.strong = this.pale = ""; // of the line, of the line of a tag in alarm, of labels
    const locale = document.documentElement.lang.startsWith("zh") ? "ZH" : "EN";
    this.chart = echarts.init(element, null, { renderer: "canvas", locale });
    this.chart.group = GROUP;
    this.chart.on("updateAxisPointer", (event) => point(event.axesInfo?.[0]?.value ?? null));
    this.restyle();
  }

  /** Columns that the plot has, in pixels of the page. */
  get columns() {
    return Math.max(60, this.element.clientWidth - this.left);
  }

  /** Height of the plot without the labels of its axis, rem. */
  get height() {
    return Math.max(1, this.element.clientHeight / this.rem - TOP - BOTTOM);
  }

  /** Take colours and sizes from the style sheet again. */
  restyle() {
    const style = getComputedStyle(document.documentElement);
    const rem = parseFloat(style.fontSize);
    const colour = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
    const font = { fontFamily: colour("--font"), fontSize: 0.6875 * rem, color: colour("--fg-3") };
    [this.left, this.rem] = [2.75 * rem, rem];
    this.colours = ["--line-strong", "--p1-line", "--p2-line", "--p3-line", "--p4-line"].map(colour);
    [this.plain, this.strong, this.pale] = ["--trend", "--fg-1", "--fg-3"].map(colour);
    this.chart.setOption({
      animation: false,
      useUTC: true,
      grid: { left: this.left, right: 0.5 * rem, top: TOP * rem, bottom: BOTTOM * rem },
      tooltip: {
        trigger: "axis",
        renderMode: "richText",
        showContent: false, // the page writes it, in its own type
        axisPointer: { type: "line", lineStyle: { color: colour("--fg-2"), type: "solid" } },
      },
      xAxis: {
        type: "time",
        splitNumber: 4,
        axisLine: { lineStyle: { color: colour("--line") } },
        axisTick: { show: false },
        axisLabel: { ...font, hideOverlap: true, formatter: this.zone.minute },
        splitLine: { show: false },
      },
      yAxis: {
        type: "value",
        axisLabel: { ...font, showMinLabel: false, showMaxLabel: false },
        splitLine: { lineStyle: { color: colour("--line"), opacity: 0.45 } },
      },
      series: [
        {
          type: "line",
          dimensions: ["t", "v"],
          encode: { x: 0, y: 1 },
          showSymbol: false,
          silent: true,
          z: 3,
          lineStyle: { color: colour("--trend"), width: 0.1 * rem },
          itemStyle: { color: colour("--trend") },
          emphasis: { disabled: true },
          markArea: { silent: true, z: 1, itemStyle: { color: colour("--band") } },
          markLine: {
            silent: true,
            symbol: "none",
            lineStyle: { color: colour("--fg-2"), width: 0.09 * rem, type: "dashed" },
            label: { ...font, color: colour("--fg-1"), formatter: "{b}", position: "insideEndTop" },
          },
        },
        {
          type: "scatter",
          dimensions: ["t", "v"],
          encode: { x: 0, y: 1 },
          silent: true,
          z: 3,
          symbolSize: 0.25 * rem,
          itemStyle: { color: colour("--trend") },
          tooltip: { show: false },
        },
        {
          type: "scatter", // where the line of a tag in alarm ends
          silent: true,
          z: 4,
          symbolSize: 0.5 * rem,
          tooltip: { show: false },
        },
      ],
    });
  }

  /**
   * @param {Float64Array} points time, value, time, value, ...
   * @param {number} from
   * @param {number} to
   * @param {import("scale").Scale} scale
   * @param {Mark[]} marks lines across the plot: a limit, a moment
   * @param {number} priority of an active alarm; 0: there is none
   */
  draw(points, from, to, scale, marks = [], priority = 0) {
    const { lo, hi } = this.tag;
    const end = priority ? points.slice(-2) : [];
    const area = [{ yAxis: lo ?? scale.min }, { yAxis: hi ?? scale.max }];
    this.chart.setOption(
      {
        xAxis: { min: from, max: to },
        yAxis: {
          min: scale.min,
          max: scale.max,
          interval: scale.step,
          axisLabel: { formatter: (/** @type {number} */ v) => v.toFixed(scale.decimals) },
        },
        series: [
          {
            data: points,
            lineStyle: { color: priority ? this.strong : this.plain },
            markArea: { data: lo === null && hi === null ? [] : [area] },
            markLine: { data: marks.map((mark) => this.#styled(mark)) },
          },
          { data: lonePoints(points) },
          { data: Number.isFinite(end[1]) ? [[end[0], end[1]]] : [], itemStyle: { color: this.colours[priority] } },
        ],
      },
      { silent: true, lazyUpdate: false },
    );
  }

  /** @param {Mark} mark what has no priority keeps the look of any mark */
  #styled(mark) {
    const { priority, label: position, ...line } = mark;
    if (priority === undefined) return mark;
    const color = this.colours[priority];
    const lineStyle = { color, width: priority ? 1.5 : 1 };
    return { ...line, lineStyle, label: { position, color: priority ? color : this.pale } };
  }

  resize() {
    this.chart.resize();
    this.restyle();
  }

  dispose() {
    this.chart.dispose();
  }
}
