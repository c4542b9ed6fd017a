// @ts-check
// The overview of a plant.

import { Devices } from "devices";
import { one } from "dom";
import { KeyFigures } from "kpi";
import { Page } from "page";
import { Shell } from "shell";
import { bindTable } from "table";
import { Trends } from "trends";
import { Values } from "values";

const page = new Page();
new Shell(page);
new Devices(page);
new Values(page);
new KeyFigures(page);
const trends = new Trends(page, one(document, "#trends"));
bindTable(page, trends);
page.start();
await trends.start();
