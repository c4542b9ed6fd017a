// @ts-check
// Which alarms wait for an operator, and the most urgent of them. Pure.

/** @typedef {import("alarms").AlarmRow} AlarmRow */

/**
 * Those that wait for an acknowledgement, the most urgent one first: by priority, then what is still active, then what
 * waits longest. New ones of the same priority never push it aside, so that a list is worked off from its beginning.
 *
 * @param {Iterable<AlarmRow>} rows
 * @returns {AlarmRow[]}
 */
export function unacknowledged(rows) {
  const waiting = [...rows].filter((row) => row.announced);
  return waiting.sort(
    (a, b) =>
      a.priority - b.priority ||
      Number(b.active) - Number(a.active) ||
      (a.raised ?? 0) - (b.raised ?? 0) ||
      a.id - b.id,
  );
}

/**
 * How many of each priority, 1 to 4.
 *
 * @param {AlarmRow[]} waiting
 */
export function countsOf(waiting) {
  return [1, 2, 3, 4].map((priority) => waiting.filter((row) => row.priority === priority).length);
}
