// @ts-check
// Alarm metrics: the chart of the rate and the same as a table. All else the server has written.

import { groupSize, groupsOf, ticksOf } from "bins";
import { Devices } from "devices";
import { fill, one, setText } from "dom";
import { formatNumber } from "format";
import { Page } from "page";
import { RateChart } from "ratechart";
import { Shell } from "shell";
import { gettext, interpolate } from "words";

const BAR_PX = 4; // narrower ones cannot be told apart
const DAY_MS = 24 * 3_600_000;
const MOST_ROWS = 32;

const page = new Page();
new Shell(page);
new Devices(page);
page.start();

const { rate } = page.config;
if (rate) {
  bindTable(rate);
  void drawChart(rate);
}

/** @typedef {NonNullable<import("page").Config["rate"]>} Rate */

/** @param {Rate} rate */
async function drawChart(rate) {
  const plot = one(document, "[data-plot]");
  const length = rate.counts.length * rate.step_ms;
  const label = (/** @type {number} */ ms) => (length > DAY_MS ? dayOf(ms) : page.zone.minute(ms));
  await document.fonts.load("500 14px Inter"); // a canvas does not repaint itself when a font arrives
  /** @type {import("bins").Group[]} */
  let groups = [];
  const chart = new RateChart(plot, rate.limit, label, (at) => point(groups, at));
  plot.addEventListener("pointerleave", () => point(groups, null));
  const draw = () => {
    const size = groupSize(rate.counts.length, plot.clientWidth / BAR_PX);
    groups = groupsOf(rate, size);
    chart.resize();
    chart.draw(groups, ticksOf(rate, page.zone.minute, chart.labels));
    setText(one(document, "[data-grain]"), size === 1 ? "" : grainText(size * rate.step_ms));
  };
  new ResizeObserver(draw).observe(plot);
}

/** @type {(groups: import("bins").Group[], at: number | null) => void} */
function point(groups, at) {
  const group = at === null ? undefined : groups.find((one) => one.from <= at && at < one.to);
  const text = group ? `${spanText(group)}  ${formatNumber(group.peak, 0)}` : "";
  setText(one(document, "[data-cursor]"), text);
}

/** @param {Rate} rate */
function bindTable(rate) {
  const dialog = /** @type {HTMLDialogElement} */ (one(document, "#rate-table"));
  one(document, "[data-table]").addEventListener("click", () => {
    const groups = groupsOf(rate, groupSize(rate.counts.length, MOST_ROWS));
    fill(one(dialog, "tbody"), "t-rate", groups, (parts, group) => {
      setText(parts.from, spanText(group));
      setText(parts.total, formatNumber(group.total, 0));
      setText(parts.peak, formatNumber(group.peak, 0));
      setText(parts.busy, formatNumber(group.busy, 0));
    });
    dialog.showModal();
  });
  one(dialog, "[data-close]").addEventListener("click", () => dialog.close());
}

/** @param {number} ms */
function dayOf(ms) {
  return page.zone.full(ms).slice(5, 10);
}

/** @param {{ from: number, to: number }} span */
function spanText({ from, to }) {
  return `${dayOf(from)} ${page.zone.minute(from)}–${page.zone.minute(to)}`;
}

/** @param {number} ms */
function grainText(ms) {
  const hours = ms / 3_600_000;
  return hours < 1
    ? interpolate(gettext("each bar: the most in ten minutes, of %s min"), [Math.round(hours * 60)])
    : interpolate(gettext("each bar: the most in ten minutes, of %s h"), [hours]);
}
