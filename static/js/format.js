// @ts-check
// Numbers, ages and times as text. Pure.

import { words } from "words";

export const THIN_SPACE = "\u202f"; // the kind that does not break
const MINUS = "\u2212";
const HUGE = 1e15; // beyond this, digits are noise

/**
 * A number with fixed digits, so that its width does not jump.
 *
 * @param {number} value
 * @param {number} decimals
 */
export function formatNumber(value, decimals) {
  const size = Math.abs(value);
  if (size >= HUGE) return value.toExponential(3).replaceAll("-", MINUS);
  const [whole, fraction] = size.toFixed(decimals).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, THIN_SPACE);
  const text = fraction === undefined ? grouped : `${grouped}.${fraction}`;
  return value < 0 && /[1-9]/.test(text) ? MINUS + text : text;
}

/**
 * What numbers of a tag look like and mean.
 *
 * @typedef {object} Scale
 * @property {number} dec
 * @property {Record<string, string> | null} [states] what a number means
 * @property {Record<string, string> | null} [bits] what a bit of it means
 */

/**
 * What a cell shows for a reading: a number or what it means, the exact text of what is not one, or
 * a question mark.
 *
 * @param {Scale & { v: number | null, raw?: string | null, t: number | null }} tag
 */
export function formatValue(tag) {
  if (tag.t === null) return "–";
  if (tag.raw !== null && tag.raw !== undefined) return tag.raw;
  return tag.v === null ? "?" : formatMeaning(tag.v, tag);
}

/**
 * A number as its state, as the bits that are set, or in digits.
 *
 * @param {number} value
 * @param {Scale} scale
 */
export function formatMeaning(value, { dec, states, bits }) {
  const state = states?.[String(value)];
  if (state !== undefined) return words.own(state);
  const set = Object.entries(bits ?? {}).filter(([bit]) => isSet(value, Number(bit)));
  return set.map(([, word]) => word).join(", ") || formatNumber(value, dec);
}

/** @type {(value: number, bit: number) => boolean} numbers have more bits than `>>` takes */
const isSet = (value, bit) => value >= 0 && Math.floor(value / 2 ** bit) % 2 === 1;

/** @param {number} n */
const two = (n) => String(n).padStart(2, "0");

/**
 * A span of time: "4 s", "3:12", "5:02:09", "2 d 4 h".
 *
 * @param {number} ms
 */
export function formatAge(ms) {
  const s = Math.floor(ms / 1000);
  if (s < 60) return words.seconds(s);
  const [h, m] = [Math.floor(s / 3600), Math.floor(s / 60) % 60];
  if (h === 0) return `${m}:${two(s % 60)}`;
  if (h < 24) return `${h}:${two(m)}:${two(s % 60)}`;
  return words.days(Math.floor(h / 24), h % 24);
}

/**
 * Clock times of the plant, whatever zone this computer is in.
 *
 * @param {string} zone name of a time zone
 */
export function zoneFormat(zone) {
  const options = /** @type {const} */ ({ timeZone: zone, hourCycle: "h23" });
  const seconds = new Intl.DateTimeFormat("en-GB", { ...options, timeStyle: "medium" });
  const minutes = new Intl.DateTimeFormat("en-GB", { ...options, timeStyle: "short" });
  const days = new Intl.DateTimeFormat("en-CA", { timeZone: zone, dateStyle: "short" });
  const offset = new Intl.DateTimeFormat("en-GB", { timeZone: zone, timeZoneName: "shortOffset" });
  return {
    /** @param {number} ms */
    clock: (ms) => seconds.format(ms),
    /** @param {number} ms */
    minute: (ms) => minutes.format(ms),
    /** @param {number} ms */
    full: (ms) => `${days.format(ms)} ${seconds.format(ms)}`,
    /** @param {number} ms */
    zone: (ms) => {
      const part = offset.formatToParts(ms).find((p) => p.type === "timeZoneName");
      return (part?.value ?? "UTC").replace("GMT", "UTC").replace(/[+]0$/, "").replace("-", MINUS);
    },
  };
}

/**
 * When a clock of the plant shows this, epoch milliseconds; NaN: it is no time.
 *
 * @param {string} text "2026-11-28T14:30"
 * @param {Pick<ReturnType<typeof zoneFormat>, "full">} zone
 */
export function fromZone(text, zone) {
  const shown = Date.parse(`${text}Z`);
  if (Number.isNaN(shown)) return NaN;
  const ahead = (/** @type {number} */ at) => Date.parse(`${zone.full(at).replace(" ", "T")}Z`) - at;
  const near = shown - ahead(shown);
  return shown - ahead(near); // across a change of the clocks the first guess is an hour off
}
