// @ts-check
// The loudspeaker: plays what `sound` says, in one tab of a browser. Whether somebody wants to hear it, what was heard
// and the silence are remembered for all tabs.

import { onRemembered, recall, recallObject, remember } from "memory";
import { listen, newEar, PATTERNS, silence, silentFor } from "sound";

const LOOK_MS = 500;
const PATIENCE_MS = 1000; // a browser that allows sound begins sooner
const VOLUME = 0.4; // of what this computer can: there is no setting with which it could be nothing

/**
 * @typedef {"off" | "blocked" | "silent" | "elsewhere" | "on"} State blocked: the browser waits for a click;
 *   elsewhere: another tab plays
 * @typedef {() => { rows: Iterable<import("alarms").AlarmRow>, flood: boolean }} Alarms
 */

export class Speaker {
  /**
   * @param {string} site slug: each plant has a speaker of its own
   * @param {Alarms} alarms
   */
  constructor(site, alarms) {
    this.alarms = alarms;
    this.ear = `ear.${site}`;
    this.lock = `sentinel-sound-${site}`;
    /** @type {AudioContext | null} */
    this.context = null;
    this.leads = false;
    /** @type {AbortController | null} */
    this.waiting = null;
    this.letGo = () => {};
    /** @type {(() => void)[]} */
    this.listeners = [];
  }

  get wanted() {
    return recall("sound") === "on";
  }

  get running() {
    return this.wanted && this.context?.state === "running";
  }

  /** @returns {State} */
  get state() {
    if (!this.wanted) return "off";
    if (!this.running) return "blocked";
    if (this.silentMs > 0) return "silent";
    return this.leads ? "on" : "elsewhere";
  }

  get silentMs() {
    return silentFor(this.#recallEar(), Date.now());
  }

  /** @param {() => void} listener called when the state may be another one */
  onChange(listener) {
    this.listeners.push(listener);
  }

  start() {
    setInterval(() => this.look(), LOOK_MS);
    onRemembered(() => {
      if (this.wanted !== (this.context !== null)) this.wanted ? this.#make() : this.#close();
      this.look();
    });
    for (const kind of ["pointerdown", "keydown"]) {
      document.addEventListener(kind, () => this.wanted && !this.running && void this.#open(), true);
    }
    if (this.wanted) this.#make();
  }

  /** Call it from a click: without one a browser plays nothing. */
  async enable() {
    remember("sound", "on");
    await this.#open();
  }

  disable() {
    remember("sound", "off");
    this.#close();
  }

  /** Silence what calls now. */
  silence() {
    this.#remember(silence(this.#recallEar(), this.alarms().rows, Date.now()));
    this.look();
  }

  /** Play something whoever asks. Returns whether the browser let it through. */
  async test() {
    await this.#open();
    const { context } = this;
    if (context?.state !== "running") return false;
    const begun = context.currentTime;
    this.#play("2");
    await after(PATIENCE_MS);
    return context.currentTime > begun;
  }

  /** Say once that nothing more will be heard of. */
  sayLost() {
    if (this.running && this.leads) this.#play("lost");
  }

  /** Look what there is to hear: often, and at once when something has changed. */
  look() {
    const { rows, flood } = this.alarms();
    let sounding = "";
    if (this.running && this.leads) {
      const before = this.#recallEar();
      const heard = listen(before, rows, Date.now(), flood);
      if (JSON.stringify(heard.ear) !== JSON.stringify(before)) this.#remember(heard.ear);
      if (heard.play) this.#play(heard.play);
      sounding = heard.sounding;
    }
    if (sounding) document.body.dataset.sounding = sounding;
    else delete document.body.dataset.sounding;
    this.#tell();
  }

  // ------------------------------------------------------------ the browser's part

  /** A browser that allows sound by itself, as a kiosk does or after a click on the page before, begins at once. */
  #make() {
    this.context ??= new AudioContext();
    this.context.onstatechange = () => this.#follow();
    this.#follow();
    return this.context;
  }

  async #open() {
    await Promise.race([this.#make().resume(), after(PATIENCE_MS)]);
    this.#follow();
  }

  #close() {
    void this.context?.close();
    this.context = null;
    this.#follow();
  }

  #follow() {
    if (this.running) this.#wantToLead();
    else this.#retire();
    this.look();
  }

  /** One tab of a browser plays. Without locks (a page that came over plain HTTP) every tab does: rather twice than never. */
  #wantToLead() {
    if (this.leads || this.waiting) return;
    if (!navigator.locks) {
      this.leads = true;
      return;
    }
    this.waiting = new AbortController();
    const held = navigator.locks.request(this.lock, { signal: this.waiting.signal }, () => this.#lead());
    held.catch(() => {}); // retired before it was our turn
  }

  /** @returns {Promise<void>} lasts as long as this tab leads */
  #lead() {
    this.leads = true;
    this.look();
    return new Promise((resolve) => (this.letGo = resolve));
  }

  #retire() {
    this.waiting?.abort();
    this.waiting = null;
    this.leads = false;
    this.letGo();
  }

  /** @param {import("sound").Name} name */
  #play(name) {
    if (this.context) playTones(this.context, PATTERNS[name]);
    document.dispatchEvent(new CustomEvent("alarmsound", { detail: name }));
  }

  // ------------------------------------------------------------ what all tabs know

  #recallEar() {
    return recallObject(this.ear, newEar());
  }

  /** @param {import("sound").Ear} ear */
  #remember(ear) {
    remember(this.ear, JSON.stringify(ear));
  }

  #tell() {
    for (const listener of this.listeners) listener();
  }
}

/** @type {(context: AudioContext, pattern: import("sound").Pattern) => void} */
function playTones(context, { tones, tone, gap }) {
  const edge = 0.01; // seconds: without it each tone would click
  tones.forEach((hertz, i) => {
    const begin = context.currentTime + edge + (i * (tone + gap)) / 1000;
    const end = begin + tone / 1000;
    const [voice, volume] = [context.createOscillator(), context.createGain()];
    voice.type = "triangle";
    voice.frequency.value = hertz;
    volume.gain.setValueAtTime(0, begin);
    volume.gain.linearRampToValueAtTime(VOLUME, begin + edge);
    volume.gain.setValueAtTime(VOLUME, end - edge);
    volume.gain.linearRampToValueAtTime(0, end);
    voice.connect(volume).connect(context.destination);
    voice.start(begin);
    voice.stop(end);
  });
}

/** @param {number} ms */
const after = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
