// @ts-check
// The list of the alarm console: rows that stand still while somebody points at them, a choice of several, one place
// for the keyboard.

import { paintAlarm, paintDuration } from "alarmpaint";
import { arranged, chosenAlarms } from "alarms";
import { alarmwords } from "alarmwords";
import { clone, one, partsOf, setAttribute, setText } from "dom";
import { FOLDED, grouped } from "flood";

const CHANGE_MS = 100;
const AGE_MS = 1000;

/** @typedef {import("alarms").AlarmRow} AlarmRow */

export class AlarmTable {
  /**
   * @param {import("page").Page} page
   * @param {HTMLElement} body
   * @param {object} options
   * @param {import("alarms").Wanted} options.wanted
   * @param {import("orders").Orders} options.orders
   * @param {(id: number) => void} options.open
   * @param {() => boolean} options.flooded there is an alarm flood
   */
  constructor(page, body, { wanted, orders, open, flooded }) {
    this.page = page;
    this.body = body;
    this.wanted = wanted;
    this.orders = orders;
    this.open = open;
    this.flooded = flooded;
    /** @type {Map<number, HTMLElement>} */
    this.elements = new Map();
    /** @type {Map<number, AlarmRow>} how each was when it was painted last: what is gone keeps its place for a while */
    this.painted = new Map();
    /** @type {Set<number>} */
    this.selected = new Set();
    /** @type {number[]} */
    this.ids = [];
    this.current = 0; // the row that the keyboard is at
    this.hovered = false;
    this.fresh = 0; // new ones that wait
    this.beyond = 0;
    this.low = 0; // those of the lowest priority, in a flood
    this.folded = 0; // how many of them are not shown
    this.unfolded = false;
    /** @type {(() => void)[]} */
    this.listeners = [];
    page.frames.add("alarms", () => this.#paint(), CHANGE_MS);
    page.frames.add("alarm-ages", () => this.#paintAges(), AGE_MS);
    page.onChange((change) => change.alarms.size && this.mark());
    page.onFreeze(() => page.frames.hurry("alarms"));
    page.onNewDay(() => this.mark());
    orders.onChange(() => this.mark());
    setInterval(() => page.frames.mark("alarm-ages"), AGE_MS);
    this.#listen();
    this.mark();
  }

  /** @param {() => void} listener called after each painting, and when others are chosen */
  onPaint(listener) {
    this.listeners.push(listener);
  }

  mark() {
    this.page.frames.mark("alarms");
  }

  /** Somebody points at a row or has chosen some: nothing may move. */
  get held() {
    return this.hovered || this.selected.size > 0 || this.body.contains(document.activeElement);
  }

  /** Those that are chosen, or the one at which the keyboard is. */
  get chosen() {
    const inside = this.body.contains(document.activeElement);
    const ids = this.selected.size > 0 ? this.ids.filter((id) => this.selected.has(id)) : inside ? [this.current] : [];
    return ids.flatMap((id) => this.page.store.alarms.get(id) ?? []);
  }

  /** Put everything where it belongs now. */
  release() {
    this.ids = [];
    this.page.frames.hurry("alarms");
  }

  /** @param {boolean} on show those of the lowest priority too, in a flood */
  unfold(on) {
    this.unfolded = on;
    this.release();
  }

  #listen() {
    const { body } = this;
    body.addEventListener("pointerenter", (event) => this.#hover(event.pointerType === "mouse"));
    body.addEventListener("pointerleave", () => this.#hover(false));
    body.addEventListener("focusin", (event) => this.#enter(this.#idOf(event.target)));
    body.addEventListener("focusout", () => this.mark());
    body.addEventListener("keydown", (event) => this.#press(event));
    body.addEventListener("click", (event) => this.#click(event));
  }

  /** @param {boolean} hovered */
  #hover(hovered) {
    this.hovered = hovered;
    this.mark();
  }

  /** @param {EventTarget | null} target */
  #idOf(target) {
    const row = target instanceof Element ? target.closest("[data-alarm]") : null;
    return Number(row?.getAttribute("data-alarm") ?? 0);
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const id = this.#idOf(event.target);
    const target = /** @type {Element} */ (event.target);
    if (target.closest("a")) return;
    if (target.closest("[data-open]")) this.open(id);
    else if (id) this.#toggle(id);
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    const at = this.ids.indexOf(this.current);
    const places = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: this.ids.length - 1 };
    const to = places[/** @type {keyof typeof places} */ (event.key)];
    const onRow = event.target instanceof Element && event.target.matches("[data-alarm]");
    if (to !== undefined) this.#go(Math.max(0, Math.min(this.ids.length - 1, to)));
    else if (event.key === "Enter" && onRow) this.open(this.current);
    else if (event.key === " " && onRow) this.#toggle(this.current);
    else if (event.key === "a" && (event.ctrlKey || event.metaKey)) this.selectOnScreen(true);
    else if (event.key === "Escape" && this.selected.size) this.selectOnScreen(false);
    else return;
    event.preventDefault();
  }

  /** @param {number} place */
  #go(place) {
    this.elements.get(this.ids[place])?.focus();
  }

  /** @param {number} id */
  #enter(id) {
    if (!id || id === this.current) return;
    this.elements.get(this.current)?.setAttribute("tabindex", "-1");
    this.current = id;
    this.elements.get(id)?.setAttribute("tabindex", "0");
    this.#tell();
  }

  /** @param {number} id */
  focus(id) {
    this.elements.get(id)?.focus();
  }

  /** @param {number} id */
  #toggle(id) {
    if (!this.selected.delete(id)) this.selected.add(id);
    this.selectionChanged();
  }

  /**
   * Choose the rows that somebody sees, or none.
   *
   * @param {boolean} on
   */
  selectOnScreen(on) {
    this.selected.clear();
    for (const [id, element] of on ? this.elements : []) {
      const { top, bottom } = element.getBoundingClientRect();
      if (top >= 0 && bottom <= window.innerHeight && !element.hasAttribute("data-gone")) this.selected.add(id);
    }
    this.selectionChanged();
  }

  selectionChanged() {
    for (const [id, element] of this.elements) paintChoice(element, this.selected.has(id));
    this.#tell();
    this.mark();
  }

  #tell() {
    for (const listener of this.listeners) listener();
  }

  #paint() {
    const wanted = chosenAlarms(this.page.store.alarms.values(), this.wanted);
    const groups = this.flooded() && this.wanted.tab === "active" ? grouped(wanted, this.unfolded) : [];
    const rows = groups.length ? groups.flatMap((group) => group.rows) : wanted;
    const order = rows.map((row) => row.id);
    const { ids, fresh, beyond } = arranged(order, this.ids, this.held);
    const low = groups.length ? wanted.filter((row) => row.priority >= FOLDED).length : 0;
    Object.assign(this, { ids, fresh, beyond, low, folded: wanted.length - rows.length });
    this.#dropOthers(ids);
    const fitting = new Set(wanted.map((row) => row.id));
    ids.forEach((id, i) => this.#place(id, i, fitting.has(id)));
    this.#markGroups(groups);
    this.#keepPlace();
    this.#tell();
  }

  /** @param {import("flood").Group[]} groups what came first in an area, and where the next area begins */
  #markGroups(groups) {
    const firsts = new Set(groups.map((group) => group.first));
    let before = "";
    for (const id of this.ids) {
      const [element, area] = [this.elements.get(id), this.painted.get(id)?.area ?? ""];
      if (!element) continue;
      setAttribute(element, "data-begins", groups.length && area !== before ? "" : null);
      const { first } = partsOf(element);
      setText(first, firsts.has(id) ? alarmwords.firstOut : "");
      setAttribute(first, "title", firsts.has(id) ? alarmwords.whyFirst : null);
      before = area;
    }
  }

  /** @param {number[]} ids */
  #dropOthers(ids) {
    const kept = new Set(ids);
    for (const [id, element] of this.elements) {
      if (kept.has(id)) continue;
      element.remove();
      this.elements.delete(id);
      this.painted.delete(id);
      this.selected.delete(id);
    }
  }

  /** @type {(id: number, place: number, fits: boolean) => void} */
  #place(id, place, fits) {
    const element = this.elements.get(id) ?? this.#make(id);
    if (this.body.children[place] !== element) this.body.insertBefore(element, this.body.children[place] ?? null);
    const row = this.page.store.alarms.get(id) ?? this.painted.get(id);
    if (!row) return;
    this.painted.set(id, row);
    const pending = this.page.store.alarms.has(id) && this.orders.isPending(row);
    paintAlarm(this.page, element, row, { pending, gone: !fits });
    setText(partsOf(element).choose, alarmwords.row(alarmwords.name(row), alarmwords.state(row)));
    if (!fits && this.selected.delete(id)) paintChoice(element, false);
  }

  /** @param {number} id */
  #make(id) {
    const element = clone("t-alarm");
    element.dataset.alarm = String(id);
    this.elements.set(id, element);
    return element;
  }

  /** One row can always be reached with Tab. */
  #keepPlace() {
    if (!this.ids.includes(this.current)) this.current = this.ids[0] ?? 0;
    for (const [id, element] of this.elements) setAttribute(element, "tabindex", id === this.current ? "0" : "-1");
  }

  #paintAges() {
    for (const [id, element] of this.elements) {
      const row = this.painted.get(id);
      if (row) paintDuration(this.page, partsOf(element), row);
    }
  }
}

/** @type {(element: HTMLElement, chosen: boolean) => void} */
function paintChoice(element, chosen) {
  setAttribute(element, "aria-selected", String(chosen));
  const box = element.querySelector("input");
  if (box) box.checked = chosen;
}

/** @type {(table: AlarmTable, pill: HTMLElement) => void} what says that new ones wait, and brings them */
export function bindPill(table, pill) {
  table.onPaint(() => {
    pill.hidden = table.fresh === 0;
    if (table.fresh) setText(one(pill, "[data-part=count]"), alarmwords.fresh(table.fresh));
  });
  pill.addEventListener("click", () => {
    table.selectOnScreen(false);
    table.release();
  });
}
