// @ts-check
// What an alarm looks like: its symbol, and the cells of its row, in whatever list it stands.

import { alarmwords } from "alarmwords";
import { lastedFor, lookOf } from "alarms";
import { shortTime } from "cards";
import { partsOf, setAttribute, setText } from "dom";
import { formatAge } from "format";

/**
 * @typedef {import("alarms").AlarmRow} AlarmRow
 * @typedef {Record<string, HTMLElement | undefined>} Parts
 */

/** @type {(parts: Parts, row: AlarmRow) => void} */
export function paintSymbol(parts, row) {
  const look = lookOf(row);
  setAttribute(parts.pri, "data-priority", String(row.priority));
  setAttribute(parts.pri, "data-look", look);
  setAttribute(parts.shape, "href", `#i-p${row.priority}`);
  setAttribute(parts.mark, "href", look === "held" ? "#i-clock" : "#i-lock");
  setText(parts.priority, alarmwords.priority(row.priority));
}

/**
 * @param {import("page").Page} page
 * @param {HTMLElement} element
 * @param {AlarmRow} row
 * @param {{ pending?: boolean, gone?: boolean }} how
 */
export function paintAlarm(page, element, row, { pending = false, gone = false } = {}) {
  const parts = partsOf(element);
  const { zone, time } = page;
  setAttribute(element, "data-look", lookOf(row));
  setAttribute(element, "data-gone", gone ? "" : null);
  setAttribute(element, "data-pending", pending ? "" : null);
  paintSymbol(parts, row);
  const state = gone ? alarmwords.over : pending ? alarmwords.pending : "";
  setText(parts.state, state || alarmwords.state(row));
  setText(parts.brief, state || alarmwords.brief(row));
  setText(parts.beside, gone || pending ? "" : alarmwords.beside(row));
  setText(parts.raised, row.raised === null ? "–" : shortTime(zone, row.raised, time.now()));
  setAttribute(parts.raised, "title", row.raised === null ? null : zone.full(row.raised));
  setText(parts.area, row.area);
  setText(parts.place, row.area);
  setText(parts.source, alarmwords.source(row));
  const url = page.config.device_url?.replace("UID", encodeURIComponent(row.uid));
  if (parts.source?.tagName === "A") setAttribute(parts.source, "href", row.uid && url ? url : null);
  setText(parts.uid, row.device_name && row.uid !== row.device_name ? row.uid : "");
  const name = alarmwords.name(row);
  setText(parts.name, name);
  setText(parts.condition, alarmwords.besideName(name, row));
  setText(parts.value, alarmwords.value(row.value, row));
  setText(parts.limit, alarmwords.limit(row));
  const acked = row.acked === null ? "" : alarmwords.ackedBy(row.acked_by, zone.clock(row.acked));
  setText(parts.acked, acked);
  setText(parts.acker, acked);
  setText(parts.comment, row.comment);
  setText(parts.by, row.held_by);
  setText(parts.reason, row.reason);
  paintDuration(page, parts, row);
}

/** @type {(page: import("page").Page, parts: Parts, row: AlarmRow) => void} what grows with time */
export function paintDuration(page, parts, row) {
  const now = page.time.now();
  const lasted = lastedFor(row, now);
  setText(parts.lasted, lasted === null ? "–" : formatAge(lasted));
  if (!parts.end) return;
  const left = row.until === null ? 0 : row.until - now;
  setText(parts.end, alarmwords.end(row, left > 0 ? alarmwords.left(formatAge(left)) : alarmwords.ending));
  setAttribute(parts.end, "title", row.until === null ? null : page.zone.full(row.until));
}
