// @ts-check
// The trends page: tags that somebody chooses, over a time that somebody chooses. The address says which.

import { Devices } from "devices";
import { one, setText } from "dom";
import { bindKey } from "keys";
import { titleOf } from "lines";
import { Page } from "page";
import { fontsReady } from "panechart";
import { Picker } from "picker";
import { fileName, pictureOf, saveCanvas } from "picture";
import { Shell } from "shell";
import { showTable } from "table";
import { Toolbar } from "toolbar";
import { TrendView } from "trendview";
import { trendwords } from "trendwords";
import { MOST_TAGS, ranged, shifted, showing, zoomed } from "windows";
import { words } from "words";

const SHIFT = 0.5; // of the time shown
const ZOOM = 2;
const FIRST_RANGE = "1h";

const page = new Page();
new Shell(page);
new Devices(page);
let range = FIRST_RANGE; // that "back to live" leads to
const view = new TrendView(page, () => paint());

/** @type {Record<import("toolbar").Act, () => void>} */
const acts = {
  earlier: () => view.change(shifted(view.state, -SHIFT, page.time.now())),
  later: () => view.window().live || view.change(shifted(view.state, SHIFT, page.time.now())),
  in: () => view.change(zoomed(view.state, 1 / ZOOM, page.time.now())),
  out: () => view.change(zoomed(view.state, ZOOM, page.time.now())),
  pause: () => pause(),
  live: () => view.change(ranged(view.state, range)),
  compare: () => view.change({ ...view.state, compare: !view.state.compare }),
  alarms: () => view.change({ ...view.state, alarms: !view.state.alarms }),
  table: () => table(),
  picture: () => picture(),
};
const toolbar = new Toolbar(page, {
  act: (act) => acts[act](),
  range: (name) => view.change(ranged(view.state, name)),
  own: (from, to) => view.change(showing(view.state, from, to, page.time.now())),
});
const picker = new Picker(page, one(document, "[data-picker]"), {
  chosen: () => view.state.tags,
  most: MOST_TAGS,
  toggle: (k) => view.toggle(k),
  say: (text) => setText(one(document, "[data-said]"), text),
});

function pause() {
  const { state } = view;
  if (!state.range || !state.tags.length) return;
  view.change({ ...state, paused: state.paused === null ? Math.round(page.time.now()) : null });
}

function paint() {
  range = view.state.range || range;
  toolbar.paint(view.state, view.window());
  picker.refresh();
}

function table() {
  const { from, to } = view.window();
  const extent = (/** @type {number} */ k, /** @type {number} */ begin, /** @type {number} */ end) =>
    view.readings.series.get(k)?.stats(begin, end) ?? { min: NaN, max: NaN };
  showTable(page, { tags: view.tags, from, to, extent });
}

function picture() {
  const { from, to } = view.window();
  const { zone, config } = page;
  const name = config.site_name ?? "";
  for (const pane of view.panes.values()) pane.draw(); // also those that nobody has scrolled to yet
  const canvas = pictureOf([...view.panes.values()].map(({ element }) => element), {
    title: [name, trendwords.title].filter(Boolean).join(" · "),
    time: `${trendwords.span(zone.full(from), zone.full(to), zone.zone(to))} (${config.zone})`,
    lines: view.tags.map((tag, slot) => {
      const unit = tag.unit && ` (${tag.unit})`;
      return { slot, text: `${titleOf(tag, words)}${unit} · ${page.store.devices.get(tag.dev)?.uid ?? ""}` };
    }),
  });
  const stamp = (/** @type {number} */ ms) => zone.full(ms).replace(/[-:]/g, "").replace(" ", "T");
  saveCanvas(canvas, fileName([config.site ?? "", "trends", stamp(from), stamp(to)]));
}

/** @type {Record<string, () => void>} on the charts; they do not depend on whether shortcuts are on */
const ON_CHARTS = {
  "ArrowLeft": acts.earlier,
  "ArrowRight": acts.later,
  "+": acts.in,
  "=": acts.in,
  "-": acts.out,
  " ": acts.pause,
  "Home": acts.live,
};
const panes = one(document, "[data-panes]");
panes.addEventListener("keydown", (event) => {
  const act = ON_CHARTS[event.key];
  if (!act || event.target !== panes || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  event.stopPropagation();
  act();
});
bindKey("p", trendwords.keyPause, acts.pause);
bindKey("+", trendwords.keyIn, () => view.tags.length && acts.in());
bindKey("-", trendwords.keyOut, () => view.tags.length && acts.out());
one(document, "#trend-table [data-close]").addEventListener("click", () => {
  /** @type {HTMLDialogElement} */ (one(document, "#trend-table")).close();
});
for (const button of document.querySelectorAll("[data-suggest]")) {
  const tags = (button.getAttribute("data-suggest") ?? "").split(",").map(Number);
  button.addEventListener("click", () => view.change({ ...view.state, tags }));
}
setInterval(() => view.state.tags.length && toolbar.paintTime(view.state, view.window()), 1000);
page.start();
await fontsReady();
view.start();
