// @ts-check
// Whether a value may be shown as current, and if not, why. Pure: time is an argument.

/**
 * OPC quality: below 64 there is no value, from 192 on it is good. The names are those of the gateways.
 *
 * @type {Record<number, string>}
 */
const NAMES = {
  0: "BAD",
  4: "CONFIG_ERROR",
  8: "NOT_CONNECTED",
  12: "DEVICE_FAILURE",
  16: "SENSOR_FAILURE",
  24: "COMM_FAILURE",
  28: "OUT_OF_SERVICE",
  64: "UNCERTAIN",
  80: "SENSOR_NOT_ACCURATE",
  84: "LIMIT_EXCEEDED",
  192: "GOOD",
};
const UNCERTAIN = 64;
const GOOD = 192;

/**
 * @typedef {import("store").Tag} Tag
 * @typedef {import("store").Device} Device
 *
 * @typedef {object} Judgement
 * @property {"none" | "good" | "uncertain" | "bad" | "stale"} state
 * @property {string} why LINK, DEVICE_OFFLINE, DEVICE_DISABLED, SILENT or the name of a quality
 * @property {number | null} age milliseconds since the reading was taken, or since its device does not answer
 * @property {"" | "low" | "high"} side of the normal range on which the value lies
 */

/** @param {number} quality */
export function qualityName(quality) {
  const known = NAMES[quality & 0xfc];
  if (known) return known;
  if (quality < UNCERTAIN) return "BAD";
  return quality < GOOD ? "UNCERTAIN" : "GOOD";
}

/**
 * @param {Tag} tag
 * @param {Device | undefined} device
 * @param {number} now the server's time, epoch milliseconds
 * @param {boolean} frozen the page has lost its connection
 * @returns {Judgement}
 */
export function judge(tag, device, now, frozen) {
  if (tag.t === null || tag.q === null) return { state: "none", why: "", age: null, side: "" };
  const age = Math.max(0, now - begunAt(tag, device));
  const why = reasonAgainst(tag, device, age, frozen);
  const side = sideOf(tag);
  if (why) return { state: "stale", why, age, side };
  const state = tag.q < UNCERTAIN ? "bad" : tag.q < GOOD ? "uncertain" : "good";
  return { state, why: qualityName(tag.q), age, side };
}

/**
 * From when on what a tag shows is old. A gateway whose clock is ahead must not make its values younger than they
 * are, and a device that is asked in vain again and again does not become younger by readings without a value.
 *
 * @type {(tag: Tag, device: Device | undefined) => number}
 */
function begunAt(tag, device) {
  const taken = Math.min(tag.t ?? Infinity, tag.r ?? Infinity);
  const empty = tag.q !== null && tag.q < UNCERTAIN && device?.status === "offline";
  return empty ? Math.min(taken, device.since ?? taken) : taken;
}

/** @type {(tag: Tag, device: Device | undefined, age: number, frozen: boolean) => string} */
function reasonAgainst(tag, device, age, frozen) {
  if (frozen) return "LINK";
  if (device?.status === "disabled") return "DEVICE_DISABLED";
  if (device?.status === "offline") return "DEVICE_OFFLINE";
  return age > tag.stale_ms ? "SILENT" : "";
}

/** @type {(tag: Tag) => "" | "low" | "high"} */
function sideOf(tag) {
  if (tag.v === null) return "";
  if (tag.lo !== null && tag.v < tag.lo) return "low";
  return tag.hi !== null && tag.v > tag.hi ? "high" : "";
}

/**
 * Where a value lies on a bar whose middle half is the normal range, 0 to 1.
 *
 * @param {number} value
 * @param {number | null} lo
 * @param {number | null} hi
 * @returns {number | null} null when the tag has no complete range
 */
export function place(value, lo, hi) {
  if (lo === null || hi === null || !(hi > lo)) return null;
  return Math.min(1, Math.max(0, 0.25 + (0.5 * (value - lo)) / (hi - lo)));
}

/**
 * Where a value lies on a bar that has these values at its ends, 0 to 1.
 *
 * @type {(value: number, begin: number, end: number) => number}
 */
export const placeBetween = (value, begin, end) => Math.min(1, Math.max(0, (value - begin) / (end - begin)));
