// @ts-check
// The buttons and keys that say what a detection was. Keys work on the large view, or on the card that has the focus.

import { all, one, setAttribute, setText } from "dom";
import { bindKey } from "keys";
import { markwords } from "markwords";

const TOLD_MS = 12_000;
const KEYS = /** @type {const} */ ({ t: "true", f: "false", u: "unsure" });

/**
 * @typedef {import("detections").Card} Card
 * @typedef {import("detections").Kind | ""} Said
 */

export class MarkBar {
  /**
   * @param {import("page").Page} page
   * @param {import("marks").Marks} marks
   * @param {import("lightbox").Lightbox} lightbox
   */
  constructor(page, marks, lightbox) {
    this.page = page;
    this.marks = marks;
    this.lightbox = lightbox;
    this.bar = one(lightbox.dialog, "[data-marks]");
    this.note = /** @type {HTMLInputElement | null} */ (this.bar.querySelector("[data-note]"));
    this.form = /** @type {HTMLFormElement | null} */ (this.bar.querySelector("[data-hold-form]"));
    this.shown = 0; // id of the one whose note is in the field
    this.undo = () => {};
    this.timer = 0;
    lightbox.onPaint((card) => this.#paint(card));
    marks.onChange(() => page.frames.mark("lightbox"));
    page.onFreeze(() => page.frames.mark("lightbox"));
    this.#bind();
    this.reviewAll = /** @type {HTMLButtonElement | null} */ (document.querySelector("[data-review-all]"));
    this.reviewAll?.addEventListener("click", () => void this.#reviewAll());
  }

  /** @param {boolean} any whether there is any card to review */
  offerAll(any) {
    if (this.reviewAll) this.reviewAll.disabled = !any;
  }

  // ------------------------------------------------------------ what somebody does

  #bind() {
    const { dialog } = this.lightbox;
    bindKey("r", markwords.keys.review, () => this.#review(), dialog);
    one(this.bar, "[data-review]").addEventListener("click", () => this.#review());
    for (const button of all(this.bar, "[data-judge]")) {
      button.addEventListener("click", () => this.#judge(saidBy(button)));
    }
    if (this.note) {
      for (const [key, kind] of Object.entries(KEYS)) {
        bindKey(key, markwords.keys[kind], () => this.#judge(kind), dialog);
      }
      this.note.addEventListener("keydown", (event) => event.key === "Enter" && this.#rewrite());
    }
    for (const button of all(document, "[data-undo]")) button.addEventListener("click", () => this.undo());
    const open = this.bar.querySelector("[data-hold]");
    if (!this.form || !open) return;
    open.addEventListener("click", () => this.#openHold(true));
    one(this.form, "[data-cancel]").addEventListener("click", () => this.#openHold(false));
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#hold();
    });
  }

  /** @returns {Card | undefined} the large one, or the one whose card has the focus */
  get #card() {
    const { activeElement } = document;
    const focused = Number(activeElement?.closest("[data-card]")?.getAttribute("data-card") ?? 0);
    return this.page.store.cards.get(this.lightbox.dialog.open ? this.lightbox.id : focused);
  }

  #review() {
    const card = this.#card;
    if (card) void this.#send(card, async () => (await this.marks.review([card.id], !this.marks.reviewed.has(card.id))).text);
  }

  /** @param {Said} kind what is said already is taken back */
  #judge(kind) {
    const card = this.#card;
    if (!card) return;
    const wanted = card.verdict?.kind === kind ? "" : kind;
    const note = this.lightbox.dialog.open ? this.note?.value.trim() ?? "" : card.verdict?.note ?? "";
    void this.#say(card, wanted, wanted ? note : "");
  }

  /** The same verdict with another note. */
  #rewrite() {
    const card = this.#card;
    if (card?.verdict) void this.#say(card, card.verdict.kind, this.note?.value.trim() ?? "");
  }

  /** @type {(card: Card, kind: Said, note: string) => Promise<void>} */
  async #say(card, kind, note) {
    const before = card.verdict;
    await this.#send(card, () => this.marks.judge(card, kind, note), markwords.marked(kind), () => {
      const now = this.page.store.cards.get(card.id);
      if (now) void this.#say(now, before?.kind ?? "", before?.note ?? "");
    });
  }

  /** @type {(card: Card, act: () => Promise<string>, done?: string, undo?: () => void) => Promise<void>} */
  async #send(card, act, done = "", undo) {
    if (this.marks.pending.has(card.id)) return;
    const text = await act();
    this.#tell(text || done, text ? undefined : undo);
    if (!text) this.shown = 0; // the note is the server's again
    this.page.frames.mark("lightbox");
  }

  async #reviewAll() {
    const shown = this.lightbox.cards().shown.map((card) => card.id);
    const ids = shown.filter((id) => !this.marks.reviewed.has(id) && !this.marks.pending.has(id));
    if (!ids.length) return this.#tell(markwords.noneLeft);
    const { done, text } = await this.marks.review(ids, true);
    const told = done.length ? markwords.allReviewed(done.length) : "";
    this.#tell([told, text].filter(Boolean).join(" "), done.length ? () => void this.#takeBack(done) : undefined);
  }

  /** @param {number[]} ids */
  async #takeBack(ids) {
    const { text } = await this.marks.review(ids, false);
    this.#tell(text);
  }

  // ------------------------------------------------------------ legal hold

  /** @param {boolean} open */
  #openHold(open) {
    if (!this.form) return;
    this.form.hidden = !open;
    const reason = /** @type {HTMLInputElement} */ (one(this.form, "[name=reason]"));
    reason.value = "";
    (open ? reason : one(this.bar, "[data-hold]")).focus();
  }

  async #hold() {
    const card = this.#card;
    if (!card || !this.form) return;
    const reason = /** @type {HTMLInputElement} */ (one(this.form, "[name=reason]")).value.trim();
    if (!reason) return this.#tell(markwords.sayWhy);
    const hold = !card.hold;
    const text = await this.marks.hold(card, hold, reason);
    if (!text) this.#openHold(false);
    this.#tell(text || (hold ? markwords.holdSet : markwords.holdEnded));
  }

  // ------------------------------------------------------------ what is painted

  /** @type {(text: string, undo?: () => void) => void} */
  #tell(text, undo) {
    const place = this.lightbox.dialog.open ? this.bar : document.querySelector("[data-marked]");
    if (!place) return;
    setText(one(place, "[data-told]"), text);
    one(place, "[data-undo]").hidden = !undo;
    this.undo = () => {
      this.#tell("");
      undo?.();
    };
    clearTimeout(this.timer);
    this.timer = setTimeout(() => text && this.#tell(""), TOLD_MS);
  }

  /** @param {Card} card */
  #paint(card) {
    const pending = this.marks.pending.has(card.id);
    const { verdict } = card;
    setAttribute(this.bar, "data-pending", pending ? "" : null);
    const why = this.page.frozen ? markwords.notConnected : pending ? markwords.pending : "";
    for (const button of all(this.bar, "[data-judge], [data-review], [data-hold]")) {
      setAttribute(button, "aria-disabled", why ? "true" : null);
      setAttribute(button, "title", why || null);
      if (button.hasAttribute("data-judge")) setAttribute(button, "aria-pressed", String(verdict?.kind === saidBy(button)));
    }
    setAttribute(one(this.bar, "[data-review]"), "aria-pressed", String(this.marks.reviewed.has(card.id)));
    const at = verdict ? this.page.zone.full(verdict.at) : "";
    const said = verdict ? markwords.said(verdict.kind, verdict.by, at) : markwords.unsaid;
    setText(one(this.bar, "[data-said]"), pending ? markwords.pending : said);
    setText(one(this.bar, "[data-noted]"), verdict?.note ?? "");
    const held = card.hold ? markwords.heldFor(card.hold_reason ?? "") : "";
    setText(one(this.bar, "[data-held]"), held);
    setText(this.bar.querySelector("[data-hold] span"), card.hold ? markwords.release : markwords.hold);
    if (this.shown === card.id) return;
    this.shown = card.id;
    if (this.note) this.note.value = verdict?.note ?? "";
    if (this.form) this.form.hidden = true;
  }
}

/** @type {(button: Element) => Said} */
function saidBy(button) {
  return /** @type {Said} */ (button.getAttribute("data-judge"));
}
