// @ts-check
// The most urgent alarm of each device, in its cell: its symbol stands beside the state.

import { paintSymbol } from "alarmpaint";
import { isHeld } from "alarms";
import { alarmwords } from "alarmwords";
import { all, partsOf, setAttribute, setText } from "dom";
import { byPriority } from "tile";

const CHANGE_MS = 250;

export class CellCalls {
  /** @param {import("page").Page} page */
  constructor(page) {
    this.page = page;
    page.frames.add("cell-calls", () => this.#paint(), CHANGE_MS);
    page.onChange((change) => {
      if (change.alarms.size || change.devices.size) page.frames.mark("cell-calls");
    });
    page.frames.mark("cell-calls");
  }

  #paint() {
    /** @type {Map<number, import("alarms").AlarmRow>} */
    const worst = new Map();
    const rows = [...this.page.store.alarms.values()].filter((row) => row.active && !isHeld(row));
    for (const row of rows.sort(byPriority)) if (row.device !== null && !worst.has(row.device)) worst.set(row.device, row);
    for (const cell of all(document, "[data-cell]")) {
      const row = worst.get(Number(cell.getAttribute("data-device")));
      setAttribute(cell, "data-priority", row ? String(row.priority) : null);
      const parts = partsOf(cell);
      if (row) paintSymbol(parts, row);
      setText(parts.call, row ? `${alarmwords.priority(row.priority)}: ${alarmwords.name(row)}` : "");
    }
  }
}
