// @ts-check
// The charts as one picture in a file: with a title, the time and the plant, so that it says by itself what it shows.

import { all, one } from "dom";
import { LINES } from "lines";

const PRIORITIES = [1, 2, 3, 4];

/**
 * @typedef {object} Heading
 * @property {string} title
 * @property {string} time
 * @property {{ slot: number, text: string }[]} lines what each line of the charts is
 */

/**
 * @param {HTMLElement[]} panes
 * @param {Heading} heading
 * @returns {HTMLCanvasElement}
 */
export function pictureOf(panes, heading) {
  const scale = window.devicePixelRatio || 1;
  const style = getComputedStyle(document.documentElement);
  const rem = parseFloat(style.fontSize);
  const colour = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
  const width = Math.max(...panes.map((pane) => pane.clientWidth));
  const top = (4.5 + 1.25 * heading.lines.length) * rem;
  const heights = panes.map((pane) => pane.clientHeight + rem);
  const canvas = document.createElement("canvas");
  canvas.width = Math.round((width + 2 * rem) * scale);
  canvas.height = Math.round((top + heights.reduce((sum, height) => sum + height, 0)) * scale);
  const ink = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  ink.scale(scale, scale);
  ink.fillStyle = colour("--bg-1");
  ink.fillRect(0, 0, canvas.width, canvas.height);
  const write = (/** @type {string} */ text, /** @type {number} */ x, /** @type {number} */ y, size = 0.8125, weight = 400, name = "--fg-2") => {
    ink.fillStyle = colour(name);
    ink.font = `${weight} ${size * rem}px ${colour("--font")}`;
    ink.fillText(text, x, y);
  };
  write(heading.title, rem, 1.75 * rem, 1.125, 600, "--fg-1");
  write(heading.time, rem, 3 * rem);
  heading.lines.forEach(({ slot, text }, i) => {
    const y = (4.375 + 1.25 * i) * rem;
    drawSample(ink, slot, rem, y - 0.25 * rem, rem, colour);
    write(`${slot + 1}  ${text}`, 3.5 * rem, y, 0.75);
  });
  panes.reduce((y, pane, i) => {
    drawPane(ink, pane, rem, y, colour, write);
    return y + heights[i];
  }, top);
  return canvas;
}

/** @type {(ink: CanvasRenderingContext2D, slot: number, x: number, y: number, rem: number, colour: (name: string) => string) => void} */
function drawSample(ink, slot, x, y, rem, colour) {
  ink.save();
  ink.strokeStyle = colour(LINES[slot].colour);
  ink.lineWidth = 0.1 * rem;
  ink.setLineDash(LINES[slot].dash.map((n) => n * 0.1 * rem));
  ink.beginPath();
  ink.moveTo(x, y);
  ink.lineTo(x + 2 * rem, y);
  ink.stroke();
  ink.restore();
}

/** @type {(ink: CanvasRenderingContext2D, pane: HTMLElement, rem: number, y: number, colour: (name: string) => string, write: (text: string, x: number, y: number, size?: number, weight?: number, name?: string) => void) => void} */
function drawPane(ink, pane, rem, y, colour, write) {
  const frame = pane.getBoundingClientRect();
  const placed = (/** @type {Element} */ element) => {
    const box = element.getBoundingClientRect();
    return { x: rem + box.left - frame.left, y: y + box.top - frame.top, width: box.width, height: box.height };
  };
  const title = placed(one(pane, "h2"));
  write(one(pane, "h2").textContent ?? "", title.x, title.y + 0.8 * title.height, 0.9375, 600, "--fg-1");
  for (const name of ["grain", "also"]) {
    const [part, box] = [one(pane, `[data-part=${name}]`), placed(one(pane, `[data-part=${name}]`))];
    write(part.textContent ?? "", box.x, box.y + 0.8 * box.height, 0.75, 400, "--fg-3");
  }
  const canvas = pane.querySelector("canvas");
  if (canvas) {
    const box = placed(canvas);
    ink.drawImage(canvas, box.x, box.y, box.width, box.height);
  }
  for (const strip of all(pane, ".poor")) {
    const box = placed(strip);
    write(`${strip.getAttribute("data-number")} !`, box.x - 1.375 * rem, box.y + box.height, 0.6875, 600, "--fg-1");
  }
  for (const piece of all(pane, ".poor i")) {
    const box = placed(piece);
    ink.fillStyle = colour(piece.getAttribute("data-worst") === "bad" ? "--fg-1" : "--fg-3");
    ink.fillRect(box.x, box.y, Math.max(1, box.width), box.height);
  }
  for (const mark of all(pane, ".flag")) {
    const [symbol, many] = [one(mark, ".pri"), one(mark, ".many")];
    drawSymbol(ink, symbol, placed(symbol), colour);
    const count = many.textContent ? `×${many.textContent}` : "";
    if (count) write(count, placed(symbol).x + 1.25 * rem, placed(symbol).y + 0.5 * rem, 0.625, 700, "--fg-1");
  }
}

/** @type {(ink: CanvasRenderingContext2D, symbol: Element, box: { x: number, y: number, width: number, height: number }, colour: (name: string) => string) => void} */
function drawSymbol(ink, symbol, box, colour) {
  const priority = PRIORITIES.find((each) => symbol.getAttribute("data-priority") === String(each)) ?? 4;
  const shape = one(document, `#i-p${priority} .pri-shape`);
  const size = Math.min(box.width, box.height) / 20;
  ink.save();
  ink.translate(box.x + (box.width - 20 * size) / 2, box.y + (box.height - 20 * size) / 2);
  ink.scale(size, size);
  const path = new Path2D(shape.getAttribute("d") ?? "");
  if (shape.tagName === "circle") path.arc(10, 10, 8.4, 0, 2 * Math.PI);
  ink.strokeStyle = colour(`--p${priority}-line`);
  ink.lineWidth = 1.8;
  ink.stroke(path);
  ink.fillStyle = colour("--fg-1");
  ink.font = `700 11px ${colour("--font")}`;
  ink.textAlign = "center";
  ink.fillText(String(priority), 10, priority === 2 ? 15.9 : 13.9);
  ink.restore();
}

/**
 * Have the browser save a picture.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {string} name of the file
 */
export function saveCanvas(canvas, name) {
  canvas.toBlob((blob) => {
    if (!blob) return;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }, "image/png");
}

/** @type {(parts: string[]) => string} a name that every disk takes */
export function fileName(parts) {
  const plain = parts.join("_").normalize("NFKC").replace(/[^\p{L}\p{N}._-]+/gu, "-");
  return `${plain.replace(/^[.-]+|[.-]+$/g, "").slice(0, 120)}.png`;
}
