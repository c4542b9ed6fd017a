// @ts-check
// The word-order wizard: has the gateway read registers, and shows what they may hold.

import { Devices } from "devices";
import { fill, one, setAttribute, setText } from "dom";
import { formatNumber } from "format";
import { Page } from "page";
import { Shell } from "shell";
import { words } from "words";

const SHOWN = 8; // guesses
const MOST_READS = 10; // that are told to the server, the present one included

const page = new Page();
new Shell(page);
new Devices(page);
page.start();

const form = /** @type {HTMLFormElement} */ (one(document, "[data-ask]"));
const reader = /** @type {HTMLButtonElement} */ (one(form, "[data-read]"));
const again = /** @type {HTMLButtonElement} */ (one(document, "[data-again]"));
const answer = one(document, "[data-answer]");

/** @typedef {{ connection: string, unit: number, table: string, address: number, count: number }} Question */

/** @type {{ question: Question, reads: number[][] } | null} what was read last, again and again */
let series = null;

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const fields = new FormData(form);
  const number = (/** @type {string} */ name) => Number(fields.get(name));
  const question = {
    connection: String(fields.get("connection")),
    unit: number("unit"),
    table: String(fields.get("table")),
    address: number("address"),
    count: number("count"),
  };
  series = { question, reads: [] };
  void read(series);
});
again.addEventListener("click", () => series && void read(series));

/** @param {{ question: Question, reads: number[][] }} asked */
async function read(asked) {
  reader.disabled = again.disabled = true;
  say(words.asking, false);
  const { ok, body } = await ask({ ...asked.question, earlier: asked.reads.slice(1 - MOST_READS) });
  reader.disabled = again.disabled = false;
  if (asked !== series) return;
  if (ok) asked.reads.push(body.words);
  const count = words.reads(asked.reads.length);
  say(ok ? `${words.answered(formatNumber(body.latency_ms, 1))}, ${count}` : body.error, !ok);
  if (ok || !asked.reads.length) paint(asked.question, ok ? body : { words: [], guesses: [] });
}

/** @type {(question: object) => Promise<{ ok: boolean, body: any }>} */
async function ask(question) {
  const token = String(new FormData(form).get("csrfmiddlewaretoken"));
  const headers = { "Content-Type": "application/json", "X-CSRFToken": token };
  try {
    const response = await fetch(location.href, { method: "POST", headers, body: JSON.stringify(question) });
    const body = await response.json();
    return { ok: response.ok, body };
  } catch {
    return { ok: false, body: { error: words.noServer } }; // no network, or a page instead of an answer
  }
}

/** @type {(text: string, failed: boolean) => void} */
function say(text, failed) {
  setText(answer, text);
  setAttribute(answer, "data-failed", failed ? "" : null);
}

/** @type {(question: Question, body: { words: number[], guesses: any[] }) => void} */
function paint(question, body) {
  const bits = question.table === "coil" || question.table === "discrete";
  fill(one(document, "[data-words]"), "t-words", body.words, (parts, word) => {
    setText(parts.word, bits ? String(word) : word.toString(16).toUpperCase().padStart(4, "0"));
  });
  body.words.forEach((_, i) => {
    const place = one(document, "[data-words]").children[i];
    setText(one(place, "[data-part=address]"), String(question.address + i));
  });
  const guesses = body.guesses.slice(0, SHOWN);
  one(document, "[data-guesses]").hidden = body.words.length === 0 || bits;
  const scores = guesses.map((guess) => guess.score);
  const [most, least] = [Math.max(...scores), Math.min(...scores)];
  fill(one(document, "[data-rows-of=guesses]"), "t-guesses", guesses, (parts, guess) => {
    setText(parts.type, guess.type);
    setText(parts.order, guess.order);
    setText(parts.width, String(guess.width));
    setText(parts.value, guess.values.at(-1));
    setText(parts.before, guess.values.at(-2) ?? "–");
    const share = most > least ? (guess.score - least) / (most - least) : 1;
    setAttribute(parts.meter, "width", String(Math.round(4 + 96 * share)));
    setAttribute(parts.meter?.parentElement, "aria-label", formatNumber(guess.score, 1));
    setAttribute(parts.link, "href", tagUrl(question, guess));
  });
}

/** @type {(question: Question, guess: any) => string} where a tag of this register is made */
function tagUrl(question, guess) {
  const fields = { table: question.table, address: question.address, type: guess.type, order: guess.order };
  const query = new URLSearchParams(Object.entries(fields).map(([name, value]) => [name, String(value)]));
  if (guess.type === "string") query.set("length", String(guess.width));
  const device = page.config.devices_at?.[`${question.connection}/${question.unit}`];
  if (device) query.set("device", String(device));
  return `${form.dataset.tagUrl}?${query}`;
}
