// @ts-check
// Which sound calls an operator, and when. Pure: alarms and time go in, a pattern to play comes out.
//
// The most urgent active alarm that nobody has acknowledged gives the pattern: priority 1 and 2 again and again,
// priority 3 once, priority 4 never. Somebody can silence it for two minutes; a new alarm of priority 1 ends that.

import { keyOf } from "flood";

export const SILENCE_MS = 120_000;
const NEWS_MS = 2000; // at least between two patterns, however many alarms there are
const SOFTEST = 3; // the last priority that can be heard
const TICKS_UNTIL = 2; // the last priority of which the return can be heard

/**
 * @typedef {import("alarms").AlarmRow} AlarmRow
 * @typedef {"1" | "2" | "3" | "tick" | "lost"} Name
 *
 * @typedef {object} Pattern
 * @property {number[]} tones hertz, one after the other
 * @property {number} tone milliseconds
 * @property {number} gap milliseconds
 * @property {number} every milliseconds from one to the next; Infinity: once
 */

/** @type {Record<Name, Pattern>} */
export const PATTERNS = {
  1: { tones: [880, 660, 880], tone: 140, gap: 80, every: 4000 },
  2: { tones: [660, 660], tone: 220, gap: 180, every: 15_000 },
  3: { tones: [520], tone: 300, gap: 0, every: Infinity },
  tick: { tones: [440], tone: 60, gap: 0, every: Infinity },
  lost: { tones: [440, 370, 310], tone: 260, gap: 60, every: Infinity },
};

/**
 * @typedef {object} Ear what was heard so far; all tabs of a browser share it. Times by the clock of this computer.
 * @property {number} silentUntil epoch milliseconds
 * @property {string[]} silenced alarms of priority 1 that were there when somebody silenced them
 * @property {Record<string, "call" | "tick">} heard what of each alarm was heard
 * @property {Name | ""} last the pattern played last
 * @property {number} at when, epoch milliseconds
 * @property {boolean} flood whether the flood was heard
 */

/** @returns {Ear} */
export function newEar() {
  return { silentUntil: 0, silenced: [], heard: {}, last: "", at: 0, flood: false };
}

/**
 * @param {Ear} ear
 * @param {number} now
 */
export function silentFor(ear, now) {
  const left = ear.silentUntil - now;
  return left > SILENCE_MS ? 0 : Math.max(0, left); // more: somebody set the clock back
}

/**
 * Silence what calls now; nothing, so that nothing is missed, when there is nothing to silence.
 *
 * @param {Ear} ear
 * @param {Iterable<AlarmRow>} rows
 * @param {number} now
 * @returns {Ear}
 */
export function silence(ear, rows, now) {
  const calls = calling(rows);
  const silenced = calls.filter((row) => row.priority === 1).map(keyOf);
  return calls.length ? { ...ear, silentUntil: now + SILENCE_MS, silenced } : ear;
}

/**
 * @param {Ear} ear
 * @param {Iterable<AlarmRow>} rows all that are listed
 * @param {number} now
 * @param {boolean} flood while it lasts only priority 1 is heard, and its pattern once when it begins
 * @returns {{ ear: Ear, play: Name | "", sounding: Name | "" }} what to play at once, and the pattern that goes on until
 *   somebody acknowledges or silences it
 */
export function listen(ear, rows, now, flood) {
  const listed = [...rows];
  const calls = calling(listed).filter((row) => !flood || row.priority === 1);
  const back = returned(listed).filter((row) => ear.heard[keyOf(row)] === "call");
  const next = { ...ear, heard: stillListed(ear.heard, listed) };
  for (const row of back) next.heard[keyOf(row)] = "tick";
  if (calls.some((row) => row.priority === 1 && !ear.silenced.includes(keyOf(row)))) next.silentUntil = 0;
  if (!flood) next.flood = false;
  if (silentFor(next, now) > 0) return { ear: next, play: "", sounding: "" };
  const sounding = patternOf(calls, ear.heard);
  const play = choose(ear, { calls, sounding, now, flood, back: back.length > 0 });
  if (!play) return { ear: next, play, sounding };
  for (const row of calls.filter((call) => String(call.priority) === play)) next.heard[keyOf(row)] = "call";
  return { ear: { ...next, flood: flood && (ear.flood || play === "1"), last: play, at: now }, play, sounding };
}

/**
 * @param {Ear} ear
 * @param {{ calls: AlarmRow[], sounding: Name | "", now: number, flood: boolean, back: boolean }} heard
 * @returns {Name | ""}
 */
function choose(ear, { calls, sounding, now, flood, back }) {
  const since = now < ear.at ? Infinity : now - ear.at;
  if (since < NEWS_MS) return "";
  if (flood && !ear.flood) return "1";
  if (!sounding) return back && !flood ? "tick" : "";
  const news = calls.some((row) => String(row.priority) === sounding && !(keyOf(row) in ear.heard));
  const due = sounding !== ear.last || since >= PATTERNS[sounding].every || (news && !flood);
  return due ? sounding : "";
}

/** @type {(calls: AlarmRow[], heard: Ear["heard"]) => Name | ""} */
function patternOf(calls, heard) {
  const top = Math.min(...calls.map((row) => row.priority));
  if (top === 1 || top === 2) return `${top}`;
  return calls.some((row) => !(keyOf(row) in heard)) ? "3" : "";
}

/** @param {Iterable<AlarmRow>} rows */
function calling(rows) {
  return [...rows].filter((row) => row.announced && row.active && row.priority <= SOFTEST);
}

/** @param {AlarmRow[]} rows */
function returned(rows) {
  return rows.filter((row) => row.announced && !row.active && row.priority <= TICKS_UNTIL);
}

/** @type {(heard: Ear["heard"], rows: AlarmRow[]) => Ear["heard"]} */
function stillListed(heard, rows) {
  const keys = new Set(rows.map(keyOf));
  return Object.fromEntries(Object.entries(heard).filter(([key]) => keys.has(key)));
}
