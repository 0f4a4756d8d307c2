import type { Interval } from './interval.ts';
import { gram, type Matrix, project, solveSymmetric } from './linear.ts';
import { quantile } from './quantile.ts';
import { Random } from './random.ts';
import { kneeOf, peakOf, throughputAt, type Usl } from './usl.ts';
import { type Level, slopes, solveUsl } from './usl-solve.ts';

/** Throughput, per second, that was measured with `concurrency` requests in the system; one for every repeat. */
export type Measurement = { readonly concurrency: number; readonly throughput: number };

export type UslFit = Usl & {
  readonly ci: { readonly [name in keyof Usl]: Interval };
  /** Asymptotic standard errors; null for what is held at zero, all of them where the data do not tell them apart. */
  readonly errors: { readonly [name in keyof Usl]: number | null };
  /** Residual standard error, requests per second, with `degrees` degrees of freedom. */
  readonly rse: number;
  readonly degrees: number;
  /** Share of the variation of throughput that the law explains. */
  readonly r2: number;
  /** The largest concurrency that was measured. */
  readonly tested: number;
  /** The law fitted to every bootstrap replicate. */
  readonly replicates: readonly Usl[];
};

/** Why a fit has no peak that could be told. */
export type NoPeak =
  /** The interval of kappa includes zero: throughput may level off and never fall. */
  | { readonly reason: 'uncertain' }
  /** It would lie beyond what was tested: an extrapolation. */
  | { readonly reason: 'outside'; readonly concurrency: number };

export type FoundPeak = {
  readonly concurrency: number;
  readonly throughput: number;
  readonly ci: { readonly concurrency: Interval; readonly throughput: Interval };
};

/** With fewer concurrencies three parameters follow the noise (as in C. Hale's usl4j). */
export const FEWEST_LEVELS = 6;
/** A peak may lie this much beyond the largest concurrency that was tested. */
const FARTHEST = 1.2;
const LEVEL = 0.95;
const REPLICATES = 1000;

/**
 * Fits the law by least squares on throughput, all three parameters zero or more, with 95 % intervals from a bootstrap
 * over the repeats. Throws a RangeError for fewer than six different concurrencies, for a number that is negative or
 * not finite, a concurrency below 1, or nothing but zeros.
 */
export function fitUsl(
  measurements: readonly Measurement[],
  options: { seed: number; replicates?: number },
): UslFit {
  const levels = levelsOf(measurements);
  const { usl, free } = solveUsl(levels);
  const residual = ({ concurrency, throughput }: Measurement) => throughput - throughputAt(usl, concurrency);
  const squares = measurements.reduce((sum, each) => sum + residual(each) ** 2, 0);
  const mean = measurements.reduce((sum, each) => sum + each.throughput, 0) / measurements.length;
  const variation = measurements.reduce((sum, each) => sum + (each.throughput - mean) ** 2, 0);
  const degrees = measurements.length - free.length;
  const rse = Math.sqrt(squares / degrees);
  const replicates = bootstrap(levels, usl, free.length, options);
  const interval = (name: keyof Usl) => within(replicates.map((each) => each[name]));
  return {
    ...usl,
    ci: { lambda: interval('lambda'), sigma: interval('sigma'), kappa: interval('kappa') },
    errors: standardErrors(levels, usl, free, rse),
    rse,
    degrees,
    r2: variation === 0 ? 1 : 1 - squares / variation,
    tested: Math.max(...levels.map(({ concurrency }) => concurrency)),
    replicates,
  };
}

/**
 * The peak, unless the data cannot tell it: kappa must be clear of zero, the peak must lie within what was tested or
 * little beyond, and something must have been tested past the knee.
 */
export function findPeak(fit: UslFit): FoundPeak | NoPeak {
  if (fit.ci.kappa.low <= 0) return { reason: 'uncertain' };
  const { concurrency, throughput } = peakOf(fit);
  const seen = concurrency <= FARTHEST * fit.tested && kneeOf(fit) < fit.tested;
  if (!seen) return { reason: 'outside', concurrency };
  const peaks = fit.replicates.map(peakOf);
  return {
    concurrency,
    throughput,
    ci: {
      concurrency: within(peaks.map((each) => Math.min(each.concurrency, Number.MAX_VALUE))),
      throughput: within(peaks.map((each) => Math.min(each.throughput, Number.MAX_VALUE))),
    },
  };
}

/** The 95 % interval of the fitted throughput at `concurrency`: where the law runs, not where one repeat falls. */
export function throughputBand(fit: UslFit, concurrency: number): Interval {
  return within(fit.replicates.map((each) => throughputAt(each, concurrency)));
}

function levelsOf(measurements: readonly Measurement[]): Level[] {
  const groups = new Map<number, number[]>();
  for (const { concurrency, throughput } of measurements) {
    if (!(concurrency >= 1 && Number.isFinite(concurrency) && throughput >= 0 && Number.isFinite(throughput)))
      throw new RangeError(`${throughput}/s at ${concurrency} is not a measurement`);
    groups.set(concurrency, [...(groups.get(concurrency) ?? []), throughput]);
  }
  if (groups.size < FEWEST_LEVELS) {
    throw new RangeError(`${groups.size} different concurrencies are too few: ${FEWEST_LEVELS} are needed`);
  }
  return [...groups].map(([concurrency, throughputs]) => ({
    concurrency,
    throughput: throughputs.reduce((sum, each) => sum + each, 0) / throughputs.length,
    throughputs,
  }));
}

/**
 * Refits of drawn data. The mean of a level strays from the law for two reasons, and both are drawn: its repeats differ,
 * which is drawn from the shares by which all repeats differ from their means, since those of one level are few; and the
 * law is not quite the system, which is drawn from how far the means are from the fit beyond what the repeats explain.
 * From few data the size of either is itself uncertain, as in Student's t: each replicate divides it by a chi of as many
 * degrees of freedom.
 */
function bootstrap(
  levels: readonly Level[],
  usl: Usl,
  parameters: number,
  { seed, replicates = REPLICATES }: { seed: number; replicates?: number },
): Usl[] {
  const random = new Random(seed);
  const degrees = levels.length - parameters;
  const misfits = levels.map(({ concurrency, throughput }) => throughput - throughputAt(usl, concurrency));
  const misfit = misfits.reduce((sum, each) => sum + each * each, 0) / degrees;
  const repeated = levels.filter(({ throughputs }) => throughputs.length > 1);
  const noise =
    repeated.length === 0
      ? 0
      : repeated.reduce((sum, level) => sum + varianceOfMean(level), 0) / repeated.length;
  const beyond = misfit === 0 ? 0 : Math.sqrt(Math.max(0, 1 - noise / misfit) * (levels.length / degrees));
  const deviations = repeated.flatMap(deviationsOf);
  const spare = deviations.length - repeated.length;
  return Array.from({ length: replicates }, () => {
    const ofLaw = beyond * student(degrees, random);
    const ofRepeats = spare === 0 ? 0 : student(spare, random);
    const drawn = levels.map((level) => {
      const strayed =
        ofLaw * (misfits[random.integer(misfits.length)] as number) +
        ofRepeats * drawRepeats(level, deviations, random);
      return { ...level, throughput: Math.max(0, throughputAt(usl, level.concurrency) + strayed) };
    });
    return drawn.some(({ throughput }) => throughput > 0) ? solveUsl(drawn, usl).usl : usl;
  });
}

function varianceOfMean({ throughput, throughputs }: Level): number {
  const n = throughputs.length;
  return throughputs.reduce((sum, each) => sum + (each - throughput) ** 2, 0) / (n - 1) / n;
}

/** By which share each repeat differs from its level's mean; of n of them n - 1 vary freely. */
function deviationsOf({ throughput, throughputs }: Level): number[] {
  const n = throughputs.length;
  return throughputs.map((each) => (throughput === 0 ? 0 : (each / throughput - 1) * Math.sqrt(n / (n - 1))));
}

/** How far the mean of as many repeats is from the level's, with deviations drawn from those of all levels. */
function drawRepeats(
  { throughput, throughputs: { length: n } }: Level,
  deviations: readonly number[],
  random: Random,
): number {
  if (deviations.length === 0) return 0;
  let sum = 0;
  for (let i = 0; i < n; i++) sum += deviations[random.integer(deviations.length)] as number;
  return (throughput * sum) / n;
}

/** What makes a normal deviate one of Student's t. */
function student(degrees: number, random: Random): number {
  return Math.sqrt(degrees / chiSquared(degrees, random));
}

function chiSquared(degrees: number, random: Random): number {
  let sum = 0;
  for (let i = 0; i < degrees; i++) sum += random.normal() ** 2;
  return sum;
}

function within(values: number[]): Interval {
  return { low: quantile(values, (1 - LEVEL) / 2), high: quantile(values, (1 + LEVEL) / 2) };
}

/** From the Jacobian at the fit (G. Seber, C. Wild, Nonlinear Regression, 1989, 2.1). */
function standardErrors(
  levels: readonly Level[],
  usl: Usl,
  free: readonly (keyof Usl)[],
  rse: number,
): UslFit['errors'] {
  const rows: Matrix = levels.map(({ concurrency }) => free.map((name) => slopes(usl, concurrency)[name]));
  const weights = levels.map(({ throughputs }) => throughputs.length);
  const scales = free.map((_, i) =>
    Math.sqrt(
      project(
        rows,
        rows.map((row) => row[i] as number),
        weights,
      )[i] as number,
    ),
  );
  const scaled = rows.map((row) => row.map((value, i) => value / (scales[i] as number)));
  const information = gram(scaled, weights);
  const errorOf = (name: keyof Usl) => {
    const at = free.indexOf(name);
    if (at < 0) return null;
    const column = solveSymmetric(
      information,
      free.map((_, i) => (i === at ? 1 : 0)),
    );
    return (rse * Math.sqrt(column[at] as number)) / (scales[at] as number);
  };
  try {
    return { lambda: errorOf('lambda'), sigma: errorOf('sigma'), kappa: errorOf('kappa') };
  } catch (error) {
    // Singular: some change of all parameters together leaves the law where it is.
    if (error instanceof RangeError) return { lambda: null, sigma: null, kappa: null };
    throw error;
  }
}
