// @ts-check
// What stands above and below a chart: alarms as symbols at the time at which they began, and when readings were poor.

import { alarmwords } from "alarmwords";
import { fill, setAttribute, setText } from "dom";
import { formatAge } from "format";
import { qualityName } from "judge";
import { clustersOf } from "panes";
import { trendwords } from "trendwords";
import { words } from "words";

const SYMBOL_PX = 22;
const MOST_LINES = 6; // that a tip has
const DAY_MS = 86_400_000;

/**
 * @typedef {import("panes").Span} Span
 * @typedef {import("panes").Poor} Poor
 * @typedef {import("page").Page} Page
 * @typedef {{ from: number, to: number }} Stretch
 */

/**
 * @param {Page} page
 * @param {HTMLElement} lane
 * @param {Span[]} spans
 * @param {Stretch} window
 * @param {number} width of the plot, pixels
 */
export function paintAlarms(page, lane, spans, window, width) {
  const clusters = clustersOf(spans, window, SYMBOL_PX / width);
  fill(lane, "t-mark", clusters, (parts, { at, priority, spans: those }, element) => {
    element.style.left = `${(100 * at).toFixed(3)}%`;
    setAttribute(element, "data-side", at > 0.5 ? "left" : "right");
    setAttribute(element, "href", addressOf(page, those));
    setAttribute(parts.pri, "data-priority", String(priority));
    setAttribute(parts.shape, "href", `#i-p${priority}`);
    setText(parts.many, those.length > 1 ? String(those.length) : "");
    const lines = those.slice(-MOST_LINES).map((span) => spanText(page, span));
    if (those.length > 1) lines.unshift(trendwords.alarms(those.length));
    if (those.length > MOST_LINES) lines.push(alarmwords.more(those.length - MOST_LINES));
    setText(parts.tip, lines.join("\n"));
    setAttribute(element, "aria-label", lines.join("; "));
  });
}

/** @type {(page: Page, span: Span) => string} */
function spanText({ zone }, span) {
  const { name, kind, tag_name: tag } = span;
  const from = zone.full(span.from_ms);
  const time =
    span.to_ms === null
      ? trendwords.lasts(from)
      : trendwords.lasted(from, zone.clock(span.to_ms), formatAge(Math.max(0, span.to_ms - span.from_ms)));
  return [alarmwords.priority(span.priority), alarmwords.name({ name, kind, tag_name: tag }), time].join(" · ");
}

/** @type {(page: Page, spans: Span[]) => string} where the console tells of them */
function addressOf({ config, store, zone }, spans) {
  const [first] = spans;
  const query = new URLSearchParams({ site: config.site ?? "" });
  const device = store.devices.get(store.tags.get(first.tag)?.dev ?? 0);
  if (spans.length === 1) {
    if (first.to_ms !== null) query.set("tab", "history");
    query.set("alarm", String(first.alarm));
  } else {
    query.set("tab", "history");
    query.set("device", device?.uid ?? "");
    query.set("since", zone.full(first.from_ms).slice(0, 10));
    query.set("until", zone.full(spans[spans.length - 1].from_ms + DAY_MS).slice(0, 10));
  }
  return `${(config.console_url ?? "")}?${query}`;
}

/**
 * @param {Page} page
 * @param {HTMLElement} place
 * @param {{ number: number, name: string, poor: Poor[] }[]} rows of the tags of a chart
 * @param {Stretch} window
 */
export function paintPoor(page, place, rows, window) {
  const length = window.to - window.from;
  const strips = rows.filter(({ poor }) => poor.some(([a, b]) => b >= window.from && a <= window.to));
  while (place.children.length > strips.length) place.lastElementChild?.remove();
  while (place.children.length < strips.length) place.append(document.createElement("div"));
  strips.forEach(({ number, name, poor }, i) => {
    const strip = place.children[i];
    const shown = poor.filter(([a, b]) => b >= window.from && a <= window.to);
    setAttribute(strip, "class", "poor");
    setAttribute(strip, "role", "img");
    setAttribute(strip, "data-number", String(number));
    const texts = shown.map((one) => poorText(page, number, one));
    setAttribute(strip, "aria-label", [name, ...texts.slice(0, MOST_LINES)].join("; "));
    while (strip.children.length > shown.length) strip.lastElementChild?.remove();
    while (strip.children.length < shown.length) strip.append(document.createElement("i"));
    shown.forEach(([a, b, quality], j) => {
      const piece = /** @type {HTMLElement} */ (strip.children[j]);
      const [from, to] = [Math.max(a, window.from), Math.min(b, window.to)];
      piece.style.left = `${((100 * (from - window.from)) / length).toFixed(3)}%`;
      piece.style.width = `${((100 * (to - from)) / length).toFixed(3)}%`;
      setAttribute(piece, "data-worst", quality < 64 ? "bad" : "uncertain");
      setAttribute(piece, "title", texts[j]);
    });
  });
}

/** @type {(page: Page, number: number, poor: Poor) => string} */
function poorText({ zone }, number, [from, to, quality, share]) {
  const text = words.quality(qualityName(quality));
  return trendwords.poor(number, trendwords.partly(text, share), zone.full(from), zone.full(to));
}
