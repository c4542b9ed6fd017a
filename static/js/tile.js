// @ts-check
// How a key figure is painted: its value, what stands below it, its shares or its line, the alarm that it is in.

import { paintSymbol } from "alarmpaint";
import { all, partsOf, setAttribute, setText } from "dom";
import { sparkPath } from "scale";

export const [WIDTH, HEIGHT] = [84, 26];

/** @typedef {import("alarms").AlarmRow} AlarmRow */

/** @type {(a: AlarmRow, b: AlarmRow) => number} what waits for somebody first, then the urgent, then the oldest */
export const byPriority = (a, b) =>
  a.priority - b.priority || Number(b.announced) - Number(a.announced) || (a.raised ?? 0) - (b.raised ?? 0);

/** @type {(name: string) => HTMLElement | null} not every site shows every figure */
export const tileOf = (name) => document.querySelector(`[data-figure="${name}"]`);

/** @type {(name: string, value: string, unit: string | undefined, foot: string | undefined) => void} */
export function paintTile(name, value, unit, foot) {
  const tile = tileOf(name);
  if (!tile) return;
  const parts = partsOf(tile);
  setText(parts.value, value);
  if (unit !== undefined) setText(parts.unit, unit);
  if (foot === undefined) return;
  setText(parts.foot, foot);
  setAttribute(parts.foot, "title", foot || null);
}

/** @type {(name: string, shares: Record<string, number>) => void} */
export function paintShares(name, shares) {
  for (const part of all(document, `[data-figure="${name}"] [data-share]`)) {
    const share = String(shares[part.getAttribute("data-share") ?? ""] ?? 0);
    const { style } = /** @type {HTMLElement} */ (part);
    if (style.flexGrow !== share) style.flexGrow = share;
  }
}

/**
 * @param {string} name
 * @param {Float64Array} points time, value, time, value, ...
 * @param {{ from: number, to: number, min: number, max: number }} frame
 * @param {{ lo: number | null, hi: number | null }} band the normal range
 */
export function paintLine(name, points, frame, band = { lo: null, hi: null }) {
  const tile = tileOf(name);
  setAttribute(tile?.querySelector("path.spark"), "d", sparkPath(points, frame, WIDTH, HEIGHT));
  const bare = band.lo === null && band.hi === null;
  const [top, bottom] = [yOf(band.hi ?? frame.max, frame), yOf(band.lo ?? frame.min, frame)];
  setAttribute(tile?.querySelector("[data-band]"), "y", top.toFixed(1));
  setAttribute(tile?.querySelector("[data-band]"), "height", bare ? "0" : Math.max(0, bottom - top).toFixed(1));
}

/** @type {(v: number, frame: { min: number, max: number }) => number} */
function yOf(v, { min, max }) {
  const share = (v - min) / (max - min || 1);
  return HEIGHT * (1 - Math.min(1, Math.max(0, share)));
}

/** @type {(name: string, call: AlarmRow | undefined) => void} the most urgent alarm of what the tile shows */
export function paintTileCall(name, call) {
  const tile = tileOf(name);
  setAttribute(tile, "data-priority", call ? String(call.priority) : null);
  if (!tile) return;
  const parts = partsOf(tile);
  if (call) paintSymbol(parts, call);
  else setText(parts.priority, "");
}
