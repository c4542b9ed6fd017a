// @ts-check
// What people order for alarms: sent to the server, never painted before it says so. Until then a row is pending.

import { alarmwords } from "alarmwords";
import { formatAge } from "format";

const MOST_MS = 15_000; // for an answer, and for the event that follows it
const AGAIN_MS = 1000;
const RECENT_MS = 300_000; // what somebody did longer ago is hardly what came between

/**
 * @typedef {import("alarms").AlarmRow} AlarmRow
 * @typedef {import("alarms").Action} Action
 *
 * @typedef {object} Conflict
 * @property {number} id
 * @property {string} code
 * @property {string} by
 * @property {string | null} at
 *
 * @typedef {object} Answer
 * @property {number[]} done
 * @property {string} text what to tell; empty: all of it was done
 * @property {Record<string, string[]>} errors mistakes of the order, by field
 */

export class Orders {
  /** @param {import("page").Page} page */
  constructor(page) {
    this.page = page;
    /** @type {Map<number, number>} the `rev` with which each alarm was sent */
    this.sent = new Map();
    /** @type {(() => void)[]} */
    this.listeners = [];
  }

  /** @param {() => void} listener called when rows begin or cease to be pending */
  onChange(listener) {
    this.listeners.push(listener);
  }

  /** @param {AlarmRow} row */
  isPending(row) {
    return row.rev <= (this.sent.get(row.id) ?? -1);
  }

  /**
   * Order something, and say what became of it. The same order is sent twice where no answer came: it is done once.
   *
   * @param {Action} action
   * @param {AlarmRow[]} rows as they were seen
   * @param {object} fields reason, until, one_shot
   * @returns {Promise<Answer>}
   */
  async send(action, rows, fields = {}) {
    const items = rows.map(({ id, rev }) => ({ id, rev }));
    for (const { id, rev } of items) this.sent.set(id, rev);
    this.#tell();
    const body = JSON.stringify({ request_id: requestId(), items, ...fields });
    const answer = (await this.#post(action, body)) ?? (await later(() => this.#post(action, body)));
    const done = answer?.done ?? [];
    for (const { id } of items) if (!done.includes(id)) this.sent.delete(id);
    setTimeout(() => this.#forget(items), MOST_MS);
    this.#tell();
    if (!answer) return { done, text: alarmwords.noServer, errors: {} };
    const conflicts = answer.conflicts ?? [];
    return { done, errors: answer.errors ?? {}, text: answer.text || this.#explain(action, rows, conflicts) };
  }

  /** @param {{ id: number, rev: number }[]} items no event came: the row shows what the page knows */
  #forget(items) {
    for (const { id, rev } of items) if (this.sent.get(id) === rev) this.sent.delete(id);
    this.#tell();
  }

  #tell() {
    for (const listener of this.listeners) listener();
  }

  /**
   * @param {string} action
   * @param {string} body
   * @returns {Promise<{ done?: number[], conflicts?: Conflict[], errors?: Record<string, string[]>, text?: string } | null>}
   */
  async #post(action, body) {
    const token = document.querySelector("[name=csrfmiddlewaretoken]")?.getAttribute("value") ?? "";
    const headers = { "Content-Type": "application/json", "X-CSRFToken": token };
    try {
      const signal = AbortSignal.timeout(MOST_MS);
      const url = `${this.page.config.alarms_url}${action}/`;
      const response = await fetch(url, { method: "POST", headers, body, signal });
      if (response.status === 401) return { text: alarmwords.signedOut };
      if (response.status === 403) return { text: alarmwords.notAllowed };
      const answer = await response.json();
      return response.status === 400 ? { errors: answer.errors, text: answer.detail } : answer;
    } catch {
      return null; // no network, or a page instead of an answer
    }
  }

  /** @type {(action: Action, rows: AlarmRow[], conflicts: Conflict[]) => string} */
  #explain(action, rows, conflicts) {
    const [first] = conflicts;
    if (!first) return "";
    const name = rows.find((row) => row.id === first.id)?.name ?? "";
    const text = alarmwords.notDone(name, this.#why(action, first));
    return conflicts.length > 1 ? `${text} (${alarmwords.more(conflicts.length - 1)})` : text;
  }

  /** @type {(action: Action, conflict: Conflict) => string} */
  #why(action, { id, code, by, at }) {
    const now = this.page.store.alarms.get(id);
    const acked = now?.state === "acknowledged" || now?.state === "latched" || code === "already";
    const ago = Math.max(0, this.page.time.now() - Date.parse(at ?? ""));
    const age = formatAge(ago);
    if (!by || !at || (code !== "changed" && code !== "already")) return alarmwords.conflict(code);
    if (code === "changed" && ago > RECENT_MS) return alarmwords.conflict(code);
    if (action === "acknowledge" && (acked || !now)) return alarmwords.alreadyAcked(by, age);
    return code === "changed" ? alarmwords.changedBy(by, age) : alarmwords.conflict(code);
  }
}

/** @type {<T>(again: () => Promise<T>) => Promise<T>} */
async function later(again) {
  await new Promise((resolve) => {
    setTimeout(resolve, AGAIN_MS);
  });
  return again();
}

/** A random UUID; `crypto.randomUUID` is only there on pages that came over TLS. */
function requestId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
