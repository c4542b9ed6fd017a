// @ts-check
// The rail above the gallery as numbers: bars of equal stretches of time, and what of it is chosen. Pure.

/**
 * As the server counts, see project/density.py. Times are epoch milliseconds.
 *
 * @typedef {object} Rail
 * @property {number} from
 * @property {number} to
 * @property {number} step_ms of one bar
 * @property {{ label: string, n: number[] }[]} counts the gravest class first
 * @property {{ day: string, total: number, unreviewed: number }[]} days
 * @property {number} unreviewed in the last seven days, whatever is chosen
 *
 * @typedef {[begin: number, end: number]} Places of bars: the end is not in it
 */

/** @param {Rail} rail */
export function binsOf(rail) {
  return Math.max(1, Math.ceil((rail.to - rail.from) / rail.step_ms));
}

/** @param {Rail} rail */
export function totalOf(rail) {
  return rail.counts.reduce((sum, { n }) => sum + sumOf(n), 0);
}

/** @param {number[]} numbers */
export function sumOf(numbers) {
  return numbers.reduce((sum, n) => sum + n, 0);
}

/**
 * One drawing for each class, stacked, one unit wide for each bar and 100 high; a bar with anything is seen.
 *
 * @param {Rail} rail
 * @returns {{ label: string, path: string }[]}
 */
export function pathsOf(rail) {
  const bins = binsOf(rail);
  const sums = Array.from({ length: bins }, (_, i) => rail.counts.reduce((sum, { n }) => sum + (n[i] ?? 0), 0));
  const most = Math.max(1, ...sums);
  const top = sums.map(() => 100);
  return rail.counts.map(({ label, n }) => {
    const parts = n.map((count, i) => {
      if (!count) return "";
      const height = Math.max(4, (count / most) * 100);
      top[i] -= height;
      return `M${i + 0.1} ${(top[i] + height).toFixed(1)}v-${height.toFixed(1)}h.8v${height.toFixed(1)}z`;
    });
    return { label, path: parts.join("") };
  });
}

/**
 * The bars as rows of numbers, the newest first; those of which there is nothing to say are left out.
 *
 * @param {Rail} rail
 * @returns {{ from: number, to: number, n: number[], total: number }[]} n: of each class, in the rail's order
 */
export function rowsOf(rail) {
  const rows = Array.from({ length: binsOf(rail) }, (_, i) => {
    const n = rail.counts.map((each) => each.n[i] ?? 0);
    return { from: timeAt(rail, i), to: timeAt(rail, i + 1), n, total: sumOf(n) };
  });
  return rows.filter(({ total }) => total > 0).reverse();
}

/**
 * Which bars are chosen by times; all of them where no time is.
 *
 * @type {(rail: Rail, from: number, to: number) => Places}
 */
export function placesOf(rail, from, to) {
  const bins = binsOf(rail);
  const inside = (/** @type {number} */ place) => Math.min(bins, Math.max(0, place));
  const begin = from ? inside(Math.floor((from - rail.from) / rail.step_ms)) : 0;
  const end = to ? inside(Math.ceil((to - rail.from) / rail.step_ms)) : bins;
  return [Math.min(begin, bins - 1), Math.max(end, Math.min(begin, bins - 1) + 1)];
}

/**
 * The times of bars; none where all of them are chosen.
 *
 * @type {(rail: Rail, places: Places) => { from: number, to: number } | null}
 */
export function timesOf(rail, [begin, end]) {
  if (begin <= 0 && end >= binsOf(rail)) return null;
  return { from: timeAt(rail, begin), to: timeAt(rail, end) };
}

/** @type {(rail: Rail, place: number) => number} */
export function timeAt(rail, place) {
  return Math.min(rail.to, rail.from + place * rail.step_ms);
}

/**
 * The bars between two that were pointed at, in whichever order.
 *
 * @type {(one: number, other: number) => Places}
 */
export function between(one, other) {
  return [Math.min(one, other), Math.max(one, other) + 1];
}
