// @ts-check
// What several tags say together. Pure. Half a sum is no sum: where a member is not known, nothing is.

/**
 * @typedef {"sum" | "mean" | "min" | "max"} Way
 *
 * @typedef {object} Members
 * @property {number[]} values of those that are current
 * @property {number} count of all
 */

/** @type {Record<Way, (values: number[]) => number>} */
const WAYS = {
  sum: (values) => values.reduce((a, b) => a + b, 0),
  mean: (values) => WAYS.sum(values) / values.length,
  min: (values) => Math.min(...values),
  max: (values) => Math.max(...values),
};

/**
 * @param {Way} way
 * @param {number[]} values
 * @returns {number} NaN of none
 */
export const combined = (way, values) => (values.length ? WAYS[way](values) : NaN);

/**
 * The line of several tags: at each moment what was last read of each of them, and a gap where one was not known.
 *
 * @param {Way} way
 * @param {import("ring").Ring[]} rings
 * @param {{ from: number, to: number, steps: number }} span
 * @returns {Float64Array} time, value, time, value, ...
 */
export function combinedLine(way, rings, { from, to, steps }) {
  const points = new Float64Array(2 * (steps + 1));
  for (let i = 0; i <= steps; i += 1) {
    const t = from + ((to - from) * i) / steps;
    const values = rings.map((ring) => lastBefore(ring, t));
    points[2 * i] = t;
    points[2 * i + 1] = values.some(Number.isNaN) ? NaN : combined(way, values);
  }
  return points;
}

/** @type {(ring: import("ring").Ring, t: number) => number} */
function lastBefore(ring, t) {
  const i = ring.indexOf(t + 1) - 1;
  return i < 0 ? NaN : ring.valueAt(i);
}

/**
 * Smallest and largest value of a line.
 *
 * @param {Float64Array} points
 */
export function extentOf(points) {
  const values = points.filter((_, i) => i % 2 === 1).filter((v) => !Number.isNaN(v));
  return values.length ? { min: Math.min(...values), max: Math.max(...values) } : { min: NaN, max: NaN };
}
