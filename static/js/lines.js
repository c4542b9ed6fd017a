// @ts-check
// How the lines of several tags are told apart: by number, pattern and colour. The colours are greys and teal, since
// those of alarms stay with alarms.

import { setAttribute } from "dom";

/** Colour, and pattern in units of a line's width; no two are alike. */
/** @type {{ colour: string, dash: number[] }[]} */
export const LINES = [
  { colour: "--trend", dash: [] },
  { colour: "--accent", dash: [6, 2.5] },
  { colour: "--fg-1", dash: [6, 2, 1.2, 2] },
  { colour: "--fg-3", dash: [2.5, 1.8] },
  { colour: "--accent", dash: [] },
  { colour: "--fg-1", dash: [6, 2.5] },
  { colour: "--fg-3", dash: [6, 2, 1.2, 2] },
  { colour: "--trend", dash: [2.5, 1.8] },
];
export const BEFORE = [1, 1.8]; // the time before: dots

/**
 * @param {import("store").Tag} tag
 * @param {{ own: (text: string) => string }} words
 */
export const titleOf = (tag, words) => words.own(tag.label) || tag.name;

/** @type {(path: Element | undefined, slot: number) => void} a piece of the line, in the page */
export function paintSample(path, slot) {
  setAttribute(path, "data-slot", String(slot));
  const dash = LINES[slot].dash.map((n) => n * 1.6).join(" ");
  setAttribute(path, "stroke-dasharray", dash || null);
}
