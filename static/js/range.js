// @ts-check
// How far back the trends of a plant reach: what was chosen once is shown again, also after a reload.

import { all, setAttribute } from "dom";
import { recall, remember } from "memory";

/**
 * Before the trends start: they ask for the history of the time shown.
 *
 * @type {(page: import("page").Page, trends: import("trends").Trends) => void}
 */
export function keepRange(page, trends) {
  const name = `range.${page.config.site}`;
  const buttons = all(trends.panel, "[data-window]");
  const rangeOf = (/** @type {Element} */ button) => button.getAttribute("data-window") ?? "";
  for (const button of buttons) button.addEventListener("click", () => remember(name, rangeOf(button)));
  const kept = recall(name);
  if (!buttons.some((button) => rangeOf(button) === kept)) return;
  trends.windowMs = Number(kept);
  trends.settled = true;
  for (const button of buttons) setAttribute(button, "aria-pressed", String(rangeOf(button) === kept));
}
