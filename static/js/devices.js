// @ts-check
// Everything that shows the state of a device: cells by area, headings, the facts of the device page.

import { all, clone, one, partsOf, setAttribute, setText } from "dom";
import { formatAge } from "format";
import { words } from "words";

const CHANGE_MS = 250;
const AGE_MS = 1000;

export class Devices {
  /** @param {import("page").Page} page */
  constructor(page) {
    this.page = page;
    page.frames.add("devices", () => this.#paint(), CHANGE_MS);
    page.frames.add("device-ages", () => this.#paintAges(), AGE_MS);
    page.onChange((change) => change.devices.size && page.frames.mark("devices"));
    setInterval(() => page.frames.mark("device-ages"), AGE_MS);
    page.frames.mark("devices");
  }

  #paint() {
    const { devices } = this.page.store;
    if (document.querySelector("[data-areas]")) {
      for (const device of devices.values()) if (this.page.shows(device)) this.#ensureCell(device);
    }
    for (const element of all(document, "[data-device]")) {
      const device = devices.get(Number(element.getAttribute("data-device")));
      const isCell = element.hasAttribute("data-cell");
      if (device && (this.page.shows(device) || !isCell)) paintDevice(element, device);
      else if (isCell) element.closest("li")?.remove(); // taken out of the registry, or out of the area
    }
    const shown = [...devices.values()].filter((device) => this.page.shows(device));
    for (const area of all(document, "[data-area]")) {
      if (area.querySelector("[data-cell]")) paintArea(area, shown);
      else area.remove();
    }
    const areas = new Set(shown.map((device) => device.area)).size;
    setText(document.querySelector("[data-part=devices]"), words.devices(shown.length, areas));
    this.#paintAges();
  }

  /** @param {import("store").Device} device one that came into being after the page was made */
  #ensureCell(device) {
    if (document.querySelector(`[data-cell][data-device="${device.id}"]`)) return;
    const areas = all(document, "[data-area]");
    let area = areas.find((known) => known.getAttribute("data-area") === device.area);
    if (!area) {
      area = clone("t-area");
      area.setAttribute("data-area", device.area);
      setText(one(area, "[data-part=area]"), device.area || words.noArea);
      const pattern = one(document, "[data-areas]").dataset.areaUrl ?? "";
      const url = pattern.replace("AREA", encodeURIComponent(device.area));
      if (device.area) setAttribute(one(area, "[data-part=area]"), "href", url);
      placeBy(one(document, "[data-areas]"), area, (each) => areaKey(each.getAttribute("data-area") ?? ""));
    }
    const cell = clone("t-cell");
    const link = one(cell, "[data-cell]");
    link.dataset.device = String(device.id);
    const pattern = one(document, "[data-areas]").dataset.deviceUrl ?? "";
    link.setAttribute("href", pattern.replace("UID", encodeURIComponent(device.uid)));
    setText(one(link, "[data-part=uid]"), device.uid);
    placeBy(one(area, "ul"), cell, (each) => one(each, "[data-part=uid]").textContent ?? "");
  }

  /** @type {(device: import("store").Device, at: number | null, now: number) => string} */
  #moment(device, at, now) {
    if (at !== null) return `${this.page.zone.full(at)} (${formatAge(Math.max(0, now - at))})`;
    return device.status === "online" || device.status === "stale" ? words.inContact : "–";
  }

  #paintAges() {
    const now = this.page.time.now();
    for (const element of all(document, "[data-since], [data-seen]")) {
      const device = this.page.store.devices.get(Number(element.getAttribute("data-of")));
      if (!device) continue;
      const at = element.hasAttribute("data-since") ? device.since : device.seen;
      setText(element, this.#moment(device, at, now));
    }
  }
}

/** @type {(element: Element, device: import("store").Device) => void} */
function paintDevice(element, device) {
  const status = words.status(device.status);
  const text = device.detail ? words.statusBecause(status, words.quality(device.detail)) : status;
  setAttribute(element, "data-status", device.status);
  const parts = partsOf(element);
  setText(parts.status, text);
  if (!element.hasAttribute("data-cell")) return;
  setText(parts.uid, device.uid);
  setText(parts.words, words.cell("", device.name, text));
  setAttribute(element, "title", words.cell(device.uid, device.name, text));
}

/** What areas are sorted by: the devices without one come last, as in project/overview.py. */
const areaKey = (/** @type {string} */ name) => (name === "" ? "\uffff" : name);

/**
 * Put an element among its sisters, where a page that is opened now would have it.
 *
 * @type {(parent: Element, element: Element, keyOf: (element: Element) => string) => void}
 */
function placeBy(parent, element, keyOf) {
  const key = keyOf(element);
  parent.insertBefore(element, [...parent.children].find((each) => keyOf(each) > key) ?? null);
}

/** @type {(area: Element, devices: import("store").Device[]) => void} */
function paintArea(area, devices) {
  const here = devices.filter((device) => device.area === area.getAttribute("data-area"));
  const online = here.filter((device) => device.status === "online");
  setText(area.querySelector("[data-part=count]"), `${online.length}/${here.length}`);
}
