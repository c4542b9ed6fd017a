// @ts-check
// The trends in numbers, for those who cannot see a chart or want to read one off.

import { one } from "dom";
import { formatMeaning } from "format";
import { words } from "words";

const ROWS = 12;

/** @type {(page: import("page").Page, trends: import("trends").Trends) => void} */
export function bindTable(page, trends) {
  const dialog = /** @type {HTMLDialogElement} */ (one(document, "#trend-table"));
  one(document, "[data-table]").addEventListener("click", () => {
    fill(dialog, page, trends);
    dialog.showModal();
  });
  one(dialog, "[data-close]").addEventListener("click", () => dialog.close());
}

/** @type {(dialog: HTMLElement, page: import("page").Page, trends: import("trends").Trends) => void} */
function fill(dialog, page, trends) {
  const shown = [...trends.trends.values()].filter((trend) => !trend.element.hidden);
  const tags = shown.flatMap((trend) => page.store.tags.get(trend.k) ?? []);
  const titles = tags.map((tag) => `${words.own(tag.label) || tag.name} ${tag.unit && `(${tag.unit})`}`.trim());
  one(dialog, "thead").replaceChildren(row("th", [words.time, ...titles]));
  const step = trends.windowMs / ROWS;
  const end = page.time.now();
  const rows = Array.from({ length: ROWS }, (_, i) => {
    const from = end - (i + 1) * step;
    const cells = tags.map((tag) => extentText(trends, tag, from, from + step));
    return row("td", [`${page.zone.minute(from)}–${page.zone.minute(from + step)}`, ...cells]);
  });
  one(dialog, "tbody").replaceChildren(...rows);
}

/** @type {(trends: import("trends").Trends, tag: import("store").Tag, from: number, to: number) => string} */
function extentText(trends, tag, from, to) {
  const { min, max } = trends.rings.get(tag.k)?.extent(from, to) ?? { min: NaN, max: NaN };
  if (Number.isNaN(min)) return words.noValue;
  const [low, high] = [formatMeaning(min, tag), formatMeaning(max, tag)];
  return low === high ? low : `${low} … ${high}`;
}

/** @type {(kind: "th" | "td", texts: string[]) => HTMLTableRowElement} */
function row(kind, [title, ...texts]) {
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
