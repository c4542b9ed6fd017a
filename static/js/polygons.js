// @ts-check
// Zones while they are edited. Pure: nothing is changed, a new one comes back. Places are shares of the picture.

/**
 * @typedef {[x: number, y: number]} Point
 *
 * @typedef {object} Zone
 * @property {string} name
 * @property {"watch" | "mask"} [kind]
 * @property {Point[]} points
 * @property {string[]} [labels]
 */

export const MOST_POINTS = 50; // of a zone
const STEPS = 1000; // a place is rounded to a thousandth of the picture
const LABEL = /^[a-z][a-z0-9_]{0,31}$/;

/** @type {(share: number) => number} */
const rounded = (share) => Math.round(Math.min(1, Math.max(0, share)) * STEPS) / STEPS;

/** @type {(x: number, y: number) => Point} */
export const pointAt = (x, y) => [rounded(x), rounded(y)];

/** @type {(points: Point[], index: number, point: Point) => Point[]} */
export const movePoint = (points, index, point) => points.map((known, i) => (i === index ? pointAt(...point) : known));

/** @type {(points: Point[], index: number) => Point[]} */
export const removePoint = (points, index) => points.filter((_, i) => i !== index);

/**
 * Add a point in the middle of the longest side, where there is most room for it.
 *
 * @param {Point[]} points
 * @returns {Point[]}
 */
export function splitLongestSide(points) {
  const sides = points.map((point, i) => {
    const next = points[(i + 1) % points.length];
    return { i, length: Math.hypot(next[0] - point[0], next[1] - point[1]), next, point };
  });
  const { i, point, next } = sides.reduce((a, b) => (b.length > a.length ? b : a));
  return points.toSpliced(i + 1, 0, pointAt((point[0] + next[0]) / 2, (point[1] + next[1]) / 2));
}

/** @type {() => Point[]} the middle of the picture, to begin with */
export const middle = () => [
  [0.25, 0.25],
  [0.75, 0.25],
  [0.75, 0.75],
  [0.25, 0.75],
];

/** @type {(a: Point, b: Point, far: number) => boolean} */
export const isNear = (a, b, far) => Math.hypot(a[0] - b[0], a[1] - b[1]) < far;

/** @type {(text: string) => string[]} */
export const readLabels = (text) => text.split(/[\s,;]+/).filter(Boolean);

/**
 * What is wrong, one word each: see terms.js.
 *
 * @param {Zone[]} zones
 * @returns {string[]}
 */
export function mistakesIn(zones) {
  const names = zones.map((zone) => zone.name.trim());
  const wrong = {
    name: names.includes(""),
    twice: new Set(names).size < names.length,
    points: zones.some((zone) => zone.points.length < 3),
    labels: zones.some((zone) => (zone.labels ?? []).some((label) => !LABEL.test(label))),
  };
  return Object.entries(wrong).flatMap(([mistake, is]) => (is ? [mistake] : []));
}

/**
 * Zones as they are sent.
 *
 * @param {Zone[]} zones
 * @returns {Zone[]}
 */
export function tidied(zones) {
  return zones.map(({ name, kind = "watch", points, labels = [] }) => ({ name: name.trim(), kind, points, labels }));
}

/** @type {(points: Point[], width: number, height: number) => string} for the `points` of an SVG polygon */
export const drawn = (points, width, height) =>
  points.map(([x, y]) => `${(x * width).toFixed(1)},${(y * height).toFixed(1)}`).join(" ");

/** @type {(points: Point[]) => Point} where its name stands: at the highest corner */
export const highest = (points) => points.reduce((a, b) => (b[1] < a[1] ? b : a), [0, 1]);
