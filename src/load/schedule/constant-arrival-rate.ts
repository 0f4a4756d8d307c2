import { type Arrivals, nanoseconds, type StartsPlan } from './plan.ts';
import { poissonStarts } from './poisson.ts';

/**
 * `rate` iterations per `timeUnit` seconds for `duration` seconds: iteration k is due at k periods, the first at 0.
 * A period is a whole number of nanoseconds, rounded down, as in k6. In k6 the iteration due exactly at the end
 * races with the deadline; here it never starts, so that 10/s for 2 s are 20 iterations.
 */
export function constantArrivalRate(
  config: {
    readonly rate: number;
    readonly timeUnit: number;
    readonly duration: number;
    readonly preAllocatedVUs: number;
    readonly maxVUs: number;
    readonly gracefulStop: number;
  } & Arrivals,
): StartsPlan {
  const { rate, duration, preAllocatedVUs, maxVUs, gracefulStop } = config;
  const unit = nanoseconds(config.timeUnit);
  const period = Math.floor(unit / rate);
  const end = nanoseconds(duration);
  // Rounding the period down must not squeeze in one iteration more than the rate allows.
  const wanted = (BigInt(end) * BigInt(rate) + BigInt(unit) - 1n) / BigInt(unit);
  const count = Math.min(Math.ceil(end / period), Number(wanted));
  const plan: StartsPlan = {
    kind: 'starts',
    count,
    startOf: (index) => (index < count ? (index * period) / 1e9 : Number.POSITIVE_INFINITY),
    preAllocatedVUs,
    maxVUs,
    end: duration,
    gracefulStop,
    reserved: [
      { time: 0, vus: preAllocatedVUs },
      { time: (end + nanoseconds(gracefulStop)) / 1e9, vus: 0 },
    ],
  };
  if (config.arrivals !== 'poisson') return plan;
  return poissonStarts(plan, (iterations) => (iterations * (unit / rate)) / 1e9, config.seed);
}
