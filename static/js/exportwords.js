// @ts-check
// Every text about exports of readings.

import { gettext, interpolate, ngettext } from "words";

/** @type {Record<string, string>} */
const STATES = {
  queued: gettext("waiting"),
  expired: gettext("deleted after a week"),
};

/** @type {Record<string, string>} why a file was not made, see devices/models/exports.py */
const REASONS = {
  too_many: gettext("too many readings for such a file"),
  no_tags: gettext("a tag is not there any more"),
  not_allowed: gettext("you may not see the plant any more"),
  storage: gettext("the file could not be stored"),
  lost: gettext("the server was interrupted again and again"),
  mistake: gettext("a mistake of the program; its log says more"),
};

export const exportwords = {
  nothingChosen: gettext("Choose a tag first."),
  counting: gettext("Counting the readings …"),
  none: gettext("There are no readings in this time."),
  signedOut: gettext("You are signed out."),
  noServer: gettext("The server did not answer. Try again."),
  gone: gettext("A tag is not there any more, or you may not see it."),
  tooMany: gettext("You have as many exports as you may. Wait for one, or delete one."),
  sheetFull: gettext("A sheet has no room for so many readings. Choose CSV or a shorter time."),
  refused: gettext("The server did not take this."),
  notCurrent: gettext("How far the files are is not known: the server does not answer."),
  cancel: gettext("Cancel"),
  remove: gettext("Delete"),

  /** @type {(tags: number) => string} */
  tags: (tags) => interpolate(ngettext("%s tag", "%s tags", tags), [tags]),

  /** @type {(count: string) => string} */
  downloading: (count) => interpolate(gettext("%s readings are being downloaded."), [count]),

  /** @type {(most: string) => string} */
  inBackground: (most) =>
    interpolate(gettext("More than %s readings: the file is made in the background and appears below."), [most]),

  /** @type {(state: string) => string} */
  state: (state) => STATES[state] ?? state,

  /** @type {(reason: string) => string} */
  failed: (reason) => interpolate(gettext("failed: %s"), [REASONS[reason] ?? reason]),

  /** @type {(done: string, total: string) => string} */
  progress: (done, total) => interpolate(gettext("%s of %s readings"), [done, total]),

  /** @type {(size: string, until: string) => string} */
  ready: (size, until) => interpolate(gettext("ready, %s, until %s"), [size, until]),

  /** @type {(file: string) => string} */
  downloadOf: (file) => interpolate(gettext("Download %s"), [file]),

  /** @type {(action: string, file: string) => string} */
  actionOn: (action, file) => `${action}: ${file}`,
};
