// @ts-check
// When to paint. Every job has a shortest period; the first change after a pause is painted in the next frame, and
// the work of one frame is bounded. Only what runs from here may touch the page.

const BUDGET_MS = 6;

/**
 * @typedef {object} Job
 * @property {() => void} paint
 * @property {number} period milliseconds between two runs, at least
 * @property {() => boolean} visible an invisible job waits until it is marked again
 * @property {number} due
 * @property {number} since when it was first marked after its last run, Infinity when clean
 */

export class Frames {
  /** @param {() => number} clock */
  constructor(clock) {
    this.clock = clock;
    /** @type {Map<string, Job>} */
    this.jobs = new Map();
    this.asked = false; // a frame is coming
    this.timer = 0;
    this.timerDue = Infinity;
  }

  /**
   * @param {string} key
   * @param {() => void} paint
   * @param {number} period
   * @param {() => boolean} [visible]
   */
  add(key, paint, period, visible = () => true) {
    this.jobs.set(key, { paint, period, visible, due: -Infinity, since: Infinity });
  }

  /** @type {(key: string, period: number) => void} */
  setPeriod(key, period) {
    const job = this.jobs.get(key);
    if (job) job.period = period;
  }

  /** @param {string} key */
  remove(key) {
    this.jobs.delete(key);
  }

  /**
   * Something that this job shows has changed.
   *
   * @param {string} key
   */
  mark(key) {
    const job = this.jobs.get(key);
    if (!job) return;
    const now = this.clock();
    job.since = Math.min(job.since, now);
    if (job.visible()) this.#plan(job.due, now);
  }

  /**
   * Run a job as soon as possible, whatever its period.
   *
   * @param {string} key
   */
  hurry(key) {
    const job = this.jobs.get(key);
    if (job) job.due = -Infinity;
    this.mark(key);
  }

  /** @type {(due: number, now: number) => void} */
  #plan(due, now) {
    if (this.asked) return;
    if (due <= now) this.#ask();
    else if (due < this.timerDue) {
      clearTimeout(this.timer);
      this.timerDue = due;
      this.timer = setTimeout(() => this.#ask(), due - now);
    }
  }

  #ask() {
    clearTimeout(this.timer);
    this.timerDue = Infinity;
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => this.#run());
  }

  #run() {
    this.asked = false;
    const now = this.clock();
    const waiting = [...this.jobs.values()].filter((job) => job.since < Infinity && job.visible());
    waiting.sort((a, b) => a.since - b.since);
    const begun = performance.now();
    let next = Infinity;
    for (const job of waiting) {
      if (job.due <= now && performance.now() - begun < BUDGET_MS) {
        job.since = Infinity;
        job.due = now + job.period;
        job.paint();
      } else next = Math.min(next, job.due);
    }
    if (next < Infinity) this.#plan(next, now);
  }
}
