// @ts-check
// The page of one device: all its tags, with as many trends as somebody asks for.

import { AlarmList } from "alarmlist";
import { Devices } from "devices";
import { all, one, setAttribute } from "dom";
import { Page } from "page";
import { Shell } from "shell";
import { Sparks } from "sparks";
import { bindTable } from "table";
import { Trends } from "trends";
import { Values } from "values";

const page = new Page();
new Shell(page);
new Devices(page);
new Values(page);
const alarms = one(document, "[data-alarm-panel]");
new AlarmList(page, alarms, { device: alarms.dataset.alarmPanel });
const trends = new Trends(page, one(document, "#trends"));
new Sparks(page, trends);
bindTable(page, trends);
for (const button of all(document, "[data-toggle-trend]")) {
  button.addEventListener("click", () => {
    const trend = one(document, `[data-trend="${button.getAttribute("data-toggle-trend")}"]`);
    trend.hidden = !trend.hidden;
    setAttribute(button, "aria-pressed", String(!trend.hidden));
  });
}
page.start();
await trends.start();
