// @ts-check
// Which detections a page shows, in which order, and which of them wait. Pure.

/**
 * A row of the channel `gallery`, see docs/live.md. Times are epoch milliseconds, shares 0 to 1.
 *
 * @typedef {{ label: string, score: number, x: number, y: number, w: number, h: number }} Box
 *
 * @typedef {"true" | "false" | "unsure"} Kind
 * @typedef {{ kind: Kind, by: string, at: number, note: string }} Verdict
 *
 * @typedef {object} Card
 * @property {number} id
 * @property {string} event
 * @property {string} label
 * @property {string} camera UID
 * @property {string} name
 * @property {string} area
 * @property {number} since
 * @property {number} at
 * @property {number | null} ended
 * @property {"" | "over" | "stopped" | "changed"} [why] it has ended
 * @property {number} received
 * @property {number} heard when its newest phase came
 * @property {number} patience so long after that an active one is still active, milliseconds
 * @property {number} score
 * @property {number} peak
 * @property {number} threshold
 * @property {string} zone
 * @property {"active" | "ended"} state
 * @property {boolean} historical
 * @property {boolean} hold legal hold
 * @property {string} [hold_reason] of the last change of the hold
 * @property {Verdict | null} [verdict] what somebody said that it was
 * @property {"ready" | "pending" | "refused" | "none"} picture pending: it waits for the image gate
 * @property {string} reason why it was refused
 * @property {string | null} thumb
 * @property {string | null} image
 * @property {number | null} width pixels
 * @property {number | null} height
 * @property {Box[]} boxes
 *
 * @typedef {object} Filter what is empty or missing leaves nothing out
 * @property {string} [label]
 * @property {string} [camera] UID
 * @property {string} [area]
 * @property {string} [state] active, ended or historical
 * @property {number} [score] percent, at least
 * @property {string} [day] YYYY-MM-DD
 * @property {string} [review] unreviewed: by whoever looks
 * @property {string} [verdict] a Kind, or none: nobody has said anything
 * @property {number} [from] of the day, and of what was chosen on the rail; epoch milliseconds
 * @property {number} [to]
 * @property {Set<number>} [reviewed] ids of those that whoever looks has reviewed
 * @property {Set<number>} [kept] ids of those that were marked here: they stay in sight although they fit no more
 */

export const LATE_MS = 60_000; // what came later than this is told of the past, see alarms/phases.py
const COMING_MS = 20_000; // a picture that was not told of by then is not announced any more

/**
 * @param {Card} card
 * @param {Filter} filter
 */
export function matches(card, filter) {
  const { label, camera, area, state, score = 0, from = 0, to = Infinity } = filter;
  if (label && card.label !== label) return false;
  if (camera && card.camera !== camera) return false;
  if (area && card.area !== area) return false;
  if (state === "historical" ? !card.historical : state && card.state !== state) return false;
  if (!filter.kept?.has(card.id) && !isMarkedAs(card, filter)) return false;
  return card.score * 100 >= score - 1e-9 && card.since >= from && card.since < to;
}

/** @type {(card: Card, filter: Filter) => boolean} */
function isMarkedAs(card, { review, verdict, reviewed }) {
  if (review && reviewed?.has(card.id)) return false;
  return !verdict || (card.verdict?.kind ?? "none") === verdict;
}

/** @type {(a: Card, b: Card) => number} the newest first */
export const newestFirst = (a, b) => b.since - a.since || b.id - a.id;

/**
 * @param {Iterable<Card>} cards
 * @param {Filter} filter
 * @param {number} most
 */
export function chosen(cards, filter, most = Infinity) {
  const found = [...cards].filter((card) => matches(card, filter));
  return found.sort(newestFirst).slice(0, most);
}

/**
 * What is shown now, and what waits so that nothing moves under the eyes of somebody who reads further down.
 *
 * @param {Card[]} cards
 * @param {Set<number>} known ids of those that are on the page
 * @param {boolean} atTop
 * @returns {{ shown: Card[], fresh: number }} fresh: how many wait that are not told of the past
 */
export function holdBack(cards, known, atTop) {
  if (atTop) return { shown: cards, fresh: 0 };
  const waiting = cards.filter((card) => !known.has(card.id));
  const shown = cards.filter((card) => known.has(card.id));
  return { shown, fresh: waiting.filter((card) => !card.historical).length };
}

/**
 * Add what was asked for besides the channel. What is known stays: the channel keeps it current.
 *
 * @param {Map<number, Card>} known
 * @param {Card[]} cards
 */
export function addUnknown(known, cards) {
  for (const card of cards) if (!known.has(card.id)) known.set(card.id, card);
}

/**
 * Where the next page begins.
 *
 * @param {Card[]} cards
 */
export function cursorOf(cards) {
  const last = cards.at(-1);
  return last ? `${last.since}_${last.id}` : "";
}

/**
 * The one that is so many places further on. One that is not among them any more stands where it would be.
 *
 * @type {(cards: Card[], card: Card | undefined, step: number) => Card | undefined}
 */
export function beside(cards, card, step) {
  if (!card) return undefined;
  const at = cards.findIndex((each) => newestFirst(each, card) >= 0);
  const place = at < 0 ? cards.length : at;
  return cards[place + step - (step > 0 && cards[place]?.id !== card.id ? 1 : 0)];
}

/**
 * What became of its picture. Pictures come with later phases too: none yet does not mean none.
 *
 * @param {Card} card
 * @param {number} now
 * @param {boolean} lost the server has it no more
 * @returns {"ready" | "pending" | "refused" | "coming" | "lost" | "none"}
 */
export function pictureOf(card, now, lost = false) {
  if (card.thumb) return lost ? "lost" : "ready";
  if (card.picture === "refused" || card.picture === "pending") return card.picture;
  return card.state === "active" && now - card.received <= COMING_MS ? "coming" : "none";
}

/**
 * How it is, as far as anybody can know: nobody would tell that it has ended without a connection, whoever is there
 * tells of it again and again while it lasts, and what comes late says how it was.
 *
 * @param {Card} card
 * @param {(import("store").Device | undefined)[]} way the camera and its gateway: how it would be told that it has ended
 * @param {boolean} frozen the page has lost its connection
 * @param {number} now
 * @returns {"active" | "ended" | "cut" | "silent"}
 */
export function stateOf(card, way, frozen, now) {
  if (card.state === "ended") return "ended";
  const cut = way.some((device) => !device || device.status === "offline" || device.status === "disabled");
  if (cut || frozen) return "cut";
  return now - card.heard > card.patience || card.heard - card.at > LATE_MS ? "silent" : "active";
}

/**
 * How long it has lasted, milliseconds.
 *
 * @type {(card: Card, state: string, now: number) => number}
 */
export function lastedMs(card, state, now) {
  const end = card.ended ?? (state === "active" ? now : card.at);
  return Math.max(0, end - card.since);
}
