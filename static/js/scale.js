// @ts-check
// The vertical axis of a trend, and the lines of a spark. Pure.

const ROOM = 0.12; // of the span, above and below

/**
 * @typedef {object} Scale
 * @property {number} min
 * @property {number} max
 * @property {number} step between two marks
 * @property {number} decimals that the marks need
 */

/**
 * An axis with round marks that shows the normal range and everything that was measured.
 *
 * @param {number | null} lo
 * @param {number | null} hi
 * @param {number} min smallest value, NaN when there is none
 * @param {number} max
 * @param {number} smallest span that is worth showing: one unit of the last digit
 * @returns {Scale}
 */
export function scaleFor(lo, hi, min, max, smallest) {
  const known = [lo, hi, min, max].filter((x) => x !== null && Number.isFinite(x));
  const bottom = known.length ? Math.min(.../** @type {number[]} */ (known)) : 0;
  const top = known.length ? Math.max(.../** @type {number[]} */ (known)) : 1;
  const span = Math.max(top - bottom, 4 * smallest, Math.abs(top) * 1e-9);
  const middle = (top + bottom) / 2;
  const half = span * (0.5 + ROOM);
  const step = roundStep((2 * half) / 4);
  return {
    min: Math.floor((middle - half) / step) * step,
    max: Math.ceil((middle + half) / step) * step,
    step,
    decimals: Math.max(0, -Math.floor(Math.log10(step) + 1e-9)),
  };
}

/** @param {number} raw */
function roundStep(raw) {
  const power = 10 ** Math.floor(Math.log10(raw));
  const factor = [1, 2, 5, 10].find((f) => f * power >= raw * 0.999) ?? 10;
  return factor * power;
}

/**
 * The points of a trend as an SVG path, broken where there is no value.
 *
 * @param {Float64Array} points time, value, time, value, ...
 * @param {{ from: number, to: number, min: number, max: number }} frame
 * @param {number} width
 * @param {number} height
 */
export function sparkPath(points, frame, width, height) {
  const span = frame.max - frame.min || 1;
  let path = "";
  let pen = "M";
  for (let i = 0; i < points.length; i += 2) {
    const v = points[i + 1];
    if (Number.isNaN(v)) {
      pen = "M";
      continue;
    }
    const x = ((points[i] - frame.from) / (frame.to - frame.from)) * width;
    const y = height - ((v - frame.min) / span) * height;
    path += `${pen}${Math.max(0, x).toFixed(1)} ${y.toFixed(1)}`;
    pen = "L";
  }
  return path;
}

/**
 * The points between two gaps, which no line can show.
 *
 * @param {Float64Array} points time, value, time, value, ...
 * @returns {Float64Array} the same, of those only
 */
export function lonePoints(points) {
  const isGap = (/** @type {number} */ i) => !(i in points) || Number.isNaN(points[i]);
  const lone = [];
  for (let i = 1; i < points.length; i += 2) {
    if (!isGap(i) && isGap(i - 2) && isGap(i + 2)) lone.push(points[i - 1], points[i]);
  }
  return Float64Array.from(lone);
}

const SHORT_MS = [300_000, 900_000];

/**
 * How much time a chart shows first: no more than there is history for, so that a new plant's is not empty.
 *
 * @param {number} age of the oldest reading, milliseconds
 * @param {number} most
 */
export function spanFor(age, most) {
  return SHORT_MS.find((span) => age <= span) ?? most;
}
