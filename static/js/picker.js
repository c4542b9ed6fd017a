// @ts-check
// A field in which tags are searched for and chosen (the combobox pattern): the keyboard stays in the field.

import { clone, one, partsOf, setAttribute, setText } from "dom";
import { titleOf } from "lines";
import { searchTags } from "tagsearch";
import { trendwords } from "trendwords";
import { words } from "words";

const MOST = 60; // that are listed

/** @typedef {import("store").Tag} Tag */

export class Picker {
  /**
   * @param {import("page").Page} page
   * @param {HTMLElement} element
   * @param {{ chosen: () => number[], most: number, toggle: (k: number) => void, say: (text: string) => void }} how
   */
  constructor(page, element, how) {
    this.page = page;
    this.how = how;
    this.input = /** @type {HTMLInputElement} */ (one(element, "input"));
    this.list = one(element, "[role=listbox]");
    /** @type {Tag[]} */
    this.shown = [];
    this.at = -1; // the option that Enter chooses
    this.input.addEventListener("input", () => this.open());
    this.input.addEventListener("focus", () => this.open());
    this.input.addEventListener("click", () => this.open());
    this.input.addEventListener("keydown", (event) => this.#press(event));
    this.input.addEventListener("blur", () => this.close());
    this.list.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the keyboard
    this.list.addEventListener("click", (event) => {
      const option = event.target instanceof Element ? event.target.closest("[role=option]") : null;
      if (option) this.#choose(Number(option.getAttribute("data-k")));
    });
  }

  get isOpen() {
    return !this.list.hidden;
  }

  /** @param {boolean} tell how many there are */
  open(tell = true) {
    const { found, beyond } = searchTags(this.#ordered(), this.page.store.devices, this.input.value, MOST);
    this.shown = found.flatMap(({ tags }) => tags);
    this.at = -1;
    const groups = found.map((each, i) => this.#group(each, i));
    const count = this.shown.length + beyond;
    const full = this.how.chosen().length >= this.how.most ? trendwords.full(this.how.most) : "";
    const note = beyond ? trendwords.beyond(beyond) : count ? "" : trendwords.nothing;
    this.list.replaceChildren(...notesOf(full), ...groups, ...notesOf(note));
    this.list.hidden = false;
    setAttribute(this.input, "aria-expanded", "true");
    this.#mark();
    if (tell && this.input.value) this.how.say(count ? trendwords.found(count) : trendwords.nothing);
  }

  close() {
    this.list.hidden = true;
    this.at = -1;
    setAttribute(this.input, "aria-expanded", "false");
    setAttribute(this.input, "aria-activedescendant", null);
  }

  /** Show anew which are chosen. */
  refresh() {
    if (this.isOpen) this.#mark();
  }

  /** @returns {Tag[]} by device, as the server has them */
  #ordered() {
    const order = new Map(this.page.config.tags.map((tag, i) => [tag.k, i]));
    const place = (/** @type {Tag} */ tag) => order.get(tag.k) ?? Infinity;
    return [...this.page.store.tags.values()].sort((a, b) => place(a) - place(b));
  }

  /** @type {(found: import("tagsearch").Found, i: number) => HTMLElement} */
  #group({ device, tags }, i) {
    const group = document.createElement("div");
    const title = document.createElement("div");
    title.id = `found-${i}`;
    title.className = "of";
    title.textContent = [device.name, device.uid, device.area].filter(Boolean).join(" · ");
    setAttribute(title, "role", "presentation");
    setAttribute(group, "role", "group");
    setAttribute(group, "aria-labelledby", title.id);
    group.append(title, ...tags.map((tag) => optionOf(tag)));
    return group;
  }

  get #options() {
    return /** @type {HTMLElement[]} */ ([...this.list.querySelectorAll("[role=option]")]);
  }

  #mark() {
    const chosen = this.how.chosen();
    const full = chosen.length >= this.how.most;
    this.#options.forEach((option, i) => {
      const is = chosen.includes(this.shown[i].k);
      setAttribute(option, "aria-selected", String(is));
      setAttribute(option, "aria-disabled", full && !is ? "true" : null);
      setAttribute(option, "data-at", i === this.at ? "" : null);
    });
    setAttribute(this.input, "aria-activedescendant", this.#options[this.at]?.id ?? null);
    if (this.at >= 0) this.#options[this.at].scrollIntoView({ block: "nearest" });
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    const { key } = event;
    if (key === "Escape" || key === "Tab") return this.#leave(event);
    if (!["ArrowDown", "ArrowUp", "Enter"].includes(key)) return undefined;
    event.preventDefault();
    if (!this.isOpen) this.open();
    if (key === "Enter") return this.#enter();
    const all = this.shown.length;
    this.at = key === "ArrowDown" ? Math.min(all - 1, this.at + 1) : Math.max(0, this.at - 1);
    return this.#mark();
  }

  /** @param {KeyboardEvent} event Escape: first the list goes, then the text */
  #leave(event) {
    if (event.key === "Escape" && (this.isOpen || this.input.value)) {
      event.stopPropagation();
      if (!this.isOpen) this.input.value = "";
    }
    this.close();
  }

  #enter() {
    const tag = this.shown[this.at] ?? (this.shown.length === 1 ? this.shown[0] : undefined);
    if (tag) this.#choose(tag.k);
  }

  /** @param {number} k */
  #choose(k) {
    const chosen = this.how.chosen();
    if (!chosen.includes(k) && chosen.length >= this.how.most) return this.how.say(trendwords.full(this.how.most));
    const at = this.at;
    this.how.toggle(k);
    this.open(false); // whether there is room for others may have changed
    this.at = at;
    return this.#mark();
  }
}

/** @param {Tag} tag */
function optionOf(tag) {
  const option = clone("t-found");
  const parts = partsOf(option);
  const title = titleOf(tag, words);
  option.id = `found-tag-${tag.k}`;
  setAttribute(option, "data-k", String(tag.k));
  setText(parts.name, title);
  setText(parts.code, title === tag.name ? "" : tag.name);
  setText(parts.unit, tag.unit);
  return option;
}

/** @param {string} text */
function notesOf(text) {
  if (!text) return [];
  const note = document.createElement("p");
  note.className = "sub";
  note.textContent = text;
  setAttribute(note, "role", "presentation");
  return [note];
}
