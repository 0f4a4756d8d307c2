import { nearestStep, type SteadyPod } from './steady-pod.ts';

/** Delays are kept to one percent. */
const BINS_PER_E = 100;

type Part = { key: number; utilisation: number; delay: number; weight: number };

/**
 * Response times of many requests: of each, the utilisation of the pod it met and the backlog that stood before it. The
 * distribution is the mixture of the pod's own at each utilisation, shifted by the delay that the backlog makes.
 */
export class ResponseMixture {
  readonly #pod: SteadyPod;
  readonly #parts = new Map<number, Part>();
  count = 0;
  #waits = 0;
  /** The part that was added to last: mostly the same again. */
  #last: Part = { key: -1, utilisation: 0, delay: 0, weight: 0 };

  constructor(pod: SteadyPod) {
    this.#pod = pod;
  }

  /** `weight` requests that met a pod at `utilisation`, `delay` seconds behind. */
  add(utilisation: number, delay: number, weight: number): void {
    if (weight <= 0) return;
    const step = nearestStep(utilisation);
    const bin = delay > 0 ? Math.round(Math.log(delay * this.#pod.rate + 1) * BINS_PER_E) : 0;
    const key = bin * 2048 + Math.round(step * 1000);
    if (this.#last.key !== key) {
      this.#last = this.#parts.get(key) ?? { key, utilisation: step, delay, weight: 0 };
      this.#parts.set(key, this.#last);
    }
    this.#last.weight += weight;
    this.count += weight;
    this.#waits += weight * (this.#pod.wait(utilisation) + delay);
  }

  clear(): void {
    if (this.count === 0) return;
    this.#parts.clear();
    this.#last = { key: -1, utilisation: 0, delay: 0, weight: 0 };
    this.count = 0;
    this.#waits = 0;
  }

  /** Mean time until service began. */
  meanWait(): number {
    return this.#waits / this.count;
  }

  /** By bisection of the mixture's tail; not a number without requests. */
  quantile(q: number): number {
    if (this.count === 0) return Number.NaN;
    const parts = [...this.#parts.values()];
    const [only] = parts;
    if (parts.length === 1 && only !== undefined) return only.delay + this.#pod.quantile(only.utilisation, q);
    let low = 0;
    let high = 0;
    for (const { utilisation, delay } of parts)
      high = Math.max(high, delay + this.#pod.quantile(utilisation, q));
    for (let i = 0; i < 40 && high - low > 1e-4 * high; i++) {
      const middle = (low + high) / 2;
      if (this.#tail(parts, middle) > 1 - q) low = middle;
      else high = middle;
    }
    return (low + high) / 2;
  }

  #tail(parts: readonly Part[], seconds: number): number {
    let sum = 0;
    for (const { utilisation, delay, weight } of parts)
      sum += weight * this.#pod.tail(utilisation, seconds - delay);
    return sum / this.count;
  }
}
