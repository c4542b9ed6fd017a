// @ts-check
// Texts about alarms, made from codes and numbers in the language of the page. What people wrote stays as it is.

import { isHeld } from "alarms";
import { formatNumber, THIN_SPACE } from "format";
import { terms } from "terms";
import { gettext, interpolate, ngettext, words } from "words";

/** @typedef {import("alarms").AlarmRow} AlarmRow */

/** @type {Record<string, string>} */
const CONDITIONS = {
  high_high: gettext("high high"),
  high: gettext("high"),
  low: gettext("low"),
  low_low: gettext("low low"),
  deviation: gettext("off its setpoint"),
  rate: gettext("changes too fast"),
  discrete: gettext("abnormal state"),
  bad_quality: gettext("bad quality"),
  stale: gettext("no reading"),
  offline: gettext("device offline"),
  spool: gettext("spool fills up"),
  clock_skew: gettext("clock is wrong"),
  detection: gettext("seen by a camera"),
  expression: gettext("condition met"),
};

/** @type {Record<string, string>} */
const STATES = {
  normal: gettext("normal"),
  unacknowledged: gettext("unacknowledged"),
  acknowledged: gettext("acknowledged"),
  returned: gettext("returned, unacknowledged"),
  latched_unacknowledged: gettext("returned, latched, unacknowledged"),
  latched: gettext("latched"),
};

/** @type {Record<string, string>} where there is little room: the symbol says the rest */
const BRIEF = {
  ...STATES,
  acknowledged: gettext("acked"),
  returned: gettext("returned"),
  latched_unacknowledged: gettext("returned"),
};

/** @type {Record<string, string>} */
const HOLDS = {
  shelved: gettext("shelved"),
  suppressed: gettext("suppressed by design"),
  out_of_service: gettext("out of service"),
};

/** @type {Record<string, string>} what we call the rules that every site has, see alarms/site_rules.py */
const RULES = {
  "Device offline": gettext("Device offline"),
  "Readings arrive late": gettext("Readings arrive late"),
  "Clock wrong": gettext("Clock wrong"),
  "Fire seen": gettext("Fire seen"),
  "Smoke seen": gettext("Smoke seen"),
  "No helmet": gettext("No helmet"),
};

/** @type {Record<number, string>} */
const PRIORITIES = {
  1: gettext("critical"),
  2: gettext("high"),
  3: gettext("medium"),
  4: gettext("low"),
};

/** @type {Record<string, string>} what happened, also in project/alarm_pages.py */
const HAPPENINGS = {
  raise: gettext("raised"),
  clear: gettext("returned to normal"),
  acknowledge: gettext("acknowledged"),
  comment: gettext("comment"),
  reset: gettext("reset"),
  shelve: gettext("shelved"),
  unshelve: gettext("shelf ended"),
  suppress: gettext("suppressed by design"),
  unsuppress: gettext("not suppressed any more"),
  remove: gettext("taken out of service"),
  restore: gettext("back in service"),
};

/** @type {Record<string, string>} why the server left an alarm as it is */
const CONFLICTS = {
  not_active: gettext("there is nothing to acknowledge any more"),
  already: gettext("that was done before"),
  still_active: gettext("its condition still lasts"),
  unacknowledged: gettext("acknowledge it first"),
  not_latched: gettext("it needs no reset"),
  held: gettext("it is shelved or out of service"),
  changed: gettext("it has changed meanwhile; look again"),
  one_by_one: gettext("alarms of priority 1 are acknowledged one by one"),
  not_found: gettext("it does not exist any more"),
};

/** @type {Record<import("alarms").Action, string>} */
const TITLES = {
  acknowledge: gettext("Acknowledge"),
  comment: gettext("Comment"),
  shelve: gettext("Shelve"),
  reset: gettext("Reset"),
  unshelve: gettext("End shelf"),
  remove: gettext("Take out of service"),
  restore: gettext("Put back in service"),
};

/** @type {Record<import("alarms").Action, string>} what became of how many */
const DONE = {
  acknowledge: gettext("%s acknowledged"),
  comment: gettext("%s commented"),
  shelve: gettext("%s shelved"),
  reset: gettext("%s reset"),
  unshelve: gettext("%s not shelved any more"),
  remove: gettext("%s taken out of service"),
  restore: gettext("%s back in service"),
};

/** @type {Record<import("alarms").Action, string>} why none of the chosen can be */
const IMPOSSIBLE = {
  acknowledge: gettext("None of the chosen alarms waits for an acknowledgement"),
  comment: "",
  shelve: "",
  reset: gettext("None of the chosen alarms is latched, returned and acknowledged"),
  unshelve: gettext("None of the chosen alarms is shelved"),
  remove: gettext("The chosen alarms are out of service"),
  restore: gettext("None of the chosen alarms is out of service"),
};

const wholePlant = gettext("whole plant");

/** @type {(value: number, decimals: number, unit: string) => string} */
const measured = (value, decimals, unit) => formatNumber(value, decimals) + (unit && THIN_SPACE + unit);

/** @param {string} text without what is written in one way or the other */
const bare = (text) => text.toLowerCase().replace(/[\s:：]+/g, " ").trim();

/** What a value of an alarm is measured in. */
/** @type {(row: Pick<AlarmRow, "kind" | "unit" | "decimals">) => [decimals: number, unit: string]} */
function scaleOf({ kind, unit, decimals }) {
  if (kind === "rate") return [decimals, interpolate(gettext("%s/min"), [unit])];
  if (kind === "spool") return [0, "%"];
  if (kind === "clock_skew" || kind === "stale") return [1, words.unitS];
  return [decimals, unit];
}

/** @type {(value: number | null, row: Pick<AlarmRow, "kind" | "unit" | "decimals">) => string} */
function valueText(value, row) {
  if (value === null) return "";
  if (row.kind === "detection") return terms.percent(value);
  return measured(value, ...scaleOf(row));
}

/** @type {(row: Pick<AlarmRow, "kind" | "label" | "tag_name">) => string} */
function conditionText({ kind, label, tag_name: tag }) {
  const condition = kind === "detection" && label ? terms.label(label) : (CONDITIONS[kind] ?? kind);
  return tag ? interpolate(gettext("%s: %s"), [words.own(tag), condition]) : condition;
}

/**
 * A rule that nobody named is told in the language of the page, see alarms/wording.py.
 *
 * @type {(row: Pick<AlarmRow, "kind" | "name" | "tag_name">) => string}
 */
function nameText({ kind, name, tag_name: tag }) {
  const isOfLimit = tag && kind in CONDITIONS && name === `${tag} ${kind.replace("_", " ")}`;
  return isOfLimit ? `${words.own(tag)} ${CONDITIONS[kind]}` : (RULES[name] ?? name);
}

export const alarmwords = {
  name: nameText,
  condition: conditionText,
  /** @type {(name: string, row: Pick<AlarmRow, "kind" | "label" | "tag_name">) => string} empty: the name says it */
  besideName: (name, row) => (bare(conditionText(row)) === bare(name) ? "" : conditionText(row)),
  /** @param {AlarmRow} row */
  state: (row) => (isHeld(row) ? row.holds.map((hold) => HOLDS[hold]).join(", ") : (STATES[row.state] ?? row.state)),
  /** @param {AlarmRow} row */
  brief: (row) => BRIEF[row.state] ?? row.state,
  /** @param {AlarmRow} row beside a hold: whether its condition lasts */
  beside: (row) => (isHeld(row) ? (row.active ? gettext("active") : gettext("not active")) : ""),
  /** @param {number} priority */
  priority: (priority) => interpolate(gettext("priority %s, %s"), [priority, PRIORITIES[priority] ?? ""]),
  /** @param {Pick<AlarmRow, "device_name" | "uid">} row */
  source: (row) => row.device_name || row.uid || wholePlant,
  value: valueText,
  /** @param {AlarmRow} row */
  limit: (row) => (row.limit === null ? "" : interpolate(gettext("limit %s"), [valueText(row.limit, row)])),
  /** @type {(row: AlarmRow, left: string) => string} when it ends to be held */
  end: (row, left) => {
    if (row.one_shot) return gettext("until it returns");
    return row.until === null ? gettext("until further notice") : left;
  },
  /** @param {string} left */
  left: (left) => interpolate(gettext("%s left"), [left]),
  ending: gettext("ending"),
  /** @type {(who: string, at: string) => string} */
  ackedBy: (who, at) => (who ? interpolate(gettext("%s, %s"), [who, at]) : ""),
  /** @param {string} action */
  happening: (action) => HAPPENINGS[action] ?? action,
  /** @param {string} actor */
  actor: (actor) => (actor === "system" ? gettext("system") : actor),
  /** @type {(reason: string) => string} why something happened by itself */
  reason: (reason) => (reason === "one_shot" ? gettext("it returned to normal") : reason),
  /** @param {import("alarms").Action} action */
  title: (action) => TITLES[action],
  /** @param {import("alarms").Action} action */
  impossible: (action) => IMPOSSIBLE[action],
  /** @type {(action: import("alarms").Action, n: number) => string} */
  done: (action, n) => `${interpolate(DONE[action], [n])}.`,
  isOver: gettext("This alarm is over."),
  itsHistory: gettext("See its history"),
  noSuchAlarm: gettext("There is no such alarm."),
  pending: gettext("pending"),
  over: gettext("over"),
  chooseFirst: gettext("Choose an alarm first"),
  notConnected: gettext("Not connected: nothing can be done to alarms"),
  needsEngineer: gettext("Needs the role of engineer at this plant"),
  notAllowed: gettext("Your role does not allow this."),
  signedOut: gettext("You are signed out."),
  noServer: gettext("The server did not answer. Try again."),
  oneByOne: gettext("Alarms of priority 1 are acknowledged one by one."),
  /** @param {string} text */
  conflict: (text) => CONFLICTS[text] ?? text,
  /** @type {(who: string, age: string) => string} */
  alreadyAcked: (who, age) => interpolate(gettext("already acknowledged by %s %s ago"), [who, age]),
  /** @type {(who: string, age: string) => string} */
  changedBy: (who, age) => interpolate(gettext("changed by %s %s ago; look again"), [who, age]),
  /** @type {(name: string, why: string) => string} */
  notDone: (name, why) => interpolate(gettext("%s: %s"), [name, why]),
  /** @param {number} n */
  more: (n) => interpolate(ngettext("and %s more", "and %s more", n), [n]),
  /** @param {number} n */
  chosen: (n) => interpolate(ngettext("%s chosen", "%s chosen", n), [n]),
  /** @param {number} n */
  fresh: (n) => interpolate(ngettext("%s new", "%s new", n), [n]),
  /** @param {number} n */
  beyond: (n) => interpolate(ngettext("%s more alarm is not shown. Filter the list.", "%s more alarms are not shown. Filter the list.", n), [n]),
  /** @type {(counts: ReturnType<typeof import("alarms").counted>) => string} */
  counts: ({ unacked, cleared, acked, held }) =>
    [
      interpolate(gettext("%s unacknowledged"), [unacked]),
      interpolate(gettext("%s returned"), [cleared]),
      interpolate(gettext("%s acknowledged"), [acked]),
      interpolate(gettext("%s held back"), [held]),
    ].join(" · "),
  historical: gettext("told late"),
  firstOut: gettext("first"),
  whyFirst: gettext("It came first in its area: what followed may be its consequence"),
  unfold: gettext("Show them too"),
  fold: gettext("Fold priority 4"),
  /** @param {string} at */
  recorded: (at) => interpolate(gettext("recorded %s"), [at]),
  /** @param {number} n */
  folded: (n) => interpolate(ngettext("%s alarm of priority 4 is folded", "%s alarms of priority 4 are folded", n), [n]),
  keys: {
    acknowledge: gettext("Acknowledge the chosen alarms"),
    shelve: gettext("Shelve the chosen alarms"),
    comment: gettext("Comment on the chosen alarms"),
    reset: gettext("Reset the chosen alarms"),
  },
  /** @type {(name: string, state: string) => string} */
  row: (name, state) => interpolate(gettext("Choose %s (%s)"), [name, state]),
  /** @type {(name: string, from: string, to: string) => string} */
  trend: (name, from, to) => interpolate(gettext("%s from %s to %s"), [name, from, to]),
};
