// @ts-check
// Time on a page: a clock that neither goes back nor sleeps, and the server's time on top of it.

const STEP_MS = 1000; // wall and monotonic clock differ by more: somebody set the clock, or the computer slept

/**
 * A clock in milliseconds that only goes forward. The monotonic clock stands still while a computer sleeps and the
 * wall clock jumps when it is set, so forward jumps of the wall clock count: values may look too old until the
 * server's next answer, never too new.
 *
 * @param {() => number} monotonic
 * @param {() => number} wall
 * @returns {() => number}
 */
export function makeClock(monotonic, wall) {
  let lastMonotonic = monotonic();
  let lastWall = wall();
  let skipped = 0;
  return () => {
    const m = monotonic();
    const w = wall();
    const ahead = w - lastWall - (m - lastMonotonic);
    if (ahead > STEP_MS) skipped += ahead;
    lastMonotonic = m;
    lastWall = w;
    return m + skipped;
  };
}

const SAMPLE_LIFE_MS = 60_000; // clocks drift, so even the best sample is replaced in the end

/** The server's clock, estimated from its answers. */
export class ServerTime {
  /**
   * @param {() => number} clock
   * @param {number} serverMs what the server's clock showed when it made the page
   */
  constructor(clock, serverMs) {
    this.clock = clock;
    this.offset = serverMs - clock();
    this.uncertainty = Infinity; // half a round trip of the sample in use, milliseconds
    this.learnedAt = -Infinity;
  }

  /** @returns {number} epoch milliseconds */
  now() {
    return this.clock() + this.offset;
  }

  /** @returns {boolean} false while only the page's own time stamp is known */
  get known() {
    return this.uncertainty < Infinity;
  }

  /**
   * Take one answer into account: the one with the shortest way wins, unless it can no longer be true.
   *
   * @param {number} sent this page's clock when the question left
   * @param {number} server epoch milliseconds in the answer
   */
  learn(sent, server) {
    const received = this.clock();
    const uncertainty = (received - sent) / 2;
    const offset = server - (sent + received) / 2;
    const contradicts = Math.abs(offset - this.offset) > uncertainty + this.uncertainty;
    const old = received - this.learnedAt > SAMPLE_LIFE_MS;
    if (uncertainty > this.uncertainty && !contradicts && !old) return;
    Object.assign(this, { offset, uncertainty, learnedAt: received });
  }
}
