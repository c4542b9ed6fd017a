// @ts-check
// Rectangles over a picture. They are data, not pixels: the picture stays as the camera took it.

import { setAttribute } from "dom";

const SVG = "http://www.w3.org/2000/svg";

/**
 * @param {Element | undefined} svg covers the picture and scales as it does
 * @param {{ width: number | null, height: number | null, boxes: import("detections").Box[] }} picture pixels
 */
export function paintBoxes(svg, { width, height, boxes }) {
  if (!svg) return;
  const shown = width && height ? boxes : [];
  setAttribute(svg, "viewBox", `0 0 ${width ?? 16} ${height ?? 9}`);
  while (svg.children.length > shown.length) svg.lastElementChild?.remove();
  while (svg.children.length < shown.length) svg.append(document.createElementNS(SVG, "rect"));
  shown.forEach((box, i) => {
    const rect = svg.children[i];
    setAttribute(rect, "data-label", box.label);
    const places = { x: box.x, y: box.y, width: box.w, height: box.h };
    for (const [name, share] of Object.entries(places)) {
      const side = name === "x" || name === "width" ? width : height;
      setAttribute(rect, name, (share * (side ?? 0)).toFixed(1));
    }
  });
}

/**
 * Buttons and the key B show the boxes, or the bare pictures.
 *
 * @param {HTMLElement[]} buttons
 */
export function bindBoxes(buttons) {
  const turn = () => {
    const hidden = document.body.dataset.boxes !== "off";
    document.body.dataset.boxes = hidden ? "off" : "on";
    for (const button of buttons) setAttribute(button, "aria-pressed", String(!hidden));
  };
  for (const button of buttons) button.addEventListener("click", turn);
  document.addEventListener("keydown", (event) => {
    const { target, ctrlKey, metaKey, altKey } = event;
    const typing = target instanceof Element && target.closest("input, select, textarea");
    if (event.key.toLowerCase() === "b" && !typing && !ctrlKey && !metaKey && !altKey) turn();
  });
}
