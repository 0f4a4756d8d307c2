import { erlangC } from '../queueing/erlang.ts';
import { responseQuantile, responseTail } from '../queueing/mmc.ts';
import { type Replica, rateOf, serviceOf } from './replica.ts';

/** Above this utilisation the steady state takes longer to come about than a step of 15 s is for slow services. */
export const HIGHEST = 0.9999;
const PER_UNIT = 1000;

/**
 * The steady state of one pod as a queue M/M/c, by its utilisation, 0 to `HIGHEST`: looked up, since a month has ten
 * times as many steps as there are different answers.
 */
export class SteadyPod {
  /** Requests per second that the pod answers when busy. */
  readonly rate: number;
  readonly #service: number;
  readonly #workers: number;
  /** Probability of waiting, by utilisation: smooth, unlike everything that is divided by 1 - utilisation. */
  readonly #delayed: Float64Array;
  readonly #tails = new Map<number, Float64Array>();
  readonly #quantiles = new Map<number, Float64Array>();

  constructor(replica: Replica) {
    this.rate = rateOf(replica);
    this.#service = serviceOf(replica);
    this.#workers = replica.workers;
    this.#delayed = Float64Array.from({ length: PER_UNIT + 1 }, (_, i) =>
      i === PER_UNIT ? 1 : erlangC(this.#workers, (i / PER_UNIT) * this.#workers),
    );
  }

  /** Mean number of requests that the pod has. */
  number(utilisation: number): number {
    const u = Math.min(utilisation, HIGHEST);
    return this.#workers * u + (interpolate(this.#delayed, u) * u) / (1 - u);
  }

  /** The utilisation at which the pod has `number` requests in the mean: the inverse, by bisection. */
  utilisationAt(number: number): number {
    return this.solve(0, number);
  }

  /**
   * The utilisation u at which `number(u) + weight u` is `sum`; `HIGHEST` when there is none below it. Both rise with u.
   */
  solve(weight: number, sum: number): number {
    let [low, high] = [0, HIGHEST];
    if (this.number(high) + weight * high <= sum) return HIGHEST;
    for (let i = 0; i < 26; i++) {
      const middle = (low + high) / 2;
      if (this.number(middle) + weight * middle > sum) high = middle;
      else low = middle;
    }
    return (low + high) / 2;
  }

  /** Mean time until service begins. */
  wait(utilisation: number): number {
    const u = Math.min(utilisation, HIGHEST);
    return interpolate(this.#delayed, u) / (this.rate * (1 - u));
  }

  /** The share of requests whose response takes longer than `seconds`. */
  tail(utilisation: number, seconds: number): number {
    if (seconds <= 0) return 1;
    return responseTail(Math.min(utilisation, HIGHEST) * this.rate, this.#service, this.#workers, seconds);
  }

  /** The same for one `seconds` that is asked for often. */
  commonTail(utilisation: number, seconds: number): number {
    const table = tableOf(this.#tails, seconds);
    return lookUp(table, Math.min(utilisation, HIGHEST), (u) => this.tail(u, seconds));
  }

  quantile(utilisation: number, q: number): number {
    const table = tableOf(this.#quantiles, q);
    return lookUp(table, Math.min(utilisation, HIGHEST), (u) =>
      responseQuantile(u * this.rate, this.#service, this.#workers, q),
    );
  }
}

/** The step of the tables that `utilisation` is nearest to, as a utilisation. */
export function nearestStep(utilisation: number): number {
  return Math.round(Math.min(utilisation, HIGHEST) * PER_UNIT) / PER_UNIT;
}

function interpolate(table: Float64Array, u: number): number {
  const at = u * PER_UNIT;
  const i = Math.floor(at);
  const low = table[i] as number;
  return low + ((table[i + 1] ?? low) - low) * (at - i);
}

/** A table that is filled when it is read. */
function tableOf(tables: Map<number, Float64Array>, key: number): Float64Array {
  let table = tables.get(key);
  if (table === undefined) {
    table = new Float64Array(PER_UNIT + 1).fill(Number.NaN);
    tables.set(key, table);
  }
  return table;
}

function lookUp(table: Float64Array, u: number, compute: (u: number) => number): number {
  const at = u * PER_UNIT;
  const i = Math.floor(at);
  const entry = (k: number): number => {
    const known = table[k] as number;
    if (!Number.isNaN(known)) return known;
    const value = compute(Math.min(k / PER_UNIT, HIGHEST));
    table[k] = value;
    return value;
  };
  const low = entry(i);
  return at === i ? low : low + (entry(i + 1) - low) * (at - i);
}
