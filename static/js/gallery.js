// @ts-check
// The gallery of a plant: what its cameras saw, the newest first, narrowed down as the address says.

import { cursorOf, addUnknown } from "detections";
import { Devices } from "devices";
import { one, setText } from "dom";
import { Page } from "page";
import { Rail } from "rail";
import { showDetections } from "seen";
import { Shell } from "shell";
import { terms } from "terms";

const TYPING_MS = 250;

const page = new Page();
new Shell(page);
new Devices(page);
const cards = showDetections(page, { hold: true });
page.start();

const form = /** @type {HTMLFormElement} */ (one(document, "[data-filter]"));
const older = /** @type {HTMLButtonElement} */ (one(document, "[data-older]"));
const pill = one(document, "[data-pill]");
const clear = one(document, "[data-clear]");
const failed = one(document, "[data-failed]");
let cursor = cursorOf(page.config.cards ?? []);
let asked = 0; // the newest request
let timer = 0;
let bringing = false; // the newest card is to be seen
let shown = JSON.stringify(page.config.filter ?? {}); // the filter of what is on the page
const gone = new Set(); // ids: an answer that is older than their end must not bring them back

cards.onPaint(() => {
  pill.hidden = cards.waiting === 0;
  if (cards.waiting) setText(one(pill, "[data-part=count]"), terms.fresh(cards.waiting));
  if (!bringing || cards.waiting) return;
  bringing = false;
  cards.list.firstElementChild?.scrollIntoView({ block: "nearest" }); // what stands above may fill a small window
});
pill.addEventListener("click", () => {
  window.scrollTo({ top: 0 });
  bringing = true;
  cards.mark();
  one(document, "#main").focus({ preventScroll: true });
});
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("input", (event) => {
  if (event.target instanceof HTMLInputElement && event.target.name === "day") for (const name of ["from", "to"]) setField(name, "");
  setText(one(form, "[data-score]"), `${field("score")} %`);
  clearTimeout(timer);
  timer = setTimeout(() => void narrow(), TYPING_MS);
});
clear.addEventListener("click", () => {
  const names = ["label", "camera", "area", "state", "day", "review", "verdict", "from", "to"];
  for (const name of names) setField(name, "");
  setField("score", "0");
  setText(one(form, "[data-score]"), "0 %");
  one(form, "select").focus();
  void narrow();
});
const rail = new Rail(page, cards.marks, {
  query,
  field,
  choose: (fields) => {
    for (const [name, value] of Object.entries(fields)) setField(name, value);
    void narrow();
  },
});
older.addEventListener("click", () => void load(cursor));
page.onChange((change) => {
  if (change.snapshot.startsWith("gallery:")) void load(""); // it has the newest of all, not of those that fit
  else for (const id of change.cards) if (!page.store.cards.has(id)) gone.add(id);
});

/** @param {string} name */
function field(name) {
  return /** @type {HTMLInputElement | HTMLSelectElement} */ (form.elements.namedItem(name)).value;
}

/** @type {(name: string, value: string) => void} */
function setField(name, value) {
  /** @type {HTMLInputElement | HTMLSelectElement} */ (form.elements.namedItem(name)).value = value;
}

/** What the address says, without what leaves nothing out. */
function query() {
  const fields = [...new FormData(form)].map(([name, value]) => [name, String(value)]);
  return new URLSearchParams(fields.filter(([name, value]) => value && !(name === "score" && value === "0")));
}

/** Show only what fits now. */
async function narrow() {
  const wanted = query();
  const text = wanted.toString();
  history.replaceState(null, "", text ? `?${text}` : location.pathname);
  wanted.delete("site");
  clear.hidden = wanted.size === 0;
  setText(one(document, "[data-none] [data-part=words]"), wanted.size ? terms.nothingFits : terms.nothingYet);
  cards.marks.kept.clear();
  page.frames.mark("rail");
  await Promise.all([load(""), rail.load()]);
}

/** @param {string} before empty: the newest ones */
async function load(before) {
  const mine = ++asked;
  const wanted = query();
  if (before) wanted.set("before", before);
  older.disabled = true;
  failed.hidden = true;
  try {
    const response = await fetch(`${location.pathname}?${wanted}`, { headers: { Accept: "application/json" } });
    const body = await response.json();
    if (mine === asked) take(body);
  } catch {
    failed.hidden = mine !== asked; // no network, or a page instead of an answer
    older.hidden = false;
  }
  older.disabled = false;
}

/** @param {{ cards: import("detections").Card[], reviewed: number[], more: boolean, filter: import("detections").Filter }} body */
function take(body) {
  const filter = JSON.stringify(body.filter);
  cards.filter = cards.marks.within(body.filter); // the address as the server reads it
  cards.marks.take(body.cards, body.reviewed);
  const found = body.cards.filter((card) => !gone.has(card.id));
  addUnknown(page.store.cards, found);
  const asked = filter === shown ? found : page.store.cards.values();
  shown = filter;
  cards.expect([...asked]); // of another filter everything is new, so nothing has to wait
  cursor = cursorOf(body.cards) || cursor;
  older.hidden = !body.more;
}
