// @ts-check
// The page of one camera: how it does, its newest picture with its zones, and what it saw.

import { newestFirst } from "detections";
import { Devices } from "devices";
import { fill, one, partsOf, setText } from "dom";
import { configText } from "health";
import { PictureNow, stillText } from "now";
import { Page } from "page";
import { Reports } from "reports";
import { showDetections } from "seen";
import { Shell } from "shell";
import { Sights } from "sight";
import { terms } from "terms";
import { Zones } from "zones";

const RECENT = 12;
const AGE_MS = 1000;

const page = new Page();
const view = partsOf(one(document, ".view"));
/** @type {{ image: string, at: number, width: number, height: number, since?: number } | null} */
let still = page.config.still ?? null;
new Shell(page);
new Devices(page);
new Sights(page);
const { lost } = showDetections(page, { most: RECENT });
const zones = new Zones(page, () => still ?? { width: 640, height: 360 });
new PictureNow(page, showStill); // asked for, so also while zones are edited
const channel = page.config.channels.find((name) => name.startsWith("health:")) ?? "";
const reports = new Reports(page, channel, paintConfig);
page.frames.add("still", paintStill, AGE_MS);
page.onChange((change) => change.cards.size && takeStill());
setInterval(() => page.frames.mark("still"), AGE_MS);
page.frames.mark("still");
page.start();

/** A newer detection brought a newer picture; while zones are edited nothing moves under them. */
function takeStill() {
  const own = [...page.store.cards.values()].filter((card) => card.camera === page.config.filter?.camera);
  const card = own.sort(newestFirst).find((each) => each.image);
  if (!card?.image || !card.width || !card.height || zones.editing) return;
  if (still && (still.image === card.image || still.at >= card.since)) return;
  showStill({ image: card.image, at: card.since, width: card.width, height: card.height });
}

/** @param {NonNullable<typeof still>} newer */
function showStill(newer) {
  still = newer;
  page.frames.hurry("still");
  zones.mark();
}

function paintStill() {
  if (!still) return;
  lost.show(view.img, still.image);
  setText(view.nothing, lost.has(still.image) ? terms.nothing("lost") : "");
  setText(view.taken, stillText(page, still));
}

function paintConfig() {
  const { report } = reports;
  if (!report) return;
  const known = report.config;
  setText(one(document, "[data-config]"), configText(report));
  const mistakes = known.refused === null ? [] : known.mistakes;
  fill(one(document, "[data-mistakes]"), "t-mistake", mistakes, (parts, mistake) => setText(parts.text, String(mistake)));
}
