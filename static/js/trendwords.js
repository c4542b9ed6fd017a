// @ts-check
// Texts of the trends page.

import { formatNumber } from "format";
import { MOST_TAGS } from "windows";
import { gettext, interpolate, ngettext, words } from "words";

const [S, MIN, H] = [1000, 60_000, 3_600_000];

/** @param {number} ms of a step: they are round */
function stepText(ms) {
  if (ms < S) return interpolate(gettext("%s ms"), [ms]);
  if (ms < MIN) return interpolate(gettext("%s s"), [ms / S]);
  return ms < H ? interpolate(gettext("%s min"), [ms / MIN]) : interpolate(gettext("%s h"), [ms / H]);
}

/** @param {number} share */
function percent(share) {
  return share < 0.001 ? `< 0.1\u202f%` : `${formatNumber(100 * share, share < 0.1 ? 1 : 0)}\u202f%`;
}

const [MOST_LISTED, LONGEST_LISTED] = [8, 20]; // a link may hold anything

/** @param {(string | number)[]} found */
function listed(found) {
  const texts = found.slice(0, MOST_LISTED).map(String);
  const short = texts.map((text) => (text.length > LONGEST_LISTED ? `${text.slice(0, LONGEST_LISTED)}…` : text));
  return (found.length > MOST_LISTED ? [...short, "…"] : short).join(", ");
}

export const trendwords = {
  /** @type {(ms: number, states: boolean) => string} */
  grain: (ms, states) => {
    if (!ms) return gettext("every reading");
    const text = states
      ? gettext("each point is %s: lowest and highest state")
      : gettext("each point is %s: mean, with lowest and highest");
    return interpolate(text, [stepText(ms)]);
  },
  /** @type {(numbers: string, text: string) => string} */
  grainOf: (numbers, text) => interpolate(gettext("%s: %s"), [numbers, text]),
  band: gettext("shaded: normal range"),
  loading: gettext("loading …"),
  noReadings: gettext("no reading in this time"),
  /** @param {string} length */
  before: (length) => interpolate(gettext("dotted: the %s before"), [length]),
  /** @param {number} ms */
  length: (ms) => {
    if (ms % H === 0 && ms < 48 * H) return stepText(ms);
    if (ms % (24 * H) === 0) return interpolate(gettext("%s d"), [ms / (24 * H)]);
    return ms < H && ms % MIN === 0 ? stepText(ms) : gettext("same time");
  },
  /** @param {string} at */
  paused: (at) => interpolate(gettext("paused at %s"), [at]),
  live: gettext("live"),
  fixed: gettext("not live"),
  pause: gettext("Pause"),
  goOn: gettext("Go on"),
  /** @type {(from: string, to: string, zone: string) => string} */
  span: (from, to, zone) => interpolate(gettext("%s to %s, %s"), [from, to, zone]),
  /** @param {string} name */
  remove: (name) => interpolate(gettext("Remove %s"), [name]),
  /** @param {string} name */
  added: (name) => interpolate(gettext("%s is shown now"), [name]),
  /** @param {string} name */
  removed: (name) => interpolate(gettext("%s is not shown any more"), [name]),
  /** @param {number} most */
  full: (most) => interpolate(gettext("%s tags are shown: remove one first"), [most]),
  /** @param {number} n */
  found: (n) => interpolate(ngettext("%s tag found", "%s tags found", n), [n]),
  /** @param {number} n */
  beyond: (n) => interpolate(ngettext("%s more: go on typing", "%s more: go on typing", n), [n]),
  nothing: gettext("No tag is called so"),
  /** @type {(faults: import("trendlink").Faults, ms: number) => string} ms: length of the range that is shown */
  faults: ({ time, unread, strange, beyond }, ms) => {
    const why = { "": "", unread: trendwords.unreadTime, short: trendwords.badTime, long: trendwords.longTime }[time];
    return [
      why && `${why} ${interpolate(gettext("Shown instead: the last %s."), [trendwords.length(ms)])}`,
      unread.length && interpolate(gettext("Not numbers of tags, so not shown: %s."), [listed(unread)]),
      strange.length && interpolate(gettext("Not tags of this plant, so not shown: %s."), [listed(strange)]),
      beyond.length && interpolate(gettext("At most %s tags are shown at once, so not: %s."), [MOST_TAGS, listed(beyond)]),
    ]
      .filter(Boolean)
      .join(" ");
  },
  unreadTime: gettext("The time in this link cannot be read."),
  badTime: gettext("The end must be at least 10 seconds after the beginning."),
  longTime: gettext("At most 366 days can be shown at once."),
  noTime: gettext("Enter both times."),
  /** @type {(bad: number, uncertain: number) => string} shares of the time shown */
  quality: (bad, uncertain) =>
    [
      bad && interpolate(gettext("%s bad"), [percent(bad)]),
      uncertain && interpolate(gettext("%s uncertain"), [percent(uncertain)]),
    ]
      .filter(Boolean)
      .join(", ") || words.quality("GOOD"),
  /** @type {(number: number, text: string, from: string, to: string) => string} */
  poor: (number, text, from, to) => interpolate(gettext("%s: %s from %s to %s"), [number, text, from, to]),
  /** @type {(text: string, share: number) => string} */
  partly: (text, share) => (share > 0.995 ? text : interpolate(gettext("%s (%s of the time)"), [text, percent(share)])),
  /** @type {(from: string, to: string, lasted: string) => string} */
  lasted: (from, to, lasted) => interpolate(gettext("%s to %s (%s)"), [from, to, lasted]),
  /** @param {string} from */
  lasts: (from) => interpolate(gettext("since %s, still active"), [from]),
  /** @param {number} n */
  alarms: (n) => interpolate(ngettext("%s alarm", "%s alarms", n), [n]),
  tooManyAlarms: gettext("only the newest alarms are marked"),
  /** @type {(mean: string, lo: string, hi: string) => string} */
  extent: (mean, lo, hi) => interpolate(gettext("%s (%s to %s)"), [mean, lo, hi]),
  pointAt: gettext("point at a chart to read it off"),
  keyPause: gettext("Pause, or go on"),
  keyIn: gettext("Zoom in"),
  keyOut: gettext("Zoom out"),
  title: gettext("Trends"),
};
