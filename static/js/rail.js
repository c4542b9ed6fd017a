// @ts-check
// The rail above the gallery: when how much was seen. A stretch of it is chosen by pointer or keys, a day by a button.

import { all, clone, fill, one, partsOf, setAttribute, setText } from "dom";
import { markwords } from "markwords";
import { RailTable } from "railtable";
import { between, binsOf, pathsOf, placesOf, sumOf, timeAt, timesOf, totalOf } from "stretch";
import { terms } from "terms";

const RELOAD_MS = 5000; // while things happen
const SVG = "http://www.w3.org/2000/svg";
const SHADES = 4;

/** @typedef {import("stretch").Rail} Numbers */
/** @typedef {import("stretch").Places} Places */

export class Rail {
  /**
   * @param {import("page").Page} page
   * @param {import("marks").Marks} marks
   * @param {{ query: () => URLSearchParams, field: (name: string) => string, choose: (fields: Record<string, string>) => void }} filter
   */
  constructor(page, marks, filter) {
    this.page = page;
    this.filter = filter;
    this.root = one(document, "[data-rail]");
    this.svg = one(this.root, "[data-bars]");
    /** @type {HTMLInputElement[]} */
    this.ends = all(this.root, "input[type=range]");
    /** @type {Numbers} */
    this.numbers = page.config.rail ?? { from: 0, to: 1, step_ms: 1, counts: [], days: [], unreviewed: 0 };
    /** @type {number | null} the bar at which somebody began to drag */
    this.anchor = null;
    /** @type {Places | null} chosen, but not let go of yet */
    this.draft = null;
    this.asked = 0;
    this.table = new RailTable(page, () => this.numbers);
    page.frames.add("rail", () => this.#paint(), 0);
    page.frames.add("rail-load", () => void this.load(), RELOAD_MS);
    page.onChange((change) => change.cards.size && page.frames.mark("rail-load"));
    page.onNewDay(() => page.frames.mark("rail-load"));
    marks.onChange(() => marks.pending.size || page.frames.hurry("rail-load"));
    this.#listen();
    page.frames.mark("rail");
  }

  async load() {
    const mine = ++this.asked;
    try {
      const headers = { Accept: "application/json" };
      const response = await fetch(`${this.page.config.density_url}?${this.filter.query()}`, { headers });
      if (!response.ok || mine !== this.asked) return;
      this.numbers = await response.json();
      this.page.frames.mark("rail");
    } catch {
      // no network: the numbers of before stay, and the page says that it is not connected
    }
  }

  // ------------------------------------------------------------ what somebody does

  #listen() {
    const { svg, root } = this;
    svg.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      svg.setPointerCapture(event.pointerId);
      this.anchor = this.#placeAt(event);
      this.#drag(this.anchor);
    });
    svg.addEventListener("pointermove", (event) => this.anchor !== null && this.#drag(this.#placeAt(event)));
    svg.addEventListener("pointerup", () => this.#drop());
    svg.addEventListener("pointercancel", () => this.#give(null));
    for (const input of this.ends) {
      input.addEventListener("input", (event) => {
        event.stopPropagation(); // the form waits for the end of it
        this.draft = this.#slid(input);
        this.page.frames.mark("rail");
      });
      input.addEventListener("change", (event) => {
        event.stopPropagation();
        this.#choose(this.draft ?? this.#chosen);
      });
    }
    one(root, "[data-whole]").addEventListener("click", () => {
      this.#choose([0, binsOf(this.numbers)]);
      this.ends[0].focus();
    });
    one(root, "[data-days]").addEventListener("click", (event) => {
      const day = event.target instanceof Element ? event.target.closest("button")?.dataset.day : "";
      if (day) this.filter.choose({ day: day === this.filter.field("day") ? "" : day, from: "", to: "" });
    });
  }

  /** @param {PointerEvent} event */
  #placeAt(event) {
    const { left, width } = this.svg.getBoundingClientRect();
    const bins = binsOf(this.numbers);
    return Math.min(bins - 1, Math.max(0, Math.floor(((event.clientX - left) / width) * bins)));
  }

  /** @param {number} place */
  #drag(place) {
    this.#give(between(this.anchor ?? place, place), this.anchor);
  }

  #drop() {
    if (this.anchor === null || !this.draft) return;
    const [begin, end] = this.draft;
    const [was, until] = this.#chosen;
    this.anchor = null;
    this.#choose(begin === was && end === until ? [0, binsOf(this.numbers)] : this.draft); // the same again: the whole
  }

  /** @type {(draft: Places | null, anchor?: number | null) => void} */
  #give(draft, anchor = null) {
    [this.draft, this.anchor] = [draft, anchor];
    this.page.frames.mark("rail");
  }

  /** @type {(input: HTMLInputElement) => Places} one end is never beyond the other */
  #slid(input) {
    const [begin, end] = this.ends.map((each) => Number(each.value));
    if (begin < end) return [begin, end];
    return input === this.ends[0] ? [end - 1, end] : [begin, begin + 1];
  }

  /** @returns {Places} */
  get #chosen() {
    return placesOf(this.numbers, Number(this.filter.field("from")), Number(this.filter.field("to")));
  }

  /** @param {Places} places */
  #choose(places) {
    const times = timesOf(this.numbers, places);
    this.#give(null);
    this.filter.choose({ from: times ? String(times.from) : "", to: times ? String(times.to) : "" });
  }

  // ------------------------------------------------------------ what is painted

  #paint() {
    const { numbers, root } = this;
    const [bins, total] = [binsOf(numbers), totalOf(numbers)];
    setAttribute(this.svg, "viewBox", `0 0 ${bins} 100`);
    this.#paintBars();
    const places = this.draft ?? this.#chosen;
    const [from, to] = places.map((place) => this.page.zone.full(timeAt(numbers, place)).slice(0, 16));
    this.#paintChoice(places, bins);
    const [begin, end] = [numbers.from, numbers.to].map((ms) => this.page.zone.full(ms).slice(0, 16));
    const list = numbers.counts.map(({ label, n }) => `${terms.label(label)} ${sumOf(n)}`);
    setAttribute(this.svg, "aria-label", [markwords.rail(begin, end, total), ...list].join(", "));
    setText(one(root, "[data-none-seen]"), total ? "" : markwords.nothingSeen);
    const whole = !timesOf(numbers, places);
    one(root, "[data-whole]").hidden = whole;
    setText(one(root, "[data-span]"), whole ? "" : markwords.span(from, to));
    fill(one(root, "[data-legend]"), "t-class", numbers.counts, (parts, { label, n }, element) => {
      element.dataset.shade = String(Math.min(SHADES, numbers.counts.findIndex((each) => each.label === label) + 1));
      setText(parts.label, terms.label(label));
      setText(parts.count, String(sumOf(n)));
    });
    this.#paintDays();
    this.table.paint();
    const open = numbers.unreviewed;
    setText(document.querySelector("[data-open-count]"), open ? markwords.open(open) : markwords.allSeen);
  }

  #paintBars() {
    const paths = pathsOf(this.numbers);
    const group = one(this.svg, "[data-classes]");
    while (group.children.length > paths.length) group.lastElementChild?.remove();
    while (group.children.length < paths.length) group.append(document.createElementNS(SVG, "path"));
    paths.forEach(({ path }, i) => {
      setAttribute(group.children[i], "d", path || null);
      setAttribute(group.children[i], "data-shade", String(Math.min(SHADES, i + 1)));
    });
  }

  /** @type {(places: Places, bins: number) => void} what is left out lies in the shade */
  #paintChoice([begin, end], bins) {
    const [before, after] = all(this.svg, "[data-shade-of]");
    setAttribute(before, "width", String(begin));
    setAttribute(after, "x", String(end));
    setAttribute(after, "width", String(bins - end));
    this.ends.forEach((input, i) => {
      const place = i ? end : begin;
      setAttribute(input, "max", String(bins));
      if (Number(input.value) !== place) input.value = String(place);
      setAttribute(input, "aria-valuetext", this.page.zone.full(timeAt(this.numbers, place)).slice(0, 16));
    });
  }

  #paintDays() {
    const chosen = this.filter.field("day");
    const days = one(this.root, "[data-days]");
    while (days.children.length < this.numbers.days.length) days.append(clone("t-day"));
    this.numbers.days.forEach(({ day, total, unreviewed }, i) => {
      const element = /** @type {HTMLElement} */ (days.children[i]);
      const parts = partsOf(element);
      element.dataset.day = day;
      setAttribute(element, "aria-pressed", String(day === chosen));
      setAttribute(element, "data-unreviewed", unreviewed ? "" : null);
      setText(parts.day, day.slice(5));
      setText(parts.total, String(total));
      setText(parts.words, markwords.day(day, total, unreviewed));
      setText(parts.open, unreviewed ? String(unreviewed) : "");
    });
    one(this.root, "[data-hours]").hidden = this.numbers.to - this.numbers.from > 2 * 86_400_000;
  }
}
