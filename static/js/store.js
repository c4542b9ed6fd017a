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
 * @property {Map<number, Tag>} tags
 * @property {Map<string, { ep: string, o: number }>} topics the last event applied, by channel
 * @property {Map<string, any>} reports what was reported last, by channel
 *
 * @typedef {object} Change
 * @property {Set<number>} devices
 * @property {Set<number>} tags
 * @property {Reading[]} readings those that were new, in the order of arrival
 * @property {string} snapshot the channel that was replaced as a whole, if any
 * @property {string} resync the channel that has to be asked for again, if any
 */

const REPORTS = /^(gateways|health):/; // channels whose every message is the whole

/** @returns {Store} */
export function emptyStore() {
  return { devices: new Map(), tags: new Map(), topics: new Map(), reports: new Map() };
}

/** @returns {Change} */
function nothing() {
  return { devices: new Set(), tags: new Set(), readings: [], snapshot: "", resync: "" };
}

/**
 * Apply a snapshot or an event.
 *
 * @param {Store} store
 * @param {{ t: string, ch: string, ep?: string, o?: number, d: any }} message
 * @returns {Change}
 */
export function applyMessage(store, message) {
  const counted = message.ch.startsWith("devices:");
  if (REPORTS.test(message.ch)) return takeReport(store, message);
  if (message.t === "snap") return counted ? takeDevices(store, message) : takeTags(store, message);
  if (message.t === "d") return counted ? changeDevice(store, message) : addReadings(store, message);
  return nothing();
}

/**
 * Where to go on after a lost connection.
 *
 * @param {Store} store
 * @param {string} channel
 */
export function position(store, channel) {
  return store.topics.get(channel);
}

/** @type {(store: Store, message: any) => Change} */
function takeReport(store, message) {
  store.reports.set(message.ch, message.d);
  return { ...nothing(), snapshot: message.ch };
}

/** @type {(store: Store, message: any) => Change} */
function takeDevices(store, message) {
  const change = { ...nothing(), snapshot: message.ch };
  for (const id of store.devices.keys()) change.devices.add(id);
  store.devices = new Map(message.d.map((/** @type {Device} */ row) => [row.id, row]));
  for (const id of store.devices.keys()) change.devices.add(id);
  store.topics.set(message.ch, { ep: message.ep, o: message.o });
  return change;
}

/** @type {(store: Store, message: any) => Change} */
function takeTags(store, message) {
  const change = { ...nothing(), snapshot: message.ch };
  for (const k of store.tags.keys()) change.tags.add(k);
  store.tags = new Map(message.d.map((/** @type {Tag} */ row) => [row.k, row]));
  for (const k of store.tags.keys()) change.tags.add(k);
  return change;
}

/** @type {(store: Store, message: any) => Change} */
function changeDevice(store, message) {
  const change = nothing();
  const known = store.topics.get(message.ch);
  if (known && known.ep === message.ep && message.o <= known.o) return change; // repeated
  if (!known || known.ep !== message.ep || message.o !== known.o + 1) {
    change.resync = message.ch; // an event is missing
    return change;
  }
  known.o = message.o;
  if (message.d.gone) store.devices.delete(message.d.id);
  else store.devices.set(message.d.id, message.d);
  change.devices.add(message.d.id);
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
