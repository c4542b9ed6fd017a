// @ts-check
// A list of cards of detections, kept current. Paints only; what is shown is decided in detections.js.

import { paintBoxes } from "boxes";
import { clone, one, partsOf, setAttribute, setText } from "dom";
import { chosen, holdBack, lastedMs, pictureOf, stateOf } from "detections";
import { formatAge } from "format";
import { paintMarks } from "markpaint";
import { terms } from "terms";

const CHANGE_MS = 100;
const AGE_MS = 1000;
const TOP_PX = 40; // scrolled less than this: somebody looks at the newest

/** @typedef {import("detections").Card} Card */

export class Cards {
  /**
   * @param {import("page").Page} page
   * @param {HTMLElement} list
   * @param {{ most?: number, hold?: boolean, lost: import("lost").Lost, marks: import("marks").Marks, open: (id: number) => void }} options
   */
  constructor(page, list, { most = Infinity, hold = false, lost, marks, open }) {
    this.page = page;
    this.list = list;
    this.most = most;
    this.hold = hold;
    this.lost = lost;
    this.marks = marks;
    this.filter = marks.within(page.config.filter ?? {});
    /** @type {Map<number, HTMLElement>} */
    this.elements = new Map();
    /** @type {Set<number>} those that have been on the page, or were asked for */
    this.known = new Set();
    /** @type {Set<number>} came while the page was open, and nobody has opened them */
    this.fresh = new Set();
    /** @type {Card[]} */
    this.shown = [];
    this.waiting = 0; // new ones that are held back
    /** @type {(() => void)[]} */
    this.listeners = [];
    for (const element of /** @type {HTMLElement[]} */ ([...list.children])) this.#adopt(element);
    list.addEventListener("click", (event) => {
      const button = event.target instanceof Element ? event.target.closest("[data-open]") : null;
      if (button) open(Number(button.closest("[data-card]")?.getAttribute("data-card")));
    });
    page.frames.add("cards", () => this.#paint(), CHANGE_MS);
    page.frames.add("card-ages", () => this.#paintStates(), AGE_MS);
    page.onChange((change) => this.#take(change));
    page.onFreeze(() => page.frames.hurry("card-ages"));
    page.onNewDay(() => this.mark());
    lost.onChange(() => this.mark());
    marks.onChange(() => this.mark());
    setInterval(() => page.frames.mark("card-ages"), AGE_MS);
    if (hold) document.addEventListener("scroll", () => this.atTop && this.waiting && this.mark(), { passive: true });
    this.mark();
  }

  get atTop() {
    return !this.hold || window.scrollY < TOP_PX;
  }

  /** @param {() => void} listener called after each painting */
  onPaint(listener) {
    this.listeners.push(listener);
  }

  mark() {
    this.page.frames.mark("cards");
  }

  /** @param {Card[]} cards were asked for, so they need not wait */
  expect(cards) {
    for (const card of cards) this.known.add(card.id);
    this.mark();
  }

  /** @param {HTMLElement} element as the server made it */
  #adopt(element) {
    const id = Number(element.dataset.card);
    this.elements.set(id, element);
    this.known.add(id);
  }

  /** @param {import("store").Change} change */
  #take(change) {
    for (const id of change.cards) {
      const card = this.page.store.cards.get(id);
      if (!change.snapshot && card && !card.historical && !this.known.has(id)) this.fresh.add(id);
    }
    if (change.cards.size) this.mark();
    if (change.devices.size) this.page.frames.mark("card-ages");
  }

  #paint() {
    const all = chosen(this.page.store.cards.values(), this.filter, this.most);
    const { shown, fresh } = holdBack(all, this.known, this.atTop);
    const wanted = new Set(shown.map((card) => card.id));
    for (const [id, element] of this.elements) {
      if (wanted.has(id)) continue;
      element.remove();
      this.elements.delete(id);
    }
    shown.forEach((card, i) => {
      const element = this.elements.get(card.id) ?? this.#make(card.id);
      if (this.list.children[i] !== element) this.list.insertBefore(element, this.list.children[i] ?? null);
      this.known.add(card.id);
      this.#paintCard(element, card);
    });
    [this.shown, this.waiting] = [shown, fresh];
    this.#tell();
  }

  #tell() {
    for (const listener of this.listeners) listener();
  }

  /** @param {number} id */
  #make(id) {
    const element = clone("t-detection");
    element.dataset.card = String(id);
    this.elements.set(id, element);
    return element;
  }

  #paintStates() {
    for (const card of this.shown) {
      const element = this.elements.get(card.id);
      if (element && (card.state === "active" || !card.thumb)) this.#paintState(element, partsOf(element), card);
    }
    this.#tell(); // fewer may be active
  }

  /** @type {(element: HTMLElement, card: Card) => void} */
  #paintCard(element, card) {
    const parts = partsOf(element);
    const { zone, time } = this.page;
    setAttribute(element, "data-label", card.label);
    setAttribute(element, "data-historical", card.historical ? "" : null);
    setText(parts.at, shortTime(zone, card.since, time.now()));
    setAttribute(parts.at, "title", zone.full(card.since));
    paintBoxes(parts.boxes, this.lost.has(card.thumb) ? { width: null, height: null, boxes: [] } : card);
    paintFacts(parts, card, this.page);
    if (parts.fresh) parts.fresh.hidden = !this.fresh.has(card.id);
    setText(parts.words, [terms.label(card.label), terms.percent(card.score), card.name, zone.full(card.since)].join(", "));
    this.lost.show(parts.img, card.thumb);
    paintMarks(element, parts, card, this.marks);
    this.#paintState(element, parts, card);
  }

  /** @type {(element: HTMLElement, parts: Record<string, HTMLElement | undefined>, card: Card) => void} */
  #paintState(element, parts, card) {
    const picture = pictureOf(card, this.page.time.now(), this.lost.has(card.thumb));
    setAttribute(element, "data-picture", picture);
    setText(parts.nothing, terms.nothing(picture, card.reason));
    setAttribute(element, "data-state", paintState(parts, card, this.page));
  }
}

/**
 * What a card and the large view say alike.
 *
 * @type {(parts: Record<string, HTMLElement | undefined>, card: Card, page: import("page").Page) => void}
 */
export function paintFacts(parts, card, page) {
  setText(parts.label, terms.label(card.label));
  setAttribute(parts.shape, "href", terms.shape(card.label));
  setText(parts.score, terms.percent(card.score));
  setAttribute(parts.have, "width", (card.score * 100).toFixed(1));
  setAttribute(parts.tick, "x", (card.threshold * 100).toFixed(1));
  setText(parts.camera, card.name);
  const known = deviceOf(page, card.camera);
  const url = page.config.camera_url?.replace("UID", encodeURIComponent(card.camera)) ?? "";
  setAttribute(parts.camera, "href", known ? url : null);
  setText(parts.area, card.area);
  if (parts.late) parts.late.hidden = !card.historical;
}

/**
 * @type {(parts: Record<string, HTMLElement | undefined>, card: Card, page: import("page").Page) => string}
 */
export function paintState(parts, card, page) {
  const state = stateNow(card, page);
  const now = page.time.now();
  const lasted = formatAge(state === "silent" ? now - card.at : lastedMs(card, state, now));
  const [text, note] = terms.state(state, lasted, card.why);
  setText(parts.state, text);
  setText(parts.lasted, note);
  return state === "cut" || state === "silent" ? "unsure" : state;
}

/** @type {(card: Card, page: import("page").Page) => ReturnType<typeof stateOf>} */
export function stateNow(card, page) {
  const camera = deviceOf(page, card.camera);
  const way = camera?.via ? [camera, deviceOf(page, camera.via)] : [camera];
  return stateOf(card, way, page.frozen, page.time.now());
}

/** @type {(page: import("page").Page, uid: string) => import("store").Device | undefined} */
function deviceOf(page, uid) {
  return [...page.store.devices.values()].find((device) => device.uid === uid);
}

/**
 * The time of today, or the day and the time.
 *
 * @type {(zone: import("page").Page["zone"], at: number, now: number) => string}
 */
export function shortTime(zone, at, now) {
  const [full, today] = [zone.full(at), zone.full(now)];
  return full.slice(0, 10) === today.slice(0, 10) ? full.slice(11) : full.slice(5, 16);
}

/** @type {(card: HTMLElement | undefined) => void} */
export function focusCard(card) {
  if (card) one(card, "[data-open]").focus();
}
