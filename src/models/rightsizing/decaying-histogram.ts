import { type Buckets, bucketQuantile } from './buckets.ts';

/** Half-lives after which weights are measured from a later time, so that they stay finite. */
const LARGEST_EXPONENT = 100;
/** A bucket that weighs less is empty. */
const EPSILON = 1e-4;

/**
 * Weights of samples by their value, of which half is forgotten in every half-life: a sample at time t weighs
 * `weight 2^((t - reference) / halfLife)`, and the reference moves on when that grows too large. Kubernetes' vertical pod
 * autoscaler, `pkg/recommender/util/decaying_histogram.go`. Times in seconds on any one clock, in any order.
 */
export class DecayingHistogram {
  readonly #buckets: Buckets;
  readonly #halfLife: number;
  readonly #weights: Float64Array;
  #reference = Number.NaN;

  constructor(buckets: Buckets, halfLife: number) {
    if (!(halfLife > 0)) throw new RangeError(`half-life ${halfLife} is not above 0`);
    this.#buckets = buckets;
    this.#halfLife = halfLife;
    this.#weights = new Float64Array(buckets.count);
  }

  add(value: number, weight: number, time: number): void {
    const index = this.#buckets.of(value);
    const factor = this.#factor(time);
    this.#weights[index] = (this.#weights[index] as number) + weight * factor;
  }

  /** Nothing has, as far as can be told, been added. */
  get isEmpty(): boolean {
    return this.#weights.every((weight) => weight < EPSILON);
  }

  /** The end of the bucket in which the share `q` is reached; 0 when empty. */
  percentile(q: number): number {
    return bucketQuantile(
      this.#buckets,
      this.#weights.map((weight) => (weight < EPSILON ? 0 : weight)),
      q,
    );
  }

  #factor(time: number): number {
    if (Number.isNaN(this.#reference)) this.#reference = time;
    if (time > this.#reference + this.#halfLife * LARGEST_EXPONENT) this.#shift(time);
    return 2 ** ((time - this.#reference) / this.#halfLife);
  }

  /** By whole half-lives, so that the weights are scaled without rounding. */
  #shift(time: number): void {
    const halfLives = Math.round((time - this.#reference) / this.#halfLife);
    const factor = 2 ** -halfLives;
    for (let i = 0; i < this.#weights.length; i++) this.#weights[i] = (this.#weights[i] as number) * factor;
    this.#reference += halfLives * this.#halfLife;
  }
}
