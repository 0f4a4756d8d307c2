import { Random } from '../random.ts';
import { checkServiceTime, drawService, type ServiceTime } from '../service-time.ts';
import { checkQuota, type Quota } from './quota.ts';
import { ROUNDING } from './simulation.ts';

/**
 * Requests to one thread, in units of their means: the same come at every rate, so that what is told of two rates differs by
 * no chance.
 */
export type Requests = {
  /** Between one and the next, in mean gaps. */
  readonly gaps: Float64Array;
  /** CPU seconds. */
  readonly demands: Float64Array;
};

/** As `simulateThrottled` draws them from the same seed. */
export function drawRequests(service: ServiceTime, seed: number, count: number): Requests {
  checkServiceTime(service);
  const [gaps, demands] = [new Random(seed), new Random(seed + 1)];
  return {
    gaps: Float64Array.from({ length: count }, () => -Math.log(1 - gaps.uniform())),
    demands: Float64Array.from({ length: count }, () => drawService(service, demands)),
  };
}

/**
 * Seconds from arrival to departure of each request, in the order in which they came at `lambda` per second: of one thread
 * each begins when the one before it has ended, so that its end follows from the quota that is left, without any other event.
 */
export function oneThreadResponses(
  { quota, period }: Quota,
  { gaps, demands }: Requests,
  lambda: number,
): Float64Array {
  checkQuota({ quota, period });
  if (!(lambda > 0) || !Number.isFinite(lambda)) throw new RangeError(`rate ${lambda} is not above 0`);
  const responses = new Float64Array(gaps.length);
  let [arrival, free, left, boundary] = [0, 0, quota, period];
  for (let i = 0; i < gaps.length; i++) {
    arrival += (gaps[i] as number) / lambda;
    let t = Math.max(arrival, free);
    if (t >= boundary) {
      boundary = period * (Math.floor(t / period) + 1);
      // Where rounding put the quotient below a whole number.
      if (boundary <= t) boundary += period;
      left = quota;
    }
    let demand = demands[i] as number;
    for (;;) {
      const run = Math.min(demand, left, boundary - t);
      demand -= run;
      if (demand <= ROUNDING) {
        t += run;
        left -= run;
        break;
      }
      // The quota is used up, or the period is over.
      t = boundary;
      boundary += period;
      left = quota;
    }
    free = t;
    responses[i] = t - arrival;
  }
  return responses;
}
