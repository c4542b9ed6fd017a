// @ts-check
// What a chart knows of one tag in a stretch of time: readings, or means with extremes. It goes on with what arrives. Pure.

/**
 * As the API has it.
 *
 * @typedef {object} Answer
 * @property {number} k
 * @property {number} step_ms width of a step; 0: every reading
 * @property {number[] | null} t
 * @property {(number | null)[] | null} v
 * @property {(number | null)[] | null} [lo]
 * @property {(number | null)[] | null} [hi]
 *
 * @typedef {{ min: number, max: number, mean: number, last: number }} Stats NaN: there is none
 */

const HUGE = 1e300; // beyond it no plant measures, and sums overflow

export class Series {
  /**
   * @param {Answer} answer
   * @param {{ stale_ms: number, scan_ms: number }} tag
   * @param {number} now when it was asked for: the last step is as full as time has passed
   */
  constructor(answer, tag, now) {
    this.step = answer.step_ms;
    this.stale = tag.stale_ms;
    const numbers = (/** @type {(number | null)[] | null | undefined} */ all) => (all ?? []).map((v) => v ?? NaN);
    this.t = answer.t ?? [];
    this.v = numbers(answer.v);
    this.lo = answer.lo ? numbers(answer.lo) : this.v;
    this.hi = answer.hi ? numbers(answer.hi) : this.v;
    const last = this.t.length - 1;
    this.count = last < 0 ? 0 : Math.max(1, Math.round((now - this.t[last]) / Math.max(1, tag.scan_ms)));
    this.lastAt = last < 0 ? -Infinity : this.t[last];
  }

  get length() {
    return this.t.length;
  }

  /**
   * Add a reading. One that is not newer than the last is left out: readings arrive in order or not at all.
   *
   * @param {number} t epoch milliseconds
   * @param {number} v NaN: it has no value
   */
  push(t, v) {
    this.#dropAssumedGap(t);
    if (t <= this.lastAt) return;
    const gap = this.length > 0 && t - this.lastAt > this.stale && !Number.isNaN(this.v[this.length - 1]);
    const place = this.step ? Math.floor(t / this.step) * this.step : t;
    if (gap) this.#add(Math.min(this.lastAt + this.stale, place - 1), NaN);
    this.lastAt = t;
    const i = this.length - 1;
    if (this.step && this.t[i] === place) this.#join(i, v);
    else this.#add(place, v);
  }

  /** @param {number} t a gap that was only assumed gives way to a reading that fills it */
  #dropAssumedGap(t) {
    const i = this.length - 1;
    if (i < 1 || !Number.isNaN(this.v[i]) || t > this.t[i] || this.step) return;
    for (const column of new Set([this.t, this.v, this.lo, this.hi])) column.pop();
    this.lastAt = this.t[i - 1];
  }

  /** @type {(t: number, v: number) => void} */
  #add(t, v) {
    this.count = Number.isNaN(v) ? 0 : 1;
    this.t.push(t);
    for (const column of new Set([this.v, this.lo, this.hi])) column.push(v);
  }

  /** @type {(i: number, v: number) => void} */
  #join(i, v) {
    if (Number.isNaN(v)) return;
    if (Number.isNaN(this.v[i])) this.count = 0;
    this.v[i] = this.count ? (this.v[i] * this.count + v) / (this.count + 1) : v;
    this.lo[i] = this.count ? Math.min(this.lo[i], v) : v;
    this.hi[i] = this.count ? Math.max(this.hi[i], v) : v;
    this.count += 1;
  }

  /** @param {number} from what was before it is forgotten, but for one point: the line enters from the edge */
  trim(from) {
    const gone = Math.max(0, this.#after(from) - 1);
    if (gone) for (const column of new Set([this.t, this.v, this.lo, this.hi])) column.splice(0, gone);
  }

  /** @param {number} time index of the first point after it */
  #after(time) {
    let [low, high] = [0, this.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.t[middle] <= time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /**
   * The point that holds at a time; undefined: nothing was known then.
   *
   * @param {number} time
   */
  at(time) {
    const i = this.#after(time) - 1;
    const last = i === this.length - 1;
    if (i < 0 || (last && time - Math.max(this.t[i], this.lastAt) > Math.max(this.stale, this.step))) return undefined;
    return { t: this.t[i], v: this.v[i], lo: this.lo[i], hi: this.hi[i] };
  }

  /**
   * Smallest and largest value, and the mean over the time for which each point holds.
   *
   * @param {number} from
   * @param {number} to
   * @returns {Stats}
   */
  stats(from, to) {
    const stats = { min: NaN, max: NaN, mean: NaN, last: NaN };
    let [sum, time, plain] = [0, 0, NaN];
    for (let i = 0; i < this.length && this.t[i] <= to; i += 1) {
      if (Number.isNaN(this.v[i]) || this.#end(i, to) < from) continue;
      if (this.t[i] >= from) {
        stats.min = this.lo[i] >= stats.min ? stats.min : this.lo[i];
        stats.max = this.hi[i] <= stats.max ? stats.max : this.hi[i];
        stats.last = plain = this.v[i];
      }
      const held = this.#end(i, to) - Math.max(from, this.t[i]);
      sum += Math.max(-HUGE, Math.min(HUGE, this.v[i])) * held;
      time += held;
    }
    stats.mean = Number.isNaN(plain) ? NaN : time > 0 ? sum / time : plain;
    return stats;
  }

  /** @type {(i: number, to: number) => number} until when a point holds */
  #end(i, to) {
    const next = this.t[i + 1] ?? Math.min(to, Math.max(this.t[i], this.lastAt) + this.stale);
    return Math.min(to, this.step ? Math.min(next, this.t[i] + this.step) : next);
  }
}
