/**
 * A mergeable histogram of real numbers with a fixed relative error.
 *
 * Buckets are those of an HdrHistogram (G. Tene): every power of two is cut into `2 ** bits` equal parts, so a
 * bucket is at most `2 ** -bits` of its value wide. The bucket of a double is therefore its exponent and the
 * first `bits` bits of its mantissa, read straight from its representation. Memory is one small array per
 * power of two that occurs, whatever the number of samples. Count, sum, minimum and maximum are exact.
 */

/** 10 bits: buckets of 0.1 %, the three significant digits k6 users expect of a percentile. */
export const FINE_BITS = 10;
/** 7 bits: buckets of 0.8 %, for the histograms that a run file keeps for every second. */
export const COARSE_BITS = 7;

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);
const HIGH = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 1 : 0;
/** Exponents of IEEE 754 doubles are 11 bits. */
const EXPONENTS = 2048;

export class Histogram {
  readonly bits: number;
  count = 0;
  sum = 0;
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;
  readonly #shift: number;
  readonly #mask: number;
  /** Per exponent, the counts of its buckets; those of negative values from index `EXPONENTS` on. */
  readonly #rows: (Float64Array | undefined)[] = new Array(EXPONENTS);
  #zeros = 0;

  constructor(bits: number = FINE_BITS) {
    if (!Number.isInteger(bits) || bits < 1 || bits > 20) throw new RangeError('bits must be 1 to 20');
    this.bits = bits;
    this.#shift = 20 - bits;
    this.#mask = 2 ** bits - 1;
  }

  /** Adds `times` samples of `value`. Not-a-number and infinities have no bucket and are refused. */
  record(value: number, times = 1): void {
    if (value - value !== 0) throw new RangeError(`cannot record ${value}`);
    this.count += times;
    this.sum += value * times;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
    double[0] = value;
    const high = words[HIGH] as number;
    // The sign bit is the exponent's twelfth, so negative values get rows of their own.
    const exponent = high >>> 20;
    // Zero, and the subnormal numbers below 1e-307, which have no buckets of equal relative width.
    if ((exponent & (EXPONENTS - 1)) === 0) {
      this.#zeros += times;
      return;
    }
    let row = this.#rows[exponent];
    if (row === undefined) {
      row = new Float64Array(2 ** this.bits);
      this.#rows[exponent] = row;
    }
    const bucket = (high >>> this.#shift) & this.#mask;
    row[bucket] = (row[bucket] as number) + times;
  }

  /** Adds every sample of `other`, which may be finer than this histogram but not coarser. */
  merge(other: Histogram): void {
    if (other.bits < this.bits) throw new RangeError('cannot merge a coarser histogram into a finer one');
    const { sum, min, max } = this;
    const count = this.count;
    if (other.bits === this.bits) this.#addRows(other);
    else for (const [value, times] of other.buckets()) this.record(value, times);
    this.count = count + other.count;
    this.sum = sum + other.sum;
    this.min = Math.min(min, other.min);
    this.max = Math.max(max, other.max);
  }

  #addRows(other: Histogram): void {
    this.#zeros += other.#zeros;
    for (let exponent = 0; exponent < other.#rows.length; exponent++) {
      const added = other.#rows[exponent];
      if (added === undefined) continue;
      const row = this.#rows[exponent];
      if (row === undefined) this.#rows[exponent] = added.slice();
      else for (let i = 0; i < row.length; i++) row[i] = (row[i] as number) + (added[i] as number);
    }
  }

  /** Forgets every sample and keeps the memory. */
  reset(): void {
    this.count = 0;
    this.sum = 0;
    this.min = Number.POSITIVE_INFINITY;
    this.max = Number.NEGATIVE_INFINITY;
    this.#zeros = 0;
    for (const row of this.#rows) row?.fill(0);
  }

  get mean(): number {
    return this.count === 0 ? 0 : this.sum / this.count;
  }

  /**
   * The `q` quantile, 0 to 1, by k6's rule: rank `q * (n - 1)` with linear interpolation between neighbours;
   * 0 when there are no samples. Within a bucket samples are taken to lie at its middle.
   */
  quantile(q: number): number {
    if (!(q >= 0 && q <= 1)) throw new RangeError(`quantile ${q} is not between 0 and 1`);
    if (this.count === 0) return 0;
    const rank = q * (this.count - 1);
    const below = Math.floor(rank);
    const low = this.#at(below);
    return rank === below ? low : low + (rank - below) * (this.#at(below + 1) - low);
  }

  #at(rank: number): number {
    if (rank <= 0) return this.min;
    if (rank >= this.count - 1) return this.max;
    let seen = 0;
    for (const [value, times] of this.buckets()) {
      seen += times;
      if (seen > rank) return Math.min(this.max, Math.max(this.min, value));
    }
    return this.max;
  }

  /** Samples at most `limit`, to the width of a bucket. */
  countAtMost(limit: number): number {
    let seen = 0;
    for (const [value, times] of this.buckets()) {
      if (value > limit) break;
      seen += times;
    }
    return seen;
  }

  /** The middle of every occupied bucket and its count, in ascending order. */
  *buckets(): Generator<[value: number, count: number]> {
    // Few of the exponents occur, and a generator for each of the others would cost more than all samples.
    for (let exponent = this.#rows.length - 1; exponent >= EXPONENTS; exponent--) {
      const row = this.#rows[exponent];
      if (row !== undefined) yield* this.#row(row, exponent, -1);
    }
    if (this.#zeros > 0) yield [0, this.#zeros];
    for (let exponent = 0; exponent < EXPONENTS; exponent++) {
      const row = this.#rows[exponent];
      if (row !== undefined) yield* this.#row(row, exponent, 1);
    }
  }

  *#row(row: Float64Array, exponent: number, sign: 1 | -1): Generator<[number, number]> {
    const width = 2 ** ((exponent % EXPONENTS) - 1023 - this.bits);
    for (let i = 0; i < row.length; i++) {
      const bucket = sign === 1 ? i : row.length - 1 - i;
      const times = row[bucket] as number;
      if (times > 0) yield [sign * width * (row.length + bucket + 0.5), times];
    }
  }

  /** Everything it holds; `parseHistogram` is its inverse. Taken every other second, so it goes without `buckets`. */
  state(): HistogramJson {
    const values: number[] = [];
    const counts: number[] = [];
    for (let exponent = this.#rows.length - 1; exponent >= EXPONENTS; exponent--) {
      this.#collect(exponent, -1, values, counts);
    }
    if (this.#zeros > 0) {
      values.push(0);
      counts.push(this.#zeros);
    }
    for (let exponent = 0; exponent < EXPONENTS; exponent++) this.#collect(exponent, 1, values, counts);
    const { bits, count, sum, min, max } = this;
    return count === 0
      ? { bits, sum: 0, min: 0, max: 0, values, counts }
      : { bits, sum, min, max, values, counts };
  }

  #collect(exponent: number, sign: 1 | -1, values: number[], counts: number[]): void {
    const row = this.#rows[exponent];
    if (row === undefined) return;
    const width = sign * 2 ** ((exponent % EXPONENTS) - 1023 - this.bits);
    const last = row.length - 1;
    for (let i = 0; i <= last; i++) {
      const bucket = sign === 1 ? i : last - i;
      const times = row[bucket] as number;
      if (times === 0) continue;
      values.push(width * (row.length + bucket + 0.5));
      counts.push(times);
    }
  }

  /** A compact JSON form; `parseHistogram` is its inverse up to the width of a bucket. */
  toJSON(): HistogramJson {
    const { bits, sum, min, max, values, counts } = this.state();
    const round = (value: number) => Number(value.toPrecision(12));
    return {
      bits,
      sum: round(sum),
      min: round(min),
      max: round(max),
      values: values.map((value) => Number(value.toPrecision(5))),
      counts,
    };
  }
}

/** A histogram as a run file holds it: the middles of the occupied buckets and their counts. */
export type HistogramJson = {
  bits: number;
  sum: number;
  min: number;
  max: number;
  values: number[];
  counts: number[];
};

/** The histogram that `toJSON` wrote. Throws a RangeError when lists differ in length or a number is not finite. */
export function parseHistogram(json: HistogramJson): Histogram {
  if (json.values.length !== json.counts.length) throw new RangeError('values and counts differ in length');
  const histogram = new Histogram(json.bits);
  json.values.forEach((value, i) => {
    histogram.record(value, json.counts[i] ?? 0);
  });
  if (histogram.count > 0) {
    histogram.sum = json.sum;
    histogram.min = json.min;
    histogram.max = json.max;
  }
  return histogram;
}
