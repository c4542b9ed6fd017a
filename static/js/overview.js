// @ts-check
// The overview of a plant.

import { AlarmList } from "alarmlist";
import { Devices } from "devices";
import { one } from "dom";
import { KeyFigures } from "kpi";
import { Page } from "page";
import { showDetections } from "seen";
import { Shell } from "shell";
import { bindTable } from "table";
import { Trends } from "trends";
import { Values } from "values";

const page = new Page();
new Shell(page);
new Devices(page);
new Values(page);
new KeyFigures(page);
new AlarmList(page, one(document, "[data-alarm-panel]"));
const trends = new Trends(page, one(document, "#trends"));
bindTable(page, trends);
if (document.querySelector("[data-cards]")) showDetections(page, { most: 6 });
page.start();
await trends.start();
