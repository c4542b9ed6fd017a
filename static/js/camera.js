// @ts-check
// The page of one camera: how it does, its newest picture with its zones, and what it saw.

import { Devices } from "devices";
import { fill, one, setText } from "dom";
import { configText } from "health";
import { Page } from "page";
import { Reports } from "reports";
import { showDetections } from "seen";
import { Shell } from "shell";
import { Sights } from "sight";
import { View } from "view";

const RECENT = 12;

const page = new Page();
new Shell(page);
new Devices(page);
new Sights(page);
const { lost } = showDetections(page, { most: RECENT });
new View(page, lost);
const channel = page.config.channels.find((name) => name.startsWith("health:")) ?? "";
const reports = new Reports(page, channel, paintConfig);
page.start();

function paintConfig() {
  const { report } = reports;
  if (!report) return;
  const known = report.config;
  setText(one(document, "[data-config]"), configText(report));
  const mistakes = known.refused === null ? [] : known.mistakes;
  fill(one(document, "[data-mistakes]"), "t-mistake", mistakes, (parts, mistake) => setText(parts.text, String(mistake)));
}
