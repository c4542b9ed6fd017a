// @ts-check
// Pages about gateways: when what was told is current, and when to paint it.

import { formatAge } from "format";
import { words } from "words";

const CHANGE_MS = 250;
const AGE_MS = 1000;

export class Reports {
  /**
   * @param {import("page").Page} page
   * @param {string} channel
   * @param {() => void} paint
   */
  constructor(page, channel, paint) {
    this.page = page;
    this.channel = channel;
    this.confirmed = false; // the server has said that this is what it knows
    page.frames.add("reports", paint, CHANGE_MS);
    page.onChange((change) => {
      if (change.snapshot === channel) this.confirmed = true;
      if (change.snapshot === channel || change.devices.size) page.frames.mark("reports");
    });
    page.onFreeze(() => page.frames.hurry("reports"));
    setInterval(() => page.frames.mark("reports"), AGE_MS);
    page.frames.mark("reports");
  }

  /** What was reported last; null when there is no such thing any more. */
  get report() {
    return this.page.store.reports.get(this.channel) ?? null;
  }

  /**
   * Whether what a gateway told is how it is.
   *
   * @param {number} id of the gateway
   * @returns {"waiting" | "good" | "stale"}
   */
  stateOf(id) {
    if (this.page.frozen) return "stale";
    if (!this.confirmed) return "waiting";
    const status = this.page.store.devices.get(id)?.status;
    return status === "online" || status === "stale" ? "good" : "stale";
  }

  /**
   * When it was told: how long ago, and if it is not current any more also at which time.
   *
   * @type {(at: number | null, state: string) => string}
   */
  toldText(at, state) {
    if (at === null) return state === "good" ? words.firstReport : words.neverTold;
    return state === "stale" ? this.momentText(at) : words.toldAgo(this.ageText(at));
  }

  /**
   * A moment and how long ago it was.
   *
   * @param {number | null} at
   */
  momentText(at) {
    return at === null ? words.neverTold : `${this.page.zone.full(at)} (${words.toldAgo(this.ageText(at))})`;
  }

  /** @param {number} at */
  ageText(at) {
    return formatAge(Math.max(0, this.page.time.now() - at));
  }

  /** @type {(kind: string, code: string) => string} */
  phrase(kind, code) {
    return this.page.config.phrases?.[kind]?.[code] ?? code;
  }
}
