// @ts-check
// The overview of a plant, or of an area of it.

import { AlarmList } from "alarmlist";
import { CallFigures } from "callfigures";
import { CellCalls } from "cellcalls";
import { Devices } from "devices";
import { one } from "dom";
import { KeyFigures } from "kpi";
import { Measures } from "measures";
import { Page } from "page";
import { keepRange } from "range";
import { followChoices } from "remade";
import { showDetections } from "seen";
import { Shell } from "shell";
import { bindTable } from "table";
import { Trends } from "trends";
import { Values } from "values";
import { keepWall } from "wall";

const page = new Page();
new Shell(page);
new Devices(page);
new CellCalls(page);
new Values(page);
new KeyFigures(page);
new CallFigures(page);
new Measures(page);
new AlarmList(page, one(document, "[data-alarm-panel]"));
followChoices(page);
const trends = new Trends(page, one(document, "#trends"));
keepRange(page, trends);
bindTable(page, trends);
if (document.querySelector("[data-cards]")) showDetections(page, { most: 6 });
if (document.querySelector("[data-leave]")) keepWall(page);
page.start();
await trends.start();
