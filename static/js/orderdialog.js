// @ts-check
// Asks what an order needs beside the alarms: a reason, and until when.

import { alarmwords } from "alarmwords";
import { all, one, setText } from "dom";
import { fromZone } from "format";

const MINUTE_MS = 60_000;

/** @typedef {import("alarms").Action} Action */

export class OrderDialog {
  /**
   * @param {import("page").Page} page
   * @param {(action: Action, fields: object) => Promise<import("orders").Answer>} send
   */
  constructor(page, send) {
    this.page = page;
    this.send = send;
    this.dialog = /** @type {HTMLDialogElement} */ (one(document, "#order"));
    this.form = /** @type {HTMLFormElement} */ (one(this.dialog, "form"));
    /** @type {Action} */
    this.action = "comment";
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#submit();
    });
    one(this.dialog, "[data-close]").addEventListener("click", () => this.dialog.close());
    one(this.form, "[name=time]").addEventListener("input", () => this.#pick("time"));
  }

  /** @type {(action: Action, names: string[]) => void} */
  open(action, names) {
    this.action = action;
    this.form.reset();
    this.#explain({});
    setText(one(this.dialog, "h2"), alarmwords.title(action));
    const more = names.length > 3 ? ` (${alarmwords.more(names.length - 3)})` : "";
    setText(one(this.dialog, "[data-of]"), names.slice(0, 3).join(", ") + more);
    setText(one(this.dialog, "[data-submit]"), alarmwords.title(action));
    const shelf = one(this.dialog, "fieldset");
    shelf.hidden = action !== "shelve";
    for (const radio of all(shelf, "input")) /** @type {HTMLInputElement} */ (radio).disabled = shelf.hidden;
    this.dialog.showModal();
    one(this.form, "textarea").focus();
  }

  /** @param {string} value of the radio button */
  #pick(value) {
    const radio = /** @type {HTMLInputElement} */ (one(this.form, `[name=until][value="${value}"]`));
    radio.checked = true;
  }

  async #submit() {
    const fields = this.#fields();
    if (!fields) return;
    const button = /** @type {HTMLButtonElement} */ (one(this.dialog, "[data-submit]"));
    button.disabled = true;
    const { errors } = await this.send(this.action, fields);
    button.disabled = false;
    if (Object.keys(errors).length) this.#explain(errors);
    else this.dialog.close();
  }

  /** @returns {object | null} null: something is missing, and the form says what */
  #fields() {
    const data = new FormData(this.form);
    const reason = String(data.get("reason") ?? "").trim();
    if (!reason) {
      this.#explain({ reason: [one(this.form, "[data-error=reason]").dataset.missing ?? ""] });
      one(this.form, "textarea").focus();
      return null;
    }
    if (this.action !== "shelve") return { reason };
    const until = String(data.get("until"));
    if (until === "return") return { reason, one_shot: true };
    const now = this.page.time.now();
    const at = until === "time" ? fromZone(String(data.get("time")), this.page.zone) : now + Number(until) * MINUTE_MS;
    if (Number.isNaN(at)) {
      this.#explain({ until: [one(this.form, "[data-error=until]").dataset.missing ?? ""] });
      return null;
    }
    return { reason, until: new Date(at).toISOString() };
  }

  /** @param {Record<string, string[]>} errors */
  #explain(errors) {
    for (const place of all(this.form, "[data-error]")) {
      const name = place.getAttribute("data-error") ?? "";
      setText(place, (errors[name] ?? []).join(" "));
    }
    const others = Object.entries(errors).filter(([name]) => name !== "reason" && name !== "until");
    setText(one(this.form, "[data-error='']"), others.flatMap(([, texts]) => texts).join(" "));
  }
}
