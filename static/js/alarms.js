// @ts-check
// Alarms as data: what is shown of them, in which order, and what can be done to them. Pure.

/**
 * @typedef {"normal" | "unacknowledged" | "acknowledged" | "returned" | "latched_unacknowledged" | "latched"} State
 * @typedef {"shelved" | "suppressed" | "out_of_service"} Hold
 *
 * @typedef {object} AlarmRow times are epoch milliseconds
 * @property {number} id
 * @property {number} rev moved on by every change
 * @property {State} state
 * @property {Hold[]} holds why it is not announced
 * @property {boolean} active the condition lasts
 * @property {boolean} announced it waits for an operator
 * @property {number} priority 1 comes first
 * @property {string} kind what its rule looks at
 * @property {string} name of its rule
 * @property {boolean} latching
 * @property {string} label class of a detection
 * @property {number | null} device
 * @property {string} uid of the device
 * @property {string} device_name
 * @property {string} area
 * @property {number | null} tag
 * @property {string} tag_name
 * @property {string} unit
 * @property {number} decimals
 * @property {number} occurrence
 * @property {number | null} raised
 * @property {number | null} returned
 * @property {number | null} acked
 * @property {string} acked_by
 * @property {string} comment
 * @property {number | null} value at the raise
 * @property {number | null} limit
 * @property {number | null} detection
 * @property {number | null} until when its shelf ends
 * @property {boolean} one_shot
 * @property {string} held_by
 * @property {string} reason why it is held
 *
 * @typedef {object} Wanted empty fields leave nothing out
 * @property {string} tab "active" or "shelved"
 * @property {string} [priority]
 * @property {string} [state]
 * @property {string} [area]
 * @property {string} [device] uid
 * @property {string} [kind]
 *
 * @typedef {"acknowledge" | "comment" | "shelve" | "reset" | "unshelve" | "remove" | "restore"} Action
 */

export const MOST_ROWS = 200;

/** @param {AlarmRow} row */
export const isHeld = (row) => row.holds.length > 0;

/** @type {(row: AlarmRow, wanted: Wanted) => boolean} */
export function fits(row, { tab, priority, state, area, device, kind }) {
  if (isHeld(row) !== (tab === "shelved")) return false;
  if (!isHeld(row) && row.state === "normal") return false;
  if (priority && String(row.priority) !== priority) return false;
  if (state && lookOf(row) !== state) return false;
  if (area && row.area !== area) return false;
  return (!device || row.uid === device) && (!kind || row.kind === kind);
}

/**
 * How an alarm is drawn. Its words are in alarmwords.js.
 *
 * @param {AlarmRow} row
 * @returns {"unacked" | "acked" | "cleared" | "latched" | "held"}
 */
export function lookOf(row) {
  if (isHeld(row)) return "held";
  if (row.state === "unacknowledged") return "unacked";
  if (row.state === "acknowledged") return "acked";
  return row.state === "latched" ? "latched" : "cleared";
}

/** @type {(a: AlarmRow, b: AlarmRow) => number} what waits for somebody, the urgent, what is still active, the newest */
export function byUrgency(a, b) {
  const waits = Number(b.announced) - Number(a.announced) || a.priority - b.priority;
  return waits || Number(b.active) - Number(a.active) || (b.raised ?? 0) - (a.raised ?? 0) || a.id - b.id;
}

/** @type {(a: AlarmRow, b: AlarmRow) => number} of held ones: the shelf that ends next comes first */
export function byEnd(a, b) {
  return (a.until ?? Infinity) - (b.until ?? Infinity) || byUrgency(a, b);
}

/** @type {(rows: Iterable<AlarmRow>, detection: number) => AlarmRow[]} those that a detection raised; each keeps its place */
export function linkedTo(rows, detection) {
  const linked = [...rows].filter((row) => row.detection === detection);
  return linked.sort((a, b) => a.priority - b.priority || a.id - b.id);
}

/** @type {(rows: Iterable<AlarmRow>, wanted: Wanted) => AlarmRow[]} */
export function chosenAlarms(rows, wanted) {
  const order = wanted.tab === "shelved" ? byEnd : byUrgency;
  return [...rows].filter((row) => fits(row, wanted)).sort(order);
}

/**
 * Which rows stand where. While somebody points at the list nothing moves: what is gone keeps its place, what is new
 * waits.
 *
 * @param {number[]} wanted ids in their order
 * @param {number[]} shown those that stand there now
 * @param {boolean} held somebody points at them
 * @param {number} most
 * @returns {{ ids: number[], fresh: number, beyond: number }} fresh: how many wait; beyond: how many have no place
 */
export function arranged(wanted, shown, held, most = MOST_ROWS) {
  const beyond = Math.max(0, wanted.length - most);
  const ids = wanted.slice(0, most);
  if (!held || shown.length === 0) return { ids, fresh: 0, beyond };
  const known = new Set(shown);
  return { ids: shown, fresh: ids.filter((id) => !known.has(id)).length, beyond };
}

/**
 * How long it has been active, or was, milliseconds.
 *
 * @type {(row: Pick<AlarmRow, "raised" | "returned">, now: number) => number | null}
 */
export function lastedFor({ raised, returned }, now) {
  return raised === null ? null : Math.max(0, (returned ?? now) - raised);
}

/** What can be done to an alarm as it is; the server has the last word. */
/** @type {Record<Action, (row: AlarmRow) => boolean>} */
export const POSSIBLE = {
  acknowledge: (row) => row.announced,
  comment: () => true,
  shelve: () => true, // also once more, for longer
  reset: (row) => row.state === "latched",
  unshelve: (row) => row.holds.includes("shelved"),
  remove: (row) => !row.holds.includes("out_of_service"),
  restore: (row) => row.holds.includes("out_of_service"),
};

/** @type {(rows: Iterable<AlarmRow>) => { unacked: number, cleared: number, acked: number, held: number }} */
export function counted(rows) {
  const counts = { unacked: 0, cleared: 0, acked: 0, held: 0 };
  for (const row of rows) {
    const look = lookOf(row);
    if (look === "held") counts.held += 1;
    else if (look === "acked" || look === "latched") counts.acked += 1;
    else counts[look] += 1;
  }
  return counts;
}

/**
 * Which of these may be acknowledged together: the most urgent ones go one by one.
 *
 * @param {AlarmRow[]} rows
 */
export function together(rows) {
  return rows.length < 2 ? rows : rows.filter((row) => row.priority > 1);
}
