// @ts-check
// Which tags share a vertical axis, where a time axis is labelled, and which alarms stand together. Pure.

/** @typedef {import("store").Tag} Tag */
/** @typedef {{ key: string, unit: string, tags: Tag[] }} Group */

const [S, MIN, H, DAY] = [1000, 60_000, 3_600_000, 86_400_000];
const STEPS = [S, 2 * S, 5 * S, 10 * S, 30 * S, MIN, 2 * MIN, 5 * MIN, 10 * MIN, 15 * MIN, 30 * MIN]
  .concat([H, 2 * H, 3 * H, 6 * H, 12 * H, DAY, 2 * DAY, 7 * DAY]);

/**
 * Tags of the same unit share an axis. States and numbers without a unit have nothing in common.
 *
 * @param {Tag[]} tags
 * @returns {Group[]} in the order of their first tags
 */
export function groupsOf(tags) {
  /** @type {Map<string, Group>} */
  const groups = new Map();
  for (const tag of tags) {
    const key = tag.unit && !tag.states && !tag.bits ? `unit:${tag.unit}` : `tag:${tag.k}`;
    const group = groups.get(key) ?? { key, unit: tag.unit, tags: [] };
    group.tags.push(tag);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/**
 * Where a time axis is labelled: at round times of the plant.
 *
 * @param {{ from: number, to: number }} window
 * @param {number} most labels
 * @param {{ full: (ms: number) => string, clock: (ms: number) => string, minute: (ms: number) => string }} zone
 * @returns {{ at: number, text: string }[]}
 */
export function ticksOf({ from, to }, most, zone) {
  const step = STEPS.find((each) => (to - from) / each <= most) ?? STEPS[STEPS.length - 1];
  const ahead = (/** @type {number} */ ms) => Date.parse(`${zone.full(ms).replace(" ", "T")}Z`) - (ms - (ms % S));
  const ticks = [];
  for (let shown = Math.ceil((from + ahead(from)) / step) * step; ; shown += step) {
    const at = shown - ahead(shown - ahead(from)); // the clocks may have changed meanwhile
    if (at > to) return ticks;
    if (at >= from) ticks.push({ at, text: labelOf(at, step, to - from, zone) });
  }
}

/** @type {(at: number, step: number, length: number, zone: { full: (ms: number) => string, clock: (ms: number) => string, minute: (ms: number) => string }) => string} */
function labelOf(at, step, length, zone) {
  const clock = zone.clock(at);
  if (step >= DAY || (length >= DAY && clock === "00:00:00")) return zone.full(at).slice(5, 10);
  return step < MIN ? clock : zone.minute(at);
}

/**
 * As the server has it: see alarms/spans.py.
 *
 * @typedef {object} Span
 * @property {number} alarm
 * @property {number} tag
 * @property {number} occurrence
 * @property {number} priority
 * @property {string} kind
 * @property {string} name
 * @property {string} tag_name
 * @property {number} from_ms
 * @property {number | null} to_ms null: its condition lasts
 * @property {number | null} value
 * @property {number | null} limit
 *
 * @typedef {{ at: number, priority: number, spans: Span[] }} Cluster `at` is a share of the window
 */

/**
 * Alarms that began so near to one another that their symbols would overlap stand as one.
 *
 * @param {Span[]} spans
 * @param {{ from: number, to: number }} window
 * @param {number} nearest share of the window that a symbol needs
 * @returns {Cluster[]} by time; the priority is that of the most urgent
 */
export function clustersOf(spans, { from, to }, nearest) {
  /** @type {Cluster[]} */
  const clusters = [];
  for (const span of [...spans].sort((a, b) => a.from_ms - b.from_ms)) {
    const at = Math.max(0, (span.from_ms - from) / (to - from));
    const last = clusters[clusters.length - 1];
    if (at > 1) continue;
    if (last && at - last.at < nearest) {
      last.spans.push(span);
      last.priority = Math.min(last.priority, span.priority);
    } else clusters.push({ at, priority: span.priority, spans: [span] });
  }
  return clusters;
}

/**
 * When readings were not good, and how much of that time: see devices/qualities.py.
 *
 * @typedef {[from: number, to: number, quality: number, share: number]} Poor
 */

/** @type {(poor: Poor[], window: { from: number, to: number }, worst: number) => number} share with a quality below */
export function poorShare(poor, { from, to }, worst) {
  const length = (/** @type {Poor} */ [a, b, , share]) => share * Math.max(0, Math.min(b, to) - Math.max(a, from));
  const time = poor.filter(([, , quality]) => quality < worst).reduce((sum, each) => sum + length(each), 0);
  return Math.min(1, time / (to - from));
}

/** @type {(poor: Poor[], time: number) => number} the quality at a time, 192 when nothing was wrong */
export function qualityAt(poor, time) {
  return poor.find(([a, b]) => a <= time && time < b)?.[2] ?? 192;
}
