// @ts-check
// The gallery of a plant: what its cameras saw, the newest first, narrowed down as the address says.

import { cursorOf, addUnknown } from "detections";
import { Devices } from "devices";
import { one, setText } from "dom";
import { Page } from "page";
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
const gone = new Set(); // ids: an answer that is older than their end must not bring them back

cards.onPaint(() => {
  pill.hidden = cards.waiting === 0;
  if (cards.waiting) setText(one(pill, "[data-part=count]"), terms.fresh(cards.waiting));
});
pill.addEventListener("click", () => {
  window.scrollTo({ top: 0 });
  cards.mark();
  one(document, "#main").focus({ preventScroll: true });
});
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("input", () => {
  setText(one(form, "[data-score]"), `${field("score")} %`);
  clearTimeout(timer);
  timer = setTimeout(() => void narrow(), TYPING_MS);
});
clear.addEventListener("click", () => {
  for (const name of ["label", "camera", "area", "state", "day"]) setField(name, "");
  setField("score", "0");
  setText(one(form, "[data-score]"), "0 %");
  one(form, "select").focus();
  void narrow();
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
  await load("");
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

/** @param {{ cards: import("detections").Card[], more: boolean, filter: import("detections").Filter }} body */
function take(body) {
  const { filter } = cards;
  cards.filter = body.filter; // the address as the server reads it
  const found = body.cards.filter((card) => !gone.has(card.id));
  addUnknown(page.store.cards, found);
  const asked = JSON.stringify(filter) === JSON.stringify(body.filter) ? found : page.store.cards.values();
  cards.expect([...asked]); // of another filter everything is new, so nothing has to wait
  cursor = cursorOf(body.cards) || cursor;
  older.hidden = !body.more;
}
