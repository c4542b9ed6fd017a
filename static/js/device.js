// @ts-check
// The page of one device: its head, and whatever its tab needs besides.

import { Devices } from "devices";
import { one } from "dom";
import { Page } from "page";
import { Shell } from "shell";

const page = new Page();
new Shell(page);
new Devices(page);
const { tab } = one(document, "[data-tab]").dataset;
if (tab === "live") {
  const { showLive } = await import("devicelive"); // no other tab pays for charts
  await showLive(page);
} else {
  if (tab === "config") (await import("deviceconfig")).showVersion(page);
  page.start();
}
