// @ts-check
// The frame around every live page: state of the connection, server clock, notices.

import { Caller } from "caller";
import { all, one, setAttribute, setText } from "dom";
import { FROZEN_MS } from "link";
import { words } from "words";

const CLOCK_MS = 250;
const SKEW_MS = 2000;
const WELCOME_BACK_MS = 8000;

export class Shell {
  /** @param {import("page").Page} page */
  constructor(page) {
    this.page = page;
    /** @type {import("link").Phase} */
    this.phase = "connecting";
    this.events = 0; // received since the connection came back
    this.backAt = -Infinity;
    page.frames.add("clock", () => this.#paintClock(), CLOCK_MS);
    page.frames.add("link", () => this.#paintLink(), CLOCK_MS);
    page.onLink((phase) => this.#follow(phase));
    page.onFreeze(() => page.frames.hurry("link"));
    page.onChange((change) => this.#count(change));
    closeMenusOutside();
    this.caller = new Caller(page);
  }

  get #dialog() {
    return /** @type {HTMLDialogElement} */ (one(document, "#signed-out"));
  }

  /** @param {import("link").Phase} phase */
  #follow(phase) {
    const { link } = this.page.live;
    if (phase === "live" && this.phase !== "live" && this.phase !== "late" && link.wasOpen) {
      const away = link.heardAt - link.lostAt;
      if (this.phase !== "connecting" && away > FROZEN_MS) this.backAt = this.page.clock();
      this.events = 0;
    }
    this.phase = phase;
    this.page.frames.mark("clock");
    this.page.frames.mark("link");
  }

  /** @param {import("store").Change} change */
  #count(change) {
    if (!change.snapshot) this.events += change.devices.size + change.cards.size + change.alarms.size;
  }

  #paintClock() {
    const now = this.page.time.now();
    setText(one(document, "#clock"), this.page.zone.clock(now));
    setAttribute(one(document, "#clock"), "datetime", new Date(now).toISOString());
    setText(one(document, "#zone"), this.page.zone.zone(now));
    const skew = Math.abs(Date.now() - now);
    const notice = one(document, "#skew");
    notice.hidden = !this.page.time.known || skew < SKEW_MS;
    if (!notice.hidden) setText(notice, words.skew(Math.round(skew / 1000)));
  }

  #paintLink() {
    const { phase } = this;
    const chip = one(document, "#link");
    setAttribute(chip, "data-phase", phase);
    setText(one(chip, "[data-part=phase]"), words.phase(phase));
    const silence = (this.page.clock() - this.page.live.link.heardAt) / 1000;
    const counts = phase === "live" || phase === "late";
    setText(one(chip, "[data-part=lag]"), counts ? words.lag(silence) : "");
    setAttribute(document.body, "data-phase", phase);
    setAttribute(document.body, "data-frozen", this.page.frozen ? "" : null);
    setAttribute(document.body, "data-awaits", this.page.live.awaited.size > 0 ? "" : null);
    this.#paintNotices();
  }

  #paintNotices() {
    const { phase } = this;
    const lost = words.banner(phase);
    const back = this.page.clock() - this.backAt < WELCOME_BACK_MS;
    const alert = phase === "offline" || phase === "expired" || phase === "forbidden";
    const refused = this.page.refused ? words.refused : "";
    show(one(document, "#alert"), alert ? lost : refused);
    show(one(document, "#notice"), alert ? "" : lost || (back ? words.reconnected(this.events) : ""));
    if (phase === "expired" && !this.#dialog.open && !this.#dialog.hasAttribute("data-shown")) {
      this.#dialog.dataset.shown = "";
      this.#dialog.showModal();
    }
  }
}

/** @type {(element: HTMLElement, text: string) => void} */
function show(element, text) {
  setText(element, text);
  setAttribute(element, "data-empty", text ? null : "");
}

/** A menu closes on Escape, and when something else is clicked. */
function closeMenusOutside() {
  const menus = /** @type {HTMLDetailsElement[]} */ (all(document, "details.menu"));
  document.addEventListener("click", (event) => {
    for (const menu of menus) {
      if (!menu.contains(/** @type {Node} */ (event.target))) menu.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of menus.filter((open) => open.open)) {
      menu.open = false;
      menu.querySelector("summary")?.focus();
    }
  });
}
