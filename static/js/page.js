// @ts-check
// What every live page has: its configuration, the time, what it knows, the connection, and when it paints.

import { makeClock, ServerTime } from "clock";
import { one } from "dom";
import { zoneFormat } from "format";
import { Frames } from "frames";
import { isFrozen, phaseOf } from "link";
import { Live } from "live";
import { applyMessage, emptyStore, position } from "store";

const RESYNC_MS = 2000;
const RELOAD_MS = 1000;
const SETTLE_MS = 10_000; // a page lives at least so long before it reloads itself

/**
 * @typedef {object} Figure see devices/figures.py
 * @property {string} name of its tile
 * @property {string} kind
 * @property {number[]} tags
 * @property {number | null} target
 */

/**
 * Written into the page by the server.
 *
 * @typedef {object} Config
 * @property {number} now the server's clock, epoch milliseconds
 * @property {string} zone time zone of the plant
 * @property {string[]} channels
 * @property {string} trends_url
 * @property {import("store").Device[]} devices
 * @property {import("store").Tag[]} tags
 * @property {Record<string, any>} [reports] by channel
 * @property {string} [device_url] of the page of a device, with UID in its place
 * @property {Record<string, number>} [devices_at] device id by connection/unit
 * @property {Record<string, Record<string, string>>} [phrases] words for codes in reports, by kind
 * @property {import("alarms").AlarmRow[]} [alarms] those of which there is something to see
 * @property {string} [alarms_url] where alarms are asked for in full, and acted upon
 * @property {Record<string, string> & { tab: string }} [wanted] which alarms the console shows
 * @property {number} [shelve_max_h] an alarm is shelved for so many hours at most
 * @property {string} [site] slug of the plant
 * @property {string} [area] the page is of this one only
 * @property {boolean} [wall] nobody operates it
 * @property {Figure[]} [figures] the tiles of the overview
 * @property {{ tag: number, kind: string, limit: number, priority: number }[]} [limits] at which alarms are raised
 * @property {import("happened").Happening[]} [happened] to a device lately
 * @property {number[]} [happened_of] ids of the devices to which it may happen
 * @property {number[]} [charted] tags that have a trend
 * @property {"viewer" | "operator" | "engineer" | "admin"} [role] of whoever looks, at this plant
 * @property {{ from: number, step_ms: number, counts: number[], limit: number }} [rate] alarms in each stretch of time
 * @property {import("detections").Card[]} [cards] what cameras saw
 * @property {Record<string, { ep: string, o: number }>} [positions] of state topics, as of the rows that are here
 * @property {import("detections").Filter} [filter] what of it the page shows
 * @property {number[]} [reviewed] ids of the cards that whoever looks has reviewed
 * @property {import("stretch").Rail} [rail] when how much was seen
 * @property {string} [density_url] where the rail is asked for again
 * @property {string} [camera_url] of the page of a camera, with UID in its place
 * @property {string} [detections_url] where detections are asked for in full
 * @property {import("polygons").Zone[]} [zones] of the camera
 * @property {string} [marks_url] where a chart asks for what lies beside its lines
 * @property {string} [console_url] of the alarm console
 * @property {string} [site_name] of the plant
 * @property {string} [zones_url] where they are changed
 * @property {{ image: string, at: number, width: number, height: number } | null} [still] its newest picture
 */

export class Page {
  constructor() {
    /** @type {Config} */
    this.config = JSON.parse(one(document, "#page-config").textContent ?? "");
    this.clock = makeClock(
      () => performance.now(),
      () => Date.now(),
    );
    this.time = new ServerTime(this.clock, this.config.now);
    this.zone = zoneFormat(this.config.zone);
    this.frames = new Frames(this.clock);
    this.store = emptyStore();
    this.store.devices = new Map(this.config.devices.map((row) => [row.id, row]));
    this.store.tags = new Map(this.config.tags.map((row) => [row.k, row]));
    this.store.cards = new Map((this.config.cards ?? []).map((row) => [row.id, row]));
    this.store.alarms = new Map((this.config.alarms ?? []).map((row) => [row.id, row]));
    this.store.topics = new Map(Object.entries(this.config.positions ?? {}));
    this.store.reports = new Map(Object.entries(this.config.reports ?? {}));
    /** @type {Map<number, string>} status of each device before the present change */
    this.statuses = new Map();
    this.frozen = false;
    /** @type {((change: import("store").Change) => void)[]} */
    this.changeListeners = [];
    /** @type {(() => void)[]} */
    this.freezeListeners = [];
    /** @type {((phase: import("link").Phase) => void)[]} */
    this.linkListeners = [];
    /** @type {(() => void)[]} */
    this.dayListeners = [];
    this.day = this.#today();
    this.build = "";
    this.begunAt = this.clock();
    this.reloading = 0;
    /** @type {() => boolean} whether this is a bad moment for it */
    this.isBusy = () => document.querySelector("dialog[open], details[open]") !== null;
    this.refused = ""; // code of what the server did not allow
    /** @type {Map<string, number>} when each channel was last asked for again */
    this.askedAt = new Map();
    this.live = this.#makeLive();
  }

  #makeLive() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    return new Live(`${scheme}://${location.host}/ws/v1/live`, this.time, {
      message: (message) => this.#apply(message),
      link: () => this.#linkChanged(),
      since: (channel) => position(this.store, channel),
      build: (build) => this.#compareBuild(build),
      refused: (code) => {
        this.refused = code;
      },
    });
  }

  start() {
    this.#rememberStatuses();
    document.addEventListener("visibilitychange", () => {
      this.live.setHidden(document.hidden);
      if (!document.hidden) this.live.wake();
    });
    window.addEventListener("online", () => this.live.wake());
    this.live.hidden = document.hidden;
    this.live.start(this.config.channels);
  }

  /** @param {import("store").Device | undefined} device whether the page is of its area */
  shows(device) {
    const { area } = this.config;
    return area === undefined || device?.area === area;
  }

  /** @param {(change: import("store").Change) => void} listener */
  onChange(listener) {
    this.changeListeners.push(listener);
  }

  /** @param {() => void} listener called when values stop or begin to be current */
  onFreeze(listener) {
    this.freezeListeners.push(listener);
  }

  /** @param {(phase: import("link").Phase) => void} listener called several times a second */
  onLink(listener) {
    this.linkListeners.push(listener);
  }

  /** @param {() => void} listener called when a new day begins in the plant: a time without its day was of today */
  onNewDay(listener) {
    this.dayListeners.push(listener);
  }

  #today() {
    return this.zone.full(this.time.now()).slice(0, 10);
  }

  /** @param {any} message */
  #apply(message) {
    if (message.t !== "snap" && message.t !== "d") return;
    const change = applyMessage(this.store, message);
    if (change.resync) this.#resync(change.resync);
    for (const listener of this.changeListeners) listener(change);
    if (change.devices.size) this.#rememberStatuses();
  }

  /** @param {string} channel what follows a hole would ask again and again while the answer is on its way */
  #resync(channel) {
    const now = this.clock();
    if (now - (this.askedAt.get(channel) ?? -Infinity) < RESYNC_MS) return;
    this.askedAt.set(channel, now);
    this.live.resync(channel, channel.startsWith("tel:"));
  }

  #rememberStatuses() {
    for (const [id, device] of this.store.devices) this.statuses.set(id, device.status);
  }

  #linkChanged() {
    const now = this.clock();
    const phase = phaseOf(this.live.link, now);
    // What froze thaws when the server has said how everything is, not as soon as it can be reached.
    const frozen = isFrozen(this.live.link, now) || (this.frozen && this.live.awaited.size > 0);
    for (const listener of this.linkListeners) listener(phase);
    this.#lookAtCalendar();
    if (frozen === this.frozen) return;
    this.frozen = frozen;
    for (const listener of this.freezeListeners) listener();
  }

  #lookAtCalendar() {
    const today = this.#today();
    if (today === this.day) return;
    this.day = today;
    for (const listener of this.dayListeners) listener();
  }

  /** @param {string} build a page made by another program than the one that answers now may misread it */
  #compareBuild(build) {
    if (this.build && build !== this.build) this.reload();
    this.build = build;
  }

  /** Have the page made anew by the server, but not before somebody's eyes or twice in a moment. */
  reload() {
    if (this.reloading) return;
    this.reloading = setInterval(() => {
      if (!this.isBusy() && this.clock() - this.begunAt > SETTLE_MS) location.reload();
    }, RELOAD_MS);
  }
}
