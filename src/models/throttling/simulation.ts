import { Random } from '../random.ts';
import { checkServiceTime, drawService, type ServiceTime } from '../service-time.ts';
import { checkQuota, type Quota } from './quota.ts';

export type Throttled = Quota & {
  /** Threads that serve requests at once and use the quota up together: 1 for a Node process. */
  readonly threads: number;
  /** Poisson arrivals per second. */
  readonly lambda: number;
  /** CPU seconds per request. */
  readonly service: ServiceTime;
};

export type ThrottledRun = {
  /** Seconds from arrival to departure, in ascending order. */
  readonly responses: Float64Array;
  /** Of all periods, those in which the quota was used up before the work was. */
  readonly throttledShare: number;
  /** Seconds stopped, per second. */
  readonly stoppedShare: number;
};

/** Seconds that are nothing but rounding. */
export const ROUNDING = 1e-12;
/** The first requests find an emptier replica than later ones do. */
export const WARM_UP = 0.05;

/** Throws a RangeError outside the domain, and for more work than the quota allows and the threads can do. */
export function checkThrottled({ quota, period, threads, lambda, service }: Throttled): void {
  checkQuota({ quota, period });
  checkServiceTime(service);
  if (!Number.isSafeInteger(threads) || threads < 1)
    throw new RangeError(`${threads} threads is not a whole number of 1 or more`);
  if (!(lambda > 0) || !Number.isFinite(lambda)) throw new RangeError(`rate ${lambda} is not above 0`);
  const cores = Math.min(threads, quota / period);
  if (lambda * service.mean >= cores)
    throw new RangeError(`${lambda * service.mean} cores in use of ${cores} have no steady state`);
}

/**
 * `requests` requests, served in their order by the threads of a replica under a quota, from one event to the next. The
 * same seed gives the same run.
 */
export function simulateThrottled(
  replica: Throttled,
  { seed, requests }: { seed: number; requests: number },
): ThrottledRun {
  checkThrottled(replica);
  const { quota, period, threads, lambda, service } = replica;
  // A generator for each, so that the same requests come at every rate.
  const gaps = new Random(seed);
  const demands = new Random(seed + 1);
  const arrivals = new Float64Array(requests);
  for (let i = 0, t = 0; i < requests; i++) {
    t -= Math.log(1 - gaps.uniform()) / lambda;
    arrivals[i] = t;
  }
  const responses = new Float64Array(requests);
  const busy: { request: number; left: number }[] = [];
  let [t, tokens, boundary, next, done] = [0, quota, period, 0, 0];
  let [periods, throttled, stopped] = [0, 0, 0];
  let wasStopped = false;
  // Requests that came and wait: those from `waiting` to `next`.
  let waiting = 0;
  while (done < requests) {
    while (busy.length < threads && waiting < next) {
      busy.push({ request: waiting, left: drawService(service, demands) });
      waiting++;
    }
    const running = tokens > 0 ? busy.length : 0;
    const shortest = running === 0 ? Number.POSITIVE_INFINITY : least(busy);
    const arrival = next < requests ? (arrivals[next] as number) : Number.POSITIVE_INFINITY;
    const exhausted = running === 0 ? Number.POSITIVE_INFINITY : t + tokens / running;
    const finished = t + shortest;
    const at = Math.min(boundary, arrival, finished, exhausted);
    const passed = at - t;
    if (running > 0) {
      for (const job of busy) job.left -= passed;
      tokens -= passed * running;
    } else if (busy.length > 0 && passed > ROUNDING) {
      stopped += passed;
      wasStopped = true;
    }
    t = at;
    if (at === finished) {
      // Late in a long run a rounding of the clock is more than what is left: the shortest ends whatever that is.
      const ended = least(busy) + ROUNDING;
      for (let i = busy.length - 1; i >= 0; i--) {
        const job = busy[i] as { request: number; left: number };
        if (job.left > ended) continue;
        responses[job.request] = t - (arrivals[job.request] as number);
        busy.splice(i, 1);
        done++;
      }
    }
    if (at === exhausted || tokens < ROUNDING) tokens = 0;
    if (at === arrival) next++;
    if (at === boundary) {
      periods++;
      if (wasStopped) throttled++;
      wasStopped = false;
      tokens = quota;
      boundary += period;
    }
  }
  return {
    responses: responses.subarray(Math.floor(requests * WARM_UP)).toSorted(),
    throttledShare: periods === 0 ? 0 : throttled / periods,
    stoppedShare: stopped / t,
  };
}

function least(busy: readonly { left: number }[]): number {
  let shortest = Number.POSITIVE_INFINITY;
  for (const { left } of busy) if (left < shortest) shortest = left;
  return shortest;
}
