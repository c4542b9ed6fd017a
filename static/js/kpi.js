// @ts-check
// The key figures on top of the overview. Every one is counted from what the page knows, none is made up.

import { THIN_SPACE } from "format";
import { judge } from "judge";
import { paintLine, paintShares, paintTile } from "tile";
import { words } from "words";

const PERIOD_MS = 1000;
const RATE_MS = 10_000; // span over which readings are counted
const DELAY_MS = 60_000; // span over which delays are judged
const SPARK_SAMPLES = 180;
const MOST_DELAYS = 4000;

export class KeyFigures {
  /** @param {import("page").Page} page */
  constructor(page) {
    this.page = page;
    /** @type {{ at: number, ms: number }[]} */
    this.delays = [];
    /** @type {Record<string, number[]>} one sample a second */
    this.samples = { rate: [], delay: [] };
    this.confirmed = false; // a snapshot has said that what the page shows is what the server knows
    page.onChange((change) => this.#learn(change));
    page.frames.add("figures", () => this.#paint(), PERIOD_MS);
    setInterval(() => {
      this.#sample();
      page.frames.mark("figures");
    }, PERIOD_MS);
    page.frames.mark("figures");
  }

  /** @param {import("store").Change} change */
  #learn(change) {
    if (change.snapshot.startsWith("tel:")) this.confirmed = true;
    if (change.devices.size || change.snapshot) this.page.frames.mark("figures");
    const at = this.page.clock();
    const now = this.page.time.now();
    for (const [, t] of change.readings) this.delays.push({ at, ms: Math.max(0, now - t) });
    if (this.delays.length > MOST_DELAYS) this.delays.splice(0, this.delays.length - MOST_DELAYS);
  }

  #sample() {
    const now = this.page.clock();
    this.delays = this.delays.filter((delay) => now - delay.at < DELAY_MS);
    const { rate, delay } = this.#flow();
    keep(this.samples.rate, rate);
    keep(this.samples.delay, delay.median);
  }

  /** Readings a second, and how long they were on the way, seconds (NaN when none came). */
  #flow() {
    const now = this.page.clock();
    const recent = this.delays.filter((delay) => now - delay.at < RATE_MS).length;
    const sorted = this.delays.map((delay) => delay.ms / 1000).sort((a, b) => a - b);
    const at = (/** @type {number} */ part) => sorted[Math.floor(part * (sorted.length - 1))] ?? NaN;
    return { rate: recent / (RATE_MS / 1000), delay: { median: at(0.5), most: at(0.95) } };
  }

  #paint() {
    this.#paintDevices();
    if (this.confirmed || this.page.frozen) this.#paintTags();
    this.#paintFlow();
  }

  #paintDevices() {
    const devices = [...this.page.store.devices.values()].filter((device) => this.page.shows(device));
    const gateways = devices.filter((device) => device.gateway);
    const count = (/** @type {string} */ status, list = devices) =>
      list.filter((device) => device.status === status).length;
    const [online, stale] = [count("online"), count("stale")];
    const others = tally(devices.filter(({ status }) => status !== "online").map(({ status }) => words.status(status)));
    paintTile("devices", String(online), `/ ${devices.length}`, others || (devices.length ? words.allOnline : ""));
    paintShares("devices", { good: online, stale, gone: devices.length - online - stale });
    const away = gateways.filter(({ status }) => status !== "online" && status !== "stale");
    const up = gateways.length - away.length;
    const foot = tally(away.map(({ status }) => words.status(status))) || words.allConnected;
    paintTile("gateways", String(up), `/ ${gateways.length}`, gateways.length ? foot : words.noGateway);
    paintShares("gateways", { good: up, stale: 0, gone: away.length });
  }

  #paintTags() {
    const { tags, devices } = this.page.store;
    const now = this.page.time.now();
    const judged = [...tags.values()].filter((tag) => this.page.shows(devices.get(tag.dev))).map((tag) => ({
      tag,
      ...judge(tag, devices.get(tag.dev), now, this.page.frozen),
    }));
    const figures = tagFigures(judged);
    const { stale, silent, ranged } = figures;
    const fresh = judged.length - stale - silent;
    paintTile("tags", String(fresh), `/ ${judged.length}`, words.tagCounts(stale, silent));
    paintShares("tags", { good: fresh, stale, gone: silent });
    if (this.page.frozen) {
      paintTile("bad", "–", undefined, "");
      paintTile("outside", "–", "", "");
      return;
    }
    const missing = figures.missing.map(whyMissing);
    paintTile("bad", String(missing.length), undefined, tally(missing) || (judged.length ? words.allGood : ""));
    const known = ranged - figures.unknown;
    const names = figures.outside.map(({ tag }) => words.own(tag.label) || tag.name);
    const foot = [...(known ? [names.join(" · ") || words.within(known)] : []), ...unknownText(figures.unknown)];
    paintTile("outside", known ? String(names.length) : "–", known ? `/ ${known}` : "", foot.join(" · "));
  }

  #paintFlow() {
    const { rate, delay } = this.#flow();
    const still = this.page.frozen || Number.isNaN(delay.median);
    paintTile("rate", this.page.frozen ? "–" : rate.toFixed(1), undefined, undefined);
    const [median, unit] = delayText(delay.median);
    const most = delayText(delay.most).join(THIN_SPACE);
    paintTile("delay", still ? "–" : median, unit, still ? "" : words.slowest(most));
    paintSpark("rate", this.samples.rate);
    paintSpark("delay", this.samples.delay);
  }
}

/** @typedef {import("judge").Judgement & { tag: import("store").Tag }} Judged */

/**
 * What the tiles count. Only a value that is current can be outside its range or within it.
 *
 * @param {Judged[]} judged
 */
export function tagFigures(judged) {
  const isCurrent = (/** @type {Judged} */ { state }) => state === "good" || state === "uncertain";
  const missing = judged.filter((one) => !isCurrent(one));
  const isRanged = (/** @type {Judged} */ { tag }) => tag.lo !== null || tag.hi !== null;
  return {
    missing, // without a current value
    stale: missing.filter(({ state }) => state === "stale").length,
    silent: missing.filter(({ state }) => state === "none").length,
    ranged: judged.filter(isRanged).length,
    unknown: missing.filter(isRanged).length, // of those with a range
    outside: judged.filter((one) => isCurrent(one) && one.side !== ""),
  };
}

/** @param {Judged} judged one without a current value */
function whyMissing({ state, why }) {
  if (state === "none") return words.neverReported;
  if (why === "DEVICE_OFFLINE") return words.status("offline");
  if (why === "DEVICE_DISABLED") return words.status("disabled");
  return state === "stale" ? words.status("stale") : words.quality(why);
}

/** @type {(count: number) => string[]} */
const unknownText = (count) => (count ? [words.unknown(count)] : []);

/**
 * How often each text occurs: "2 offline · 1 stale".
 *
 * @param {string[]} texts
 */
export function tally(texts) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].map(([text, count]) => words.counted(count, text)).join(" · ");
}

/**
 * A delay as a number and its unit: "62 ms", from a second on "1.25 s".
 *
 * @param {number} s NaN: none is known
 * @returns {[string, string]}
 */
export function delayText(s) {
  const ms = Math.round(s * 1000);
  return ms < 1000 ? [String(ms), words.unitMs] : [s.toFixed(2), words.unitS];
}

/** @type {(samples: number[], value: number) => void} */
function keep(samples, value) {
  samples.push(value);
  if (samples.length > SPARK_SAMPLES) samples.shift();
}

/** @type {(name: string, samples: number[]) => void} */
function paintSpark(name, samples) {
  const known = samples.filter((sample) => !Number.isNaN(sample));
  const points = Float64Array.from(samples.flatMap((sample, i) => [SPARK_SAMPLES - samples.length + i, sample]));
  paintLine(name, points, { from: 0, to: SPARK_SAMPLES - 1, min: 0, max: Math.max(...known, 1e-9) * 1.1 });
}
