// @ts-check
// A display that nobody operates: Escape leaves it, the pointer goes when it rests, and the page is loaded again by
// itself, at a moment at which nobody waits for what stands on it.

import { one } from "dom";

const REST_MS = 3000;
const DAY_MS = 24 * 3_600_000; // a page that lives for months would keep what it once leaked

/** @param {import("page").Page} page */
export function keepWall(page) {
  const leave = /** @type {HTMLAnchorElement} */ (one(document, "[data-leave]"));
  let resting = 0;
  const rest = () => document.body.setAttribute("data-rests", "");
  const wake = () => {
    document.body.removeAttribute("data-rests");
    clearTimeout(resting);
    resting = setTimeout(rest, REST_MS);
  };
  for (const kind of ["pointermove", "pointerdown", "keydown"]) document.addEventListener(kind, wake);
  wake();
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !document.querySelector("dialog[open]")) location.assign(leave.href);
  });
  const isBusy = page.isBusy;
  page.isBusy = () => isBusy() || isCalled(page);
  setTimeout(() => page.reload(), DAY_MS);
}

/** @param {import("page").Page} page somebody has to look at it now: an alarm of the first priority waits */
const isCalled = (page) => [...page.store.alarms.values()].some((row) => row.announced && row.priority === 1);
