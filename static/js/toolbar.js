// @ts-check
// What the time shown is chosen with, and what it says about that time.

import { all, one, partsOf, setAttribute, setText } from "dom";
import { fromZone } from "format";
import { trendwords } from "trendwords";
import { LONGEST_MS, SHORTEST_MS } from "windows";

/**
 * @typedef {"earlier" | "later" | "in" | "out" | "pause" | "live" | "compare" | "alarms" | "table" | "picture"} Act
 *
 * @typedef {object} Does
 * @property {(act: Act) => void} act
 * @property {(range: string) => void} range
 * @property {(from: number, to: number) => void} own a time of its own
 */

export class Toolbar {
  /**
   * @param {import("page").Page} page
   * @param {Does} does
   */
  constructor(page, does) {
    this.page = page;
    this.does = does;
    this.tools = one(document, "[data-tools]");
    this.form = /** @type {HTMLFormElement} */ (one(document, "[data-own-form]"));
    this.own = one(this.tools, "[data-own]");
    this.when = partsOf(one(document, "[data-when]"));
    for (const button of all(this.tools, "[data-act]")) {
      const act = /** @type {Act} */ (button.getAttribute("data-act"));
      button.addEventListener("click", () => does.act(act));
    }
    for (const button of all(this.tools, "[data-range]")) {
      button.addEventListener("click", () => does.range(button.getAttribute("data-range") ?? ""));
    }
    this.own.addEventListener("click", () => this.#open(Boolean(this.form.hidden)));
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.form.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      this.#open(false);
      this.own.focus();
    });
  }

  /** @param {string} name */
  #field(name) {
    return /** @type {HTMLInputElement} */ (this.form.elements.namedItem(name));
  }

  /** @param {boolean} open */
  #open(open) {
    this.form.hidden = !open;
    setAttribute(this.own, "aria-expanded", String(open));
    setText(one(this.form, "[data-wrong]"), "");
    if (!open) return;
    const { from, to } = this.shown ?? { from: 0, to: 0 };
    this.#field("from").value = this.page.zone.full(from).replace(" ", "T");
    this.#field("to").value = this.page.zone.full(to).replace(" ", "T");
    this.#field("from").focus();
  }

  #submit() {
    const { zone, time } = this.page;
    const [from, end] = ["from", "to"].map((name) => fromZone(this.#field(name).value, zone));
    const to = Math.min(end, time.now());
    const wrong = Number.isNaN(from + to)
      ? trendwords.noTime
      : to - from < SHORTEST_MS
        ? trendwords.badTime
        : to - from > LONGEST_MS
          ? trendwords.longTime
          : "";
    setText(one(this.form, "[data-wrong]"), wrong);
    if (wrong) return;
    this.#open(false);
    this.does.own(from, Math.round(to));
    this.own.focus();
  }

  /** @type {(state: import("windows").State, window: import("windows").Window) => void} */
  paint(state, window) {
    const shown = state.tags.length > 0;
    this.tools.hidden = !shown;
    one(document, "[data-when]").hidden = !shown;
    for (const button of all(this.tools, "[data-range]")) {
      setAttribute(button, "aria-pressed", String(button.getAttribute("data-range") === state.range));
    }
    setAttribute(this.own, "aria-pressed", String(state.range === ""));
    setAttribute(one(this.tools, "[data-act=compare]"), "aria-pressed", String(state.compare));
    setAttribute(one(this.tools, "[data-act=alarms]"), "aria-pressed", String(state.alarms));
    const pause = one(this.tools, "[data-act=pause]");
    const parts = partsOf(pause);
    pause.hidden = state.range === "";
    setAttribute(parts.sign, "href", window.live ? "#i-pause" : "#i-go");
    setText(parts.words, window.live ? trendwords.pause : trendwords.goOn);
    one(this.tools, "[data-act=live]").hidden = state.range !== "";
    this.paintTime(state, window);
  }

  /** @type {(state: import("windows").State, window: import("windows").Window) => void} */
  paintTime(state, window) {
    this.shown = window;
    const { zone } = this.page;
    setText(this.when.span, trendwords.span(zone.full(window.from), zone.full(window.to), zone.zone(window.to)));
    const still = state.paused === null ? trendwords.fixed : trendwords.paused(zone.clock(state.paused));
    setText(this.when.state, window.live ? trendwords.live : still);
    const names = new Set([this.page.config.zone, zone.zone(window.to)]); // that of UTC is said once
    setText(one(this.form, "[data-zone]"), [...names].join(", "));
  }
}
