// @ts-check
// The alarm console: active and held alarms with what can be done to them, or their history.

import { AlarmTable, bindPill } from "alarmtable";
import { counted } from "alarms";
import { alarmwords } from "alarmwords";
import { Commands } from "commands";
import { Devices } from "devices";
import { one, setText } from "dom";
import { Drawer } from "drawer";
import { Journal } from "journal";
import { Orders } from "orders";
import { Page } from "page";
import { Shell } from "shell";

const page = new Page();
const shell = new Shell(page);
new Devices(page);
const wanted = page.config.wanted ?? { tab: "active" };
const body = one(document, "[data-alarms]");
const form = /** @type {HTMLFormElement} */ (one(document, "[data-filter]"));

form.addEventListener("change", () => narrow());
form.addEventListener("submit", (event) => {
  event.preventDefault();
  narrow();
});

/** Show what fits now: the address says which. */
function narrow() {
  const fields = [...new FormData(form)].map(([name, value]) => [name, String(value)]);
  location.search = new URLSearchParams(fields.filter(([, value]) => value)).toString();
}

/** @param {AlarmTable} table */
function notShown({ beyond, folded }) {
  return [folded && alarmwords.folded(folded), beyond && alarmwords.beyond(beyond)].filter(Boolean).join(" ");
}

/**
 * Say why an alarm is not in the list.
 *
 * @type {(id: number, drawer: Drawer) => Promise<void>}
 */
async function explainMissing(id, drawer) {
  const place = one(document, "[data-said]");
  try {
    const response = await fetch(`${page.config.alarms_url}${id}/`, { headers: { Accept: "application/json" } });
    if (response.status === 404) return setText(place, alarmwords.noSuchAlarm);
    if (!response.ok) return setText(place, alarmwords.noServer);
    const { site } = await response.json();
    if (drawer.open(id)) return; // it was raised meanwhile
    const link = document.createElement("a");
    link.className = "link";
    link.href = `?${new URLSearchParams({ site, tab: "history", alarm: String(id) })}`;
    link.textContent = alarmwords.itsHistory;
    place.replaceChildren(alarmwords.isOver, " ", link);
  } catch {
    setText(place, alarmwords.noServer);
  }
}

if (wanted.tab === "history") {
  void new Journal(page, body).load();
} else {
  const orders = new Orders(page);
  const drawer = new Drawer(page, orders, (id) => table.focus(id));
  const flooded = () => shell.caller.flood.active;
  const table = new AlarmTable(page, body, { wanted, orders, open: (id) => drawer.open(id), flooded });
  shell.caller.onFlood(() => table.mark());
  bindPill(table, one(document, "[data-pill]"));
  new Commands(page, table, orders);
  const unfold = one(document, "[data-unfold]");
  table.onPaint(() => {
    setText(one(document, "[data-counts]"), alarmwords.counts(counted(page.store.alarms.values())));
    one(document, "[data-none]").hidden = table.ids.length > 0;
    one(document, "[data-list]").hidden = table.ids.length === 0;
    setText(one(document, "[data-beyond]"), notShown(table));
    unfold.hidden = table.low === 0;
    setText(unfold, table.unfolded ? alarmwords.fold : alarmwords.unfold);
  });
  unfold.addEventListener("click", () => table.unfold(!table.unfolded));
  const asked = Number(new URLSearchParams(location.search).get("alarm")); // from a notification
  if (asked && !drawer.open(asked)) void explainMissing(asked, drawer);
}
page.start();
