import { responseQuantile } from '../queueing/mmc.ts';

/** What one pod does with requests, and what it uses for them. Seconds, cores, bytes, requests per second. */
export type Replica = {
  /** Requests per second that keep all workers of a pod busy, before the CPU limit. */
  readonly capacity: number;
  /** Requests that a pod works on at once; more wait in the order of their arrival. */
  readonly workers: number;
  /** Squared coefficient of variation of the service time: 1 for exponential, 0 for always the same. */
  readonly variability: number;
  /** CPU seconds of a request. */
  readonly cpuPerRequest: number;
  /** Cores that a pod uses without requests. */
  readonly cpuIdle: number;
  readonly cpuRequest: number;
  /** Null without a limit. */
  readonly cpuLimit: number | null;
  /** Memory that a pod uses, whatever its load, and what it requests. */
  readonly memory: number;
  readonly memoryRequest: number;
  /** A request that would wait longer than this is turned away. */
  readonly timeout: number;
};

/** Requests per second that a busy pod answers: what its workers do, or what its CPU limit lets them. */
export function rateOf({ capacity, cpuPerRequest, cpuIdle, cpuLimit }: Replica): number {
  if (cpuLimit === null || cpuPerRequest === 0) return capacity;
  return Math.min(capacity, Math.max(0, cpuLimit - cpuIdle) / cpuPerRequest);
}

/** Mean service time of a request on one worker. */
export function serviceOf(replica: Replica): number {
  return replica.workers / rateOf(replica);
}

/** Throws a RangeError that names the field that is outside its domain. */
export function checkReplica(replica: Replica): void {
  const above = ['capacity', 'cpuRequest', 'memoryRequest', 'timeout'] as const;
  for (const field of above) {
    if (!(replica[field] > 0)) throw new RangeError(`${field} ${replica[field]} is not above zero`);
  }
  const notBelow = ['variability', 'cpuPerRequest', 'cpuIdle', 'memory'] as const;
  for (const field of notBelow) {
    if (!(replica[field] >= 0)) throw new RangeError(`${field} ${replica[field]} is not zero or more`);
  }
  if (!Number.isSafeInteger(replica.workers) || replica.workers < 1)
    throw new RangeError(`${replica.workers} workers is not a whole number of 1 or more`);
  if (!(rateOf(replica) > 0))
    throw new RangeError(
      `the CPU limit ${replica.cpuLimit} leaves nothing beyond the idle ${replica.cpuIdle}`,
    );
}

/** A share of requests, `quantile`, that must be answered within `within` seconds. */
export type Slo = { readonly quantile: number; readonly within: number };

/**
 * The most requests per second that one pod answers within the SLO, evenly loaded: the inverse of the response of
 * M/M/c, by bisection. Zero when even an idle pod is too slow.
 */
export function rateWithin(replica: Replica, { quantile, within }: Slo): number {
  const service = serviceOf(replica);
  const full = rateOf(replica);
  const holds = (rate: number) => responseQuantile(rate, service, replica.workers, quantile) <= within;
  if (!holds(0)) return 0;
  let [low, high] = [0, full];
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2;
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return low;
}
