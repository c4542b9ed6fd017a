// @ts-check
// Which tags and which time somebody looks at, and how the address says it; trendlink.js reads it. Pure.

/**
 * @typedef {object} State
 * @property {number[]} tags
 * @property {string} range one of RANGES, up to now; "" for a time of its own
 * @property {number} from epoch milliseconds, of a time of its own
 * @property {number} to
 * @property {number | null} paused when somebody stopped the range from moving
 * @property {boolean} compare with the time of the same length before
 * @property {boolean} alarms
 *
 * @typedef {object} Window
 * @property {number} from
 * @property {number} to
 * @property {boolean} live its end is now
 */

export const MOST_TAGS = 8; // also in devices/selectors.py
const DAY_MS = 24 * 3_600_000;
/** @type {Record<string, number>} */
export const RANGES = {
  "15m": 900_000,
  "1h": 3_600_000,
  "8h": 8 * 3_600_000,
  "24h": DAY_MS,
  "7d": 7 * DAY_MS,
  "30d": 30 * DAY_MS,
};
const AROUND_MS = 600_000;
export const SHORTEST_MS = 10_000;
export const LONGEST_MS = 366 * DAY_MS; // that the server reads at once

/**
 * @param {State} state
 * @param {string} site
 */
export function writeState(state, site) {
  const own = state.range === "";
  const fields = {
    site,
    tags: state.tags.join(","),
    range: state.range,
    from: own ? textOf(state.from) : "",
    to: own ? textOf(state.to) : "",
    paused: state.paused === null ? "" : textOf(state.paused),
    compare: state.compare ? "previous" : "",
    alarms: state.alarms ? "" : "off",
  };
  const said = Object.entries(fields).filter(([, text]) => text);
  return `?${new URLSearchParams(said)}`.replaceAll("%2C", ",").replaceAll("%3A", ":");
}

/** @type {(tags: number[], at: number) => State} ten minutes before and after something that happened */
export function around(tags, at) {
  const [from, to] = [at - AROUND_MS, at + AROUND_MS];
  return { tags, range: "", from, to, paused: null, compare: false, alarms: true };
}

/** @param {number} ms */
const textOf = (ms) => new Date(ms).toISOString().replace(".000Z", "Z");

/**
 * @param {State} state
 * @param {number} now
 * @returns {Window}
 */
export function windowOf(state, now) {
  if (state.range === "") return { from: state.from, to: state.to, live: false };
  const to = Math.round(state.paused ?? now);
  return { from: to - RANGES[state.range], to, live: state.paused === null };
}

/**
 * Show a time of its own, no longer than can be read and not beyond now.
 *
 * @type {(state: State, from: number, to: number, now: number) => State}
 */
export function showing(state, from, to, now) {
  const length = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, to - from));
  const end = Math.round(Math.min((from + to + length) / 2, Math.max(now, windowOf(state, now).to)));
  return { ...state, range: "", from: Math.round(end - length), to: end, paused: null };
}

/** @type {(state: State, factor: number, now: number) => State} below 1: less time, more of it */
export function zoomed(state, factor, now) {
  const { from, to, live } = windowOf(state, now);
  const longer = Object.keys(RANGES).find((range) => RANGES[range] > to - from);
  if (live && factor > 1) return longer ? ranged(state, longer) : state;
  const [middle, half] = [(from + to) / 2, ((to - from) / 2) * factor];
  return showing(state, middle - half, middle + half, now);
}

/** @type {(state: State, share: number, now: number) => State} by a share of the time shown, below 0 to what was before */
export function shifted(state, share, now) {
  const { from, to } = windowOf(state, now);
  const by = Math.min((to - from) * share, Math.max(0, now - to));
  return showing(state, from + by, to + by, now);
}

/** @type {(state: State, range: string) => State} */
export function ranged(state, range) {
  return { ...state, range, from: 0, to: 0, paused: null };
}

/** @type {(window: Window) => Window} the time of the same length before */
export function previous({ from, to }) {
  return { from: from - (to - from), to: from, live: false };
}
