// @ts-check
// The picture of the large view, enlarged: by key, button and wheel, and moved by dragging. Its boxes go with it.

import { all, one, setAttribute, setText } from "dom";
import { bindKey } from "keys";
import { markwords } from "markwords";
import { terms } from "terms";
import { cornerOf, MIDDLE, MOST, moved, sharesOf, WHOLE, zoomed } from "zoom";

const STEP = 2;
const DOUBLING_PX = 240; // of the wheel
const LINE_PX = 20; // where a wheel counts in lines
const STRIDE = 0.25; // of the frame, by a key
/** @type {Record<string, import("zoom").Point>} to see more of that side the picture goes to the other one */
const STRIDES = {
  ArrowLeft: { x: STRIDE, y: 0 },
  ArrowRight: { x: -STRIDE, y: 0 },
  ArrowUp: { x: 0, y: STRIDE },
  ArrowDown: { x: 0, y: -STRIDE },
};

/** @typedef {"in" | "out" | "whole"} Act */

export class Loupe {
  /**
   * @param {import("page").Page} page
   * @param {HTMLDialogElement} dialog
   */
  constructor(page, dialog) {
    this.page = page;
    this.dialog = dialog;
    this.stage = one(dialog, "[data-part=stage]");
    this.sheet = one(this.stage, "[data-sheet]");
    this.tools = one(this.stage, "[data-zoom]");
    this.zoom = WHOLE;
    /** @type {import("zoom").Size | null} null: there is nothing to be seen */
    this.picture = null;
    /** @type {{ x: number, y: number } | null} where a finger or the mouse holds the picture, pixels */
    this.grip = null;
    page.frames.add("loupe", () => this.#paint(), 0);
    new ResizeObserver(() => page.frames.mark("loupe")).observe(this.stage);
    this.#listen();
  }

  /** All of the picture again. */
  reset() {
    this.#become(WHOLE);
  }

  /** @param {import("zoom").Size | null} picture that is shown now */
  show(picture) {
    this.picture = picture;
    if (!picture) this.zoom = WHOLE;
    this.page.frames.mark("loupe");
  }

  // ------------------------------------------------------------ what somebody does

  #listen() {
    const { dialog, stage } = this;
    const acts = { in: () => this.#zoomBy(STEP), out: () => this.#zoomBy(1 / STEP), whole: () => this.reset() };
    for (const button of all(this.tools, "button")) {
      button.addEventListener("click", () => acts[/** @type {Act} */ (button.getAttribute("data-act"))]());
    }
    const keys = /** @type {const} */ ({ "+": "in", "-": "out", "0": "whole" });
    for (const [key, act] of Object.entries(keys)) {
      bindKey(key, markwords.keys[act], () => dialog.open && acts[act](), dialog);
    }
    dialog.addEventListener("keydown", (event) => this.#stride(event));
    stage.addEventListener("wheel", (event) => this.#roll(event), { passive: false });
    stage.addEventListener("pointerdown", (event) => this.#hold(event));
    stage.addEventListener("pointermove", (event) => this.#drag(event));
    for (const end of /** @type {const} */ (["pointerup", "pointercancel"])) {
      stage.addEventListener(end, () => this.#letGo());
    }
  }

  /** @type {(factor: number, at?: import("zoom").Point) => void} */
  #zoomBy(factor, at = MIDDLE) {
    if (this.picture) this.#become(zoomed(this.zoom, factor, at, this.#shares));
  }

  /** @param {KeyboardEvent} event */
  #stride(event) {
    const by = STRIDES[event.key];
    if (!by || !event.shiftKey || event.ctrlKey || event.metaKey || event.altKey || this.zoom.scale === 1) return;
    if (event.target instanceof Element && event.target.closest("input")) return;
    event.preventDefault();
    this.#become(moved(this.zoom, by, this.#shares));
  }

  /** @param {WheelEvent} event where there is nothing to zoom it scrolls what lies below, as everywhere */
  #roll(event) {
    const { scale } = this.zoom;
    const { left, top, width, height } = this.stage.getBoundingClientRect();
    const px = event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 1 : LINE_PX);
    this.#zoomBy(2 ** (-px / DOUBLING_PX), { x: (event.clientX - left) / width, y: (event.clientY - top) / height });
    if (this.zoom.scale !== scale || scale > 1) event.preventDefault();
  }

  /** @param {PointerEvent} event */
  #hold(event) {
    const onButton = event.target instanceof Element && event.target.closest("button");
    if (onButton || event.button !== 0 || this.zoom.scale === 1) return;
    this.stage.setPointerCapture(event.pointerId);
    this.grip = { x: event.clientX, y: event.clientY };
    this.page.frames.mark("loupe");
  }

  /** @param {PointerEvent} event */
  #drag({ clientX, clientY }) {
    const { grip, stage } = this;
    if (!grip) return;
    const by = { x: (clientX - grip.x) / stage.clientWidth, y: (clientY - grip.y) / stage.clientHeight };
    this.grip = { x: clientX, y: clientY };
    this.#become(moved(this.zoom, by, this.#shares));
  }

  #letGo() {
    this.grip = null;
    this.page.frames.mark("loupe");
  }

  // ------------------------------------------------------------ what is painted

  /** @param {import("zoom").Zoom} zoom */
  #become(zoom) {
    this.zoom = zoom;
    this.page.frames.mark("loupe");
  }

  get #shares() {
    const { clientWidth: width, clientHeight: height } = this.stage;
    return this.picture && width && height ? sharesOf({ width, height }, this.picture) : { x: 1, y: 1 };
  }

  #paint() {
    const { zoom, sheet, stage, tools } = this;
    const { scale } = zoom;
    const corner = cornerOf(zoom, this.#shares);
    const percent = (/** @type {number} */ share) => `${(100 * share).toFixed(3)}%`;
    [sheet.style.left, sheet.style.top] = [percent(corner.x), percent(corner.y)];
    [sheet.style.width, sheet.style.height] = [percent(scale), percent(scale)];
    setAttribute(stage, "data-zoomed", scale > 1 ? "" : null);
    setAttribute(stage, "data-held", this.grip ? "" : null);
    setText(one(tools, "[data-scale]"), terms.percent(scale));
    for (const button of all(tools, "button")) {
      const idle = button.getAttribute("data-act") === "in" ? scale >= MOST : scale === 1;
      setAttribute(button, "aria-disabled", idle ? "true" : null);
    }
    tools.hidden = this.picture === null;
  }
}
