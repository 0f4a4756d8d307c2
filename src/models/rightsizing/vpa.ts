import { exponentialBuckets } from './buckets.ts';
import { DecayingHistogram } from './decaying-histogram.ts';
import { DAY, dayPeaks, type Grid, type OomKill, type PodUse } from './use.ts';

/**
 * What the recommender of Kubernetes' vertical pod autoscaler says of the same history
 * (`vertical-pod-autoscaler/pkg/recommender`, its default flags). Amounts are whole millicores and bytes, as its own.
 */
export type VpaEstimate = { readonly lower: number; readonly target: number; readonly upper: number };

export const cpuBuckets = exponentialBuckets({ max: 1000, first: 0.01, ratio: 1.05 });
export const memoryBuckets = exponentialBuckets({ max: 1e12, first: 1e7, ratio: 1.05 });

const HALF_LIFE = DAY;
const MARGIN = 0.15;
/** A sample of CPU weighs as many cores as were requested, and at least this. */
const LEAST_WEIGHT = 0.1;
/** Of a pod, divided over its containers: 25 millicores and 250 MiB. */
const FLOOR = { cpu: 25, memory: 250 * 2 ** 20 };
const LARGEST = 1e14;

/** Days that the history has, or that its samples would fill at one a minute, whichever is less. Seconds. */
export function confidenceOf(span: number, samples: number, interval = DAY): number {
  return Math.min(span / interval, samples / (interval / 60));
}

/** `amount (1 + multiplier / confidence)^exponent`, in whole units up to 1e14. */
export function scaleByConfidence(
  amount: number,
  confidence: number,
  { multiplier, exponent }: { readonly multiplier: number; readonly exponent: number },
): number {
  if (amount === 0) return 0;
  return whole(amount * (1 + multiplier / confidence) ** exponent);
}

/** With `share` of it on top, in whole units. */
export function withMargin(amount: number, share: number): number {
  return whole(amount * (1 + share));
}

function whole(amount: number): number {
  // A product such as 1000 * 1.15 must not fall below itself by rounding.
  return Math.min(LARGEST, Math.floor(amount + 1e-6));
}

/** Of amounts whose quantiles are 0.5, 0.9 and 0.95, before the margin. */
export function boundsOf(amounts: VpaEstimate, confidence: number, floor: number): VpaEstimate {
  const above = (amount: number) => Math.max(floor, amount);
  const [lower, target, upper] = [amounts.lower, amounts.target, amounts.upper].map((amount) =>
    withMargin(amount, MARGIN),
  ) as [number, number, number];
  return {
    lower: above(scaleByConfidence(lower, confidence, { multiplier: 0.001, exponent: -2 })),
    target: above(target),
    upper: above(scaleByConfidence(upper, confidence, { multiplier: 1, exponent: 1 })),
  };
}

type History = {
  readonly grid: Grid;
  readonly pods: readonly PodUse[];
  readonly ooms: readonly OomKill[];
  /** Cores; null without. */
  readonly request: number | null;
  /** Of the pod: its floor is divided over them. */
  readonly containers: number;
};

/** Millicores and bytes for one container. */
export function recommendVpa(history: History): { cpu: VpaEstimate; memory: VpaEstimate } {
  const { grid, pods, ooms, request, containers } = history;
  const cpu = new DecayingHistogram(cpuBuckets, HALF_LIFE);
  const weight = Math.max(LEAST_WEIGHT, request ?? 0);
  let [first, last, samples] = [Number.POSITIVE_INFINITY, 0, 0];
  for (const { cpu: values } of pods) {
    for (let i = 0; i < values.length; i++) {
      const value = values[i] as number;
      if (Number.isNaN(value)) continue;
      const time = grid.from + i * grid.step;
      cpu.add(value, weight, time);
      first = Math.min(first, time);
      last = Math.max(last, time);
      samples++;
    }
  }
  const memory = new DecayingHistogram(memoryBuckets, HALF_LIFE);
  const peaks = dayPeaks(
    grid,
    pods.map((use) => ({ pod: use.pod, values: use.memory })),
    ooms,
  );
  peaks.forEach((day, index) => {
    for (const peak of day) memory.add(peak, 1, grid.from + (index + 1) * DAY);
  });
  // It reads usage once a minute: a coarser history must not count for less.
  const confidence = confidenceOf(samples === 0 ? 0 : last - first, (samples * grid.step) / 60);
  const quantiles = (histogram: DecayingHistogram, scale: number): VpaEstimate => ({
    lower: whole(histogram.percentile(0.5) * scale),
    target: whole(histogram.percentile(0.9) * scale),
    upper: whole(histogram.percentile(0.95) * scale),
  });
  return {
    cpu: boundsOf(quantiles(cpu, 1000), confidence, FLOOR.cpu / containers),
    memory: boundsOf(quantiles(memory, 1), confidence, FLOOR.memory / containers),
  };
}
