// @ts-check
// The websocket of a page: connect, subscribe, acknowledge, notice silence, connect again. Knows nothing of the page.

import { greeted, lost, newLink, retryDelay } from "link";

const PROTOCOL = "sentinel.v1";
const TICK_MS = 250;
const GREETING_MS = 10_000; // for connecting and the server's welcome together
const IDLE_PING_MS = 2000; // ask after so much silence, so that an idle plant and a dead link differ
const PING_MS = 15_000; // and now and then anyway, for the clock
const MISSED_PINGS = 2.5; // of the server's own rhythm: after that the connection is dead
const SETTLED_MS = 10_000; // a connection that lasted so long resets the backoff

/**
 * @typedef {object} Handlers
 * @property {(message: any) => void} message snapshots and events
 * @property {() => void} link the state of the connection may have changed
 * @property {(channel: string) => { ep: string, o: number } | undefined} since where to go on after a lost connection
 * @property {(build: string) => void} build which program the server runs
 * @property {(code: string, channel: string) => void} refused the server did not understand or allow something
 */

export class Live {
  /**
   * @param {string} url
   * @param {import("clock").ServerTime} time
   * @param {Handlers} handlers
   */
  constructor(url, time, handlers) {
    this.url = url;
    this.time = time;
    this.clock = time.clock;
    this.handlers = handlers;
    this.link = newLink(this.clock());
    /** @type {string[]} */
    this.channels = [];
    /** @type {Set<string>} channels of which nothing has come on the present connection */
    this.awaited = new Set();
    this.hidden = false;
    this.pingMs = 5000;
    this.attempt = 0;
    this.begunAt = 0;
    this.pingedAt = 0;
    /** @type {WebSocket | null} */
    this.socket = null;
    this.retryAt = Infinity;
  }

  /** @param {string[]} channels */
  start(channels) {
    this.channels = channels;
    this.#connect();
    setInterval(() => this.#tick(), TICK_MS);
  }

  /** Try again at once: the network is back, or somebody looks at the page again. */
  wake() {
    if (!this.socket && !this.link.ended) this.#connect();
    else if (this.link.open) this.#ping();
  }

  /**
   * A hidden page is sent no telemetry; its return brings a fresh snapshot.
   *
   * @param {boolean} hidden
   */
  setHidden(hidden) {
    this.hidden = hidden;
    if (this.link.open) this.#send({ t: "vis", hidden });
  }

  /**
   * Follow these channels from now on, and no others.
   *
   * @param {string[]} channels
   */
  follow(channels) {
    const [before, { open }] = [this.channels, this.link];
    this.channels = channels;
    for (const channel of before.filter((each) => !channels.includes(each))) {
      if (open) this.#send({ t: "unsub", ch: channel });
      this.#settle(channel);
    }
    for (const channel of channels.filter((each) => open && !before.includes(each))) {
      this.awaited.add(channel);
      this.resync(channel, true);
    }
  }

  /**
   * Ask for a channel again.
   *
   * @param {string} channel
   * @param {boolean} fresh true: with a snapshot, whatever we know
   */
  resync(channel, fresh) {
    const since = fresh ? undefined : this.handlers.since(channel);
    if (this.link.open) this.#send({ t: "sub", ch: channel, ...(since && { since }) });
  }

  #connect() {
    this.retryAt = Infinity;
    this.begunAt = this.clock();
    const socket = new WebSocket(this.url, PROTOCOL);
    this.socket = socket;
    socket.onmessage = (event) => socket === this.socket && this.#hear(event.data);
    socket.onclose = (event) => socket === this.socket && this.#lose(event.code);
  }

  /** @param {number} code */
  #lose(code) {
    this.socket = null;
    const now = this.clock();
    if (this.link.open && now - this.begunAt > SETTLED_MS) this.attempt = 0;
    lost(this.link, code, now);
    if (!this.link.ended) {
      this.retryAt = now + retryDelay(this.attempt, code, Math.random());
      this.attempt += 1;
    }
    this.handlers.link();
  }

  #drop() {
    const socket = this.socket;
    this.#lose(1006);
    socket?.close();
  }

  #tick() {
    const now = this.clock();
    if (!this.socket) {
      if (now >= this.retryAt) this.#connect();
    } else if (!this.link.open) {
      if (now - this.begunAt > GREETING_MS) this.#drop();
    } else if (now - this.link.heardAt > MISSED_PINGS * this.pingMs) {
      this.#drop();
    } else {
      const idle = now - Math.max(this.link.heardAt, this.pingedAt) > IDLE_PING_MS;
      if (idle || now - this.pingedAt > PING_MS) this.#ping();
    }
    this.handlers.link();
  }

  #ping() {
    this.pingedAt = this.clock();
    this.#send({ t: "ping", c: this.pingedAt });
  }

  /** @param {object} message */
  #send(message) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  /** @param {string} text */
  #hear(text) {
    const message = JSON.parse(text);
    this.link.heardAt = this.clock();
    switch (message.t) {
      case "welcome":
        return this.#greet(message);
      case "pong":
        return this.time.learn(message.c, message.s);
      case "b":
        this.#send({ t: "a", n: message.n });
        return message.m.forEach((/** @type {any} */ part) => this.#deliver(part));
      case "reset":
        return this.resync(message.ch, true);
      case "err":
        this.#settle(message.ch);
        return this.handlers.refused(message.code, message.ch ?? "");
      default:
        return this.#deliver(message);
    }
  }

  /** @param {any} message */
  #deliver(message) {
    this.handlers.message(message);
    if (message.t === "snap" || message.t === "resumed") this.#settle(message.ch);
  }

  /** @param {string} channel one about which the server has said what it knows, or that it says nothing */
  #settle(channel) {
    if (this.awaited.delete(channel) && this.awaited.size === 0) this.handlers.link();
  }

  /** @param {{ s: number, ping_ms: number, build: string }} welcome */
  #greet(welcome) {
    const now = this.clock();
    this.pingMs = welcome.ping_ms;
    greeted(this.link, now);
    this.time.learn(this.begunAt, welcome.s);
    this.awaited = new Set(this.channels);
    if (this.hidden) this.#send({ t: "vis", hidden: true });
    for (const channel of this.channels) this.resync(channel, false);
    this.#ping();
    this.handlers.link();
    this.handlers.build(welcome.build);
  }
}
