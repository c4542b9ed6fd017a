// @ts-check
// Cells that show the value of a tag. A value that is not current never looks as if it were.

import { all, clone, one, partsOf, setAttribute, setText } from "dom";
import { formatAge, formatValue } from "format";
import { judge, place, placeBetween } from "judge";
import { words } from "words";

const TEXT_MS = 500; // numbers change at most twice a second: faster cannot be read
const AGE_MS = 1000;

/**
 * What to say beside a value: its age when it is current, otherwise why it is not.
 *
 * @param {import("judge").Judgement} judgement
 */
export function noteOf({ state, why, age }) {
  const text = age === null ? "" : formatAge(age);
  if (state === "none") return words.neverReported;
  if (state === "stale") {
    if (why === "LINK") return words.linkLost(text);
    if (why === "DEVICE_OFFLINE") return words.deviceOffline(text);
    if (why === "DEVICE_DISABLED") return words.deviceDisabled(text);
    return words.noData(text);
  }
  return state === "good" ? text : words.quality(why);
}

/**
 * @typedef {object} Cell
 * @property {HTMLElement} element
 * @property {Record<string, HTMLElement | undefined>} parts
 */

export class Values {
  /** @param {import("page").Page} page */
  constructor(page) {
    this.page = page;
    /** @type {Map<number, Cell[]>} */
    this.cells = new Map();
    this.confirmed = false; // a snapshot has said that what the page shows is what the server knows
    page.frames.add("rows", () => this.#matchRows(), 0);
    page.frames.add("ages", () => this.#paintAges(), AGE_MS);
    page.onChange((change) => this.#take(change));
    page.onFreeze(() => page.frames.hurry("ages"));
    setInterval(() => page.frames.mark("ages"), AGE_MS);
    for (const element of all(document, "[data-tag]")) this.bind(/** @type {HTMLElement} */ (element));
  }

  /** @param {HTMLElement} element */
  bind(element) {
    const k = Number(element.dataset.tag);
    const cells = this.cells.get(k) ?? [];
    cells.push({ element, parts: partsOf(element) });
    this.cells.set(k, cells);
    this.page.frames.add(`tag:${k}`, () => this.#paint(k), TEXT_MS);
  }

  /** @param {import("store").Change} change */
  #take(change) {
    if (change.snapshot.startsWith("tel:")) {
      this.confirmed = true;
      this.page.frames.mark("rows");
    }
    for (const k of change.tags) this.page.frames.mark(`tag:${k}`);
    if (change.devices.size) this.page.frames.mark("ages");
  }

  #matchRows() {
    this.#addRows();
    this.#dropRows();
    for (const k of this.cells.keys()) this.page.frames.mark(`tag:${k}`);
  }

  /**
   * Tags that came into being after the page was made get a row like those before them; where there was none, the
   * server has to make the page anew.
   */
  #addRows() {
    if (this.page.config.wall) return; // it shows no rows
    for (const tag of this.page.store.tags.values()) {
      if (this.cells.has(tag.k) || !this.page.shows(this.page.store.devices.get(tag.dev))) continue;
      const body = document.querySelector(`[data-rows="${tag.dev}"]`);
      if (!body) return this.page.reload();
      const row = clone("t-row");
      row.dataset.tag = String(tag.k);
      setText(one(row, "[data-part=name]"), words.own(tag.label) || tag.name);
      setText(one(row, "[data-part=unit]"), tag.unit);
      setAttribute(one(row, ".range"), "hidden", place(0, tag.lo, tag.hi) === null ? "" : null);
      body.append(row);
      this.bind(row);
    }
  }

  #dropRows() {
    for (const [k, cells] of this.cells) {
      if (this.page.store.tags.has(k)) continue;
      for (const { element } of cells) element.remove();
      this.cells.delete(k);
      this.page.frames.remove(`tag:${k}`);
    }
  }

  /** @param {number} k */
  #paint(k) {
    const tag = this.page.store.tags.get(k);
    if (!tag) return;
    for (const { parts } of this.cells.get(k) ?? []) {
      setText(parts.value, formatValue(tag));
      setText(parts.unit, tag.unit);
      const at = tag.v === null ? null : placeOn(parts.marker, tag.v, tag);
      setAttribute(parts.marker, "visibility", at === null ? "hidden" : null);
      if (at !== null) setAttribute(parts.marker, "x", (at * 100 - 1.5).toFixed(1));
    }
    this.#paintAge(k, tag);
  }

  #paintAges() {
    for (const k of this.cells.keys()) {
      const tag = this.page.store.tags.get(k);
      if (tag) this.#paintAge(k, tag);
    }
  }

  /** @type {(k: number, tag: import("store").Tag) => void} */
  #paintAge(k, tag) {
    if (!this.confirmed && !this.page.frozen) return; // still as the server greyed it
    const device = this.page.store.devices.get(tag.dev);
    const judgement = judge(tag, device, this.page.time.now(), this.page.frozen);
    for (const cell of this.cells.get(k) ?? []) paintJudgement(cell, judgement);
  }
}

/** @type {(cell: Cell, judgement: import("judge").Judgement) => void} */
function paintJudgement({ element, parts }, judgement) {
  const { state, side, age } = judgement;
  const note = noteOf(judgement);
  setAttribute(element, "data-state", state);
  setAttribute(element, "data-side", side || null);
  setText(parts.side, side && words[side]);
  setText(parts.badge, state === "good" ? "" : note);
  if (parts.quality) {
    setText(parts.age, age === null ? "" : formatAge(age));
    setText(parts.quality, state === "good" ? words.quality("GOOD") : note);
  } else {
    setText(parts.age, note);
    setAttribute(parts.age, "title", state === "good" ? null : note);
  }
}

/** @type {(marker: HTMLElement | undefined, value: number, tag: import("store").Tag) => number | null} a bar may say which values are at its ends */
function placeOn(marker, value, { lo, hi }) {
  const { begin, end } = marker?.dataset ?? {};
  return begin && end ? placeBetween(value, Number(begin), Number(end)) : place(value, lo, hi);
}
