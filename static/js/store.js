// @ts-check
// What the page knows. Pure: messages go in, the set of changed things comes out. A snapshot with the later events
// applied is the same as a later snapshot.

/**
 * @typedef {"new" | "online" | "stale" | "offline" | "disabled"} Status
 *
 * @typedef {object} Device
 * @property {number} id
 * @property {string} uid
 * @property {string} name
 * @property {string} area
 * @property {string | null} via uid of the gateway that speaks for it
 * @property {boolean} gateway whether it is one itself
 * @property {Status} status
 * @property {string} detail name of a quality: why it does not answer
 * @property {number | null} since epoch milliseconds
 * @property {number | null} seen epoch milliseconds
 *
 * @typedef {object} Tag
 * @property {number} k
 * @property {number} dev id of its device
 * @property {string} name
 * @property {string} label
 * @property {string} unit
 * @property {number} dec digits after the point
 * @property {number | null} lo normal range, in the tag's unit
 * @property {number | null} hi
 * @property {Record<string, string> | null} [states] what a number means
 * @property {Record<string, string> | null} [bits] what a bit of it means
 * @property {number} scan_ms
 * @property {number} stale_ms
 * @property {boolean} pin
 * @property {number | null} t source time, epoch milliseconds; null when it never reported
 * @property {number | null} r received time
 * @property {number | null} v
 * @property {number | null} q OPC quality
 * @property {string | null} [raw] exact text of what is not a number
 *
 * @typedef {[k: number, t: number, v: number | null, q: number, r: number, raw?: string | null]} Reading
 *
 * @typedef {object} Store
 * @property {Map<number, Device>} devices
 * @property {Map<number, import("detections").Card>} cards what cameras saw; the page may know more of them than a snapshot
 * @property {Map<number, import("alarms").AlarmRow>} alarms those of which there is something to see
 * @property {Map<number, Tag>} tags
 * @property {Map<number, { id: number, at: number }>} choices when the key figures were chosen anew, by site
 * @property {Map<string, { ep: string, o: number }>} topics the last event applied, by channel
 * @property {Map<string, any>} reports what was reported last, by channel
 *
 * @typedef {object} Change
 * @property {Set<number>} devices
 * @property {Set<number>} tags
 * @property {Set<number>} cards
 * @property {Set<number>} alarms
 * @property {Set<number>} choices
 * @property {Reading[]} readings those that were new, in the order of arrival
 * @property {string} snapshot the channel that was replaced as a whole, if any
 * @property {string} resync the channel that has to be asked for again, if any
 */

const REPORTS = /^(gateways|health):/; // channels whose every message is the whole
const OF_DEVICE = /^tel:device:(\d+)$/;
/** @typedef {"devices" | "cards" | "alarms" | "choices"} Rows */
/** @type {Record<string, Rows>} the rows of each state topic */
const TOPICS = { devices: "devices", gallery: "cards", alarms: "alarms", figures: "choices" };

/** @returns {Store} */
export function emptyStore() {
  const [devices, cards, alarms, tags] = [new Map(), new Map(), new Map(), new Map()];
  return { devices, cards, alarms, tags, choices: new Map(), topics: new Map(), reports: new Map() };
}

/** @returns {Change} */
function nothing() {
  const [devices, tags, cards, alarms] = [new Set(), new Set(), new Set(), new Set()];
  return { devices, tags, cards, alarms, choices: new Set(), readings: [], snapshot: "", resync: "" };
}

/**
 * Apply a snapshot or an event.
 *
 * @param {Store} store
 * @param {{ t: string, ch: string, ep?: string, o?: number, d: any }} message
 * @returns {Change}
 */
export function applyMessage(store, message) {
  const rows = TOPICS[message.ch.split(":")[0]];
  if (REPORTS.test(message.ch)) return takeReport(store, message);
  if (message.t === "snap") return rows ? takeRows(store, message, rows) : takeTags(store, message);
  if (message.t === "d") return rows ? changeRow(store, message, rows) : addReadings(store, message);
  return nothing();
}

/**
 * Where to go on after a lost connection. A topic that had no event yet has no place to go on from.
 *
 * @param {Store} store
 * @param {string} channel
 */
export function position(store, channel) {
  const known = store.topics.get(channel);
  return known?.ep ? known : undefined;
}

/** @type {(store: Store, message: any) => Change} */
function takeReport(store, message) {
  store.reports.set(message.ch, message.d);
  return { ...nothing(), snapshot: message.ch };
}

/** @type {(store: any, message: any, name: Rows) => Change} */
function takeRows(store, message, name) {
  const change = { ...nothing(), snapshot: message.ch };
  for (const id of store[name].keys()) change[name].add(id);
  store[name] = new Map(message.d.map((/** @type {any} */ row) => [row.id, row]));
  for (const id of store[name].keys()) change[name].add(id);
  store.topics.set(message.ch, { ep: message.ep, o: message.o });
  return change;
}

/** @type {(store: Store, message: any) => Change} */
function takeTags(store, message) {
  const change = { ...nothing(), snapshot: message.ch };
  const device = Number(OF_DEVICE.exec(message.ch)?.[1]); // NaN: it has all that the page shows
  const others = [...store.tags.values()].filter((tag) => device && tag.dev !== device);
  for (const k of store.tags.keys()) change.tags.add(k);
  store.tags = new Map([...others, ...message.d].map((/** @type {Tag} */ row) => [row.k, row]));
  for (const k of store.tags.keys()) change.tags.add(k);
  return change;
}

/** @type {(store: Store, message: any, name: Rows) => Change} */
function changeRow(store, message, name) {
  const change = nothing();
  const known = store.topics.get(message.ch);
  if (known && known.ep === message.ep && message.o <= known.o) return change; // repeated
  const same = known && (known.ep === message.ep || known.ep === ""); // "": there was no event yet
  if (!same || message.o !== known.o + 1) {
    change.resync = message.ch; // an event is missing
    return change;
  }
  store.topics.set(message.ch, { ep: message.ep, o: message.o });
  if (message.d.gone) store[name].delete(message.d.id);
  else store[name].set(message.d.id, message.d);
  change[name].add(message.d.id);
  return change;
}

/** @type {(store: Store, message: any) => Change} */
function addReadings(store, message) {
  const change = nothing();
  for (const reading of /** @type {Reading[]} */ (message.d)) {
    const [k, t, v, q, r, raw = null] = reading;
    const tag = store.tags.get(k);
    if (!tag) {
      change.resync = message.ch; // a tag that did not exist when the snapshot was made
      continue;
    }
    if (tag.t !== null && tag.t >= t) continue; // late or repeated
    Object.assign(tag, { t, v, q, r, raw });
    change.tags.add(k);
    change.readings.push(reading);
  }
  return change;
}
