// @ts-check
// The live tab of a device: all its tags, with as many trends as somebody asks for, and what a camera sees.

import { AlarmList } from "alarmlist";
import { all, one, setAttribute } from "dom";
import { Happened } from "happened";
import { showDetections } from "seen";
import { Sights } from "sight";
import { Sparks } from "sparks";
import { bindTable } from "table";
import { callOf, paintCall } from "trendcalls";
import { Trends } from "trends";
import { Values } from "values";
import { View } from "view";

const SNAPSHOTS = 6;
const CALL_MS = 250;

/** @param {import("page").Page} page it is started here */
export async function showLive(page) {
  new Values(page);
  const alarms = one(document, "[data-alarm-panel]");
  new AlarmList(page, alarms, { device: alarms.dataset.alarmPanel });
  const trends = new Trends(page, one(document, "#trends"));
  new Sparks(page, trends);
  new Happened(page, trends);
  bindTable(page, trends);
  bindToggles();
  showCalls(page);
  if (document.querySelector(".view")) showCamera(page);
  page.start();
  await trends.start();
}

/** A click on a button that nobody hears would be lost: they are disabled until now. */
function bindToggles() {
  for (const button of all(document, "[data-toggle-trend]")) {
    button.removeAttribute("disabled");
    button.addEventListener("click", () => {
      const trend = one(document, `[data-trend="${button.getAttribute("data-toggle-trend")}"]`);
      trend.hidden = !trend.hidden;
      setAttribute(button, "aria-pressed", String(!trend.hidden));
    });
  }
}

/** @param {import("page").Page} page the row of a tag says which alarm it has */
function showCalls(page) {
  const rows = /** @type {HTMLElement[]} */ (all(document, "tr[data-tag]"));
  page.frames.add(
    "calls",
    () => {
      for (const row of rows) paintCall(row, callOf(page, Number(row.dataset.tag)));
    },
    CALL_MS,
  );
  page.onChange((change) => change.alarms.size && page.frames.mark("calls"));
  page.frames.mark("calls");
}

/** @param {import("page").Page} page */
function showCamera(page) {
  new Sights(page);
  const { lost } = showDetections(page, { most: SNAPSHOTS });
  new View(page, lost);
}
