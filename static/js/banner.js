// @ts-check
// Under the bar of every page: the most urgent unacknowledged alarm, and how many there are of each priority.

import { paintSymbol } from "alarmpaint";
import { alarmwords } from "alarmwords";
import { calls } from "calls";
import { all, one, partsOf, setAttribute, setText } from "dom";
import { formatAge } from "format";
import { Orders } from "orders";
import { countsOf, unacknowledged } from "urgent";

const CHANGE_MS = 250;
const AGE_MS = 1000;
const SETTLE_MS = 500; // after another alarm has taken its place: whoever is about to press meant the one before
const TOLD_MS = 8000;

/** @typedef {import("alarms").AlarmRow} AlarmRow */

export class Banner {
  /**
   * @param {import("page").Page} page
   * @param {() => number} floodCount new alarms in a flood; 0: there is none
   */
  constructor(page, floodCount) {
    this.page = page;
    this.floodCount = floodCount;
    this.root = one(document, "#banner");
    this.parts = partsOf(this.root);
    /** @type {AlarmRow | undefined} */
    this.shown = undefined;
    this.settledAt = 0;
    this.orders = new Orders(page);
    this.orders.onChange(() => page.frames.hurry("banner"));
    this.told = { text: "", until: -Infinity };
    this.button = /** @type {HTMLButtonElement | null} */ (this.root.querySelector("[data-acknowledge]"));
    this.button?.addEventListener("click", () => void this.#acknowledge());
    page.frames.add("banner", () => this.#paint(), CHANGE_MS);
    page.onChange((change) => (change.alarms.size || change.devices.size) && page.frames.mark("banner"));
    page.onFreeze(() => page.frames.hurry("banner"));
    setInterval(() => page.frames.mark("banner"), AGE_MS);
    page.frames.mark("banner");
  }

  async #acknowledge() {
    const { shown, page } = this;
    if (!shown || this.#reason(shown) || this.#settles) return;
    const { text } = await this.orders.send("acknowledge", [shown]);
    if (text) this.told = { text, until: page.clock() + TOLD_MS };
    if (text) setText(one(document, "#calls"), text);
    page.frames.hurry("banner");
  }

  get #settles() {
    return this.page.clock() < this.settledAt;
  }

  /** @param {AlarmRow} alarm why it cannot be acknowledged now; empty: it can */
  #reason(alarm) {
    if (this.page.frozen) return alarmwords.notConnected;
    return this.orders.isPending(alarm) ? calls.acknowledging : "";
  }

  #paint() {
    const { page, root, parts } = this;
    const waiting = unacknowledged(page.store.alarms.values());
    const [alarm] = waiting;
    this.#settle(alarm);
    paintCounts(waiting);
    setAttribute(root, "data-priority", alarm ? String(alarm.priority) : null);
    if (alarm) paintSymbol(parts, alarm);
    else setText(parts.priority, "");
    setText(parts.name, alarm ? alarmwords.name(alarm) : page.frozen ? calls.unknown : calls.none);
    setText(parts.place, alarm ? [alarmwords.source(alarm), alarm.area].filter(Boolean).join(" · ") : "");
    setText(parts.context, alarm ? contextOf(alarm) : "");
    setText(parts.more, waiting.length > 1 ? calls.more(waiting.length - 1) : "");
    this.#paintActions(alarm);
    const flood = this.floodCount();
    setAttribute(root, "data-flood", flood ? "" : null);
    setText(parts.flood, flood ? calls.flood(flood) : "");
  }

  /** @param {AlarmRow | undefined} alarm */
  #settle(alarm) {
    if (this.shown && alarm && this.shown.id !== alarm.id) {
      this.settledAt = this.page.clock() + SETTLE_MS;
      setTimeout(() => this.page.frames.hurry("banner"), SETTLE_MS);
    }
    this.shown = alarm;
  }

  /** @param {AlarmRow | undefined} alarm */
  #paintActions(alarm) {
    const { parts, page, button } = this;
    const reason = alarm ? this.#reason(alarm) : "";
    const waits = alarm ? calls.waits(formatAge(Math.max(0, page.time.now() - (alarm.raised ?? 0)))) : "";
    const told = page.clock() < this.told.until ? this.told.text : "";
    setText(parts.age, told || reason || waits);
    setAttribute(parts.age, "data-told", told || reason ? "" : null);
    const link = one(this.root, "[data-part=device]");
    const gone = alarm ? [] : [button, link];
    if (gone.some((element) => element && element === document.activeElement)) parts.console?.focus();
    if (button) {
      button.hidden = !alarm;
      setAttribute(button, "aria-disabled", reason || this.#settles ? "true" : null);
    }
    link.hidden = !alarm?.uid;
    const pattern = page.config.device_url ?? "";
    if (alarm?.uid) setAttribute(link, "href", pattern.replace("UID", encodeURIComponent(alarm.uid)));
  }
}

/** @param {AlarmRow} alarm what was measured */
function contextOf(alarm) {
  const value = alarmwords.value(alarm.value, alarm);
  const returned = alarm.active ? "" : calls.returned;
  return [returned, value, alarmwords.limit(alarm)].filter(Boolean).join(" · ");
}

/** @type {(waiting: AlarmRow[]) => void} */
function paintCounts(waiting) {
  countsOf(waiting).forEach((count, i) => {
    for (const place of all(document, `[data-count="${i + 1}"]`)) {
      const parts = partsOf(place);
      setText(parts.number, String(count));
      setText(parts.words, calls.count(count, i + 1));
      setAttribute(place, "data-empty", count ? null : "");
      setAttribute(parts.pri, "data-look", count ? "" : "acked");
    }
  });
}
