// @ts-check
// What people say of detections: sent to the server, never painted before it says so. Until then it is pending.

import { markwords } from "markwords";

const MOST_MS = 15_000; // for an answer
const AT_ONCE = 200; // as the server takes them

/**
 * @typedef {import("detections").Card} Card
 * @typedef {import("detections").Kind | ""} Said
 */

export class Marks {
  /** @param {import("page").Page} page */
  constructor(page) {
    this.page = page;
    /** @type {Set<number>} ids of those that whoever looks has reviewed */
    this.reviewed = new Set(page.config.reviewed ?? []);
    /** @type {Set<number>} ids of those that were marked here since the filter was chosen */
    this.kept = new Set();
    /** @type {Set<number>} ids of those of which no answer has come yet */
    this.pending = new Set();
    /** @type {(() => void)[]} */
    this.listeners = [];
  }

  /** @param {() => void} listener called when anything is marked, or becomes pending */
  onChange(listener) {
    this.listeners.push(listener);
  }

  /**
   * A filter that knows what is marked.
   *
   * @type {(filter: import("detections").Filter) => import("detections").Filter}
   */
  within(filter) {
    return { ...filter, reviewed: this.reviewed, kept: this.kept };
  }

  /** @type {(cards: Card[], reviewed: number[]) => void} what the server has said of cards that were asked for */
  take(cards, reviewed) {
    const known = new Set(reviewed);
    for (const { id } of cards) {
      if (known.has(id)) this.reviewed.add(id);
      else this.reviewed.delete(id);
    }
  }

  /**
   * @param {number[]} ids
   * @param {boolean} reviewed false takes it back
   * @returns {Promise<{ done: number[], text: string }>} text: why not; empty: done
   */
  async review(ids, reviewed) {
    const done = [];
    for (let i = 0; i < ids.length; i += AT_ONCE) {
      const some = ids.slice(i, i + AT_ONCE);
      const { body, text } = await this.#post("review/", some, { ids: some, reviewed });
      if (!body) return { done, text };
      for (const id of body.done) {
        if (reviewed) this.reviewed.add(id);
        else this.reviewed.delete(id);
        this.kept.add(id);
      }
      done.push(...body.done);
      this.#tell();
    }
    return { done, text: "" };
  }

  /** @type {(card: Card, verdict: Said, note: string) => Promise<string>} why not; empty: done */
  async judge(card, verdict, note) {
    const was = card.verdict?.kind ?? "";
    const { body, text } = await this.#post(`${card.id}/verdict/`, [card.id], { verdict, note, was });
    if (!body) return text;
    this.reviewed.add(card.id); // as the server has noted
    const said = body.verdict && { ...body.verdict, at: Date.parse(body.verdict.at) };
    this.#keep(card.id, { verdict: said });
    return "";
  }

  /** @type {(card: Card, hold: boolean, reason: string) => Promise<string>} */
  async hold(card, hold, reason) {
    const { body, text } = await this.#post(`${card.id}/hold/`, [card.id], { hold, reason });
    if (!body) return text;
    this.#keep(card.id, { hold: body.legal_hold, hold_reason: body.hold_reason });
    return "";
  }

  /** @type {(id: number, fields: Partial<Card>) => void} the answer may be faster than the channel */
  #keep(id, fields) {
    const { cards } = this.page.store;
    const known = cards.get(id);
    this.kept.add(id);
    if (known) cards.set(id, { ...known, ...fields });
    this.#tell();
  }

  #tell() {
    for (const listener of this.listeners) listener();
  }

  /** @type {(path: string, ids: number[], fields: object) => Promise<{ body: any, text: string }>} */
  async #post(path, ids, fields) {
    if (this.page.frozen) return { body: null, text: markwords.notConnected };
    for (const id of ids) this.pending.add(id);
    this.#tell();
    try {
      return await this.#ask(path, JSON.stringify(fields));
    } catch {
      return { body: null, text: markwords.noServer }; // no network, or a page instead of an answer
    } finally {
      for (const id of ids) this.pending.delete(id);
      this.#tell();
    }
  }

  /** @type {(path: string, body: string) => Promise<{ body: any, text: string }>} */
  async #ask(path, body) {
    const token = document.querySelector("[name=csrfmiddlewaretoken]")?.getAttribute("value") ?? "";
    const headers = { "Content-Type": "application/json", "X-CSRFToken": token };
    const signal = AbortSignal.timeout(MOST_MS);
    const url = `${this.page.config.detections_url}${path}`;
    const response = await fetch(url, { method: "POST", headers, body, signal });
    if (response.status === 401) return { body: null, text: markwords.signedOut };
    if (response.status === 403) return { body: null, text: markwords.notAllowed };
    if (response.status === 404) return { body: null, text: markwords.gone };
    const answer = await response.json();
    return response.ok ? { body: answer, text: "" } : { body: null, text: answer.detail };
  }
}
