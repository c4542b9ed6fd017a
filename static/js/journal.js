// @ts-check
// The history of the alarm console: what happened, the newest first, page by page.

import { paintSymbol } from "alarmpaint";
import { alarmwords } from "alarmwords";
import { clone, one, partsOf, setAttribute, setText } from "dom";
import { fromZone } from "format";

const DAY_MS = 86_400_000;
const LATE_MS = 5000;

/**
 * As the API has it.
 *
 * @typedef {object} Entry
 * @property {string} at
 * @property {string} source_time
 * @property {number} priority
 * @property {string} rule_name
 * @property {string} kind
 * @property {string} device
 * @property {string | null} device_name
 * @property {string} area
 * @property {string} tag_name
 * @property {string | null} tag_label what the tag is called now
 * @property {string | null} label class of a detection, as its rule has it now
 * @property {string} action
 * @property {boolean} historical
 * @property {string} actor
 * @property {string} reason
 * @property {number | null} value
 * @property {number | null} limit
 * @property {string | null} unit
 * @property {number | null} decimals
 */

export class Journal {
  /**
   * @param {import("page").Page} page
   * @param {HTMLElement} body
   */
  constructor(page, body) {
    this.page = page;
    this.body = body;
    this.next = ""; // where older entries are
    this.asked = 0;
    this.older = /** @type {HTMLButtonElement} */ (one(document, "[data-older]"));
    this.failed = one(document, "[data-failed-list]");
    this.older.addEventListener("click", () => void this.#load(this.next, true));
    this.stale = one(document, "[data-pill]");
    this.stale.addEventListener("click", () => void this.load());
    page.onChange((change) => {
      if (change.alarms.size && !change.snapshot && this.asked) this.stale.hidden = false;
    });
  }

  async load() {
    const { wanted, site } = this.page.config;
    const query = new URLSearchParams({ site: site ?? "" });
    for (const name of /** @type {const} */ (["alarm", "action", "actor", "area", "device", "kind", "priority"])) {
      if (wanted?.[name]) query.set(name, wanted[name]);
    }
    const since = fromZone(`${wanted?.since}T00:00`, this.page.zone);
    const until = fromZone(`${wanted?.until}T00:00`, this.page.zone);
    if (wanted?.since) query.set("since", new Date(since).toISOString());
    if (wanted?.until) query.set("until", new Date(until + DAY_MS).toISOString()); // the day itself too
    await this.#load(`${this.page.config.alarms_url}journal/?${query}`, false);
  }

  /** @type {(url: string, more: boolean) => Promise<void>} */
  async #load(url, more) {
    const mine = ++this.asked;
    this.older.disabled = true;
    this.failed.hidden = true;
    try {
      const response = await fetch(url, { headers: { Accept: "application/json" } });
      if (!response.ok) throw new Error(String(response.status));
      const page = await response.json();
      if (mine === this.asked) this.#take(page, more);
    } catch {
      this.failed.hidden = mine !== this.asked;
    }
    this.older.disabled = false;
  }

  /** @type {(page: { next: string | null, results: Entry[] }, more: boolean) => void} */
  #take({ next, results }, more) {
    if (!more) {
      this.body.replaceChildren();
      this.stale.hidden = true;
    }
    this.next = next ?? "";
    this.older.hidden = !next;
    for (const entry of results) this.body.append(this.#row(entry));
    one(document, "[data-none]").hidden = this.body.children.length > 0;
  }

  /** @param {Entry} entry */
  #row(entry) {
    const element = clone("t-happening");
    const parts = partsOf(element);
    const { zone } = this.page;
    const scale = { kind: entry.kind, unit: entry.unit ?? "", decimals: entry.decimals ?? 1 };
    setText(parts.at, zone.full(Date.parse(entry.source_time)));
    setText(parts.recorded, recordedText(zone, entry));
    paintSymbol(parts, /** @type {any} */ ({ ...entry, holds: [], state: "acknowledged" }));
    setText(parts.what, alarmwords.happening(entry.action));
    setText(parts.late, entry.historical ? alarmwords.historical : "");
    const watched = { kind: entry.kind, label: entry.label ?? "", tag_name: entry.tag_label || entry.tag_name };
    const name = alarmwords.name({ ...watched, name: entry.rule_name });
    setText(parts.name, name);
    setText(parts.condition, alarmwords.besideName(name, watched));
    setText(parts.source, alarmwords.source({ device_name: entry.device_name ?? "", uid: entry.device }));
    const url = this.page.config.device_url?.replace("UID", encodeURIComponent(entry.device));
    setAttribute(parts.source, "href", entry.device_name && url ? url : null);
    setText(parts.area, entry.area);
    setText(parts.place, entry.area);
    setText(parts.value, alarmwords.value(entry.value, scale));
    setText(parts.who, alarmwords.actor(entry.actor));
    setText(parts.why, alarmwords.reason(entry.reason));
    return element;
  }
}

/**
 * When the server heard of what happened, where that was noticeably later.
 *
 * @type {(zone: import("page").Page["zone"], entry: { at: string, source_time: string }) => string}
 */
export function recordedText(zone, { at, source_time: happened }) {
  return Date.parse(at) - Date.parse(happened) > LATE_MS ? alarmwords.recorded(zone.full(Date.parse(at))) : "";
}
