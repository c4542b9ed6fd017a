// @ts-check
// The readings of tags over a time up to now: history first, then what arrives. Gaps stay gaps. Knows nothing of charts.

import { Ring } from "ring";

const CAPACITY = 16_384; // an hour at the four readings a second that a page receives at most
const MOST_TAGS = 32; // in one request

/**
 * @typedef {object} Found
 * @property {boolean} failed a part of it could not be had
 * @property {number} earliest time of the oldest reading, epoch milliseconds
 * @property {number} to end of the time that was asked for
 */

export class History {
  /**
   * @param {import("page").Page} page
   * @param {number} points that are asked for of each tag
   */
  constructor(page, points) {
    this.page = page;
    this.points = points;
    /** @type {Map<number, Ring>} */
    this.rings = new Map();
    this.requests = 0;
  }

  /** Every tag whose readings are kept. */
  get tags() {
    return [...this.rings.keys()];
  }

  /**
   * Keep the readings of a tag.
   *
   * @param {number} k
   */
  keep(k) {
    if (!this.rings.has(k)) this.rings.set(k, new Ring(CAPACITY));
  }

  /**
   * Fetch the history, and put what arrived meanwhile behind it.
   *
   * @param {number} windowMs
   * @returns {Promise<Found | undefined>} undefined: a later request is on its way
   */
  async load(windowMs) {
    const request = ++this.requests;
    const to = Math.round(this.page.time.now());
    let [failed, earliest] = [false, to];
    for (let i = 0; i < this.tags.length; i += MOST_TAGS) {
      const answer = await this.#fetch(this.tags.slice(i, i + MOST_TAGS), to - windowMs, to);
      if (request !== this.requests) return undefined;
      failed ||= answer === null;
      for (const series of answer?.series ?? []) this.#fill(series, to);
      earliest = Math.min(earliest, ...(answer?.series ?? []).map((series) => series.t[0] ?? to));
    }
    return { failed, earliest, to };
  }

  /** @type {(tags: number[], from: number, to: number) => Promise<{ series: any[] } | null>} */
  async #fetch(tags, from, to) {
    const query = new URLSearchParams(tags.map((k) => ["tag", String(k)]));
    query.set("from_ms", String(from));
    query.set("to_ms", String(to));
    query.set("points", String(this.points));
    try {
      const response = await fetch(`${this.page.config.trends_url}?${query}`);
      return response.ok ? await response.json() : null;
    } catch {
      return null; // no network: the page says so and offers to try again
    }
  }

  /**
   * @param {{ k: number, t: number[], v: (number | null)[], lo?: number[], hi?: number[], step_ms: number }} series
   * @param {number} to end of the history
   */
  #fill(series, to) {
    const live = this.rings.get(series.k);
    const ring = new Ring(CAPACITY);
    series.t.forEach((t, i) => {
      const [lo, hi] = [series.lo?.[i] ?? series.v[i], series.hi?.[i] ?? series.v[i]];
      ring.push(t, lo ?? NaN);
      if (hi !== lo && hi !== null) ring.push(Math.min(t + series.step_ms / 2, to), hi);
    });
    for (let i = 0; live && i < live.size; i += 1) {
      this.#append(ring, series.k, live.timeAt(i), live.valueAt(i));
    }
    this.rings.set(series.k, ring);
  }

  /** @type {(ring: Ring, k: number, t: number, v: number) => void} */
  #append(ring, k, t, v) {
    const limit = this.page.store.tags.get(k)?.stale_ms ?? Infinity;
    if (t - ring.lastTime > limit && ring.size) ring.push(ring.lastTime + 1, NaN);
    ring.push(t, v);
  }

  /**
   * @param {import("store").Change} change
   * @returns {Set<number>} the tags of which there is something new
   */
  take(change) {
    const changed = new Set();
    const push = (/** @type {number} */ k, /** @type {number} */ t, /** @type {number | null} */ v) => {
      const ring = this.rings.get(k);
      if (!ring) return;
      this.#append(ring, k, t, v ?? NaN);
      changed.add(k);
    };
    for (const [k, t, v] of change.readings) push(k, t, v);
    if (change.snapshot.startsWith("tel:")) {
      for (const { k, t, v } of this.page.store.tags.values()) if (t !== null) push(k, t, v);
    }
    return changed;
  }
}
