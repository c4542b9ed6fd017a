// @ts-check
// The alarm rate as bars on a canvas. Knows ECharts, and nothing of what the page says beside them.

import * as echarts from "echarts";

export class RateChart {
  /**
   * @param {HTMLElement} element
   * @param {number} limit more in ten minutes are too many
   * @param {(ms: number) => string} label of the time axis
   * @param {(at: number | null) => void} point called with the time under the pointer
   */
  constructor(element, limit, label, point) {
    this.element = element;
    this.limit = limit;
    this.label = label;
    this.chart = echarts.init(element, null, { renderer: "canvas" });
    this.chart.on("updateAxisPointer", (event) => point(event.axesInfo?.[0]?.value ?? null));
    this.restyle();
  }

  /** Take colours and sizes from the style sheet again. */
  restyle() {
    const style = getComputedStyle(document.documentElement);
    const rem = parseFloat(style.fontSize);
    const colour = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
    const font = { fontFamily: colour("--font"), fontSize: 0.75 * rem, color: colour("--fg-3") };
    const limit = { color: colour("--fg-2"), type: "dashed", width: 0.0625 * rem };
    this.chart.setOption({
      animation: false,
      useUTC: true,
      grid: { left: 2.75 * rem, right: 0.75 * rem, top: 0.75 * rem, bottom: 1.5 * rem },
      tooltip: {
        trigger: "axis",
        renderMode: "richText",
        showContent: false, // the page writes it, in its own type
        axisPointer: { type: "line", lineStyle: { color: colour("--fg-2"), type: "solid" } },
      },
      xAxis: {
        type: "time",
        axisLine: { lineStyle: { color: colour("--line-strong") } },
        axisTick: { show: false },
        axisLabel: { ...font, hideOverlap: true, formatter: this.label },
        splitLine: { show: false },
      },
      yAxis: {
        type: "value",
        minInterval: 1,
        axisLabel: font,
        splitLine: { lineStyle: { color: colour("--line"), opacity: 0.6 } },
      },
      series: [
        {
          type: "line", // each bin holds its value to its end: bars without gaps
          step: "end",
          dimensions: ["t", "n"],
          encode: { x: 0, y: 1 },
          showSymbol: false,
          silent: true,
          lineStyle: { color: colour("--trend"), width: 0.0625 * rem },
          areaStyle: { color: colour("--trend"), opacity: 0.45 },
          emphasis: { disabled: true },
          markLine: {
            silent: true,
            symbol: "none",
            lineStyle: limit,
            label: { ...font, color: colour("--fg-2"), position: "insideEndTop", formatter: String(this.limit) },
            data: [{ yAxis: this.limit }],
          },
        },
      ],
    });
  }

  /** How many labels the time axis has room for. */
  get labels() {
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    return Math.max(2, Math.floor(this.element.clientWidth / (5 * rem)));
  }

  /** @type {(groups: import("bins").Group[], ticks: number[]) => void} */
  draw(groups, ticks) {
    const last = groups[groups.length - 1];
    const most = Math.max(this.limit * 1.2, ...groups.map((group) => group.peak));
    this.chart.setOption({
      xAxis: { min: groups[0].from, max: last.to, axisLabel: { customValues: ticks } },
      yAxis: { min: 0, max: Math.ceil(most) },
      series: [{ data: [...groups.map((group) => [group.from, group.peak]), [last.to, last.peak]] }],
    });
  }

  resize() {
    this.chart.resize();
    this.restyle();
  }
}
