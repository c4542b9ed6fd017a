// @ts-check
// What the page may say about its connection, and when it tries again. Pure: time and chance are arguments.

export const LATE_MS = 3000; // silence after which an open connection is late
export const FROZEN_MS = 5000; // without a connection for so long, no value counts as current
export const SILENT_MS = 8000; // on an open one: the server answers a ping after two seconds of silence
export const OFFLINE_MS = 30_000;

const RESTART_CODES = new Set([1001, 1012]); // planned: the server is back in a moment
const RESTART_SPREAD_MS = 3000;
const BACKOFF_MS = 500;
const BACKOFF_CAP_MS = 15_000;

/**
 * @typedef {"connecting" | "live" | "late" | "reconnecting" | "offline" | "expired" | "forbidden"} Phase
 *
 * @typedef {object} Link
 * @property {boolean} open the server has greeted us on the present connection
 * @property {boolean} wasOpen it has at least once
 * @property {number} heardAt when the last message came
 * @property {number} lostAt when the connection was lost, or when the page began to connect
 * @property {"" | "expired" | "forbidden"} ended why no further attempt is made
 */

/**
 * @param {number} now
 * @returns {Link}
 */
export function newLink(now) {
  return { open: false, wasOpen: false, heardAt: now, lostAt: now, ended: "" };
}

/**
 * @param {Link} link
 * @param {number} now
 */
export function greeted(link, now) {
  Object.assign(link, { open: true, wasOpen: true, heardAt: now });
}

/**
 * The connection is gone. What was heard last counts, not when its end was noticed: a half-open connection brings
 * nothing for a while before anybody sees it.
 *
 * @param {Link} link
 * @param {number} code the close code
 * @param {number} now
 */
export function lost(link, code, now) {
  if (link.open) link.lostAt = code === 1006 ? link.heardAt : now;
  link.open = false;
  if (code === 4401) link.ended = "expired";
  if (code === 4403) link.ended = "forbidden";
}

/**
 * @param {Link} link
 * @param {number} now
 * @returns {Phase}
 */
export function phaseOf(link, now) {
  if (link.ended) return link.ended;
  if (link.open) return now - link.heardAt > LATE_MS ? "late" : "live";
  if (now - link.lostAt > OFFLINE_MS) return "offline";
  return link.wasOpen ? "reconnecting" : "connecting";
}

/**
 * Say whether values on the page have lost their connection to the plant.
 *
 * @param {Link} link
 * @param {number} now
 */
export function isFrozen(link, now) {
  if (link.ended) return true;
  return link.open ? now - link.heardAt > SILENT_MS : now - link.lostAt > FROZEN_MS;
}

/**
 * Milliseconds until the next attempt. Full jitter: pages that lost the same server must not return together.
 *
 * @param {number} attempt 0 for the first one
 * @param {number} code the close code
 * @param {number} chance 0 to 1
 */
export function retryDelay(attempt, code, chance) {
  if (attempt === 0 && RESTART_CODES.has(code)) return chance * RESTART_SPREAD_MS;
  return chance * Math.min(BACKOFF_CAP_MS, BACKOFF_MS * 2 ** Math.min(attempt, 10));
}
