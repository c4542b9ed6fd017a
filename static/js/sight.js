// @ts-check
// How cameras do: what their tags say, and whether that is current.

import { all, partsOf, setAttribute, setText } from "dom";
import { formatAge, formatNumber } from "format";
import { judge } from "judge";
import { terms } from "terms";
import { noteOf } from "values";

const LIVE = 1; // of the `state` tag: pictures come and show something
const CHANGE_MS = 250;
const AGE_MS = 1000;
const PRESENT_MS = 10000; // a picture as young as this may pass for what the camera sees

/** @typedef {import("store").Tag} Tag */

export class Sights {
  /** @param {import("page").Page} page */
  constructor(page) {
    this.page = page;
    this.confirmed = false; // a snapshot has said that this is what the server knows
    page.frames.add("sights", () => this.#paint(), CHANGE_MS);
    page.onChange((change) => {
      if (change.snapshot.startsWith("tel:")) this.confirmed = true;
      if (change.snapshot || change.tags.size || change.devices.size) page.frames.mark("sights");
    });
    page.onFreeze(() => page.frames.hurry("sights"));
    setInterval(() => page.frames.mark("sights"), AGE_MS);
  }

  #paint() {
    if (!this.confirmed && !this.page.frozen) return;
    for (const element of /** @type {HTMLElement[]} */ (all(document, "[data-camera]"))) {
      this.#paintCamera(element, Number(element.dataset.camera));
    }
  }

  /** @type {(element: HTMLElement, id: number) => void} */
  #paintCamera(element, id) {
    const parts = partsOf(element);
    const tags = new Map([...this.page.store.tags.values()].filter((tag) => tag.dev === id).map((tag) => [tag.name, tag]));
    const [kind, text] = this.#sight(tags.get("state"), id);
    setAttribute(parts.eye, "data-sight", kind);
    setAttribute(element, "data-sight", kind);
    setText(parts.sight, text);
    const short = element.tagName === "LI"; // in the list
    const perSecond = this.#value(tags.get("fps"), id, short ? terms.perSecond : String);
    setText(parts.fps, perSecond || (short ? "" : "–"));
    setText(parts.brightness, this.#value(tags.get("brightness"), id) || "–");
    setText(parts.detect, this.#value(tags.get("detect_ms"), id) || "–");
  }

  /** @type {(tag: Tag | undefined, id: number) => [kind: string, text: string]} */
  #sight(tag, id) {
    if (!tag || tag.t === null) return ["unknown", terms.unknown];
    const judged = this.#judge(tag, id);
    if (tag.v === null) return ["unknown", terms.unknownAs(agedNote(judged))];
    const text = terms.sight(tag.v);
    if (judged.state !== "good") return ["unknown", terms.lastSight(text, agedNote(judged))];
    return [tag.v === LIVE ? "live" : "wrong", text];
  }

  /** @type {(tag: Tag | undefined, id: number, words?: (n: string) => string) => string} */
  #value(tag, id, words) {
    if (!tag || tag.v === null || this.#judge(tag, id).state !== "good") return "";
    const number = formatNumber(tag.v, tag.dec);
    return words ? words(number) : `${number} ${tag.unit}`.trim();
  }

  /** @type {(tag: Tag, id: number) => import("store").Device | undefined} its gateway says how it does, also without it */
  #speaker(tag, id) {
    const { devices } = this.page.store;
    const camera = devices.get(id);
    const gateway = [...devices.values()].find((each) => each.uid === camera?.via);
    return tag.name === "state" && camera?.status === "offline" ? gateway : camera;
  }

  /** @type {(tag: Tag, id: number) => import("judge").Judgement} */
  #judge(tag, id) {
    return judge(tag, this.#speaker(tag, id), this.page.time.now(), this.page.frozen);
  }
}

/** @type {(judged: import("judge").Judgement) => string} why a state is not current, and how old it is */
function agedNote(judged) {
  const note = noteOf(judged);
  return judged.state === "stale" || judged.age === null ? note : `${note} ${formatAge(judged.age)}`;
}

/**
 * When a picture was taken, and how old it is: an old one is said not to be a present one. If its time is ahead of
 * ours a clock is wrong, and nobody knows its age.
 *
 * @type {(page: import("page").Page, at: number, age?: number) => string}
 */
export function takenText(page, at, age = page.time.now() - at) {
  const [time, old] = [page.zone.full(at), formatAge(Math.max(0, age))];
  return Math.abs(age) < PRESENT_MS ? terms.taken(time, old) : terms.past(time, old);
}
