// @ts-check
// The readings of one tag in a fixed piece of memory, newest last. NaN stands for "no value here".

export class Ring {
  /** @param {number} capacity readings; the oldest makes room for the newest */
  constructor(capacity) {
    this.capacity = capacity;
    this.times = new Float64Array(capacity);
    this.values = new Float64Array(capacity);
    this.start = 0;
    this.size = 0;
  }

  /** @param {number} i 0 for the oldest */
  timeAt(i) {
    return this.times[(this.start + i) % this.capacity];
  }

  /** @param {number} i 0 for the oldest */
  valueAt(i) {
    return this.values[(this.start + i) % this.capacity];
  }

  /** Time of the newest reading, or -Infinity. */
  get lastTime() {
    return this.size ? this.timeAt(this.size - 1) : -Infinity;
  }

  /**
   * Add a reading. One that is not newer than the last is left out: readings arrive in order or not at all. A gap
   * that was only assumed gives way to a reading that fills it.
   *
   * @param {number} t epoch milliseconds
   * @param {number} v NaN where there is no value
   */
  push(t, v) {
    let size = this.size;
    while (size && t <= this.timeAt(size - 1) && Number.isNaN(this.valueAt(size - 1))) size -= 1;
    if (size && t <= this.timeAt(size - 1)) return;
    this.size = size;
    const at = (this.start + this.size) % this.capacity;
    this.times[at] = t;
    this.values[at] = v;
    if (this.size < this.capacity) this.size += 1;
    else this.start = (this.start + 1) % this.capacity;
  }

  clear() {
    this.start = 0;
    this.size = 0;
  }

  /**
   * Index of the first reading at or after a time.
   *
   * @param {number} t
   */
  indexOf(t) {
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.timeAt(middle) < t) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /**
   * The reading that is nearest to a time.
   *
   * @param {number} t
   */
  nearest(t) {
    if (!this.size) return undefined;
    const after = Math.min(this.indexOf(t), this.size - 1);
    const before = Math.max(0, after - 1);
    const i = t - this.timeAt(before) < this.timeAt(after) - t ? before : after;
    return { t: this.timeAt(i), v: this.valueAt(i) };
  }

  /**
   * Smallest and largest value in a span of time, NaN where there is none.
   *
   * @param {number} from
   * @param {number} to
   */
  extent(from, to) {
    let min = NaN;
    let max = NaN;
    for (let i = this.indexOf(from); i < this.size && this.timeAt(i) <= to; i += 1) {
      const v = this.valueAt(i);
      if (!(min <= v)) min = Number.isNaN(v) ? min : v;
      if (!(max >= v)) max = Number.isNaN(v) ? max : v;
    }
    return { min, max };
  }

  /**
   * What a plot of so many columns can show: the smallest and the largest value of each column in the order they
   * came, so that no spike is lost, and NaN where a gap begins.
   *
   * @param {number} from
   * @param {number} to
   * @param {number} columns
   * @returns {Float64Array} time, value, time, value, ...
   */
  reduce(from, to, columns) {
    const first = Math.max(0, this.indexOf(from) - 1); // one before: the line enters from the left edge
    const end = this.indexOf(to + 1);
    const out = new Float64Array(2 * (end - first));
    const width = (to - from) / columns;
    let length = 0;
    const emit = (/** @type {number} */ i) => {
      out[length] = this.timeAt(i);
      out[length + 1] = this.valueAt(i);
      length += 2;
    };
    for (let i = first; i < end; ) {
      if (Number.isNaN(this.valueAt(i))) {
        emit(i);
        while (i < end && Number.isNaN(this.valueAt(i))) i += 1;
        continue;
      }
      const edge = from + (Math.floor((this.timeAt(i) - from) / width) + 1) * width;
      let low = i;
      let high = i;
      for (i += 1; i < end && this.timeAt(i) < edge && !Number.isNaN(this.valueAt(i)); i += 1) {
        if (this.valueAt(i) < this.valueAt(low)) low = i;
        if (this.valueAt(i) > this.valueAt(high)) high = i;
      }
      emit(Math.min(low, high));
      if (low !== high) emit(Math.max(low, high));
    }
    return out.slice(0, length);
  }
}
