// @ts-check
// The buttons and keys of the alarm console. What cannot be done says why, and every order says what became of it.

import { alarmwords } from "alarmwords";
import { POSSIBLE, together } from "alarms";
import { all, one, setAttribute, setText } from "dom";
import { bindKey } from "keys";
import { OrderDialog } from "orderdialog";

const ENGINEERS = new Set(["engineer", "admin"]);
const TOLD_MS = 12_000;

/** @typedef {import("alarms").Action} Action */
/** @type {Record<string, Action>} */
const KEYS = { a: "acknowledge", s: "shelve", c: "comment", r: "reset" };
const ASKING = new Set(["shelve", "comment", "remove"]);

export class Commands {
  /**
   * @param {import("page").Page} page
   * @param {import("alarmtable").AlarmTable} table
   * @param {import("orders").Orders} orders
   */
  constructor(page, table, orders) {
    this.page = page;
    this.table = table;
    this.orders = orders;
    /** @type {import("alarms").AlarmRow[]} those that the dialog is about */
    this.asked = [];
    this.bar = document.querySelector("[data-commands]");
    this.timer = 0;
    if (!this.bar) return; // whoever only looks has none
    this.dialog = new OrderDialog(page, (action, fields) => this.#send(action, this.asked, fields));
    for (const button of all(this.bar, "[data-do]")) {
      button.addEventListener("pointerdown", (event) => event.preventDefault()); // the row keeps the keyboard
      button.addEventListener("click", () => this.run(actionOf(button)));
    }
    const select = /** @type {HTMLInputElement} */ (one(document, "[data-select]"));
    select.addEventListener("change", () => table.selectOnScreen(select.checked));
    for (const [key, action] of Object.entries(KEYS)) {
      if (!this.bar.querySelector(`[data-do="${action}"]`)) continue;
      bindKey(key, alarmwords.keys[/** @type {keyof typeof alarmwords.keys} */ (action)], () => this.run(action));
    }
    table.onPaint(() => this.#paint(select));
    page.onFreeze(() => this.#paint(select));
    document.addEventListener("focusin", () => this.#paint(select));
  }

  /** @param {Action} action */
  run(action) {
    const reason = this.#reason(action);
    if (reason) return this.#say(reason);
    const rows = this.#able(action);
    if (ASKING.has(action)) {
      this.asked = rows;
      return this.dialog?.open(action, rows.map((row) => row.name));
    }
    const now = action === "acknowledge" ? together(rows) : rows;
    if (now.length < rows.length) this.#say(alarmwords.oneByOne);
    if (now.length) void this.#send(action, now, {}, now.length < rows.length ? alarmwords.oneByOne : "");
  }

  /** @param {Action} action those of the chosen to which it can be done */
  #able(action) {
    return this.table.chosen.filter((row) => POSSIBLE[action](row) && !this.orders.isPending(row));
  }

  /** @param {Action} action why it cannot be done now; empty: it can */
  #reason(action) {
    if (this.page.frozen) return alarmwords.notConnected;
    const needsEngineer = action === "remove" || action === "restore";
    if (needsEngineer && !ENGINEERS.has(this.page.config.role ?? "")) return alarmwords.needsEngineer;
    if (this.table.chosen.length === 0) return alarmwords.chooseFirst;
    if (this.#able(action).length > 0) return "";
    return alarmwords.impossible(action) || alarmwords.pending;
  }

  /** @type {(action: Action, rows: import("alarms").AlarmRow[], fields: object, note?: string) => Promise<import("orders").Answer>} */
  async #send(action, rows, fields, note = "") {
    const answer = await this.orders.send(action, rows, fields);
    if (!Object.keys(answer.errors).length) {
      for (const id of answer.done) this.table.selected.delete(id);
      this.table.selectionChanged();
      const telling = answer.done.length > 0 && (action !== "acknowledge" || answer.text || note); // else the row shows it
      this.#say([telling && alarmwords.done(action, answer.done.length), answer.text, note].filter(Boolean).join(" "));
    }
    return answer;
  }

  /** @param {string} text */
  #say(text) {
    const place = one(document, "[data-said]");
    setText(place, text);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => setText(place, ""), TOLD_MS);
  }

  /** @param {HTMLInputElement} select */
  #paint(select) {
    if (!this.bar) return;
    const count = this.table.selected.size;
    setText(one(this.bar, "[data-chosen]"), count ? alarmwords.chosen(count) : "");
    select.checked = count > 0;
    select.indeterminate = count > 0 && count < this.table.ids.length;
    for (const button of all(this.bar, "[data-do]")) {
      const reason = this.#reason(actionOf(button));
      setAttribute(button, "aria-disabled", reason ? "true" : null);
      setAttribute(button, "title", reason || null);
    }
    setText(one(this.bar, "[data-why]"), this.page.frozen ? alarmwords.notConnected : "");
  }
}

/** @type {(button: Element) => Action} */
function actionOf(button) {
  return /** @type {Action} */ (button.getAttribute("data-do"));
}
