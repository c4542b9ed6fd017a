// @ts-check
// Texts about what people say of detections.

import { gettext, interpolate, ngettext, words } from "words";

/** @type {Record<string, string>} */
const VERDICTS = {
  true: gettext("true hazard"),
  false: gettext("false alarm"),
  unsure: gettext("cannot be told"),
};

export const markwords = {
  /** @param {string} kind */
  verdict: (kind) => VERDICTS[kind] ?? "",
  /** @type {(kind: string, by: string, at: string) => string} */
  said: (kind, by, at) => interpolate(gettext("%s, said by %s, %s"), [VERDICTS[kind] ?? kind, by, at]),
  unsaid: gettext("Nobody has said yet what it was."),
  reviewed: gettext("reviewed"),
  unreviewed: gettext("not reviewed"),
  pending: gettext("sending …"),
  held: gettext("on hold"),
  /** @param {string} why */
  heldFor: (why) => interpolate(gettext("On legal hold: %s"), [why]),
  /** @param {string} kind */
  marked: (kind) =>
    kind ? interpolate(gettext("Marked: %s."), [VERDICTS[kind]]) : gettext("The verdict was taken back."),
  /** @param {number} n */
  allReviewed: (n) => interpolate(ngettext("%s marked as reviewed.", "%s marked as reviewed.", n), [n]),
  noneLeft: gettext("All that is shown is reviewed."),
  holdSet: gettext("It is on legal hold now: neither it nor its pictures are deleted."),
  holdEnded: gettext("The legal hold has ended."),
  hold: gettext("Legal hold …"),
  release: gettext("End the legal hold …"),
  sayWhy: gettext("Say why."),
  /** @param {number} n */
  open: (n) => interpolate(ngettext("%s not reviewed by you in 7 days", "%s not reviewed by you in 7 days", n), [n]),
  allSeen: gettext("all of the last 7 days reviewed by you"),
  keys: {
    review: gettext("Gallery: reviewed, or not reviewed after all"),
    true: gettext("Gallery: it was a true hazard"),
    false: gettext("Gallery: it was a false alarm"),
    unsure: gettext("Gallery: it cannot be told what it was"),
    acknowledge: gettext("Gallery: acknowledge the alarm of the large view"),
    in: gettext("Gallery: enlarge the picture of the large view"),
    out: gettext("Gallery: make it smaller again"),
    whole: gettext("Gallery: all of the picture again"),
  },
  notConnected: gettext("No connection to the server: nothing can be marked."),
  signedOut: gettext("You are signed out."),
  notAllowed: gettext("You may not do this."),
  gone: gettext("It was deleted meanwhile."),
  noServer: words.noServer,
  /** @type {(from: string, to: string, total: number) => string} */
  rail: (from, to, total) =>
    interpolate(ngettext("%s detection from %s to %s", "%s detections from %s to %s", total), [total, from, to]),
  total: gettext("Total"),
  nothingSeen: gettext("Nothing was seen in this time."),
  /** @type {(from: string, to: string) => string} */
  span: (from, to) => interpolate(gettext("%s to %s"), [from, to]),
  /** @type {(day: string, total: number, open: number) => string} */
  day: (day, total, open) => interpolate(gettext("%s: %s seen, %s not reviewed by you"), [day, total, open]),
};
