// @ts-check
// Alarm floods: more new alarms than an operator can take in. Pure: time is an argument.
// EEMUA 191 and ISA-18.2: a flood begins with the 10th alarm within 10 minutes and ends below 5.

export const FLOOD_MS = 600_000;
const BEGINS = 10;
const ENDS_BELOW = 5;
export const FOLDED = 4; // the priority of which a flood shows only how many there are

/**
 * @typedef {import("alarms").AlarmRow} AlarmRow
 *
 * @typedef {object} Flood
 * @property {boolean} active
 * @property {Record<string, number>} told when each alarm of the last 10 minutes was announced, epoch milliseconds
 */

/** @type {Flood} */
export const CALM = { active: false, told: {} };

/**
 * One occurrence of an alarm: raised again it is another call.
 *
 * @param {Pick<AlarmRow, "id" | "occurrence">} row
 */
export function keyOf(row) {
  return `${row.id}:${row.occurrence}`;
}

/**
 * Say whether it is a flood, from the alarms that are listed and what was known before: an alarm that is gone from the
 * list still counts.
 *
 * @param {Iterable<AlarmRow>} rows
 * @param {number} now the server's clock, epoch milliseconds
 * @param {Flood} before
 * @returns {Flood}
 */
export function floodOf(rows, now, before = CALM) {
  const told = { ...before.told };
  for (const row of rows) {
    if (row.holds.length === 0 && row.raised !== null) told[keyOf(row)] ??= row.raised;
  }
  for (const [key, at] of Object.entries(told)) if (at <= now - FLOOD_MS) delete told[key];
  const count = Object.keys(told).length;
  return { active: before.active ? count >= ENDS_BELOW : count >= BEGINS, told };
}

/**
 * @typedef {object} Group alarms of one area
 * @property {string} area
 * @property {number} first id of the alarm that came first: what follows is often its consequence
 * @property {AlarmRow[]} rows those that wait for an acknowledgement first, then in the order in which they were raised
 * @property {AlarmRow[]} folded those of the lowest priority
 */

/** @type {(rows: AlarmRow[]) => number} priority of the most urgent one that waits for an acknowledgement */
const urgencyOf = (rows) => Math.min(...rows.filter((row) => row.announced).map((row) => row.priority)); // none: Infinity

/** @type {(a: Group, b: Group) => number} */
function byUrgency(a, b) {
  const [ofA, ofB] = [a, b].map(({ rows, folded }) => urgencyOf([...rows, ...folded]));
  return ofA === ofB ? 0 : ofA - ofB;
}

/**
 * Bring order into a flood: by area, the area with the most urgent unacknowledged alarm first; of equal ones that where
 * it began first.
 *
 * @param {Iterable<AlarmRow>} rows
 * @param {boolean} unfolded those of the lowest priority stand among the others
 * @returns {Group[]}
 */
export function grouped(rows, unfolded = false) {
  const raised = (/** @type {AlarmRow} */ row) => row.raised ?? Infinity;
  const ordered = [...rows].sort((a, b) => raised(a) - raised(b) || a.id - b.id);
  /** @type {Map<string, Group>} */
  const groups = new Map();
  for (const row of ordered) {
    const group = groups.get(row.area) ?? { area: row.area, first: row.id, rows: [], folded: [] };
    groups.set(row.area, group);
    (row.priority >= FOLDED && !unfolded ? group.folded : group.rows).push(row);
  }
  for (const group of groups.values()) group.rows.sort((a, b) => Number(b.announced) - Number(a.announced));
  return [...groups.values()].sort(byUrgency);
}
