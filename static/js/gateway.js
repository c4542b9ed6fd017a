// @ts-check
// The health of one gateway: what it told, how its devices answer, and what became of its readings.

import { Devices } from "devices";
import { all, fill, one, partsOf, setAttribute, setText } from "dom";
import { formatAge, formatNumber } from "format";
import {
  barsOf,
  configText,
  contentText,
  countText,
  shareText,
  sizeText,
  skewText,
  verdictOf,
  verdictText,
  waitingText,
} from "health";
import { Page } from "page";
import { Reports } from "reports";
import { Shell } from "shell";
import { words } from "words";

const SVG = "http://www.w3.org/2000/svg";
const COUNTS = ["requests", "timeouts", "refusals", "retries", "overruns", "blocks", "holes"];
const EPOCH_SHOWN = 8; // characters of the id of a spool

const page = new Page();
const root = one(document, "[data-health]");
const panel = one(root, "[data-config]");
const parts = partsOf(root);
const config = partsOf(panel);
const channel = page.config.channels.find((name) => name.startsWith("health:")) ?? "";
const reports = new Reports(page, channel, paint);
new Shell(page);
new Devices(page);
page.start();

function paint() {
  const { report } = reports;
  if (!report) return; // taken out of the registry: its last state stays, and says so by its status
  const state = reports.stateOf(report.id);
  setAttribute(root, "data-state", state);
  paintTold(report, state);
  paintLedger(report.ledger);
  paintConfig(report.config);
  paintDevices(report.devices, state);
  paintConnections(report.connections, state);
}

/** @type {(id: string) => Element} */
const rowsOf = (id) => one(root, `[data-rows-of=${id}]`);

/** @type {(at: number | null) => string} */
const moment = (at) => (at === null ? "–" : page.zone.full(at));

/** @type {(id: string, rows: any[], paintRow: (parts: any, row: any, element: HTMLElement) => void) => void} */
function table(id, rows, paintRow) {
  fill(rowsOf(id), `t-${id}`, rows, paintRow);
  const none = /** @type {HTMLElement | null} */ (root.querySelector(`[data-none=${id}]`));
  if (none) none.hidden = rows.length > 0;
  /** @type {HTMLElement | null} */ (rowsOf(id).closest(".wide"))?.toggleAttribute("hidden", rows.length === 0);
}

/** @type {(report: any, state: string) => void} */
function paintTold(report, state) {
  setText(parts.told, reports.toldText(report.told, state));
  setText(parts.beat, reports.momentText(report.beat));
  setText(parts.waiting, waitingText(report, page.zone, page.time.now()));
  setText(parts.spool, report.beat === null ? "–" : sizeText(report.spool));
  setText(parts.skew, skewText(report.skew));
  setText(parts.errors, countText(report.beat === null ? null : report.errors));
  setText(parts.agent, report.agent || "–");
  for (const part of all(root, "[data-part=config]")) setText(part, configText(report, state));
}

/** @param {any} ledger */
function paintLedger(ledger) {
  const counts = [ledger.stored, ledger.dropped, ledger.lost, ledger.quarantined].map(countText);
  setAttribute(parts.verdict?.parentElement, "data-verdict", verdictOf(ledger));
  setText(parts.verdict, verdictText(ledger));
  setText(parts.account, words.account(counts[0], counts[1], counts[2], counts[3]));
  setText(parts.kept, words.eventsKept(ledger.kept_days));
  table("streams", ledger.streams, (cells, row) => {
    setText(cells.stream, reports.phrase("streams", row.stream));
    setText(cells.epoch, row.epoch.slice(0, EPOCH_SHOWN));
    for (const name of ["last", "stored", "dropped", "lost"]) setText(cells[name], countText(row[name]));
    setText(cells.at, row.last ? moment(row.at) : "–");
  });
  setText(parts.gaps, ledger.gap_count ? words.gaps(countText(ledger.gap_count), countText(ledger.lost)) : "");
  table("gaps", ledger.gaps, (cells, row) => {
    setText(cells.first, moment(row.first));
    setText(cells.last, moment(row.last));
    setText(cells.stream, reports.phrase("streams", row.stream));
    setText(cells.frames, `${row.from}–${row.to}`);
    setText(cells.readings, countText(row.readings));
    setText(cells.reason, reports.phrase("gaps", row.reason));
  });
  table("codes", Object.entries(ledger.codes), (cells, [code, readings]) => {
    setText(cells.words, reports.phrase("codes", code));
    setText(cells.code, code);
    setText(cells.readings, countText(readings));
  });
  for (const name of /** @type {const} */ (["day", "week"])) paintStrip(name, ledger[name], ledger.strips[name]);
}

/** @param {any} known */
function paintConfig(known) {
  const runs = reports.report.told !== null && known.newest === known.running;
  const verdict = known.refused !== null ? "bad" : runs ? "good" : "none";
  setAttribute(config.config?.parentElement, "data-verdict", verdict);
  setText(config.summary, contentText(known.summary));
  setText(config.made, known.made === null ? "" : words.versionMade(moment(known.made)));
  fill(rowsOf("mistakes"), "t-mistakes", known.mistakes, (cells, mistake) => setText(cells.text, String(mistake)));
}

/** @type {(devices: any[], state: string) => void} */
function paintDevices(devices, state) {
  const before = rowsOf("devices").children.length;
  const told = devices.flatMap((row) => row.told ?? []);
  setText(parts.counted, told.length ? words.countedAgo(reports.ageText(Math.min(...told))) : "");
  table("devices", devices, (cells, row, element) => {
    if (element.dataset.device !== String(row.id)) {
      element.dataset.device = String(row.id);
      cells.link.setAttribute("href", page.config.device_url?.replace("UID", encodeURIComponent(row.uid)) ?? "");
      page.frames.mark("devices");
    }
    setAttribute(element, "data-state", row.told === null ? "none" : state);
    setText(cells.link, row.uid);
    setText(cells.name, row.name);
    for (const name of COUNTS) setText(cells[name], countText(row[name] ?? null));
    for (const name of ["latency_ms", "worst_ms"]) setText(cells[name], latencyText(row[name] ?? null));
    setText(cells.error, row.error || "–");
    setAttribute(cells.error, "title", row.told ? moment(row.told) : null);
  });
  if (before !== devices.length) page.frames.mark("devices");
}

/** @param {number | null} ms */
function latencyText(ms) {
  return ms === null ? "–" : formatNumber(ms, ms < 10 ? 1 : 0);
}

/** @type {(connections: any[], state: string) => void} */
function paintConnections(connections, state) {
  table("connections", connections, (cells, row) => {
    setText(cells.opened, moment(row.opened));
    setText(cells.lasted, formatAge(Math.max(0, (row.closed ?? page.time.now()) - row.opened)));
    const why = row.code === null ? "" : reports.phrase("closings", String(row.code));
    setText(cells.ended, row.closed === null ? words.stillOpen : why);
    setText(cells.remote, row.remote);
  });
  // one that is online has connected, although the report that names its connection is on its way
  if (state === "good") /** @type {HTMLElement} */ (one(root, "[data-none=connections]")).hidden = true;
}

/** @type {(name: "day" | "week", share: number | null, strip: any) => void} */
function paintStrip(name, share, strip) {
  const svg = one(root, `[data-strip=${name}]`);
  setText(parts[name], shareText(share));
  setText(parts[`${name}-from`], page.zone.full(strip.from).slice(0, -3));
  setAttribute(svg, "viewBox", `0 0 ${strip.shares.length} 10`);
  setAttribute(svg, "aria-label", words.strip(shareText(share)));
  while (svg.children.length < strip.shares.length) svg.append(newBar());
  barsOf(strip.shares).forEach((bar, i) => {
    const group = svg.children[i];
    const [title, frame, filled] = [...group.children];
    const [from, to] = [strip.from + i * strip.step, strip.from + (i + 1) * strip.step].map(page.zone.minute);
    const known = strip.shares[i];
    setText(title, known === null ? words.barNothing(from, to) : words.barShare(from, to, shareText(known)));
    setAttribute(group, "data-bar", bar.kind);
    for (const rect of [frame, filled]) setAttribute(rect, "x", String(bar.x + 0.1));
    setAttribute(filled, "y", String(bar.y));
    setAttribute(filled, "height", String(bar.height));
  });
}

/** A bar: the frame of its time, and how much of it there was a connection. */
function newBar() {
  const group = document.createElementNS(SVG, "g");
  group.append(document.createElementNS(SVG, "title"));
  for (const height of ["10", "0"]) {
    const rect = document.createElementNS(SVG, "rect");
    rect.setAttribute("width", "0.8");
    rect.setAttribute("height", height);
    group.append(rect);
  }
  return group;
}
