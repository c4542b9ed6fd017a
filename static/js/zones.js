// @ts-check
// The zones of a camera: drawn over its picture, and edited by whoever may.

import { fill, one, partsOf, setAttribute, setText } from "dom";
import { paintList, paintPlan, shareAt } from "plan";
import * as polygons from "polygons";
import { terms } from "terms";

const NEAR = 0.03; // share of the picture: a click so near to the first corner closes the zone

/** @typedef {import("polygons").Zone} Zone */

export class Zones {
  /**
   * @param {import("page").Page} page
   * @param {() => { width: number, height: number }} size of the picture, pixels
   */
  constructor(page, size) {
    this.page = page;
    this.size = size;
    this.root = one(document, "[data-zones]");
    this.plan = /** @type {SVGSVGElement} */ (/** @type {unknown} */ (one(document, "[data-plan]")));
    /** @type {Zone[]} */
    this.zones = page.config.zones ?? [];
    this.editing = false;
    /** @type {import("polygons").Point[] | null} corners of the zone that is being drawn */
    this.draft = null;
    /** @type {{ zone: number, point: number } | null} */
    this.dragged = null;
    this.version = ""; // ETag of what is edited
    page.frames.add("zones", () => this.#paint(), 0);
    const button = this.root.querySelector("[data-edit]");
    if (button) this.#listen(/** @type {HTMLElement} */ (button));
    this.mark();
  }

  mark() {
    this.page.frames.mark("zones");
  }

  get #form() {
    return /** @type {HTMLFormElement} */ (one(this.root, "[data-editor]"));
  }

  get #rows() {
    return one(this.root, "[data-rows]");
  }

  // ------------------------------------------------------------ what somebody does

  /** @param {HTMLElement} button */
  #listen(button) {
    button.addEventListener("click", () => void this.#begin());
    one(this.root, "[data-cancel]").addEventListener("click", () => this.#end());
    one(this.root, "[data-draw]").addEventListener("click", () => this.#setDraft([]));
    one(this.root, "[data-add]").addEventListener("click", () => this.#add(polygons.middle()));
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#save();
    });
    this.#rows.addEventListener("input", (event) => this.#read(/** @type {HTMLInputElement} */ (event.target)));
    this.#rows.addEventListener("click", (event) => this.#press(/** @type {Element} */ (event.target)));
    this.plan.addEventListener("pointerdown", (event) => this.#point(event));
    this.plan.addEventListener("pointermove", (event) => this.#drag(event));
    this.plan.addEventListener("pointerup", () => (this.dragged = null));
    document.addEventListener("keydown", (event) => this.draft && this.#key(event, this.draft), true);
  }

  /** @type {(event: KeyboardEvent, draft: import("polygons").Point[]) => void} while a zone is drawn */
  #key(event, draft) {
    if (event.key === "Enter") this.#close(draft);
    else if (event.key === "Escape") this.#setDraft(null);
    else if (event.key === "Backspace") this.#setDraft(draft.slice(0, -1));
    else return;
    event.preventDefault();
  }

  /** @param {PointerEvent} event */
  #point(event) {
    const place = shareAt(this.plan, event);
    if (this.draft) {
      const closes = this.draft.length > 2 && polygons.isNear(this.draft[0], place, NEAR);
      if (closes) this.#close(this.draft);
      else if (this.draft.length < polygons.MOST_POINTS) this.#setDraft([...this.draft, polygons.pointAt(...place)]);
      return;
    }
    const handle = event.target instanceof Element ? event.target.closest("circle") : null;
    if (!this.editing || !handle) return;
    this.dragged = { zone: Number(handle.dataset.zone), point: Number(handle.dataset.point) };
    this.plan.setPointerCapture(event.pointerId);
    event.preventDefault();
  }

  /** @param {PointerEvent} event */
  #drag(event) {
    if (!this.dragged) return;
    const { zone, point } = this.dragged;
    const points = polygons.movePoint(this.zones[zone].points, point, shareAt(this.plan, event));
    this.#change(zone, { points });
  }

  /** @param {HTMLInputElement | HTMLSelectElement} input */
  #read(input) {
    const zone = this.#zoneOf(input);
    const { field, axis } = input.dataset;
    if (axis) {
      const row = /** @type {HTMLTableRowElement} */ (input.closest("tr"));
      const [x, y] = [...row.querySelectorAll("input")].map((each) => Number(each.value) / 100);
      const points = polygons.movePoint(this.zones[zone].points, row.sectionRowIndex, [x, y]);
      this.#change(zone, { points });
    } else if (field === "labels") this.#change(zone, { labels: polygons.readLabels(input.value) });
    else if (field) this.#change(zone, { [field]: input.value });
  }

  /** @param {Element} target */
  #press(target) {
    const button = target.closest("button");
    if (!button) return;
    const zone = this.#zoneOf(button);
    const { points } = this.zones[zone];
    if (button.hasAttribute("data-delete")) this.#setZones(this.zones.toSpliced(zone, 1));
    else if (button.hasAttribute("data-point") && points.length < polygons.MOST_POINTS) {
      this.#change(zone, { points: polygons.splitLongestSide(points) });
    } else if (button.hasAttribute("data-remove")) {
      const row = /** @type {HTMLTableRowElement} */ (button.closest("tr"));
      this.#change(zone, { points: polygons.removePoint(points, row.sectionRowIndex) });
    }
    if (!button.isConnected || button.hasAttribute("data-delete")) one(this.root, "[data-draw]").focus();
  }

  /** @param {Element} element */
  #zoneOf(element) {
    return [...this.#rows.children].findIndex((row) => row.contains(element));
  }

  // ------------------------------------------------------------ what becomes of it

  /** @type {(zone: number, fields: Partial<Zone>) => void} */
  #change(zone, fields) {
    this.#setZones(this.zones.map((known, i) => (i === zone ? { ...known, ...fields } : known)));
  }

  /** @param {Zone[]} zones */
  #setZones(zones) {
    this.zones = zones;
    this.mark();
  }

  /** @param {import("polygons").Point[] | null} draft */
  #setDraft(draft) {
    this.draft = draft;
    this.mark();
  }

  /** @param {import("polygons").Point[]} points */
  #close(points) {
    if (points.length > 2) this.#add(points);
  }

  /** @param {import("polygons").Point[]} points */
  #add(points) {
    this.draft = null;
    const names = this.zones.map((zone) => zone.name);
    let number = this.zones.length + 1;
    while (names.includes(terms.zone(number))) number += 1;
    this.#setZones([...this.zones, { name: terms.zone(number), kind: "watch", points, labels: [] }]);
    this.#paint();
    const row = this.#rows.lastElementChild;
    if (row) /** @type {HTMLInputElement} */ (one(row, "[data-field=name]")).select();
  }

  async #begin() {
    this.#say("");
    const answer = await this.#ask({});
    if (answer?.status !== 200) return this.#say(answer ? answer.text : terms.noServer);
    this.zones = answer.body.zones;
    this.editing = true;
    this.#paint();
    one(this.root, "[data-draw]").focus();
  }

  #end() {
    this.zones = this.page.config.zones ?? [];
    [this.editing, this.draft] = [false, null];
    this.#paint();
    one(this.root, "[data-edit]").focus();
  }

  async #save() {
    const mistakes = polygons.mistakesIn(this.zones);
    if (mistakes.length) return this.#say(mistakes.map(terms.mistake).join(" "), true);
    this.#say(terms.saving);
    const token = String(new FormData(this.#form).get("csrfmiddlewaretoken"));
    const answer = await this.#ask({
      method: "PATCH",
      headers: { "Content-Type": "application/json", "X-CSRFToken": token, "If-Match": this.version },
      body: JSON.stringify({ zones: polygons.tidied(this.zones) }),
    });
    if (answer?.status !== 200) return this.#say(answer ? answer.text : terms.noServer, true);
    this.page.config.zones = answer.body.zones;
    this.#end();
    this.#say(terms.saved);
  }

  /**
   * @param {RequestInit} request
   * @returns {Promise<{ status: number, body: any, text: string } | null>} null: the server cannot be reached
   */
  async #ask(request) {
    try {
      const response = await fetch(this.page.config.zones_url ?? "", request);
      const body = await response.json();
      this.version = response.headers.get("ETag") ?? this.version;
      const known = { 403: terms.notAllowed, 412: terms.changedMeanwhile }[response.status];
      return { status: response.status, body, text: known ?? String(body.detail ?? terms.noServer) };
    } catch {
      return null; // no network, or a page instead of an answer
    }
  }

  // ------------------------------------------------------------ paint

  /** @type {(text: string, failed?: boolean) => void} */
  #say(text, failed = false) {
    for (const place of this.root.querySelectorAll("[data-answer]")) {
      setText(place, text);
      setAttribute(place, "data-failed", failed ? "" : null);
    }
  }

  #paint() {
    const { zones, editing, draft } = this;
    paintPlan(this.plan, { ...this.size(), zones, editing, draft: draft ?? [] });
    setAttribute(this.plan, "data-drawing", draft ? "" : null);
    paintList(one(this.root, "[data-list]"), zones, zoneText);
    one(this.root, "[data-none]").hidden = zones.length > 0 || editing;
    if (!this.root.querySelector("[data-edit]")) return;
    one(this.root, "[data-list]").hidden = editing;
    one(this.root, "[data-edit]").hidden = editing;
    this.#form.hidden = !editing;
    setText(one(this.root, "[data-hint]"), editing ? (draft ? terms.drawing : terms.editing) : "");
    fill(this.#rows, "t-zone", editing ? zones : [], paintRow);
  }
}

/** @param {Zone} zone */
function zoneText({ kind, labels }) {
  if (kind === "mask") return terms.mask;
  return labels?.length ? terms.watchOnly(labels.map(terms.label).join(", ")) : terms.watch;
}

/** @type {(parts: Record<string, HTMLElement | undefined>, zone: Zone, row: HTMLElement) => void} */
function paintRow(parts, zone, row) {
  setText(parts.legend, zone.name);
  setValue(one(row, "[data-field=name]"), zone.name);
  setValue(one(row, "[data-field=kind]"), zone.kind ?? "watch");
  setValue(one(row, "[data-field=labels]"), (zone.labels ?? []).join(", "));
  setText(parts.count, terms.points(zone.points.length));
  fill(one(row, "[data-points]"), "t-point", zone.points, (cells, [x, y], line) => {
    const number = [...(line.parentElement?.children ?? [])].indexOf(line) + 1;
    setText(cells.number, String(number));
    setText(cells.remove, terms.removePoint(number));
    for (const [cell, share, axis] of /** @type {const} */ ([[cells.x, x, "x"], [cells.y, y, "y"]])) {
      setValue(cell, String(Math.round(share * 1000) / 10));
      setAttribute(cell, "aria-label", `${number} ${axis}`);
    }
  });
}

/** @type {(input: HTMLElement | undefined, value: string) => void} not while somebody writes in it */
function setValue(input, value) {
  const field = /** @type {HTMLInputElement | undefined} */ (input);
  if (field && field !== document.activeElement && field.value !== value) field.value = value;
}
