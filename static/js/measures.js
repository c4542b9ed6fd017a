// @ts-check
// Key figures that are made of tags: the value of one, or what several say together, with the last hour as a line.

import { combined, combinedLine, extentOf } from "aggregate";
import { partsOf, setAttribute, setText } from "dom";
import { formatMeaning, formatNumber, formatValue } from "format";
import { History } from "history";
import { judge } from "judge";
import { scaleFor } from "scale";
import { paintLine, paintTile, paintTileCall, tileOf, WIDTH } from "tile";
import { callOf } from "trendcalls";
import { noteOf } from "values";
import { gettext, interpolate, words } from "words";

const TEXT_MS = 500;
const LINE_MS = 10_000;
const AGE_MS = 1000;
const WINDOW_MS = 3_600_000;
const POINTS = 120;
const PATIENCE_MS = 1500;

/**
 * @typedef {import("page").Figure} Figure
 * @typedef {import("store").Tag} Tag
 * @typedef {import("judge").Judgement} Judgement
 */

/** @type {(state: string) => boolean} */
const isCurrent = (state) => state === "good" || state === "uncertain";

export class Measures {
  /** @param {import("page").Page} page */
  constructor(page) {
    this.page = page;
    this.figures = (page.config.figures ?? []).filter((figure) => figure.tags.length > 0);
    if (!this.figures.length) return;
    this.history = new History(page, POINTS);
    this.confirmed = false;
    /** @type {Map<string, string>} what stands below a value that is current, by name */
    this.aims = new Map();
    for (const figure of this.figures) this.#add(figure);
    page.onChange((change) => this.#take(change));
    page.onFreeze(() => this.#markAll("measure"));
    setInterval(() => this.#markAll("measure"), AGE_MS);
    setInterval(() => this.#markAll("line"), LINE_MS);
    setTimeout(() => this.history?.requests || this.#load(), PATIENCE_MS);
  }

  /** @param {Figure} figure */
  #add(figure) {
    for (const k of figure.tags) this.history?.keep(k);
    this.page.frames.add(`measure:${figure.name}`, () => this.#paint(figure), TEXT_MS);
    this.page.frames.add(`line:${figure.name}`, () => this.#paintLine(figure), LINE_MS);
    const tile = tileOf(figure.name);
    if (tile) this.aims.set(figure.name, partsOf(tile).foot?.textContent ?? "");
  }

  /** @param {string} what */
  #markAll(what) {
    for (const { name } of this.figures) this.page.frames.mark(`${what}:${name}`);
  }

  async #load() {
    await this.history?.load(WINDOW_MS);
    for (const { name } of this.figures) this.page.frames.hurry(`line:${name}`);
  }

  /** @param {import("store").Change} change */
  #take(change) {
    const changed = new Set(this.history?.take(change));
    if (change.snapshot.startsWith("tel:")) {
      this.confirmed = true;
      void this.#load();
    }
    for (const { name, tags } of this.figures) {
      if (tags.some((k) => changed.has(k))) this.page.frames.mark(`measure:${name}`);
    }
    if (change.alarms.size || change.devices.size) this.#markAll("measure");
  }

  /** @param {Figure} figure */
  #paint(figure) {
    if (!this.confirmed && !this.page.frozen) return; // still as the server greyed it
    const members = figure.tags.flatMap((k) => this.page.store.tags.get(k) ?? []);
    if (members.length < figure.tags.length) return this.page.reload(); // one of them was deleted
    if (figure.kind === "tag") this.#paintTag(figure, members[0]);
    else this.#paintTogether(figure, members);
    const calls = figure.tags.flatMap((k) => callOf(this.page, k) ?? []);
    paintTileCall(figure.name, this.page.frozen ? undefined : calls.sort((a, b) => a.priority - b.priority)[0]);
  }

  /** @param {Tag} tag */
  #judge(tag) {
    const device = this.page.store.devices.get(tag.dev);
    return judge(tag, device, this.page.time.now(), this.page.frozen);
  }

  /** @type {(figure: Figure, tag: Tag) => void} */
  #paintTag({ name }, tag) {
    const judgement = this.#judge(tag);
    const outside = isCurrent(judgement.state) ? judgement.side : "";
    const note = judgement.state === "good" ? "" : noteOf(judgement);
    paintTile(name, formatValue(tag), tag.unit, note || this.aims.get(name));
    paintState(name, judgement.state, outside);
  }

  /** @type {(figure: Figure, members: Tag[]) => void} */
  #paintTogether({ name, kind, tags }, members) {
    const way = /** @type {import("aggregate").Way} */ (kind);
    const current = members.filter((tag) => tag.v !== null && isCurrent(this.#judge(tag).state));
    const [{ unit }] = members;
    const comparable = members.every((tag) => tag.unit === unit);
    const value = combined(way, current.flatMap((tag) => tag.v ?? []));
    const text = `${valueText(value, members)} ${unit}`.trim();
    const whole = current.length === tags.length && comparable;
    const missing = interpolate(gettext("%s of %s current"), [current.length, tags.length]);
    const part = kind === "sum" && current.length ? `${missing}: ${text}` : missing;
    const foot = comparable ? part : gettext("its tags have different units now");
    paintTile(name, whole ? valueText(value, members) : "–", unit, whole ? this.aims.get(name) : foot);
    paintState(name, whole ? "good" : "stale", "");
  }

  /** @param {Figure} figure */
  #paintLine({ name, kind, tags }) {
    const to = this.page.time.now();
    const from = to - WINDOW_MS;
    const members = tags.flatMap((k) => this.page.store.tags.get(k) ?? []);
    const rings = tags.flatMap((k) => this.history?.rings.get(k) ?? []);
    if (members.length < tags.length || rings.length < tags.length) return;
    const [tag] = members;
    const single = kind === "tag";
    const points = single
      ? rings[0].reduce(from, to, WIDTH)
      : combinedLine(/** @type {import("aggregate").Way} */ (kind), rings, { from, to, steps: WIDTH });
    const band = single ? { lo: tag.lo, hi: tag.hi } : { lo: null, hi: null };
    const { min, max } = extentOf(points);
    const scale = scaleFor(band.lo, band.hi, min, max, 10 ** -tag.dec);
    paintLine(name, points, { from, to, min: scale.min, max: scale.max }, band);
  }
}

/** @type {(value: number, members: Tag[]) => string} with the digits of its finest member */
function valueText(value, members) {
  if (Number.isNaN(value)) return "–";
  return members.length === 1
    ? formatMeaning(value, members[0])
    : formatNumber(value, Math.max(...members.map((tag) => tag.dec)));
}

/** @type {(name: string, state: string, side: "" | "low" | "high") => void} */
function paintState(name, state, side) {
  const tile = tileOf(name);
  setAttribute(tile, "data-state", state);
  setAttribute(tile, "data-side", side || null);
  if (tile) setText(partsOf(tile).side, side && words[side]);
}
