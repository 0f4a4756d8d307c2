import type { Random } from '../random.ts';
import { eventsFactor, type TrafficEvent } from './event.ts';
import type { History } from './history.ts';
import { type Holiday, holidaysFactor } from './holiday.ts';
import type { Profile } from './profile.ts';

/** The load that is expected: a mean rate in a shape, or a recorded one again; with events on top, and growth. */
export type Traffic = {
  base: { profile: Profile; mean: number } | { history: History };
  events: readonly TrafficEvent[];
  holidays?: readonly Holiday[];
  /** Factor on everything, such as growth until the time that is planned for. */
  scale: number;
};

/**
 * Requests per second that are expected at `t`, seconds since 1970. After its end a history repeats itself in whole
 * weeks if it covers one, and in whole days or as a whole if not.
 */
export function rateAt({ base, events, holidays = [], scale }: Traffic, t: number): number {
  const rate =
    'history' in base ? base.history.rateAt(wrapped(base.history, t)) : base.mean * base.profile.factor(t);
  return rate * holidaysFactor(holidays, t) * eventsFactor(events, t) * scale;
}

/** What in the traffic is assumed and neither recorded nor said, for a reader. */
export function assumptionsOf({ base, holidays = [] }: Traffic): string[] {
  return [
    ...('profile' in base ? base.profile.assumptions : []),
    ...(holidays.some(({ centre }) => centre !== null)
      ? ['a holiday takes from a centre its share of turnover, spread evenly over its business day']
      : []),
  ];
}

const DAY = 86_400;
const WEEK = 7 * DAY;

function wrapped({ from, to }: History, t: number): number {
  const length = to - from;
  const unit = length >= WEEK ? WEEK : length >= DAY ? DAY : length;
  const period = Math.floor(length / unit) * unit;
  const since = (t - from) % period;
  return from + (since < 0 ? since + period : since);
}

/** The expected rate in each of `steps` steps of `seconds` from `from` on, each taken at its middle. */
export function expectedRates(traffic: Traffic, from: number, seconds: number, steps: number): Float64Array {
  return Float64Array.from({ length: steps }, (_, i) => rateAt(traffic, from + (i + 0.5) * seconds));
}

/**
 * How arrivals scatter about the expected rate. Poisson arrivals have a variance of one per request; burstier ones have
 * it multiplied, by a rate that itself drifts: `deviation` is the standard deviation of that drift as a share of the
 * rate, `memory` the seconds after which it has forgotten all but a third.
 */
export type Noise = { deviation: number; memory: number };

/**
 * Arrivals in steps of `seconds` at the expected `rates`: a Poisson count of each, around a rate that drifts as a
 * first-order autoregressive process on the logarithm, with mean one.
 */
export function drawArrivals(
  rates: ArrayLike<number>,
  seconds: number,
  { deviation, memory }: Noise,
  random: Random,
): Float64Array {
  if (!(deviation >= 0) || !(memory > 0))
    throw new RangeError('noise has a deviation of zero or more and a memory');
  // A log-normal factor of mean one whose standard deviation is `deviation`.
  const variance = Math.log(1 + deviation ** 2);
  const keep = Math.exp(-seconds / memory);
  const fresh = Math.sqrt(variance * (1 - keep ** 2));
  let drift = deviation > 0 ? Math.sqrt(variance) * random.normal() : 0;
  return Float64Array.from({ length: rates.length }, (_, i) => {
    const factor = Math.exp(drift - variance / 2);
    if (deviation > 0) drift = keep * drift + fresh * random.normal();
    return random.poisson((rates[i] as number) * seconds * factor);
  });
}
