// @ts-check
// Pictures that the server has no more: never a broken image in their place.

import { setAttribute } from "dom";

export class Lost {
  /** @param {import("page").Page} page */
  constructor(page) {
    /** @type {Set<string>} addresses */
    this.addresses = new Set();
    /** @type {Set<HTMLImageElement>} */
    this.failed = new Set();
    /** @type {(() => void)[]} */
    this.listeners = [];
    document.addEventListener("error", ({ target }) => target instanceof HTMLImageElement && this.#lose(target), true);
    for (const image of document.images) if (image.complete && !image.naturalWidth) this.#lose(image); // before us
    page.onFreeze(() => page.frozen || this.#tryAgain());
  }

  /** @param {() => void} listener called when there are more or fewer */
  onChange(listener) {
    this.listeners.push(listener);
  }

  /** @param {string | null} address */
  has(address) {
    return address !== null && this.addresses.has(address);
  }

  /**
   * @param {Element | undefined} image
   * @param {string | null} address null: there is none
   */
  show(image, address) {
    const shown = this.has(address) ? null : address;
    setAttribute(image, "src", shown);
    setAttribute(image, "hidden", shown === null ? "" : null);
  }

  /** @param {HTMLImageElement} image */
  #lose(image) {
    const address = image.getAttribute("src");
    if (address === null) return;
    this.addresses.add(address);
    this.failed.add(image);
    image.hidden = true;
    this.#tell();
  }

  /** Perhaps only the server was away. */
  #tryAgain() {
    const images = [...this.failed];
    this.addresses.clear();
    this.failed.clear();
    this.#tell();
    for (const image of images) {
      const address = image.getAttribute("src");
      if (address === null) continue; // whoever shows it has heard
      image.setAttribute("src", address);
      image.hidden = false;
    }
  }

  #tell() {
    for (const listener of this.listeners) listener();
  }
}
