// @ts-check
// What an address says of the trends to show, and what in it cannot be shown. Pure.

import { LONGEST_MS, MOST_TAGS, RANGES, SHORTEST_MS } from "windows";

const FIRST_RANGE = "1h";
const HIGHEST_TAG = 2 ** 31 - 1;
const END_MS = Date.UTC(2100, 0, 1); // the server reads none that are later
const AHEAD_MS = 60_000; // by which clocks may differ: a pause of this moment is none of the future
const ISO = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/;

/**
 * @typedef {import("windows").State} State
 *
 * @typedef {"" | "unread" | "short" | "long"} Fault of the time
 *
 * @typedef {object} Faults
 * @property {Fault} time
 * @property {string[]} unread what stands among the tags and is no number of one
 * @property {number[]} strange tags that are not of this plant
 * @property {number[]} beyond tags of this plant, after as many as are shown at once
 */

/**
 * Read an address; what is at fault counts as not said.
 *
 * @param {string} search "?tags=12,15&range=24h"
 * @param {number} now
 * @param {(k: number) => boolean} known is it a tag of this plant?
 * @returns {{ state: State, faults: Faults }}
 */
export function readLink(search, now, known) {
  const query = new URLSearchParams(search);
  const words = (query.get("tags") ?? "").split(",").filter(Boolean);
  const numbers = [...new Set(words.filter(isNumber).map(Number))];
  const tags = numbers.filter(known);
  const { fault, ...time } = readTime(query, now);
  return {
    state: {
      ...time,
      tags: tags.slice(0, MOST_TAGS),
      compare: query.get("compare") === "previous",
      alarms: query.get("alarms") !== "off",
    },
    faults: {
      time: fault,
      unread: [...new Set(words.filter((word) => !isNumber(word)))],
      strange: numbers.filter((k) => !known(k)),
      beyond: tags.slice(MOST_TAGS),
    },
  };
}

/** @param {Faults} faults */
export function isFaulty({ time, unread, strange, beyond }) {
  return time !== "" || [unread, strange, beyond].some((found) => found.length > 0);
}

/** @param {string} word */
const isNumber = (word) => /^[1-9][0-9]{0,9}$/.test(word) && Number(word) <= HIGHEST_TAG;

/**
 * The range up to now that is said takes the place of a time at fault.
 *
 * @type {(query: URLSearchParams, now: number) => Pick<State, "range" | "from" | "to" | "paused"> & { fault: Fault }}
 */
function readTime(query, now) {
  const said = (/** @type {string} */ name) => query.get(name) ?? "";
  const range = Object.hasOwn(RANGES, said("range")) ? said("range") : FIRST_RANGE;
  const live = { range, from: 0, to: 0, paused: null };
  if (said("from") || said("to")) {
    const [from, to] = [timeIn(said("from")), timeIn(said("to"))];
    const fault = faultOf(from, to);
    return fault ? { ...live, fault } : { ...live, range: "", from, to, fault };
  }
  const unread = said("range") && said("range") !== range;
  if (!said("paused")) return { ...live, fault: unread ? "unread" : "" };
  const paused = timeIn(said("paused"));
  const fits = paused >= RANGES[range] && paused <= now + AHEAD_MS; // false for NaN
  return unread || !fits ? { ...live, fault: "unread" } : { ...live, paused, fault: "" };
}

/** @type {(from: number, to: number) => Fault} */
function faultOf(from, to) {
  if (Number.isNaN(from + to)) return "unread";
  if (to - from < SHORTEST_MS) return "short";
  return to - from > LONGEST_MS ? "long" : "";
}

/** @param {string} text epoch milliseconds; NaN: no time, or none that the server reads */
function timeIn(text) {
  const at = ISO.test(text) ? Date.parse(text) : NaN;
  return at >= 0 && at <= END_MS ? at : NaN;
}
