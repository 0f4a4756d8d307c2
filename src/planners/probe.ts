import { Histogram } from '../models/histogram.ts';
import type { Interval } from '../models/interval.ts';
import { throughputAt, type Usl } from '../models/usl.ts';
import {
  FEWEST_LEVELS,
  type FoundPeak,
  findPeak,
  fitUsl,
  throughputBand,
  type UslFit,
} from '../models/usl-fit.ts';
import type { ProbeFinding } from './probe-findings.ts';

/** One step of a sweep. Seconds, and requests per second. */
export type MeasuredStep = {
  readonly connections: number;
  readonly throughput: number;
  readonly latencies: Histogram;
  readonly requests: number;
  readonly errors: number;
  readonly timeouts: number;
  readonly reason: string | undefined;
  readonly busy: number;
};

/** What all repeats with one concurrency measured together; percentiles are null where nothing was counted. */
export type ProbeLevel = {
  readonly concurrency: number;
  readonly throughput: number;
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p99: number | null;
  readonly errors: number;
  readonly timeouts: number;
  readonly requests: number;
  /** The throughput of each repeat. */
  readonly repeats: readonly number[];
  /** Share of the time that the generator was busy, in its busiest repeat. */
  readonly generatorBusy: number;
  /** Throughput by the fitted law, with its 95 % interval; null without a fit. */
  readonly fitted: (Interval & { readonly value: number }) | null;
};

export type ProbeResult = {
  /** By concurrency. */
  readonly steps: readonly ProbeLevel[];
  readonly usl:
    | (Usl & {
        readonly ci: UslFit['ci'];
        readonly peak: FoundPeak | null;
        readonly r2: number;
      })
    | null;
  /** The highest throughput that was measured and the least concurrency near it; null while it was still rising. */
  readonly capacity: { readonly throughput: number; readonly concurrency: number } | null;
  readonly findings: readonly ProbeFinding[];
};

/** Of its time that the generator may be busy before it is what is measured. */
const BUSY = 0.9;
/** Growth by less than this in a doubling of the concurrency is saturation. */
const GROWTH = 0.1;
/** A fall by less than this share after a peak does not show in what was measured. */
const FALL = 0.03;
const FAILED = 0.01;
const SPREAD = 0.1;
/** Below this many requests a percentile is the slowest of a few. */
const FEW = 30;
const POOR = 0.9;

/**
 * What a sweep of `of` planned steps says: capacity and the universal scalability law as far as the data carry them,
 * and findings. `timeout` is what failed requests count as, seconds. Steps that the generator limited are told but not
 * used.
 */
export function judgeProbe(
  measured: readonly MeasuredStep[],
  { of, seed, timeout }: { of: number; seed: number; timeout: number },
): ProbeResult {
  const all = levelsOf(measured);
  const levels = all.filter(({ generatorBusy }) => generatorBusy <= BUSY);
  const growth = growthAtEnd(levels);
  const best = bestOf(levels);
  const fit = fitOf(levels, seed);
  const peak = fit === undefined ? undefined : judgePeak(fit, levels, growth);
  return {
    steps: all.map((level) => (fit === undefined ? level : { ...level, fitted: fittedAt(fit, level) })),
    usl: fit === undefined ? null : { ...parametersOf(fit), peak: peak?.found ?? null },
    // A single level says nothing of growth, so nothing of saturation.
    capacity:
      best === undefined || levels.length < 2 || growth !== undefined
        ? null
        : capacityOf(best.throughput, levels),
    findings: [
      ...examineGenerator(all),
      ...(measured.length < of ? [incomplete({ done: measured.length, of })] : []),
      ...examineFailures(measured, timeout),
      ...(growth === undefined ? [] : [growth]),
      ...(levels.length < FEWEST_LEVELS ? [tooFew(levels.length)] : []),
      ...(peak?.findings ?? []),
      ...examineRepeats(levels),
    ],
  };
}

function levelsOf(measured: readonly MeasuredStep[]): ProbeLevel[] {
  const concurrencies = [...new Set(measured.map(({ connections }) => connections))].sort((a, b) => a - b);
  return concurrencies.map((concurrency) => {
    const steps = measured.filter(({ connections }) => connections === concurrency);
    const sum = (of: (step: MeasuredStep) => number) => steps.reduce((total, step) => total + of(step), 0);
    const latencies = new Histogram();
    for (const step of steps) latencies.merge(step.latencies);
    const percentile = (q: number) => (latencies.count === 0 ? null : latencies.quantile(q));
    return {
      concurrency,
      throughput: sum((step) => step.throughput) / steps.length,
      ...{ p50: percentile(0.5), p90: percentile(0.9), p99: percentile(0.99) },
      errors: sum((step) => step.errors),
      timeouts: sum((step) => step.timeouts),
      requests: sum((step) => step.requests),
      repeats: steps.map((step) => step.throughput),
      generatorBusy: Math.max(...steps.map((step) => step.busy)),
      fitted: null,
    };
  });
}

function fitOf(levels: readonly ProbeLevel[], seed: number): UslFit | undefined {
  if (levels.length < FEWEST_LEVELS || levels.every(({ throughput }) => throughput === 0)) return undefined;
  const points = levels.flatMap(({ concurrency, repeats }) =>
    repeats.map((throughput) => ({ concurrency, throughput })),
  );
  return fitUsl(points, { seed });
}

function parametersOf({ lambda, sigma, kappa, ci, r2 }: UslFit) {
  return { lambda, sigma, kappa, ci, r2 };
}

function fittedAt(fit: UslFit, { concurrency }: ProbeLevel): Interval & { value: number } {
  return { value: throughputAt(fit, concurrency), ...throughputBand(fit, concurrency) };
}

function capacityOf(throughput: number, levels: readonly ProbeLevel[]): ProbeResult['capacity'] {
  const near = levels.find((level) => level.throughput >= (1 - FALL) * throughput);
  return near === undefined || throughput === 0 ? null : { throughput, concurrency: near.concurrency };
}

function bestOf(levels: readonly ProbeLevel[]): ProbeLevel | undefined {
  return levels.reduce<ProbeLevel | undefined>(
    (best, level) => (best !== undefined && best.throughput >= level.throughput ? best : level),
    undefined,
  );
}

/** That throughput was still rising at the largest concurrency, if it was: both since half of it and since the last. */
function growthAtEnd(levels: readonly ProbeLevel[]): ProbeFinding | undefined {
  const last = levels.at(-1);
  if (last === undefined || bestOf(levels) !== last || last.throughput === 0) return undefined;
  const half = levels.findLast(({ concurrency }) => concurrency <= last.concurrency / 2);
  const growths = [half, levels.at(-2)].flatMap((before) => {
    if (before === undefined || before.throughput === 0) return [];
    const doublings = Math.log2(last.concurrency / before.concurrency);
    return [(last.throughput / before.throughput) ** (1 / doublings) - 1];
  });
  const growth = Math.min(...growths);
  const { concurrency, throughput } = last;
  if (growths.length === 0 || growth <= GROWTH) return undefined;
  return { code: 'NOT_SATURATED', severity: 'warning', args: { concurrency, throughput, growth } };
}

function judgePeak(
  fit: UslFit,
  levels: readonly ProbeLevel[],
  growth: ProbeFinding | undefined,
): { found?: FoundPeak; findings: ProbeFinding[] } {
  const { tested, r2 } = fit;
  const poor: ProbeFinding[] = r2 < POOR ? [{ code: 'POOR_FIT', severity: 'warning', args: { r2 } }] : [];
  const peak = findPeak(fit);
  const concurrency = 'concurrency' in peak ? peak.concurrency : null;
  const none = (reason: 'uncertain' | 'outside' | 'flat'): { findings: ProbeFinding[] } => ({
    findings: [...poor, { code: 'NO_PEAK', severity: 'info', args: { reason, concurrency, tested } }],
  });
  if ('reason' in peak) return none(peak.reason);
  if (growth !== undefined && peak.concurrency > tested) return none('outside');
  const falls = throughputAt(fit, tested) < (1 - FALL) * peak.throughput;
  const last = levels.at(-1)?.throughput ?? 0;
  if (falls && last >= (1 - FALL) * (bestOf(levels)?.throughput ?? 0)) return none('flat');
  if (peak.concurrency <= tested) return { found: peak, findings: poor };
  const args = { concurrency: peak.concurrency, tested };
  return { found: peak, findings: [...poor, { code: 'PEAK_BEYOND_TESTED', severity: 'warning', args }] };
}

function examineGenerator(levels: readonly ProbeLevel[]): ProbeFinding[] {
  const limited = levels.filter(({ generatorBusy }) => generatorBusy > BUSY);
  if (limited.length === 0) return [];
  const args = {
    concurrencies: limited.map(({ concurrency }) => concurrency),
    busy: Math.max(...limited.map(({ generatorBusy }) => generatorBusy)),
  };
  return [{ code: 'GENERATOR_LIMITED', severity: 'error', args }];
}

function incomplete(args: { done: number; of: number }): ProbeFinding {
  return { code: 'INCOMPLETE', severity: 'warning', args };
}

function tooFew(levels: number): ProbeFinding {
  return { code: 'TOO_FEW_LEVELS', severity: 'warning', args: { levels, needed: FEWEST_LEVELS } };
}

function examineFailures(measured: readonly MeasuredStep[], timeout: number): ProbeFinding[] {
  const sum = (of: (step: MeasuredStep) => number) => measured.reduce((total, step) => total + of(step), 0);
  const [errors, timeouts] = [sum((step) => step.errors), sum((step) => step.timeouts)];
  const share =
    (errors + timeouts) /
    Math.max(
      1,
      sum((step) => step.requests),
    );
  if (share <= FAILED) return [];
  const worst = measured.reduce((a, b) => (b.errors + b.timeouts > a.errors + a.timeouts ? b : a));
  const args = { share, errors, timeouts, reason: worst.reason ?? null, timeout };
  return [{ code: 'REQUESTS_FAILED', severity: 'warning', args }];
}

function examineRepeats(levels: readonly ProbeLevel[]): ProbeFinding[] {
  const spreadOf = ({ repeats, throughput }: ProbeLevel) =>
    throughput === 0 ? 0 : (Math.max(...repeats) - Math.min(...repeats)) / throughput;
  const uneven = levels.filter((level) => spreadOf(level) > SPREAD);
  const few = levels.filter(({ requests }) => requests < FEW);
  const concurrencies = (of: readonly ProbeLevel[]) => of.map(({ concurrency }) => concurrency);
  return [
    ...(uneven.length === 0
      ? []
      : [differ({ concurrencies: concurrencies(uneven), spread: Math.max(...uneven.map(spreadOf)) })]),
    ...(few.length === 0
      ? []
      : [
          fewRequests({
            concurrencies: concurrencies(few),
            fewest: Math.min(...few.map(({ requests }) => requests)),
          }),
        ]),
  ];
}

const differ = (args: { concurrencies: number[]; spread: number }): ProbeFinding => ({
  code: 'REPEATS_DIFFER',
  severity: 'warning',
  args,
});
const fewRequests = (args: { concurrencies: number[]; fewest: number }): ProbeFinding => ({
  code: 'FEW_REQUESTS',
  severity: 'warning',
  args,
});
