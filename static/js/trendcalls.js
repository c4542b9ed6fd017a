// @ts-check
// Alarms and their limits on a trend.

import { isHeld } from "alarms";
import { alarmwords } from "alarmwords";
import { partsOf, setAttribute, setText } from "dom";
import { formatNumber } from "format";
import { byPriority } from "tile";
import { gettext } from "words";

/** @typedef {import("alarms").AlarmRow} AlarmRow */

const LABEL = 1.1; // height, rem

/** @type {Record<string, string>} as short as on an instrument */
export const SHORT = {
  high_high: gettext("HIHI"),
  high: gettext("HI"),
  low: gettext("LO"),
  low_low: gettext("LOLO"),
};

/** @type {(row: AlarmRow) => boolean} */
const isOnLimit = (row) => row.kind in SHORT && row.limit !== null;

/**
 * The active alarms of a tag that nobody holds back, the most urgent one first.
 *
 * @type {(page: import("page").Page, k: number) => AlarmRow[]}
 */
function callsOf(page, k) {
  const rows = [...page.store.alarms.values()].filter((row) => row.tag === k && row.active && !isHeld(row));
  return rows.sort(byPriority);
}

/** @type {(page: import("page").Page, k: number) => AlarmRow | undefined} the most urgent active alarm of a tag */
export const callOf = (page, k) => callsOf(page, k)[0];

/** @type {(call: AlarmRow | undefined) => number} in the unit of its tag; NaN: it has none */
export const limitOf = (call) => (call && isOnLimit(call) ? (call.limit ?? NaN) : NaN);

/**
 * Lines for the limits that lie within the scale: those of active alarms, and those at which alarms would be raised.
 *
 * @param {import("page").Page} page
 * @param {import("store").Tag} tag
 * @param {import("scale").Scale} scale
 * @param {number} height of the plot, rem
 * @returns {import("chart").Mark[]}
 */
export function marksOf(page, tag, scale, height) {
  /** @type {Map<string, import("chart").Mark>} */
  const marks = new Map();
  const add = (/** @type {string} */ kind, /** @type {number} */ limit, /** @type {number} */ priority) => {
    if (limit <= scale.min || limit >= scale.max || marks.has(`${kind} ${limit}`)) return;
    const name = `${SHORT[kind]} ${formatNumber(limit, digitsOf(limit, tag.dec))}`;
    marks.set(`${kind} ${limit}`, { yAxis: limit, name, priority, label: placeOf(kind, limit, scale, height) });
  };
  for (const row of callsOf(page, tag.k).filter(isOnLimit)) add(row.kind, row.limit ?? NaN, row.priority);
  for (const { tag: k, kind, limit } of page.config.limits ?? []) if (k === tag.k) add(kind, limit, 0);
  return [...marks.values()];
}

/**
 * Where the label of a limit stands: beyond it, if there is room; the outer limits at the end, so that it is not on that
 * of an inner one.
 *
 * @type {(kind: string, limit: number, scale: import("scale").Scale, height: number) => string}
 */
function placeOf(kind, limit, { min, max }, height) {
  const room = (LABEL / height) * (max - min);
  const above = kind.startsWith("high") ? limit + room < max : limit - room < min;
  return `inside${kind.includes("_") ? "End" : "Start"}${above ? "Top" : "Bottom"}`;
}

/** @type {(value: number, most: number) => number} as few digits as it needs */
function digitsOf(value, most) {
  for (let digits = 0; digits < most; digits += 1) if (Number(value.toFixed(digits)) === value) return digits;
  return most;
}

/** @type {(element: HTMLElement, call: AlarmRow | undefined) => void} */
export function paintCall(element, call) {
  setAttribute(element, "data-priority", call ? String(call.priority) : null);
  setAttribute(element, "data-call", call ? (call.announced ? "unacked" : "acked") : null);
  const { call: badge } = partsOf(element);
  setText(badge, call ? `${call.priority} ${SHORT[call.kind] ?? ""}`.trim() : "");
  setAttribute(badge, "title", call ? alarmwords.name(call) : null);
}
