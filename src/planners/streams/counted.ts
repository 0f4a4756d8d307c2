import { fitDemand } from '../../models/demand.ts';
import { type Series, seriesOf } from '../../models/series.ts';
import type { Run, Sample } from '../../run.ts';
import { type CostModel, costOf } from '../cost.ts';
import { classesOf, fewestFor, ofPresentClasses } from '../fits.ts';
import { windowsOf } from '../meters.ts';

/** Things that requests make happen elsewhere: records in a topic, jobs in a queue, commands to a cache. */

/** The runs that are planned from, and the mix of requests that is planned for. */
export type Measurements = {
  runs: readonly Run[];
  mix: Readonly<Record<string, number>>;
  seed: number;
};

/** Seconds: longer than what lies between a request and what comes of it, so that its lag need not be told. */
const WINDOW = 2;

/**
 * How many of something an average request of the mix makes, and how many there are per second without any, by the
 * demand law; `partsOf` finds the counters to add up. Undefined where the runs tell too little, or nothing was counted.
 */
export function countedCost(
  { runs, mix, seed }: Measurements,
  partsOf: (run: Run) => Series[],
): CostModel | undefined {
  const all = classesOf(runs);
  const counted = runs.flatMap((run) => {
    const parts = partsOf(run).filter(({ points }) => points.length > 0);
    return parts.length === 0 ? [] : windowsOf(run, { parts }, all, { least: WINDOW });
  });
  const { classes, windows } = ofPresentClasses(all, counted);
  if (classes.length === 0 || windows.length < fewestFor(classes)) return undefined;
  if (!windows.some(({ used }) => used > 0)) return undefined;
  // A batch that is late by a second makes one window rich and the next poor: both are part of the count.
  return costOf({ classes, fit: fitDemand(windows, { seed, robust: false }) }, mix);
}

/** The readings of the series with exactly this name and labels. */
export function seriesAt(samples: readonly Sample[], key: string, kind: 'counter' | 'gauge'): Series {
  const points = samples.flatMap(({ t, values }) => {
    const value = values[key];
    return value === undefined ? [] : [{ t, value }];
  });
  return seriesOf(points, kind);
}

/** The value of one label in a series name such as `records{topic="trades"}`; undefined when it has none. */
export function labelIn(key: string, label: string): string | undefined {
  return new RegExp(`[{,]${label}="((?:[^"\\\\]|\\\\.)*)"`).exec(key)?.[1];
}

/** Every value of `label` among the series called `name`. */
export function labelsOf(samples: readonly Sample[], name: string, label: string): string[] {
  const values = new Set<string>();
  for (const sample of samples) {
    for (const key of Object.keys(sample.values)) {
      if (!key.startsWith(`${name}{`)) continue;
      const value = labelIn(key, label);
      if (value !== undefined) values.add(value);
    }
  }
  return [...values];
}

/** The last and the highest reading of a series; null when there is none. */
export function lastOf(samples: readonly Sample[], key: string): number | null {
  return samples.findLast(({ values }) => values[key] !== undefined)?.values[key] ?? null;
}

export function highestOf(samples: readonly Sample[], key: string): number | null {
  const values = samples.flatMap((sample) => sample.values[key] ?? []);
  return values.length === 0 ? null : values.reduce((most, value) => Math.max(most, value));
}
