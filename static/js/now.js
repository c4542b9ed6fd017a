// @ts-check
// The picture that a camera sees now: asked for with a button, shown with its age, kept nowhere.

import { one, setAttribute, setText } from "dom";
import { takenText } from "sight";
import { gettext, words } from "words";

const MOST_MS = 25000; // the server gives up a gateway after 10 s, and the image gate after as many
const AGAIN_MS = 1000; // the server refuses to ask a gateway for the same picture sooner

/**
 * @typedef {object} Seen
 * @property {string} image address inside this browser
 * @property {number} at source time, epoch milliseconds
 * @property {number} width pixels
 * @property {number} height
 * @property {number} since when it was taken at the earliest, by the clock of the page
 */

/** Asks for a picture when the button is pressed, and hands it over or says why there is none. */
export class PictureNow {
  /**
   * @param {import("page").Page} page
   * @param {(seen: Seen) => void} show
   */
  constructor(page, show) {
    this.page = page;
    this.show = show;
    /** @type {HTMLFormElement | null} */
    this.form = document.querySelector("[data-now]"); // null: this camera is not for this user to ask
    this.form?.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.form && !this.asking) void this.#ask(this.form);
    });
    this.asking = false;
    this.shown = ""; // address of the picture before
  }

  /** @param {HTMLFormElement} form */
  async #ask(form) {
    this.#block(true);
    this.#say(gettext("Asking the gateway for a picture …"));
    const { seen, text } = await fetchPicture(form, this.page.time.clock);
    this.#say(text, !seen);
    setTimeout(() => this.#block(false), AGAIN_MS);
    if (!seen) return;
    this.show(seen);
    if (this.shown) URL.revokeObjectURL(this.shown);
    this.shown = seen.image;
  }

  /** @param {boolean} asking the button keeps the focus, so it is not disabled */
  #block(asking) {
    this.asking = asking;
    setAttribute(one(document, "[data-ask]"), "aria-disabled", asking ? "true" : null);
  }

  /** @type {(text: string, failed?: boolean) => void} */
  #say(text, failed = false) {
    const place = one(document, "[data-said]");
    setText(place, text);
    setAttribute(place, "data-failed", failed ? "" : null);
  }
}

/** @type {(form: HTMLFormElement, clock: () => number) => Promise<{ seen: Seen | null, text: string }>} */
async function fetchPicture(form, clock) {
  const asked = clock();
  try {
    const signal = AbortSignal.timeout(MOST_MS);
    const response = await fetch(form.action, { method: "POST", body: new FormData(form), signal });
    const kind = response.headers.get("Content-Type") ?? "";
    if (!kind.startsWith("image/jpeg")) return { seen: null, text: await reason(response, kind) };
    const [at, age] = ["X-Picture-At", "X-Picture-Age"].map((name) => Number(response.headers.get(name)));
    const image = URL.createObjectURL(await response.blob());
    const { width, height } = await sizeOf(image);
    return { seen: { image, at, width, height, since: asked - age }, text: "" };
  } catch {
    return { seen: null, text: words.noServer };
  }
}

/** @type {(response: Response, kind: string) => Promise<string>} why there is no picture, in the server's words */
async function reason(response, kind) {
  if (response.status === 403) return gettext("You may not ask this camera for a picture any more.");
  if (!kind.startsWith("application/json")) return words.noServer;
  const { error } = await response.json();
  return String(error);
}

/** @type {(image: string) => Promise<{ width: number, height: number }>} */
async function sizeOf(image) {
  const picture = new Image();
  picture.src = image;
  await picture.decode();
  return { width: picture.naturalWidth, height: picture.naturalHeight };
}

/**
 * When a picture was taken. The age of one that was asked for is known, whatever the gateway's clock says.
 *
 * @type {(page: import("page").Page, still: { at: number, since?: number }) => string}
 */
export function stillText(page, { at, since }) {
  return since === undefined ? takenText(page, at) : takenText(page, at, page.time.clock() - since);
}
