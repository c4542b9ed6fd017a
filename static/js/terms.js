// @ts-check
// Texts about cameras and what they saw.

import { gettext, interpolate, ngettext, words } from "words";

/** @type {Record<string, string>} */
const LABELS = {
  fire: gettext("Fire"),
  smoke: gettext("Smoke"),
  no_helmet: gettext("No helmet"),
  helmet: gettext("Helmet"),
  person: gettext("Person"),
};

/** @type {Record<string, string>} */
const NOTHING = {
  ready: "",
  coming: gettext("Picture on its way"),
  pending: gettext("Picture is being checked"),
  refused: gettext("Picture refused"),
  lost: gettext("Picture lost"),
  none: gettext("No picture"),
};

/** @type {Record<string, string>} why the image gate refused a picture */
const REASONS = {
  not_jpeg: gettext("it is not a JPEG"),
  malformed: gettext("it is damaged"),
  truncated: gettext("a part of it is missing"),
  undecodable: gettext("it could not be read"),
  crashed: gettext("it could not be read"),
  too_expensive: gettext("it takes too long to be read"),
  too_many_bytes: gettext("it has too many bytes"),
  too_many_scans: gettext("it takes too long to be read"),
  too_large: gettext("it is too large"),
  too_small: gettext("it is too small"),
  unusual_coding: gettext("it is coded in an unusual way"),
  unusual_colours: gettext("its colours are coded in an unusual way"),
};

/** @type {Record<string, string>} */
const ROLES = {
  before: gettext("before"),
  best: gettext("best"),
  after: gettext("after"),
};

/** The `state` tag of a camera, by its number. */
const SIGHTS = [
  gettext("connecting"),
  gettext("live picture"),
  gettext("picture frozen"),
  gettext("picture dark"),
  gettext("no picture"),
  gettext("login refused"),
  gettext("unreadable picture"),
  gettext("given up, tried again slowly"),
];

/** @type {Record<string, string>} what a mistake in a zone is */
const MISTAKES = {
  name: gettext("Every zone needs a name."),
  twice: gettext("Two zones have the same name."),
  points: gettext("A zone needs at least three points."),
  labels: gettext("Classes are written like no_helmet, with commas between them."),
};

export const terms = {
  /** @param {string} label */
  label: (label) => {
    const plain = label.replaceAll("_", " ");
    return LABELS[label] ?? plain.charAt(0).toUpperCase() + plain.slice(1);
  },
  /** @param {string} label */
  shape: (label) => (label in LABELS ? `#i-${label}` : "#i-other"),
  /** @type {(picture: string, reason?: string) => string} why there is no picture */
  nothing: (picture, reason = "") =>
    picture === "refused" && reason
      ? interpolate(gettext("The picture was refused: %s."), [REASONS[reason] ?? reason.replaceAll("_", " ")])
      : (NOTHING[picture] ?? ""),
  /** @param {string} role */
  role: (role) => ROLES[role] ?? role,
  /** @param {number} share */
  percent: (share) => `${Math.round(share * 100)}\u202f%`,
  /** @type {(state: string, lasted: string, why?: string) => [string, string]} why: it has ended */
  state: (state, lasted, why = "") => {
    if (state === "active") return [gettext("active"), lasted];
    const ended = why === "stopped" || why === "changed" ? gettext("watching ended") : gettext("ended");
    if (state === "ended") return [ended, interpolate(gettext("after %s"), [lasted])];
    if (state === "cut") return [gettext("last known: active"), gettext("no connection")];
    return [gettext("last known: active"), interpolate(gettext("%s ago"), [lasted])];
  },
  /** @param {string} state of one whose end nobody has told */
  noEnd: (state) => (state === "ended" ? gettext("not told") : gettext("not yet")),
  noZone: gettext("whole picture"),
  /** @type {(at: string, delay: string) => string} */
  receivedLate: (at, delay) => interpolate(gettext("%s, %s late"), [at, delay]),
  /** @type {(shown: string, active: string) => string} */
  counts: (shown, active) => interpolate(gettext("%s shown, %s active"), [shown, active]),
  /** @param {number} n */
  fresh: (n) => interpolate(ngettext("%s new", "%s new", n), [n]),
  /** @type {(what: string, at: string) => string} */
  announced: (what, at) => interpolate(gettext("New: %s, %s"), [what, at]),
  /** @type {(place: number, all: number) => string} */
  place: (place, all) => interpolate(gettext("%s of %s"), [place, all]),
  /** @param {string} text */
  picture: (text) => interpolate(gettext("Picture: %s"), [text]),
  /** @type {(at: string, age: string) => string} */
  taken: (at, age) => interpolate(gettext("of %s, %s old"), [at, age]),
  /** @type {(at: string, age: string) => string} */
  past: (at, age) => interpolate(gettext("of %s, %s old: not what it sees now"), [at, age]),
  nothingFits: gettext("Nothing was seen that fits these filters."),
  nothingYet: gettext("No camera has seen anything yet. What they see appears here by itself."),
  /** @param {number} state */
  sight: (state) => SIGHTS[state] ?? words.quality("BAD"),
  unknown: gettext("not known"),
  /** @param {string} why */
  unknownAs: (why) => interpolate(gettext("not known (%s)"), [why]),
  /** @type {(text: string, why: string) => string} */
  lastSight: (text, why) => interpolate(gettext("last: %s (%s)"), [text, why]),
  /** @param {string} n */
  perSecond: (n) => interpolate(gettext("%s pictures/s"), [n]),
  watch: gettext("watched"),
  mask: gettext("mask: nothing is reported here"),
  /** @param {string} labels */
  watchOnly: (labels) => interpolate(gettext("watched for %s"), [labels]),
  /** @param {number} n */
  points: (n) => `(${n})`,
  /** @param {number} n */
  zone: (n) => interpolate(gettext("Zone %s"), [n]),
  /** @param {number} n */
  removePoint: (n) => interpolate(gettext("Delete point %s"), [n]),
  /** @param {string} mistake */
  mistake: (mistake) => MISTAKES[mistake],
  drawing: gettext("Click the corners in the picture. Enter or a click on the first one ends the zone, Backspace takes one back, Esc gives up."),
  editing: gettext("Drag points in the picture, or write their places below."),
  saving: gettext("Saving …"),
  saved: gettext("Saved. The gateway gets the new configuration."),
  changedMeanwhile: gettext("Somebody else has changed this camera meanwhile. Cancel, then edit again: your changes here are lost."),
  notAllowed: gettext("You may not change this camera any more."),
  noServer: words.noServer,
};
