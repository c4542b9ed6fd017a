// @ts-check
// A stretch of time that is chosen by dragging over a chart.

import { setAttribute } from "dom";

const LEAST_PX = 6; // less is a click

/**
 * @param {HTMLElement} area what is dragged over
 * @param {HTMLElement} shade shows what is chosen
 * @param {() => { left: number, right: number }} room beside the plot, pixels
 * @param {(from: number, to: number) => void} choose shares of the plot's width
 */
export function bindBrush(area, shade, room, choose) {
  /** @type {number | null} */
  let begun = null;
  const place = (/** @type {PointerEvent} */ event) => {
    const { left, right } = room();
    const box = area.getBoundingClientRect();
    return Math.min(box.width - right, Math.max(left, event.clientX - box.left));
  };
  const end = () => {
    begun = null;
    shade.hidden = true;
    setAttribute(area, "data-brushing", null);
  };
  area.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    begun = place(event);
    area.setPointerCapture(event.pointerId);
  });
  area.addEventListener("pointermove", (event) => {
    if (begun === null) return;
    const at = place(event);
    shade.hidden = Math.abs(at - begun) < LEAST_PX;
    setAttribute(area, "data-brushing", shade.hidden ? null : "");
    shade.style.left = `${Math.min(at, begun)}px`;
    shade.style.width = `${Math.abs(at - begun)}px`;
  });
  area.addEventListener("pointercancel", end);
  area.addEventListener("keydown", (event) => event.key === "Escape" && end());
  area.addEventListener("pointerup", (event) => {
    if (begun === null) return;
    const { left, right } = room();
    const width = area.getBoundingClientRect().width - left - right;
    const [a, b] = [begun, place(event)].sort((x, y) => x - y);
    end();
    if (b - a >= LEAST_PX && width > 0) choose((a - left) / width, (b - left) / width);
  });
}
