// @ts-check
// A short list of alarms on another page: the most urgent ones, each with its acknowledgement. Nothing moves while
// somebody points at it.

import { paintAlarm, paintDuration } from "alarmpaint";
import { arranged, chosenAlarms, counted } from "alarms";
import { alarmwords } from "alarmwords";
import { clone, one, partsOf, setAttribute, setText } from "dom";
import { Orders } from "orders";

const CHANGE_MS = 100;
const AGE_MS = 1000;
const TOLD_MS = 12_000;

export class AlarmList {
  /**
   * @param {import("page").Page} page
   * @param {HTMLElement} panel
   * @param {{ most?: number, device?: string }} options uid of the device of whose alarms it is; empty: of all
   */
  constructor(page, panel, { most = 13, device = "" } = {}) {
    this.page = page;
    this.panel = panel;
    this.most = most;
    this.wanted = { tab: "active", device, area: page.config.area ?? "" };
    this.body = one(panel, "[data-alarms]");
    this.orders = new Orders(page);
    this.hovered = false;
    /** @type {number[]} */
    this.ids = [];
    /** @type {Map<number, HTMLElement>} */
    this.elements = new Map();
    /** @type {Map<number, import("alarms").AlarmRow>} */
    this.painted = new Map();
    this.timer = 0;
    page.frames.add("alarms", () => this.#paint(), CHANGE_MS);
    page.frames.add("alarm-ages", () => this.#paintAges(), AGE_MS);
    page.onChange((change) => change.alarms.size && this.#mark());
    page.onFreeze(() => this.#mark());
    page.onNewDay(() => this.#mark());
    this.orders.onChange(() => this.#mark());
    setInterval(() => page.frames.mark("alarm-ages"), AGE_MS);
    this.#listen();
    this.#mark();
  }

  #mark() {
    this.page.frames.mark("alarms");
  }

  #listen() {
    const { body } = this;
    body.addEventListener("pointerenter", (event) => this.#hover(event.pointerType === "mouse"));
    body.addEventListener("pointerleave", () => this.#hover(false));
    body.addEventListener("focusout", () => this.#mark());
    body.addEventListener("click", (event) => {
      const button = event.target instanceof Element ? event.target.closest("[data-acknowledge]") : null;
      if (button) void this.#acknowledge(Number(button.closest("[data-alarm]")?.getAttribute("data-alarm")));
    });
    one(this.panel, "[data-pill]").addEventListener("click", () => {
      this.ids = [];
      this.#mark();
    });
  }

  /** @param {boolean} hovered */
  #hover(hovered) {
    this.hovered = hovered;
    this.#mark();
  }

  /** @param {number} id */
  async #acknowledge(id) {
    const row = this.page.store.alarms.get(id);
    if (!row || !row.announced || this.page.frozen || this.orders.isPending(row)) return;
    const { text } = await this.orders.send("acknowledge", [row]);
    const place = one(this.panel, "[data-said]");
    setText(place, text);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => setText(place, ""), TOLD_MS);
  }

  #paint() {
    const wanted = chosenAlarms(this.page.store.alarms.values(), this.wanted);
    const order = wanted.map((row) => row.id);
    const held = this.hovered || this.body.contains(document.activeElement);
    const { ids, fresh, beyond } = arranged(order, this.ids, held, this.most);
    this.ids = ids;
    for (const [id, element] of this.elements) {
      if (ids.includes(id)) continue;
      element.remove();
      this.elements.delete(id);
      this.painted.delete(id);
    }
    const fitting = new Set(order);
    ids.forEach((id, place) => this.#place(id, place, fitting.has(id)));
    const pill = one(this.panel, "[data-pill]");
    pill.hidden = fresh === 0;
    if (fresh) setText(one(pill, "[data-part=count]"), alarmwords.fresh(fresh));
    one(this.panel, "[data-none]").hidden = ids.length > 0;
    one(this.panel, "[data-list]").hidden = ids.length === 0;
    setText(this.panel.querySelector("[data-beyond]"), beyond ? alarmwords.more(beyond) : "");
    const { area } = this.wanted;
    const rows = [...this.page.store.alarms.values()].filter((row) => !area || row.area === area);
    setText(this.panel.querySelector("[data-counts]"), rows.length ? alarmwords.counts(counted(rows)) : "");
  }

  /** @type {(id: number, place: number, fits: boolean) => void} */
  #place(id, place, fits) {
    const element = this.elements.get(id) ?? clone("t-alarm");
    element.dataset.alarm = String(id);
    this.elements.set(id, element);
    if (this.body.children[place] !== element) this.body.insertBefore(element, this.body.children[place] ?? null);
    const row = this.page.store.alarms.get(id) ?? this.painted.get(id);
    if (!row) return;
    this.painted.set(id, row);
    const pending = this.page.store.alarms.has(id) && this.orders.isPending(row);
    paintAlarm(this.page, element, row, { pending, gone: !fits });
    this.#paintButton(element, row, fits, pending);
  }

  /** @type {(element: HTMLElement, row: import("alarms").AlarmRow, fits: boolean, pending: boolean) => void} */
  #paintButton(element, row, fits, pending) {
    const button = element.querySelector("[data-acknowledge]");
    if (!button) return;
    /** @type {HTMLElement} */ (button).hidden = !fits || !row.announced;
    const reason = this.page.frozen ? alarmwords.notConnected : pending ? alarmwords.pending : "";
    setAttribute(button, "aria-disabled", reason ? "true" : null);
    setAttribute(button, "title", reason || null);
    setText(button.querySelector("[data-part=of]"), alarmwords.name(row));
  }

  #paintAges() {
    for (const [id, element] of this.elements) {
      const row = this.painted.get(id);
      if (row) paintDuration(this.page, partsOf(element), row);
    }
  }
}
