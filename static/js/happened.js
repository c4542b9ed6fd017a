// @ts-check
// What happened to a device in the time that its trends show: marked in the charts, and told beside them.

import { fill, one, setAttribute, setText } from "dom";
import { SHORT } from "trendcalls";
import { gettext, words } from "words";

const SOON_MS = 500; // what happens together is asked for together
const AGAIN_MS = 60_000; // late readings tell of alarms that no event announces
const PAINT_MS = 5000;
const MOST_NAMES = 32; // more in one chart would lie on each other

/**
 * See project/device_marks.py.
 *
 * @typedef {object} Happening
 * @property {number} at epoch milliseconds
 * @property {number | null} tag null: it concerns all of the device
 * @property {number | null} priority of the alarm
 * @property {string} kind of its rule
 * @property {"raise" | "clear" | "offline" | "online" | "config" | "other"} what
 * @property {string} text
 */

/** @type {Record<Happening["what"], string>} */
const NAMES = {
  raise: gettext("alarm"),
  clear: gettext("normal"),
  offline: words.status("offline"),
  online: words.status("online"),
  config: gettext("configuration"),
  other: "",
};

export class Happened {
  /**
   * @param {import("page").Page} page
   * @param {import("trends").Trends} trends
   */
  constructor(page, trends) {
    this.page = page;
    this.trends = trends;
    this.marks = page.config.happened ?? [];
    this.of = new Set(page.config.happened_of ?? []);
    this.failed = false;
    this.asked = 0;
    this.timer = 0;
    trends.momentsOf = (k, from, to) => momentsOf(this.marks, k, from, to);
    page.frames.add("happened", () => this.#paint(), 0);
    page.onChange((change) => this.#take(change));
    trends.onLoaded(() => page.frames.mark("happened"));
    one(document, "[data-retry-happened]").addEventListener("click", () => void this.#ask());
    setInterval(() => page.frames.mark("happened"), PAINT_MS);
    setInterval(() => document.hidden || void this.#ask(), AGAIN_MS);
    page.frames.mark("happened");
  }

  /** @param {import("store").Change} change */
  #take({ alarms, devices, snapshot }) {
    const { store } = this.page;
    const own = [...devices].some((id) => this.of.has(id));
    // one that is gone from the list does not say whose it was
    const its = [...alarms].some((id) => this.of.has(store.alarms.get(id)?.device ?? 0) || !store.alarms.has(id));
    if (snapshot || !(own || its)) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.#ask(), SOON_MS);
  }

  async #ask() {
    const mine = ++this.asked;
    let marks = null;
    try {
      const response = await fetch(location.pathname, { headers: { Accept: "application/json" } });
      if (response.ok) ({ marks } = await response.json());
    } catch {
      // no network, or a page for signing in: said below
    }
    if (mine !== this.asked) return;
    this.failed = marks === null;
    this.marks = marks ?? this.marks;
    this.page.frames.mark("happened");
    this.trends.redraw();
  }

  #paint() {
    const to = this.page.time.now();
    const shown = this.marks.filter(({ at }) => at >= to - this.trends.windowMs).reverse();
    one(document, "[data-happened-box]").hidden = shown.length === 0;
    one(document, "[data-happened-failed]").hidden = !this.failed;
    fill(one(document, "[data-happened]"), "t-happened", shown, (parts, mark, element) => {
      setAttribute(element, "data-what", mark.what);
      setAttribute(element, "data-priority", mark.what === "raise" && mark.priority ? String(mark.priority) : null);
      setText(parts.at, this.page.zone.clock(mark.at));
      setText(parts.text, mark.text);
    });
  }
}

/**
 * The lines across the chart of one tag. Of those that lie close together only one has its name. Pure.
 *
 * @type {(marks: Happening[], k: number, from: number, to: number) => import("chart").Mark[]}
 */
export function momentsOf(marks, k, from, to) {
  const shown = marks.filter(({ at, tag }) => at >= from && at <= to && (tag === null || tag === k));
  const near = (to - from) / MOST_NAMES;
  /** @type {Happening[]} */
  const named = [];
  for (const mark of [...shown].reverse().sort((a, b) => Number(b.what === "raise") - Number(a.what === "raise"))) {
    if (named.every(({ at }) => Math.abs(at - mark.at) > near)) named.push(mark);
  }
  return shown.map((mark) => {
    const name = SHORT[mark.what === "raise" ? mark.kind : ""] ?? NAMES[mark.what];
    const priority = mark.what === "raise" ? (mark.priority ?? 0) : 0;
    return { xAxis: mark.at, name: named.includes(mark) ? name : "", priority };
  });
}
