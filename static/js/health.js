// @ts-check
// What a gateway told, as text. Pure: the time is an argument, and so is what the codes mean.

import { formatNumber } from "format";
import { words } from "words";

const DAY_MS = 86_400_000;
const UNIT = 1024;
const SIZES = ["B", "KiB", "MiB", "GiB", "TiB"];

/** @param {number | null} count */
export const countText = (count) => (count === null ? "–" : formatNumber(count, 0));

/**
 * What waited in the spool when the gateway last counted, which may be a minute ago: say when beside it.
 *
 * @param {{ beat: number | null, waiting: number, oldest: number | null }} report
 * @param {ReturnType<typeof import("format").zoneFormat>} zone
 * @param {number} now
 */
export function waitingText({ beat, waiting, oldest }, zone, now) {
  if (beat === null) return "–";
  const count = countText(waiting);
  if (!waiting || oldest === null) return count;
  return words.waitingFrom(count, now - oldest < DAY_MS ? zone.clock(oldest) : zone.full(oldest));
}

/** @param {number | null} skew milliseconds that the gateway's clock is ahead */
export function skewText(skew) {
  if (skew === null) return "–";
  const s = formatNumber(Math.abs(skew) / 1000, 1);
  if (s === "0.0") return words.clockRight;
  return skew > 0 ? words.clockAhead(s) : words.clockBehind(s);
}

/** @typedef {{ running: number | null, newest: number | null, refused: number | null }} Config */

/**
 * Which configuration runs, and what became of the newest one.
 *
 * @param {{ told: number | null, config: Config }} report
 * @param {string} state of the gateway, which may be heard of before its first report
 */
export function configText({ told, config: { running, newest, refused } }, state = "") {
  if (told === null && newest !== null) return words.versionReady(String(newest));
  if (told === null) return state === "good" ? words.firstReport : words.neverConnected;
  const runs = running === null ? words.ownFile : running === 0 ? words.noConfiguration : String(running);
  if (newest === null || running === newest) return running ? words.version(runs) : runs;
  return refused === null ? words.versionWaits(String(newest), runs) : words.versionRefused(String(newest), runs);
}

/**
 * What a configuration holds.
 *
 * @param {string} summary of the server: three counts with their names, and one of cameras if it has any
 */
export function contentText(summary) {
  const [connections = "", devices = "", tags = "", cameras = ""] = summary.match(/\d+/g) ?? [];
  if (!tags) return "";
  if (!cameras) return words.content(connections, devices, tags);
  return words.contentWithCameras(connections, devices, tags, cameras);
}

/**
 * A share of time. It is only full when nothing is missing.
 *
 * @param {number | null} share 0 to 1
 */
export function shareText(share) {
  if (share === null) return "–";
  return share >= 1 ? "100 %" : `${formatNumber(Math.floor(share * 10_000) / 100, 2)} %`;
}

/** @param {number} bytes */
export function sizeText(bytes) {
  const step = bytes < UNIT ? 0 : Math.min(SIZES.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${formatNumber(bytes / UNIT ** step, step ? 1 : 0)} ${SIZES[step]}`;
}

/**
 * Whether every reading is accounted for.
 *
 * @param {{ holes: number, stored: number }} ledger
 * @returns {"none" | "good" | "bad"}
 */
export function verdictOf({ holes, stored }) {
  if (holes > 0) return "bad";
  return stored > 0 ? "good" : "none";
}

/** @param {{ holes: number, stored: number }} ledger */
export function verdictText(ledger) {
  const verdict = verdictOf(ledger);
  if (verdict === "bad") return words.unaccounted(countText(ledger.holes));
  return verdict === "good" ? words.accounted : words.nothingCame;
}

/**
 * Bars of a strip in a box of one unit for each, 10 high.
 *
 * @param {(number | null)[]} shares null: nothing is known of that time
 * @returns {{ x: number, y: number, height: number, kind: "none" | "part" | "full" }[]}
 */
export function barsOf(shares) {
  return shares.map((share, x) => {
    const height = 10 * (share ?? 0);
    const kind = share === null ? "none" : share >= 1 ? "full" : "part";
    return { x, y: 10 - height, height, kind };
  });
}
