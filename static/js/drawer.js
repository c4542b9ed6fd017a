// @ts-check
// One alarm with all that is known of it: what its rule says, its trend, its picture, what happened. It stays current.

import { paintAlarm } from "alarmpaint";
import { alarmwords } from "alarmwords";
import { paintBoxes } from "boxes";
import { TrendChart, fontsReady } from "chart";
import { all, clone, fill, one, partsOf, setAttribute, setText } from "dom";
import { formatAge } from "format";
import { recordedText } from "journal";
import { Ring } from "ring";
import { scaleFor } from "scale";
import { terms } from "terms";
import { words } from "words";

const POINTS = 600;
const MOST_TRENDS = 3;
const AGE_MS = 1000;

/**
 * As the API has it.
 *
 * @typedef {object} Entry
 * @property {string} at
 * @property {string} source_time
 * @property {string} action
 * @property {string} actor
 * @property {string} reason
 * @property {number | null} value
 * @property {boolean} historical
 *
 * @typedef {object} Occurrence
 * @property {string | null} raised_at
 * @property {string | null} returned_at
 * @property {string} acked_by
 *
 * @typedef {{ k: number, name: string, label: string, unit: string, dec: number, lo: number | null, hi: number | null }} TrendTag
 *
 * @typedef {object} Whole
 * @property {number} id
 * @property {string} cause
 * @property {string} consequence
 * @property {string} action
 * @property {string} raised_at
 * @property {Entry[]} journal
 * @property {Occurrence[]} earlier
 * @property {{ tags: TrendTag[], from_ms: number, to_ms: number } | null} trend
 * @property {{ camera: string, label: string, image: string | null, width: number | null, height: number | null, boxes: import("detections").Box[] } | null} evidence
 */

export class Drawer {
  /**
   * @param {import("page").Page} page
   * @param {import("orders").Orders} orders
   * @param {(id: number) => void} closed gives the keyboard back to its row
   */
  constructor(page, orders, closed) {
    this.page = page;
    this.orders = orders;
    this.dialog = /** @type {HTMLDialogElement} */ (one(document, "#alarm"));
    this.parts = partsOf(this.dialog);
    this.id = 0;
    /** @type {import("alarms").AlarmRow | undefined} */
    this.row = undefined;
    /** @type {TrendChart[]} */
    this.charts = [];
    page.frames.add("drawer", () => this.#paint(), 0);
    page.onChange((change) => {
      if (!this.dialog.open || !change.alarms.has(this.id)) return;
      page.frames.mark("drawer");
      void this.#load(this.id, false);
    });
    orders.onChange(() => page.frames.mark("drawer"));
    setInterval(() => this.dialog.open && page.frames.mark("drawer"), AGE_MS);
    one(this.dialog, "[data-close]").addEventListener("click", () => this.dialog.close());
    this.acknowledge = this.dialog.querySelector("[data-acknowledge]"); // null: whoever looks may not
    this.acknowledge?.addEventListener("click", () => void this.#acknowledge());
    this.dialog.addEventListener("click", (event) => event.target === this.dialog && this.dialog.close());
    this.dialog.addEventListener("close", () => {
      this.#dropCharts();
      closed(this.id);
    });
  }

  /**
   * Show an alarm, if it is known.
   *
   * @param {number} id
   */
  open(id) {
    const row = this.page.store.alarms.get(id);
    if (!row) return false;
    this.row = row;
    this.id = id;
    for (const name of ["cause", "consequence", "action"]) this.#paintAdvice(name, "");
    for (const block of all(this.dialog, "[data-block]")) /** @type {HTMLElement} */ (block).hidden = true;
    one(this.dialog, "[data-failed]").hidden = true;
    setText(one(this.dialog, "[data-told]"), "");
    this.#paint();
    void this.#load(id, true);
    if (!this.dialog.open) this.dialog.showModal();
    return true;
  }

  /** @type {(id: number, first: boolean) => Promise<void>} */
  async #load(id, first) {
    try {
      const response = await fetch(`${this.page.config.alarms_url}${id}/`);
      if (!response.ok) throw new Error(String(response.status));
      const whole = await response.json();
      if (id !== this.id || !this.dialog.open) return;
      this.#paintWhole(whole);
      if (first && whole.trend) await this.#paintTrends(whole.trend, Date.parse(whole.raised_at));
    } catch {
      one(this.dialog, "[data-failed]").hidden = !first; // the list says what is known
    }
  }

  async #acknowledge() {
    const { row } = this;
    if (!row || this.acknowledge?.getAttribute("aria-disabled")) return;
    const { text } = await this.orders.send("acknowledge", [row]);
    setText(one(this.dialog, "[data-told]"), text);
  }

  #paint() {
    if (!this.dialog.open && !this.row) return;
    const known = this.page.store.alarms.get(this.id);
    this.row = known ?? this.row;
    if (!this.row) return;
    paintAlarm(this.page, this.dialog, this.row, { pending: this.orders.isPending(this.row), gone: !known });
    const { parts, row, page } = this;
    setText(parts.full, row.raised === null ? "–" : page.zone.full(row.raised));
    const reason = page.frozen ? alarmwords.notConnected : this.orders.isPending(row) ? alarmwords.pending : "";
    setAttribute(this.acknowledge, "hidden", known && row.announced ? null : "");
    setAttribute(this.acknowledge, "aria-disabled", reason ? "true" : null);
    setAttribute(this.acknowledge, "title", reason || null);
    setAttribute(parts.proof, "href", `${page.config.alarms_url}${row.id}/evidence/?occurrence=${row.occurrence}`);
    setAttribute(parts.proof, "hidden", row.occurrence > 0 ? null : "");
    setText(parts.returned, row.returned === null ? "–" : page.zone.full(row.returned));
  }

  /** @type {(name: string, text: string) => void} */
  #paintAdvice(name, text) {
    const place = this.parts[name];
    setText(place, text);
    const block = place?.closest("div");
    if (block) block.hidden = !text;
  }

  /** @param {Whole} whole */
  #paintWhole(whole) {
    this.#paintAdvice("cause", whole.cause);
    this.#paintAdvice("consequence", whole.consequence);
    this.#paintAdvice("action", whole.action);
    this.#block("advice").hidden = !(whole.cause || whole.consequence || whole.action);
    this.#paintEvidence(whole.evidence);
    const { zone } = this.page;
    this.#block("journal").hidden = whole.journal.length === 0;
    fill(one(this.dialog, "[data-journal]"), "t-entry", whole.journal, (parts, entry) => {
      setText(parts.at, zone.full(Date.parse(entry.source_time)));
      setText(parts.recorded, recordedText(zone, entry));
      setText(parts.what, alarmwords.happening(entry.action));
      setText(parts.who, alarmwords.actor(entry.actor));
      setText(parts.why, alarmwords.reason(entry.reason));
      setText(parts.late, entry.historical ? alarmwords.historical : "");
    });
    this.#block("earlier").hidden = whole.earlier.length === 0;
    fill(one(this.dialog, "[data-earlier]"), "t-earlier", whole.earlier, (parts, { raised_at: from, ...rest }) => {
      setText(parts.at, from ? zone.full(Date.parse(from)) : "–");
      const to = rest.returned_at;
      setText(parts.lasted, from && to ? formatAge(Math.max(0, Date.parse(to) - Date.parse(from))) : "–");
      setText(parts.who, rest.acked_by || "–");
    });
  }

  /** @param {string} name */
  #block(name) {
    return one(this.dialog, `[data-block="${name}"]`);
  }

  /** @param {Whole["evidence"]} evidence */
  #paintEvidence(evidence) {
    this.#block("evidence").hidden = !evidence;
    if (!evidence) return;
    const { parts } = this;
    setAttribute(parts.img, "src", evidence.image);
    setAttribute(parts.img, "hidden", evidence.image ? null : "");
    setAttribute(parts.img, "alt", terms.picture([terms.label(evidence.label), evidence.camera].join(", ")));
    setText(parts.nothing, evidence.image ? "" : terms.nothing("none"));
    paintBoxes(parts.boxes, evidence.image ? evidence : { width: null, height: null, boxes: [] });
    const url = this.page.config.camera_url?.replace("UID", encodeURIComponent(evidence.camera));
    setText(parts.camera, evidence.camera);
    setAttribute(parts.camera, "href", url ?? null);
  }

  // ---------------------------------------------------------------- trends

  #dropCharts() {
    for (const chart of this.charts) chart.dispose();
    this.charts = [];
    one(this.dialog, "[data-trends]").replaceChildren();
  }

  /** @type {(trend: NonNullable<Whole["trend"]>, raised: number) => Promise<void>} */
  async #paintTrends({ tags, from_ms: from, to_ms: to }, raised) {
    const shown = tags.slice(0, MOST_TRENDS);
    const query = new URLSearchParams(shown.map(({ k }) => ["tag", String(k)]));
    for (const [name, value] of Object.entries({ from_ms: from, to_ms: to, points: POINTS })) query.set(name, String(value));
    const response = await fetch(`${this.page.config.trends_url}?${query}`);
    if (!response.ok) return;
    const { series } = await response.json();
    await fontsReady();
    if (!this.dialog.open) return;
    this.#dropCharts();
    this.#block("trends").hidden = false;
    for (const tag of shown) this.#draw(tag, series.find((/** @type {any} */ each) => each.k === tag.k), from, to, raised);
  }

  /** @type {(tag: TrendTag, series: any, from: number, to: number, raised: number) => void} */
  #draw(tag, series, from, to, raised) {
    const element = clone("t-drawn");
    one(this.dialog, "[data-trends]").append(element);
    const [plot, name] = [one(element, ".plot"), words.own(tag.label) || tag.name];
    setText(one(element, "h4"), `${name} ${tag.unit && `(${tag.unit})`}`.trim());
    const chart = new TrendChart(plot, { lo: tag.lo, hi: tag.hi }, this.page.zone, () => {});
    this.charts.push(chart);
    const ring = ringOf(series);
    const { min, max } = ring.extent(from, to);
    const limit = tag.k === this.row?.tag && hasPlace(this.row.kind) ? this.row.limit : null;
    const scale = scaleFor(tag.lo, tag.hi, least(min, limit), most(max, limit), 10 ** -tag.dec);
    /** @type {import("chart").Mark[]} */
    const marks = [{ xAxis: raised, name: "" }];
    if (limit !== null && this.row) marks.push({ yAxis: limit, name: alarmwords.limit(this.row) });
    chart.draw(ring.reduce(from, to, chart.columns), from, to, scale, marks);
    const { zone } = this.page;
    setAttribute(plot, "aria-label", alarmwords.trend(name, zone.clock(from), zone.clock(to)));
  }
}

/** @param {string} kind its limit is a value of the tag */
const hasPlace = (kind) => ["high_high", "high", "low", "low_low"].includes(kind);

/** @type {(min: number, limit: number | null) => number} */
const least = (min, limit) => (limit === null ? min : Number.isNaN(min) ? limit : Math.min(min, limit));
/** @type {(max: number, limit: number | null) => number} */
const most = (max, limit) => (limit === null ? max : Number.isNaN(max) ? limit : Math.max(max, limit));

/** @param {{ t: number[], v: (number | null)[], lo?: number[], hi?: number[], step_ms: number } | undefined} series */
function ringOf(series) {
  const ring = new Ring(4 * POINTS);
  series?.t?.forEach((t, i) => {
    const [lo, hi] = [series.lo?.[i] ?? series.v[i], series.hi?.[i] ?? series.v[i]];
    ring.push(t, lo ?? NaN);
    if (hi !== lo && hi !== null) ring.push(t + series.step_ms / 2, hi);
  });
  return ring;
}
