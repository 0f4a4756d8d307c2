import { type Arrivals, nanoseconds, type Stage, type StartsPlan } from './plan.ts';
import { poissonStarts } from './poisson.ts';

/** A stage with what came before it. Rates are per time unit, `length` is in time units. */
type Ramp = {
  readonly start: number;
  readonly duration: number;
  readonly length: number;
  readonly from: number;
  readonly to: number;
  /** Iterations due before this stage: whole ones and the fraction carried over. */
  readonly whole: number;
  readonly fraction: number;
  /** Iterations due by the end of this stage: whole ones, and with the fraction that the next one begins with. */
  readonly last: number;
  readonly area: number;
};

/**
 * A rate that changes linearly within each stage: iteration i, counted from 1, is due when the area under the rate
 * reaches i, and so never at 0. With rate f at the start of a stage, slope k and r iterations still to come since
 * then, f t + k t^2 / 2 = r, whose root is t = 2 r / (f + sqrt(f^2 + 2 k r)) for every slope. Areas are kept as
 * exact integers, so that no iteration is lost or gained at the border of a stage; instants are rounded down to
 * nanoseconds, as in k6.
 */
export function rampingArrivalRate(
  config: {
    readonly startRate: number;
    readonly timeUnit: number;
    readonly stages: readonly Stage[];
    readonly preAllocatedVUs: number;
    readonly maxVUs: number;
    readonly gracefulStop: number;
  } & Arrivals,
): StartsPlan {
  const { preAllocatedVUs, maxVUs, gracefulStop } = config;
  const unit = nanoseconds(config.timeUnit);
  const { ramps, end } = rampsOf(config.startRate, unit, config.stages);
  const count = ramps.at(-1)?.last ?? 0;
  const plan: StartsPlan = {
    kind: 'starts',
    count,
    startOf: (index) => (index < count ? dueAt(ramps, unit, index + 1) / 1e9 : Number.POSITIVE_INFINITY),
    preAllocatedVUs,
    maxVUs,
    end: end / 1e9,
    gracefulStop,
    reserved: [
      { time: 0, vus: preAllocatedVUs },
      { time: (end + nanoseconds(gracefulStop)) / 1e9, vus: 0 },
    ],
  };
  if (config.arrivals !== 'poisson') return plan;
  const last = ramps.at(-1);
  const dueWhen = (iterations: number) =>
    last === undefined || iterations > last.area
      ? Number.POSITIVE_INFINITY
      : dueAt(ramps, unit, iterations) / 1e9;
  return poissonStarts(plan, dueWhen, config.seed);
}

function rampsOf(startRate: number, unit: number, stages: readonly Stage[]): { ramps: Ramp[]; end: number } {
  // Twice the area under the rate, in nanoseconds times iterations per time unit: an integer.
  const perIteration = 2n * BigInt(unit);
  let area = 0n;
  let start = 0;
  let from = startRate;
  const ramps = stages.map(({ duration: seconds, target: to }): Ramp => {
    const duration = nanoseconds(seconds);
    const before = {
      whole: Number(area / perIteration),
      fraction: Number(area % perIteration) / Number(perIteration),
    };
    area += BigInt(duration) * BigInt(from + to);
    const ramp = {
      start,
      duration,
      length: duration / unit,
      from,
      to,
      ...before,
      last: Number(area / perIteration),
      area: Number(area) / Number(perIteration),
    };
    start += duration;
    from = to;
    return ramp;
  });
  return { ramps, end: start };
}

/** Nanoseconds at which iteration `i`, from 1 to the last, is due; a fraction, when that much of one is. */
function dueAt(ramps: readonly Ramp[], unit: number, i: number): number {
  let low = 0;
  let high = ramps.length - 1;
  // The sum as a double may be off by a rounding, which whole iterations must not be lost to.
  const isWhole = Number.isInteger(i);
  while (low < high) {
    const middle = (low + high) >> 1;
    const { last, area } = ramps[middle] as Ramp;
    if ((isWhole ? last : area) < i) low = middle + 1;
    else high = middle;
  }
  const { start, duration, length, from, to, whole, fraction } = ramps[low] as Ramp;
  const due = i - whole - fraction;
  const rate = Math.sqrt(Math.max(0, from * from + (2 * due * (to - from)) / length));
  return Math.floor(start + Math.min(duration, ((2 * due) / (from + rate)) * unit));
}
