// @ts-check
// The configuration tab of a device: which version its gateway runs, and what became of the newest one.

import { fill, one, partsOf, setAttribute, setText } from "dom";
import { configText, contentText } from "health";
import { Reports } from "reports";
import { words } from "words";

/** @param {import("page").Page} page */
export function showVersion(page) {
  const channel = page.config.channels.find((name) => name.startsWith("health:"));
  if (!channel) return; // no gateway has a part in it
  const panel = one(document, "[data-version]");
  const parts = partsOf(panel);
  const runs = one(panel, "[data-running]");
  const reports = new Reports(page, channel, () => {
    const { report } = reports;
    if (!report) return;
    const [state, known] = [reports.stateOf(report.id), report.config];
    const isNewest = report.told !== null && known.newest === known.running;
    setAttribute(panel, "data-state", state);
    setAttribute(parts.config?.parentElement, "data-verdict", known.refused !== null ? "bad" : isNewest ? "good" : "none");
    setText(parts.config, configText(report, state));
    setText(parts.summary, contentText(known.summary));
    setText(parts.made, known.made === null ? "" : words.versionMade(page.zone.full(known.made)));
    runs.hidden ||= runs.dataset.running !== String(known.running); // since when a later one runs the page does not know
    const mistakes = known.refused === null ? [] : known.mistakes;
    fill(one(panel, "[data-mistakes]"), "t-mistake", mistakes, (cells, mistake) => setText(cells.text, String(mistake)));
  });
}
