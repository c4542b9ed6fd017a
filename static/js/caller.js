// @ts-check
// What calls an operator on every page: the banner, the sound, the flood notice, the voice, and the keys for them.

import { Banner } from "banner";
import { calls } from "calls";
import { one, partsOf, setAttribute, setText } from "dom";
import { CALM, floodOf } from "flood";
import { formatAge } from "format";
import { bindKey, listenToKeys } from "keys";
import { recallObject, remember } from "memory";
import { Speaker } from "speaker";
import { speakOfAlarms } from "spoken";

const LOOK_MS = 1000;
const ENDED = new Set(["offline", "expired", "forbidden"]); // nothing more will be heard of

export class Caller {
  /** @param {import("page").Page} page */
  constructor(page) {
    this.page = page;
    this.site = page.config.site ?? "";
    /** @type {import("flood").Flood} */
    this.flood = CALM;
    /** @type {(() => void)[]} */
    this.floodListeners = [];
    this.lost = false;
    this.#lookForFlood();
    this.banner = new Banner(page, () => this.floodCount);
    this.speaker = new Speaker(this.site, () => ({ rows: page.store.alarms.values(), flood: this.flood.active }));
    page.frames.add("sound", () => this.#paintSound(), LOOK_MS / 4);
    this.speaker.onChange(() => page.frames.mark("sound"));
    page.onChange((change) => change.alarms.size && this.#hear());
    page.onLink((phase) => this.#follow(phase));
    setInterval(() => this.#lookForFlood(), LOOK_MS);
    speakOfAlarms(page);
    this.#bindSound();
    bindKey("m", calls.keySilence, () => this.speaker.silence());
    listenToKeys();
    this.speaker.start();
    page.frames.mark("sound");
  }

  /** How many new alarms there are in a flood; 0: there is none. */
  get floodCount() {
    return this.flood.active ? Object.keys(this.flood.told).length : 0;
  }

  /** @param {() => void} listener called when a flood begins or ends */
  onFlood(listener) {
    this.floodListeners.push(listener);
  }

  /** A hidden page paints nothing, but it can be heard. */
  #hear() {
    this.#lookForFlood();
    this.speaker.look();
  }

  #lookForFlood() {
    const name = `flood.${this.site}`;
    const before = recallObject(name, CALM);
    this.flood = floodOf(this.page.store.alarms.values(), this.page.time.now(), before);
    if (JSON.stringify(this.flood) !== JSON.stringify(before)) remember(name, JSON.stringify(this.flood));
    const shown = document.body.hasAttribute("data-flood");
    if (shown === this.flood.active) return;
    setAttribute(document.body, "data-flood", this.flood.active ? "" : null);
    this.page.frames.mark("banner");
    for (const listener of this.floodListeners) listener();
  }

  /** @param {import("link").Phase} phase */
  #follow(phase) {
    const lost = ENDED.has(phase);
    if (lost && !this.lost) this.speaker.sayLost();
    this.lost = lost;
  }

  // ------------------------------------------------------------ the chip in the bar

  #bindSound() {
    const root = one(document, "#sound");
    const { speaker } = this;
    const press = (/** @type {string} */ name, /** @type {() => void} */ act) =>
      one(root, `[data-${name}]`).addEventListener("click", act);
    press("enable", () => void speaker.enable());
    press("silence", () => speaker.silence());
    press("disable", () => speaker.disable());
    press("test", async () => {
      const played = await speaker.test();
      setText(one(root, "[data-part=tested]"), played ? calls.tested : calls.notTested);
    });
  }

  #paintSound() {
    const root = one(document, "#sound");
    const { state, silentMs } = this.speaker;
    const text = calls.sound(state, state === "silent" ? formatAge(silentMs) : "");
    const asks = state === "off" || state === "blocked";
    setAttribute(root, "data-state", state);
    const parts = partsOf(root);
    one(root, "[data-enable]").hidden = !asks;
    one(root, "details").hidden = asks;
    setText(asks ? parts.call : parts.words, text);
    setAttribute(root.querySelector("summary use"), "href", state === "on" ? "#i-sound" : "#i-mute");
  }
}
