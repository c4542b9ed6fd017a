// @ts-check
// Texts about what calls an operator: counts, the banner, sound, floods, keys.

import { alarmwords } from "alarmwords";
import { gettext, interpolate, ngettext } from "words";

/** @type {Record<string, string>} */
const SOUNDS = {
  off: gettext("Click to enable alarm sound"),
  blocked: gettext("The browser blocks sound: click"),
  silent: gettext("Silenced"),
  elsewhere: gettext("Sound in another tab"),
  on: gettext("Sound on"),
};

export const calls = {
  /** @type {(count: number, priority: number) => string} */
  count: (count, priority) =>
    interpolate(
      ngettext("%s unacknowledged alarm of %s", "%s unacknowledged alarms of %s", count),
      [count, alarmwords.priority(priority)],
    ),
  none: gettext("No unacknowledged alarms"),
  unknown: gettext("Alarms are not known: no connection"),
  /** @param {string} age */
  waits: (age) => interpolate(gettext("unacknowledged for %s"), [age]),
  returned: gettext("returned to normal"),
  /** @param {number} more */
  more: (more) => interpolate(gettext("+%s more"), [more]),
  acknowledging: gettext("Acknowledging …"),
  /** @param {number} count */
  flood: (count) => interpolate(gettext("Alarm flood: %s new alarms in 10 min"), [count]),
  /** @type {(count: number, priority: number) => string} */
  news: (count, priority) =>
    interpolate(
      ngettext("%s new alarm, highest priority %s", "%s new alarms, highest priority %s", count),
      [count, priority],
    ),
  /** @type {(name: string, place: string, count: number) => string} */
  critical: (name, place, count) => {
    const text = interpolate(gettext("Critical alarm: %s, %s"), [name, place]);
    return count > 1 ? `${text}. ${calls.news(count, 1)}` : text;
  },
  /** @type {(state: string, left: string) => string} */
  sound: (state, left) => (left ? interpolate(gettext("Silenced, %s left"), [left]) : (SOUNDS[state] ?? "")),
  tested: gettext("Played. If you heard nothing, look at the volume of this computer."),
  notTested: gettext("The browser blocks sound. Allow sound for this site in its settings."),
  keyHelp: gettext("Show the keys"),
  keySilence: gettext("Silence the alarm sound for 2 minutes"),
};
