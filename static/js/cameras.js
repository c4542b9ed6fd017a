// @ts-check
// All cameras of a plant: how each does, its newest picture, and what it saw last.

import { shortTime } from "cards";
import { newestFirst } from "detections";
import { Devices } from "devices";
import { all, partsOf, setAttribute, setText } from "dom";
import { formatAge } from "format";
import { Lost } from "lost";
import { Page } from "page";
import { Shell } from "shell";
import { Sights } from "sight";
import { terms } from "terms";

const CHANGE_MS = 250;
const AGE_MS = 1000;

const page = new Page();
new Shell(page);
new Devices(page);
new Sights(page);
const lost = new Lost(page);
lost.onChange(() => page.frames.mark("newest"));
page.frames.add("newest", paint, CHANGE_MS);
setInterval(() => page.frames.mark("newest"), AGE_MS);
page.frames.mark("newest");
page.onChange((change) => change.cards.size && page.frames.mark("newest"));
page.onNewDay(() => page.frames.mark("newest"));
page.start();

function paint() {
  const cards = [...page.store.cards.values()].sort(newestFirst);
  for (const element of /** @type {HTMLElement[]} */ (all(document, "[data-camera]"))) {
    const own = cards.filter((card) => card.camera === element.dataset.uid);
    const parts = partsOf(element);
    if (own.length) paintNewest(parts, own);
    const shown = parts.img?.getAttribute("src") ?? null;
    if (shown !== null) setText(parts.nothing, lost.has(shown) ? terms.nothing("lost") : "");
    const at = Number(parts.taken?.dataset.at);
    if (at) setText(parts.taken, agedTime(at));
  }
}

/** @type {(at: number) => string} when a still was taken, and how long ago: beside "live picture" it must not pass for one */
function agedTime(at) {
  const now = page.time.now();
  return terms.taken(shortTime(page.zone, at, now), formatAge(Math.max(0, now - at)));
}

/** @type {(parts: Record<string, HTMLElement | undefined>, own: import("detections").Card[]) => void} */
function paintNewest(parts, own) {
  const [newest] = own;
  setText(parts.newest, `${terms.label(newest.label)} ${shortTime(page.zone, newest.since, page.time.now())}`);
  const pictured = own.find((card) => card.thumb);
  if (!pictured || parts.img?.getAttribute("src") === pictured.thumb) return;
  setAttribute(parts.img, "src", pictured.thumb);
  if (parts.img) parts.img.hidden = false;
  setAttribute(parts.taken, "data-at", String(pictured.since));
}
