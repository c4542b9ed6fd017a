// @ts-check
// The trends in numbers, for those who cannot see a chart or want to read one off.

import { one } from "dom";
import { formatMeaning } from "format";
import { words } from "words";

const ROWS = 12;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 3_600_000;

/** @type {(page: import("page").Page, trends: import("trends").Trends) => void} */
export function bindTable(page, trends) {
  const dialog = /** @type {HTMLDialogElement} */ (one(document, "#trend-table"));
  one(document, "[data-table]").addEventListener("click", () => {
    const shown = [...trends.trends.values()].filter((trend) => !trend.element.hidden);
    const tags = shown.flatMap((trend) => page.store.tags.get(trend.k) ?? []);
    const to = page.time.now();
    const extent = (/** @type {number} */ k, /** @type {number} */ from, /** @type {number} */ until) =>
      trends.rings.get(k)?.extent(from, until) ?? { min: NaN, max: NaN };
    showTable(page, { tags, from: to - trends.windowMs, to, extent });
  });
  one(dialog, "[data-close]").addEventListener("click", () => dialog.close());
}

/**
 * @typedef {object} Shown
 * @property {import("store").Tag[]} tags
 * @property {number} from
 * @property {number} to
 * @property {(k: number, from: number, to: number) => { min: number, max: number }} extent NaN: there is none
 */

/** @type {(page: import("page").Page, shown: Shown) => void} */
export function showTable({ zone }, { tags, from, to, extent }) {
  const dialog = /** @type {HTMLDialogElement} */ (one(document, "#trend-table"));
  const titles = tags.map((tag) => `${words.own(tag.label) || tag.name} ${tag.unit && `(${tag.unit})`}`.trim());
  one(dialog, "thead").replaceChildren(row("th", [words.time, ...titles]));
  const step = (to - from) / ROWS;
  const [start, end] = [to - from > DAY_MS ? 5 : 11, step % MINUTE_MS ? 19 : 16]; // of "2026-11-28 14:30:05"
  const clock = (/** @type {number} */ ms) => zone.full(ms).slice(start, end);
  const rows = Array.from({ length: ROWS }, (_, i) => {
    const begin = to - (i + 1) * step;
    const cells = tags.map((tag) => extentText(extent(tag.k, begin, begin + step), tag));
    return row("td", [`${clock(begin)}–${clock(begin + step)}`, ...cells]);
  });
  one(dialog, "tbody").replaceChildren(...rows);
  dialog.showModal();
}

/** @type {(extent: { min: number, max: number }, tag: import("store").Tag) => string} */
function extentText({ min, max }, tag) {
  if (Number.isNaN(min)) return words.noValue;
  const [low, high] = [formatMeaning(min, tag), formatMeaning(max, tag)];
  return low === high ? low : `${low} … ${high}`;
}

/** @type {(kind: "th" | "td", texts: string[]) => HTMLTableRowElement} the first text is the head of the row */
export function row(kind, [title, ...texts]) {
  const line = document.createElement("tr");
  const heads = [cell("th", title), ...texts.map((text) => cell(kind, text))];
  for (const head of heads) if (head.tagName === "TH") head.scope = kind === "th" ? "col" : "row";
  line.append(...heads);
  return line;
}

/** @type {(kind: "th" | "td", text: string) => HTMLTableCellElement} */
function cell(kind, text) {
  const element = document.createElement(kind);
  element.textContent = text;
  return element;
}
