// @ts-check
// One trend on a canvas. Knows ECharts, and nothing of sockets or stores.

import * as echarts from "echarts";
import { lonePoints } from "scale";

const GROUP = "trends"; // charts of a group share the crosshair

/**
 * @typedef {object} ChartTag
 * @property {number | null} lo normal range
 * @property {number | null} hi
 *
 * @typedef {{ xAxis?: number, yAxis?: number, name: string }} Mark
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

  /** Take colours and sizes from the style sheet again. */
  restyle() {
    const style = getComputedStyle(document.documentElement);
    const rem = parseFloat(style.fontSize);
    const colour = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
    const font = { fontFamily: colour("--font"), fontSize: 0.6875 * rem, color: colour("--fg-3") };
    this.left = 2.75 * rem;
    this.chart.setOption({
      animation: false,
      useUTC: true,
      grid: { left: this.left, right: 0.5 * rem, top: 0.4 * rem, bottom: 1.35 * rem },
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
      ],
    });
  }

  /**
   * @param {Float64Array} points time, value, time, value, ...
   * @param {number} from
   * @param {number} to
   * @param {import("scale").Scale} scale
   * @param {Mark[]} marks lines across the plot: a limit, a moment
   */
  draw(points, from, to, scale, marks = []) {
    const { lo, hi } = this.tag;
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
            markArea: { data: lo === null && hi === null ? [] : [area] },
            markLine: { data: marks },
          },
          { data: lonePoints(points) },
        ],
      },
      { silent: true, lazyUpdate: false },
    );
  }

  resize() {
    this.chart.resize();
    this.restyle();
  }

  dispose() {
    this.chart.dispose();
  }
}
