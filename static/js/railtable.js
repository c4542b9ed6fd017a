// @ts-check
// The rail in numbers, for those who cannot see its bars or want to read one off.

import { one, setText } from "dom";
import { formatNumber } from "format";
import { markwords } from "markwords";
import { rowsOf, sumOf, totalOf } from "stretch";
import { row } from "table";
import { terms } from "terms";
import { words } from "words";

export class RailTable {
  /**
   * @param {import("page").Page} page
   * @param {() => import("stretch").Rail} numbers
   */
  constructor(page, numbers) {
    this.page = page;
    this.numbers = numbers;
    this.dialog = /** @type {HTMLDialogElement} */ (one(document, "#rail-table"));
    one(document, "[data-rail-table]").addEventListener("click", () => {
      this.dialog.showModal();
      this.paint();
    });
    one(this.dialog, "[data-close]").addEventListener("click", () => this.dialog.close());
  }

  /** What is open stays current. */
  paint() {
    if (!this.dialog.open) return;
    const { dialog, page } = this;
    const numbers = this.numbers();
    const counted = (/** @type {number} */ n) => formatNumber(n, 0);
    const classes = numbers.counts.map(({ label }) => terms.label(label));
    const rows = rowsOf(numbers).map(({ from, to, n, total }) => {
      const time = `${page.zone.full(from).slice(5, 16)}–${page.zone.minute(to)}`;
      return row("td", [time, ...n.map(counted), counted(total)]);
    });
    const sums = numbers.counts.map(({ n }) => counted(sumOf(n)));
    one(dialog, "thead").replaceChildren(row("th", [words.time, ...classes, markwords.total]));
    one(dialog, "tbody").replaceChildren(...rows);
    one(dialog, "tfoot").replaceChildren(row("td", [markwords.total, ...sums, counted(totalOf(numbers))]));
    one(dialog, ".wide").hidden = rows.length === 0;
    setText(one(dialog, "[data-nothing]"), rows.length ? "" : markwords.nothingSeen);
  }
}
