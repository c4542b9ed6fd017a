// @ts-check
// Small trends inside a table: one line of the time that the big trends show.

import { all, setAttribute } from "dom";
import { scaleFor, sparkPath } from "scale";

const PERIOD_MS = 5000;
const [WIDTH, HEIGHT] = [96, 24];

export class Sparks {
  /**
   * @param {import("page").Page} page
   * @param {import("trends").Trends} trends
   */
  constructor(page, trends) {
    this.page = page;
    this.trends = trends;
    for (const element of all(document, "[data-spark]")) {
      const k = Number(element.getAttribute("data-spark"));
      trends.keep(k);
      page.frames.add(`spark:${k}`, () => this.#paint(k, element), PERIOD_MS);
    }
    trends.onLoaded(() => this.#mark());
    setInterval(() => this.#mark(), PERIOD_MS);
  }

  #mark() {
    for (const k of this.trends.tags) this.page.frames.mark(`spark:${k}`);
  }

  /** @type {(k: number, element: Element) => void} */
  #paint(k, element) {
    const tag = this.page.store.tags.get(k);
    const ring = this.trends.rings.get(k);
    if (!tag || !ring) return;
    const to = this.page.time.now();
    const from = to - this.trends.windowMs;
    const { min, max } = ring.extent(from, to);
    const scale = scaleFor(tag.lo, tag.hi, min, max, 10 ** -tag.dec);
    const frame = { from, to, min: scale.min, max: scale.max };
    const path = sparkPath(ring.reduce(from, to, WIDTH), frame, WIDTH, HEIGHT);
    setAttribute(element.querySelector("path"), "d", path);
  }
}
