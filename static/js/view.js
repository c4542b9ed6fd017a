// @ts-check
// The newest picture of a camera, with its zones drawn over it.

import { newestFirst } from "detections";
import { one, partsOf, setText } from "dom";
import { PictureNow, stillText } from "now";
import { terms } from "terms";
import { Zones } from "zones";

const AGE_MS = 1000;

/** @typedef {{ image: string, at: number, width: number, height: number, since?: number }} Still */

export class View {
  /**
   * @param {import("page").Page} page
   * @param {import("lost").Lost} lost
   */
  constructor(page, lost) {
    this.page = page;
    this.lost = lost;
    this.parts = partsOf(one(document, ".view"));
    /** @type {Still | null} */
    this.still = page.config.still ?? null;
    this.zones = new Zones(page, () => this.still ?? { width: 640, height: 360 });
    new PictureNow(page, (seen) => this.#show(seen)); // asked for, so also while zones are edited
    page.frames.add("still", () => this.#paint(), AGE_MS);
    page.onChange((change) => change.cards.size && this.#take());
    setInterval(() => page.frames.mark("still"), AGE_MS);
    page.frames.mark("still");
  }

  /** A newer detection brought a newer picture; while zones are edited nothing moves under them. */
  #take() {
    const { store, config } = this.page;
    const own = [...store.cards.values()].filter((card) => card.camera === config.filter?.camera);
    const card = own.sort(newestFirst).find((each) => each.image);
    if (!card?.image || !card.width || !card.height || this.zones.editing) return;
    if (this.still && (this.still.image === card.image || this.still.at >= card.since)) return;
    this.#show({ image: card.image, at: card.since, width: card.width, height: card.height });
  }

  /** @param {Still} newer */
  #show(newer) {
    this.still = newer;
    this.page.frames.hurry("still");
    this.zones.mark();
  }

  #paint() {
    if (!this.still) return;
    this.lost.show(this.parts.img, this.still.image);
    setText(this.parts.nothing, this.lost.has(this.still.image) ? terms.nothing("lost") : "");
    setText(this.parts.taken, stillText(this.page, this.still));
  }
}
