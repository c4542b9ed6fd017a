// @ts-check
// Which part of a picture is seen: how large it is, and what of it lies in the middle of its frame. Pure.

/**
 * @typedef {{ x: number, y: number }} Point shares of a width and a height
 * @typedef {Point & { scale: number }} Zoom the point of the picture in the middle; at scale 1 all of it is seen
 * @typedef {{ width: number, height: number }} Size
 */

/** @type {Zoom} */
export const WHOLE = { scale: 1, x: 0.5, y: 0.5 };
/** @type {Point} */
export const MIDDLE = { x: 0.5, y: 0.5 };
export const MOST = 8;
const NEAR = 1.02; // what the wheel leaves of a zoom is none

/**
 * Which shares of the frame's sides the whole picture covers: it is as large as fits, and bars are left beside it.
 *
 * @type {(frame: Size, picture: Size) => Point}
 */
export function sharesOf(frame, picture) {
  const fit = Math.min(frame.width / picture.width, frame.height / picture.height);
  return { x: (fit * picture.width) / frame.width, y: (fit * picture.height) / frame.height };
}

/**
 * Larger or smaller; what lies at a point of the frame stays there, as far as the sides of the picture allow.
 *
 * @type {(zoom: Zoom, factor: number, at: Point, shares: Point) => Zoom}
 */
export function zoomed(zoom, factor, at, shares) {
  const wanted = Math.min(MOST, Math.max(1, zoom.scale * factor));
  const scale = wanted < NEAR ? 1 : wanted;
  const nearer = 1 / zoom.scale - 1 / scale;
  const [x, y] = [zoom.x + ((at.x - 0.5) / shares.x) * nearer, zoom.y + ((at.y - 0.5) / shares.y) * nearer];
  return inside({ scale, x, y }, shares);
}

/** @type {(zoom: Zoom, by: Point, shares: Point) => Zoom} the picture goes to the right and down by shares of the frame */
export function moved(zoom, by, shares) {
  const [x, y] = [zoom.x - by.x / (shares.x * zoom.scale), zoom.y - by.y / (shares.y * zoom.scale)];
  return inside({ ...zoom, x, y }, shares);
}

/**
 * Where the frame's own size, enlarged, begins: shares of the frame, 0 or less.
 *
 * @type {(zoom: Zoom, shares: Point) => Point}
 */
export function cornerOf({ scale, x, y }, shares) {
  return { x: 0.5 - scale * (0.5 + (x - 0.5) * shares.x), y: 0.5 - scale * (0.5 + (y - 0.5) * shares.y) };
}

/** @type {(zoom: Zoom, shares: Point) => Zoom} no more of what is beside the picture than there has to be */
function inside({ scale, x, y }, shares) {
  return { scale, x: between(x, 0.5 / (shares.x * scale)), y: between(y, 0.5 / (shares.y * scale)) };
}

/** @type {(middle: number, half: number) => number} half: of what is seen */
function between(middle, half) {
  return half >= 0.5 ? 0.5 : Math.min(1 - half, Math.max(half, middle));
}
