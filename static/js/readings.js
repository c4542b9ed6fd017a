// @ts-check
// The readings and marks of the tags on the trends page: asked for, and kept current by what arrives.

import { Series } from "series";
import { previous } from "windows";

const [UNCERTAIN, GOOD] = [64, 192]; // OPC qualities from there on
const LAG_MS = 1000; // by which our idea of the server's clock may be ahead
const RECENT = 400; // readings of a tag that may arrive while its history is on its way

/**
 * @typedef {import("store").Tag} Tag
 * @typedef {import("panes").Poor} Poor
 * @typedef {import("windows").Window} Window
 *
 * @typedef {object} Marks
 * @property {import("panes").Span[]} alarms
 * @property {boolean} more there are others, which are older
 * @property {{ k: number, poor: Poor[] }[]} qualities
 */

export class Readings {
  /** @param {import("page").Page} page */
  constructor(page) {
    this.page = page;
    /** @type {Map<number, Series>} */
    this.series = new Map();
    /** @type {Map<number, Series>} of the time before */
    this.before = new Map();
    /** @type {Marks} */
    this.marks = { alarms: [], more: false, qualities: [] };
    /** @type {Map<number, Poor[]>} */
    this.poor = new Map();
    /** @type {Set<number>} tags whose newest reading is poor */
    this.lasting = new Set();
    /** @type {Map<number, [t: number, v: number, q: number][]>} */
    this.recent = new Map();
    /** @type {Map<string, number>} the newest request for each group of tags */
    this.asked = new Map();
    this.requests = 0;
  }

  /** Nothing that is on its way counts any more. */
  forget() {
    this.asked.clear();
    this.series.clear();
    this.before.clear();
    this.poor.clear();
    this.marks = { alarms: [], more: false, qualities: [] };
  }

  /**
   * Ask for the readings of tags.
   *
   * @param {string} key of the group: a later request takes the place of an earlier one
   * @param {Tag[]} tags
   * @param {Window} window
   * @param {{ points: number, compare: boolean }} how
   * @returns {Promise<"done" | "failed" | "late">} late: another request has been made meanwhile
   */
  async load(key, tags, window, { points, compare }) {
    const mine = this.#ask(key);
    const now = this.page.time.now();
    const earlier = compare ? this.#fetch(tags, previous(window), points) : Promise.resolve({ series: [] });
    const [answer, before] = await Promise.all([this.#fetch(tags, window, points), earlier]);
    if (this.asked.get(key) !== mine) return "late";
    if (!answer || !before) return "failed";
    for (const tag of tags) {
      this.#keep(this.series, tag, answer, now);
      this.#keep(this.before, tag, before, now);
      for (const [t, v] of window.live ? (this.recent.get(tag.k) ?? []) : []) this.series.get(tag.k)?.push(t, v);
    }
    return "done";
  }

  /** @type {(to: Map<number, Series>, tag: Tag, answer: { series: import("series").Answer[] }, now: number) => void} */
  #keep(to, tag, answer, now) {
    const found = answer.series.find(({ k }) => k === tag.k);
    if (found) to.set(tag.k, new Series(found, tag, now));
    else to.delete(tag.k);
  }

  /**
   * Ask for alarms and poor qualities.
   *
   * @type {(tags: Tag[], window: Window, points: number) => Promise<"done" | "failed" | "late">}
   */
  async loadMarks(tags, window, points) {
    const mine = this.#ask("marks");
    const marks = await this.#json(this.page.config.marks_url ?? "", tags, window, points);
    if (this.asked.get("marks") !== mine) return "late";
    if (!marks) return "failed";
    this.marks = marks;
    this.poor = new Map(marks.qualities.map((/** @type {any} */ { k, poor }) => [k, poor]));
    const lasts = (/** @type {number} */ k) => (this.poor.get(k)?.at(-1)?.[1] ?? 0) > window.to - LAG_MS;
    this.lasting = new Set(tags.map(({ k }) => k).filter(lasts));
    for (const { k } of window.live ? tags : []) {
      for (const [t, , q] of this.recent.get(k) ?? []) if (t > window.to) this.#judge(k, t, q);
    }
    return "done";
  }

  /** @param {string} key */
  #ask(key) {
    this.requests += 1;
    this.asked.set(key, this.requests);
    return this.requests;
  }

  /** @type {(tags: Tag[], window: Window, points: number) => Promise<{ series: import("series").Answer[] } | null>} */
  #fetch(tags, window, points) {
    return this.#json(this.page.config.trends_url, tags, window, points);
  }

  /** @type {(url: string, tags: Tag[], window: Window, points: number) => Promise<any>} null: no answer */
  async #json(url, tags, { from, to }, points) {
    const query = new URLSearchParams(tags.map(({ k }) => ["tag", String(k)]));
    query.set("from_ms", String(Math.max(0, from)));
    query.set("to_ms", String(to));
    query.set("points", String(points));
    try {
      const response = await fetch(`${url}?${query}`, { headers: { Accept: "application/json" } });
      return response.ok ? await response.json() : null;
    } catch {
      return null;
    }
  }

  /** @type {(readings: import("store").Reading[], live: boolean) => Set<number>} the tags that go on */
  take(readings, live) {
    const tags = new Set();
    for (const [k, t, v, q] of readings) {
      const recent = this.recent.get(k) ?? [];
      recent.push([t, v ?? NaN, q]);
      if (recent.length > RECENT) recent.shift();
      this.recent.set(k, recent);
      if (!live) continue;
      this.series.get(k)?.push(t, v ?? NaN);
      this.#judge(k, t, q);
      tags.add(k);
    }
    return tags;
  }

  /** @type {(k: number, t: number, q: number) => void} a poor reading counts until the next one */
  #judge(k, t, q) {
    const poor = this.poor.get(k) ?? [];
    const last = poor[poor.length - 1];
    const lasted = last && this.lasting.has(k);
    if (lasted) last[1] = Math.max(last[1], Math.min(t, last[1] + (this.page.store.tags.get(k)?.stale_ms ?? 0)));
    if (q >= GOOD) this.lasting.delete(k);
    else {
      this.lasting.add(k);
      if (!lasted || last[2] < UNCERTAIN !== q < UNCERTAIN) poor.push([t, t, q, 1]);
    }
  }

  /** @param {number} from what was before is not shown any more */
  trim(from) {
    for (const series of this.series.values()) series.trim(from);
  }
}
