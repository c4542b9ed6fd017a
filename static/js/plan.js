// @ts-check
// Draws zones over a picture.

import { fill, setAttribute, setText } from "dom";
import { drawn, highest } from "polygons";

const SVG = "http://www.w3.org/2000/svg";

/**
 * @typedef {object} Plan
 * @property {number} width of the picture, pixels
 * @property {number} height
 * @property {import("polygons").Zone[]} zones
 * @property {boolean} [editing] with handles
 * @property {import("polygons").Point[]} [draft] corners of a zone that is being drawn
 */

/** @type {(svg: Element, plan: Plan) => void} */
export function paintPlan(svg, { width, height, zones, editing = false, draft = [] }) {
  setAttribute(svg, "viewBox", `0 0 ${width} ${height}`);
  setAttribute(svg, "data-editing", editing ? "" : null);
  const shapes = [...zones.map(({ kind = "watch", points }) => ({ kind, points })), { kind: "draft", points: draft }];
  layer(svg, 0, "polygon", shapes, (polygon, { kind, points }) => {
    setAttribute(polygon, "data-kind", kind);
    setAttribute(polygon, "points", drawn(points, width, height));
  });
  layer(svg, 1, "text", zones, (text, { name, points }) => {
    const [x, y] = highest(points);
    setText(text, name);
    setAttribute(text, "x", (x * width).toFixed(1));
    setAttribute(text, "y", (Math.max(y, 0.06) * height - height / 50).toFixed(1));
    setAttribute(text, "font-size", (height / 30).toFixed(1));
    setAttribute(text, "text-anchor", x > 0.7 ? "end" : "start");
  });
  const corners = zones.flatMap(({ points }, zone) => points.map((at, point) => ({ at, zone, point })));
  const drafted = draft.map((at, point) => ({ at, zone: -1, point }));
  layer(svg, 2, "circle", [...(editing ? corners : []), ...drafted], (circle, { at: [x, y], zone, point }) => {
    const places = { cx: x * width, cy: y * height, r: height / 60 };
    for (const [name, value] of Object.entries(places)) setAttribute(circle, name, value.toFixed(1));
    setAttribute(circle, "data-zone", String(zone));
    setAttribute(circle, "data-point", String(point));
  });
}

/**
 * Have one shape for each item, in a group of their own.
 *
 * @template T
 * @param {Element} svg
 * @param {number} place of the group: what is in a later one lies above
 * @param {string} shape
 * @param {T[]} items
 * @param {(element: Element, item: T) => void} paint
 */
function layer(svg, place, shape, items, paint) {
  while (svg.children.length <= place) svg.append(document.createElementNS(SVG, "g"));
  const group = svg.children[place];
  while (group.children.length > items.length) group.lastElementChild?.remove();
  while (group.children.length < items.length) group.append(document.createElementNS(SVG, shape));
  items.forEach((item, i) => paint(group.children[i], item));
}

/**
 * Where in the picture somebody points.
 *
 * @type {(svg: SVGSVGElement, event: PointerEvent) => import("polygons").Point}
 */
export function shareAt(svg, event) {
  const matrix = svg.getScreenCTM();
  const box = svg.viewBox.baseVal;
  if (!matrix) return [0, 0];
  const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
  return [x / box.width, y / box.height];
}

/** @type {(list: Element, zones: import("polygons").Zone[], say: (zone: import("polygons").Zone) => string) => void} */
export function paintList(list, zones, say) {
  fill(list, "t-listed", zones, (parts, zone, element) => {
    setAttribute(element, "data-kind", zone.kind ?? "watch");
    setText(parts.name, zone.name);
    setText(parts.kind, say(zone));
  });
}
