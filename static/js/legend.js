// @ts-check
// The tags that are shown, as chips and as a table of their values.

import { fill, one, setAttribute, setText } from "dom";
import { formatMeaning } from "format";
import { judge, qualityName } from "judge";
import { paintSample, titleOf } from "lines";
import { pointText, valueText } from "pane";
import { poorShare, qualityAt } from "panes";
import { trendwords } from "trendwords";
import { noteOf } from "values";
import { words } from "words";

const [UNCERTAIN, GOOD] = [64, 192]; // OPC qualities from there on

/** @typedef {import("store").Tag} Tag */

/** @type {(page: import("page").Page, tags: Tag[], remove: (tag: Tag) => void) => void} */
export function paintPicked(page, tags, remove) {
  fill(one(document, "[data-picked]"), "t-picked", tags, (parts, tag) => {
    const slot = tags.indexOf(tag);
    paintName(page, parts, tag, slot);
    setAttribute(parts.remove, "aria-label", trendwords.remove(titleOf(tag, words)));
    if (parts.remove) {
      parts.remove.onclick = () => {
        remove(tag);
        if (!parts.remove?.isConnected) one(document, "#pick").focus({ preventScroll: true }); // it was the last one
      };
    }
  });
}

/** @type {(page: import("page").Page, parts: Record<string, HTMLElement | undefined>, tag: Tag, slot: number) => void} */
function paintName(page, parts, tag, slot) {
  paintSample(parts.line, slot);
  setText(parts.number, String(slot + 1));
  setText(parts.name, titleOf(tag, words));
  setText(parts.device, page.store.devices.get(tag.dev)?.uid ?? "");
}

export class Legend {
  /**
   * @param {import("page").Page} page
   * @param {{ tags: () => Tag[], window: () => import("windows").Window, readings: import("readings").Readings }} view
   */
  constructor(page, view) {
    this.page = page;
    this.view = view;
    /** @type {number | null} */
    this.pointedAt = null;
    page.frames.add("legend", () => this.#paint(), 500);
    page.frames.add("legend-cursor", () => this.#paint(), 0);
  }

  /** @param {number | null} at */
  pointAt(at) {
    this.pointedAt = at;
    this.page.frames.mark("legend-cursor");
  }

  #paint() {
    const { page, view, pointedAt: at } = this;
    const window = view.window();
    const body = one(document, "[data-values]");
    setText(one(document, "[data-cursor-at]"), at === null ? trendwords.pointAt : page.zone.full(at));
    fill(body, "t-value", view.tags(), (parts, tag) => {
      paintName(page, parts, tag, view.tags().indexOf(tag));
      const series = view.readings.series.get(tag.k);
      const { min, max, mean, last } = series?.stats(window.from, window.to) ?? { min: NaN, max: NaN, mean: NaN, last: NaN };
      setText(parts.cursor, at === null ? "–" : pointText(series?.at(at), tag));
      setText(parts.last, series ? valueText(last, tag) : "–");
      setText(parts.min, series ? valueText(min, tag) : "–");
      setText(parts.max, series ? valueText(max, tag) : "–");
      const means = Number.isNaN(mean) || tag.states || tag.bits ? "–" : `${formatMeaning(mean, tag)} ${tag.unit}`.trim();
      setText(parts.mean, means);
      setText(parts.quality, this.#quality(tag, window, Boolean(series?.length)));
    });
  }

  /** @type {(tag: Tag, window: import("windows").Window, any: boolean) => string} at the pointer, or of the time shown */
  #quality(tag, window, any) {
    const { readings } = this.view;
    const poor = readings.poor.get(tag.k) ?? [];
    if (this.pointedAt !== null) {
      const known = readings.series.get(tag.k)?.at(this.pointedAt);
      const quality = qualityAt(poor, this.pointedAt);
      return known || quality < GOOD ? words.quality(qualityName(quality)) : "–";
    }
    const bad = poorShare(poor, window, UNCERTAIN);
    const shares = [bad, poorShare(poor, window, GOOD) - bad];
    return [any || bad ? trendwords.quality(shares[0], shares[1]) : "–", this.#note(tag, window)].filter(Boolean).join(" · ");
  }

  /** @type {(tag: Tag, window: import("windows").Window) => string} why what is shown as the last value is not current */
  #note(tag, { live }) {
    if (!live) return "";
    const judgement = judge(tag, this.page.store.devices.get(tag.dev), this.page.time.now(), this.page.frozen);
    return judgement.state === "good" ? "" : noteOf(judgement);
  }
}
