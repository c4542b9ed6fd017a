// @ts-check
// Key figures of alarms and of what cameras saw. Counted from the rows that the page has.

import { isHeld } from "alarms";
import { setAttribute } from "dom";
import { terms } from "terms";
import { paintLine, paintTile, paintTileCall, tileOf } from "tile";
import { countsOf, unacknowledged } from "urgent";
import { gettext, interpolate, ngettext } from "words";

const PERIOD_MS = 1000;
const HOUR_MS = 3_600_000;
const BINS = 12;
const MOST_CARDS = 60; // a page knows of no more, see devices/feed.py

export class CallFigures {
  /** @param {import("page").Page} page */
  constructor(page) {
    this.page = page;
    page.frames.add("call-figures", () => this.#paint(), PERIOD_MS);
    page.onChange((change) => {
      if (change.alarms.size || change.cards.size) page.frames.mark("call-figures");
    });
    page.onFreeze(() => page.frames.hurry("call-figures"));
    setInterval(() => page.frames.mark("call-figures"), PERIOD_MS);
    page.frames.mark("call-figures");
  }

  #paint() {
    const { area } = this.page.config;
    const rows = [...this.page.store.alarms.values()].filter((row) => area === undefined || row.area === area);
    this.#paintWaiting(unacknowledged(rows));
    this.#paintStanding(rows);
    this.#paintSeen([...this.page.store.cards.values()].filter((card) => area === undefined || card.area === area));
  }

  /** @param {import("alarms").AlarmRow[]} waiting */
  #paintWaiting(waiting) {
    if (this.page.frozen) return unknown("unacknowledged");
    const counts = countsOf(waiting).flatMap((count, i) => (count ? [`${count} P${i + 1}`] : []));
    const unit = ngettext("alarm", "alarms", waiting.length);
    paintTile("unacknowledged", String(waiting.length), unit, counts.join(" · ") || gettext("none waits"));
    paintTileCall("unacknowledged", waiting[0]);
  }

  /** @param {import("alarms").AlarmRow[]} rows */
  #paintStanding(rows) {
    if (this.page.frozen) return unknown("standing");
    const held = rows.filter(isHeld).length;
    const standing = rows.filter((row) => row.active && !isHeld(row)).length;
    const foot = held ? interpolate(gettext("%s held back"), [held]) : gettext("none held back");
    paintTile("standing", String(standing), gettext("active"), foot);
  }

  /** @param {import("detections").Card[]} cards */
  #paintSeen(cards) {
    if (!tileOf("detections")) return;
    if (this.page.frozen) return unknown("detections");
    const now = this.page.time.now();
    const recent = cards.filter((card) => card.since > now - HOUR_MS).sort((a, b) => b.since - a.since);
    const beyond = cards.length >= MOST_CARDS && recent.length === cards.length;
    const [newest] = recent;
    const foot = newest ? `${terms.label(newest.label)} ${this.page.zone.clock(newest.since)}` : gettext("nothing seen");
    paintTile("detections", `${recent.length}${beyond ? "+" : ""}`, undefined, foot);
    const bins = Array.from({ length: BINS }, () => 0);
    for (const { since } of recent) bins[Math.min(BINS - 1, Math.floor(((now - since) / HOUR_MS) * BINS))] += 1;
    const points = Float64Array.from(bins.reverse().flatMap((count, i) => [i, count]));
    paintLine("detections", points, { from: 0, to: BINS - 1, min: 0, max: Math.max(1, ...bins) * 1.1 });
  }
}

/** @param {string} name nothing is known of what it counts */
function unknown(name) {
  paintTile(name, "–", undefined, "");
  setAttribute(tileOf(name), "data-priority", null);
}
