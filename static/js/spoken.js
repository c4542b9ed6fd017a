// @ts-check
// What a screen reader is told of alarms: of all new ones together, at most every five seconds, and only what is
// critical interrupts.

import { alarmwords } from "alarmwords";
import { calls } from "calls";
import { one, setText } from "dom";
import { keyOf } from "flood";

const SAY_MS = 5000;
const GONE_MS = 20_000; // then it is no news any more

/** @typedef {import("alarms").AlarmRow} AlarmRow */

/**
 * What of these alarms has not been told yet, the most urgent first.
 *
 * @param {Iterable<AlarmRow>} rows
 * @param {Set<string>} told
 */
export function untold(rows, told) {
  const news = [...rows].filter((row) => row.announced && row.active && !told.has(keyOf(row)));
  return news.sort((a, b) => a.priority - b.priority);
}

/** @param {import("page").Page} page */
export function speakOfAlarms(page) {
  let told = new Set(untold(page.store.alarms.values(), new Set()).map(keyOf));
  let gone = 0;
  page.frames.add(
    "spoken",
    () => {
      const news = untold(page.store.alarms.values(), told);
      const [first] = news;
      if (!first) return;
      told = new Set([...page.store.alarms.values()].map(keyOf).filter((key) => told.has(key)));
      for (const row of news) told.add(keyOf(row));
      const critical = first.priority === 1;
      const place = first.device_name || first.uid || first.area;
      setText(one(document, "#call"), critical ? calls.critical(alarmwords.name(first), place, news.length) : "");
      setText(one(document, "#calls"), critical ? "" : calls.news(news.length, first.priority));
      clearTimeout(gone);
      gone = setTimeout(hush, GONE_MS);
    },
    SAY_MS,
  );
  page.onChange((change) => change.alarms.size && page.frames.mark("spoken"));
}

function hush() {
  for (const id of ["#call", "#calls"]) setText(one(document, id), "");
}
