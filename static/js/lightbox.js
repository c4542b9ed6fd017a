// @ts-check
// One detection large, with everything that is known of it. It stays current while it is open.

import { paintBoxes } from "boxes";
import { focusCard, paintFacts, paintState } from "cards";
import { all, fill, one, partsOf, setAttribute, setText } from "dom";
import { beside, LATE_MS, pictureOf } from "detections";
import { formatAge } from "format";
import { Loupe } from "loupe";
import { terms } from "terms";
import { around, writeState } from "windows";

const ROLES = ["before", "best", "after"];
const HASH_SHOWN = 12; // characters of the hash of a model
const AGE_MS = 1000;

/**
 * A picture as the API has it.
 *
 * @typedef {object} Picture
 * @property {string} role
 * @property {string} at
 * @property {string} state
 * @property {string} reason
 * @property {string | null} image
 * @property {string | null} thumb
 * @property {number} width
 * @property {number} height
 * @property {import("detections").Box[]} boxes
 */

export class Lightbox {
  /**
   * @param {import("page").Page} page
   * @param {import("lost").Lost} lost
   * @param {() => import("cards").Cards} cards those that it turns through
   */
  constructor(page, lost, cards) {
    this.page = page;
    this.lost = lost;
    this.cards = cards;
    this.dialog = /** @type {HTMLDialogElement} */ (one(document, "#lightbox"));
    this.parts = partsOf(this.dialog);
    this.id = 0;
    this.loupe = new Loupe(page, this.dialog);
    /** @type {{ track: number, model: string, snapshots: Picture[], trend_tags: number[] } | null} */
    this.whole = null;
    this.role = "best";
    /** @type {((card: import("detections").Card) => void)[]} */
    this.listeners = [];
    page.frames.add("lightbox", () => this.#paint(), 0);
    page.onChange((change) => {
      if (!this.dialog.open || !change.cards.has(this.id)) return;
      this.page.frames.mark("lightbox");
      void this.#load(this.id); // there may be another picture
    });
    lost.onChange(() => this.dialog.open && page.frames.mark("lightbox"));
    setInterval(() => this.dialog.open && page.frames.mark("lightbox"), AGE_MS);
    this.#listen();
  }

  /** @param {(card: import("detections").Card) => void} listener called after each painting */
  onPaint(listener) {
    this.listeners.push(listener);
  }

  #listen() {
    const { dialog } = this;
    one(dialog, "[data-close]").addEventListener("click", () => dialog.close());
    for (const button of all(dialog, "[data-turn]")) {
      button.addEventListener("click", () => this.turn(Number(button.getAttribute("data-turn"))));
    }
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    dialog.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
      if (event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target instanceof Element && event.target.closest("input")) return;
      event.preventDefault();
      this.turn(event.key === "ArrowLeft" ? -1 : 1);
    });
    dialog.addEventListener("close", () => focusCard(this.cards().elements.get(this.id)));
    one(dialog, "[data-moments]").addEventListener("click", (event) => {
      const button = event.target instanceof Element ? event.target.closest("button") : null;
      if (!button) return;
      this.role = button.dataset.role ?? "best";
      this.loupe.reset();
      this.page.frames.mark("lightbox");
    });
  }

  /** @param {number} id */
  open(id) {
    this.id = id;
    this.role = "best";
    this.whole = null;
    this.loupe.reset();
    this.cards().fresh.delete(id);
    this.cards().mark();
    this.#paint();
    void this.#load(id);
    if (!this.dialog.open) this.dialog.showModal();
  }

  /** @param {number} step -1: a newer one */
  turn(step) {
    const next = beside(this.cards().shown, this.page.store.cards.get(this.id), step);
    if (next) this.open(next.id);
  }

  /** @param {number} id */
  async #load(id) {
    try {
      const response = await fetch(`${this.page.config.detections_url}${id}/`);
      if (!response.ok || id !== this.id) return;
      this.whole = await response.json();
      this.page.frames.mark("lightbox");
    } catch {
      // no network: the card says what is known
    }
  }

  #paint() {
    const { parts, page } = this;
    const card = page.store.cards.get(this.id);
    if (!card) return; // deleted: its last state stays
    const { zone } = page;
    setAttribute(this.dialog, "data-label", card.label);
    paintFacts(parts, card, page);
    setAttribute(this.dialog, "data-state", paintState(parts, card, page));
    setText(parts.peak, terms.percent(card.peak));
    setText(parts.threshold, terms.percent(card.threshold));
    setText(parts.zone, card.zone || terms.noZone);
    setText(parts.since, zone.full(card.since));
    setText(parts.ended, card.ended === null ? terms.noEnd(card.state) : zone.full(card.ended));
    const delay = card.received - card.since;
    const [received, age] = [zone.full(card.received), formatAge(Math.max(0, delay))];
    setText(parts.received, delay > LATE_MS ? terms.receivedLate(received, age) : received);
    this.#paintTrend(card);
    setText(parts.track, this.whole ? String(this.whole.track) : "–");
    setText(parts.model, this.whole ? this.whole.model.slice(0, HASH_SHOWN) : "–");
    setAttribute(parts.model, "title", this.whole?.model ?? null);
    const list = this.cards().shown;
    const place = list.indexOf(card) + 1;
    setText(parts.place, place ? terms.place(place, list.length) : "");
    for (const button of /** @type {HTMLButtonElement[]} */ (all(this.dialog, "[data-turn]"))) {
      setAttribute(button, "aria-disabled", beside(list, card, Number(button.dataset.turn)) ? null : "true");
    }
    this.#paintPictures(card);
    for (const listener of this.listeners) listener(card);
  }

  /** @param {import("detections").Card} card */
  #paintTrend(card) {
    const link = /** @type {HTMLAnchorElement} */ (one(this.dialog, "[data-around]"));
    const tags = this.whole?.trend_tags ?? [];
    link.hidden = tags.length === 0;
    const { pathname } = link;
    setAttribute(link, "href", pathname + (tags.length ? writeState(around(tags, card.since), this.page.config.site ?? "") : ""));
  }

  /** @param {import("detections").Card} card */
  #paintPictures(card) {
    const pictures = ROLES.flatMap((role) => newest(this.whole?.snapshots ?? [], role));
    const { zone } = this.page;
    fill(one(this.dialog, "[data-moments]"), "t-moment", pictures, (parts, picture, element) => {
      const state = this.lost.has(picture.thumb) ? "lost" : picture.state;
      const text = state === "ready" ? zone.clock(Date.parse(picture.at)) : terms.nothing(state);
      element.dataset.role = picture.role;
      setAttribute(element, "aria-pressed", String(picture.role === this.role));
      setText(parts.role, terms.role(picture.role));
      setText(parts.at, text);
      this.lost.show(parts.img, picture.thumb);
    });
    const picture = pictures.find((each) => each.role === this.role);
    this.#paintPicture(card, picture);
  }

  /** @type {(card: import("detections").Card, picture: Picture | undefined) => void} */
  #paintPicture(card, picture) {
    const { parts, page } = this;
    const shown = picture ?? { ...card, state: pictureOf(card, page.time.now()) };
    const lost = this.lost.has(shown.image);
    setText(parts.nothing, terms.nothing(lost ? "lost" : shown.state, shown.reason));
    this.lost.show(parts.img, shown.image);
    const { width, height } = shown;
    this.loupe.show(shown.image && !lost && width && height ? { width, height } : null);
    for (const name of /** @type {const} */ (["width", "height"])) {
      if (shown[name]) setAttribute(parts.img, name, String(shown[name]));
    }
    const role = terms.role(picture?.role ?? "best");
    setAttribute(parts.img, "alt", terms.picture([terms.label(card.label), card.name, role].join(", ")));
    paintBoxes(parts.boxes, shown.image && !lost ? shown : { width: null, height: null, boxes: [] });
    setText(parts.taken, picture ? page.zone.full(Date.parse(picture.at)) : "–");
  }
}

/** @type {(pictures: Picture[], role: string) => Picture[]} the newest that can be shown, else the newest */
function newest(pictures, role) {
  const found = pictures.filter((picture) => picture.role === role);
  return found.filter((picture) => picture.image).slice(-1).concat(found.slice(-1)).slice(0, 1);
}
