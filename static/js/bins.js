// @ts-check
// Counts of equal stretches of time, drawn together where there are more than a chart can show. Pure.

/**
 * @typedef {object} Group
 * @property {number} from epoch milliseconds
 * @property {number} to
 * @property {number} total
 * @property {number} peak most in one bin
 * @property {number} busy bins with more than the limit
 */

const DAY_MS = 24 * 3_600_000;
const HOURS = [1, 2, 3, 4, 6, 8, 12]; // between two labels
const SIZES = [1, 3, 6, 18, 36, 72, 144]; // bins of ten minutes: to a day

/**
 * The smallest number of bins to a group with which there are at most so many groups.
 *
 * @type {(bins: number, most: number) => number}
 */
export function groupSize(bins, most) {
  return SIZES.find((size) => bins / size <= most) ?? SIZES[SIZES.length - 1];
}

/**
 * Where the time axis is labelled: at full hours of the plant, beyond a day at its midnights.
 *
 * @param {{ from: number, step_ms: number, counts: number[] }} rate
 * @param {(ms: number) => string} clock of the plant, "HH:MM"
 * @param {number} most labels
 * @returns {number[]}
 */
export function ticksOf(rate, clock, most) {
  const hour = (/** @type {number} */ ms) => clock(ms).slice(0, 2);
  const starts = rate.counts.map((_, i) => rate.from + i * rate.step_ms);
  const hours = starts.filter((ms) => hour(ms) !== hour(ms - rate.step_ms));
  const step = HOURS.find((n) => hours.length / n <= most) ?? 12;
  if (rate.counts.length * rate.step_ms <= DAY_MS) return hours.filter((ms) => Number(hour(ms)) % step === 0);
  const days = hours.filter((ms) => hour(ms) === "00");
  const every = Math.ceil(days.length / most);
  return days.filter((_, i) => (days.length - 1 - i) % every === 0);
}

/**
 * @param {{ from: number, step_ms: number, counts: number[], limit: number }} rate
 * @param {number} size bins in a group
 * @returns {Group[]} the last one may have fewer
 */
export function groupsOf(rate, size) {
  const groups = [];
  for (let i = 0; i < rate.counts.length; i += size) {
    const counts = rate.counts.slice(i, i + size);
    groups.push({
      from: rate.from + i * rate.step_ms,
      to: rate.from + (i + counts.length) * rate.step_ms,
      total: counts.reduce((sum, n) => sum + n, 0),
      peak: Math.max(...counts),
      busy: counts.filter((n) => n > rate.limit).length,
    });
  }
  return groups;
}
