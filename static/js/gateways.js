// @ts-check
// All gateways of a plant, a row each.

import { Devices } from "devices";
import { all, clone, one, partsOf, setAttribute, setText } from "dom";
import { configText, countText, shareText, skewText, verdictOf, verdictText, waitingText } from "health";
import { Page } from "page";
import { Reports } from "reports";
import { Shell } from "shell";
import { words } from "words";

const page = new Page();
const body = one(document, "[data-gateways]");
const channel = page.config.channels.find((name) => name.startsWith("gateways:")) ?? "";
const reports = new Reports(page, channel, paint);
new Shell(page);
new Devices(page);
page.start();

function paint() {
  const rows = /** @type {any[]} */ (reports.report ?? []);
  const known = new Map(all(body, "[data-gateway]").map((row) => [Number(row.getAttribute("data-gateway")), row]));
  const wanted = rows.map((row) => /** @type {HTMLElement} */ (known.get(row.id) ?? add(row)));
  if (wanted.some((row, i) => body.children[i] !== row) || body.children.length > wanted.length) {
    body.replaceChildren(...wanted);
    page.frames.mark("devices");
  }
  rows.forEach((row, i) => paintRow(wanted[i], row));
  one(document, "[data-none]").hidden = rows.length > 0;
}

/** @param {any} row of a gateway that came into being after the page was made */
function add(row) {
  const element = clone("t-gateway");
  setAttribute(element, "data-gateway", String(row.id));
  setAttribute(element, "data-device", String(row.id));
  const pattern = body.dataset.gatewayUrl ?? "";
  one(element, "[data-part=link]").setAttribute("href", pattern.replace("UID", encodeURIComponent(row.uid)));
  return element;
}

/** @type {(element: HTMLElement, row: any) => void} */
function paintRow(element, row) {
  const parts = partsOf(element);
  const state = reports.stateOf(row.id);
  const behind = [...page.store.devices.values()].filter((device) => device.via === row.uid);
  const up = behind.filter((device) => device.status === "online" || device.status === "stale");
  setAttribute(element, "data-state", state);
  setText(parts.link, row.uid);
  setText(parts.name, row.name);
  setText(parts.devices, words.devicesUp(up.length, behind.length));
  setText(parts.waiting, waitingText(row, page.zone, page.time.now()));
  setText(parts.beat, row.beat === null ? "" : words.countedAgo(reports.ageText(row.beat)));
  setText(parts.skew, skewText(row.skew));
  setText(parts.config, configText(row, state));
  setAttribute(parts.config, "data-wrong", row.config.refused === null ? null : "");
  setText(parts.verdict, verdictText(row));
  setAttribute(parts.verdict, "data-wrong", verdictOf(row) === "bad" ? "" : null);
  setText(parts.gaps, row.gap_count ? words.gaps(countText(row.gap_count), countText(row.lost)) : "0");
  setText(parts.quarantined, countText(row.quarantined));
  setText(parts.day, shareText(row.day));
  setText(parts.week, shareText(row.week));
  setText(parts.agent, row.agent || "–");
  setText(parts.told, reports.toldText(row.told, state));
}
