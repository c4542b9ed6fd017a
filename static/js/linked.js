// @ts-check
// The alarms that a detection raised, in its large view: how each is, and its acknowledgement.

import { paintSymbol } from "alarmpaint";
import { linkedTo } from "alarms";
import { alarmwords } from "alarmwords";
import { fill, one, setAttribute, setText } from "dom";
import { bindKey } from "keys";
import { markwords } from "markwords";
import { Orders } from "orders";

const TOLD_MS = 12_000;

/** @typedef {import("alarms").AlarmRow} AlarmRow */

export class Linked {
  /**
   * @param {import("page").Page} page
   * @param {import("lightbox").Lightbox} lightbox
   */
  constructor(page, lightbox) {
    this.page = page;
    this.dialog = lightbox.dialog;
    this.lightbox = lightbox;
    this.place = one(this.dialog, "[data-linked]");
    this.list = one(this.place, "ul");
    this.orders = new Orders(page);
    this.timer = 0;
    this.told = 0; // id of the detection of whose alarm something was told
    const mark = () => this.dialog.open && page.frames.mark("lightbox");
    page.onChange((change) => change.alarms.size && mark());
    this.orders.onChange(mark);
    lightbox.onPaint((card) => this.#paint(card.id));
    this.list.addEventListener("click", (event) => {
      const button = event.target instanceof Element ? event.target.closest("[data-acknowledge]") : null;
      const row = page.store.alarms.get(Number(button?.closest("li")?.dataset.alarm));
      if (row) void this.#acknowledge(row);
    });
    if (!this.place.hasAttribute("data-operated")) return; // whoever looks may not
    bindKey("a", markwords.keys.acknowledge, () => this.#acknowledgeFirst(), this.dialog);
  }

  #acknowledgeFirst() {
    const row = this.dialog.open && this.#rows(this.lightbox.id).find((each) => each.announced);
    if (row) void this.#acknowledge(row);
  }

  /** @param {AlarmRow} row */
  async #acknowledge(row) {
    const { id } = this.lightbox;
    if (!row.announced || this.#reason(row)) return;
    const { text } = await this.orders.send("acknowledge", [row]);
    this.#tell(text, id);
  }

  /** @type {(text: string, id: number) => void} */
  #tell(text, id) {
    setText(one(this.place, "[data-replied]"), text);
    this.told = text ? id : 0;
    clearTimeout(this.timer);
    if (text) this.timer = setTimeout(() => this.#tell("", id), TOLD_MS);
    this.page.frames.mark("lightbox");
  }

  /** @param {number} id */
  #rows(id) {
    return linkedTo(this.page.store.alarms.values(), id);
  }

  /** @param {AlarmRow} row why it cannot be acknowledged now; empty: it can */
  #reason(row) {
    if (this.page.frozen) return alarmwords.notConnected;
    return this.orders.isPending(row) ? alarmwords.pending : "";
  }

  /** @param {number} id */
  #paint(id) {
    const rows = this.#rows(id);
    const first = rows.find((row) => row.announced);
    const { activeElement: focused } = document;
    const within = this.place.contains(focused);
    if (this.told && this.told !== id) this.#tell("", id);
    fill(this.list, "t-linked", rows, (parts, row, element) => {
      const pending = row.announced && this.orders.isPending(row);
      element.dataset.alarm = String(row.id);
      paintSymbol(parts, row);
      setText(parts.alarm, alarmwords.name(row));
      setAttribute(parts.alarm, "href", this.#address(row));
      setText(parts.standing, pending ? alarmwords.pending : alarmwords.state(row));
      setText(parts.acker, row.acked === null ? "" : alarmwords.ackedBy(row.acked_by, this.page.zone.clock(row.acked)));
      if (parts.acknowledge) this.#paintButton(parts.acknowledge, row, row === first);
    });
    this.place.hidden = rows.length === 0 && !this.told;
    if (within && !isShown(focused)) one(this.dialog, "h2").focus(); // not lost: the keys go on
  }

  /** @type {(button: HTMLElement, row: AlarmRow, hasKey: boolean) => void} */
  #paintButton(button, row, hasKey) {
    const reason = this.#reason(row);
    button.hidden = !row.announced;
    setAttribute(button, "aria-disabled", reason ? "true" : null);
    setAttribute(button, "title", reason || null);
    setAttribute(button, "aria-keyshortcuts", hasKey ? "A" : null);
    one(button, "kbd").hidden = !hasKey;
    setText(one(button, "[data-of]"), alarmwords.name(row));
  }

  /** @param {AlarmRow} row in the console */
  #address({ id }) {
    const query = new URLSearchParams({ site: this.page.config.site ?? "", alarm: String(id) });
    return `${this.place.dataset.console}?${query}`;
  }
}

/** @param {Element | null} element */
function isShown(element) {
  return Boolean(element?.isConnected && !element.closest("[hidden]"));
}
