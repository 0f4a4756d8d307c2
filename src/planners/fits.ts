import { type DemandFit, type DemandOptions, type Estimate, fitDemand } from '../models/demand.ts';
import { gram } from '../models/linear.ts';
import type { Run } from '../run.ts';
import { fitWal, type Images } from './database/wal.ts';
import type { Finding } from './findings.ts';
import { lagOf, metersOf, type Window, windowsOf } from './meters.ts';
import { strikingIntervals } from './outliers.ts';
import type { Demand, Fit, Resource } from './types.ts';
import { warmUpWindows } from './warmup.ts';

/** One resource fitted over all runs: `fit.demands` has one entry per name in `classes`. */
export type Fitted = {
  resource: Resource;
  classes: string[];
  fit: DemandFit;
  seconds: number;
  /** Of WAL, whose fit is then without them. */
  images?: Images;
};

export type Fits = Partial<Record<Resource, Fitted>>;

type Treatment = Pick<DemandOptions, 'robust' | 'background'> & {
  /** Costs more while the service warms up. */
  cold?: true;
};

const resources: Record<Resource, Treatment> = {
  platformCpu: { robust: true, cold: true },
  databaseCpu: { robust: true, cold: true },
  // A full-page image, a checkpoint's writes and a burst of reads are rare and large, and part of the cost.
  walBytes: { robust: false },
  databaseReads: { robust: false },
  databaseWrites: { robust: false },
  databaseFsyncs: { robust: false },
  ioBytes: { robust: false },
  // Nothing grows, and no connection is held, without requests.
  growthBytes: { robust: false, background: false },
  connectionTime: { robust: true, background: false, cold: true },
};

/** Fewer windows than this say too little, however few the classes. */
const FEWEST = 8;
const POOR = 0.5;

/**
 * What a request of each class costs of every resource that the runs measured, and what to know about it. The start of
 * a run, while the service warmed up, is left out of what that makes dearer.
 */
export function fitRuns(runs: readonly Run[], seed: number): { fits: Fits; findings: Finding[] } {
  const findings: Finding[] = [];
  const fits: Fits = {};
  const starts = runs.map((run) => warmUp(run));
  runs.forEach((run, i) => {
    const skipped = (starts[i] ?? 0) - (run.rows[0] ? run.rows[0].t - run.rows[0].seconds : 0);
    if (skipped > 0) {
      findings.push({
        code: 'WARMUP_SKIPPED',
        severity: 'info',
        args: { run: run.header.id, seconds: skipped },
      });
    }
  });
  for (const resource of Object.keys(resources) as Resource[]) {
    if (resource === 'walBytes') {
      const wal = fitWal(runs, classesOf(runs), fewestFor, seed);
      if (wal) {
        fits.walBytes = wal.fitted;
        findings.push(...wal.findings, ...remarks(wal.fitted, wal.windows, runs));
        continue;
      }
    }
    const { cold, ...options } = resources[resource];
    const { classes, windows, lags } = collect(runs, resource, cold ? starts : []);
    findings.push(...lags);
    const needed = fewestFor(classes);
    if (windows.length < needed || classes.length === 0) {
      findings.push({
        code: 'NOT_MEASURED',
        severity: 'warning',
        args: { resource, intervals: windows.length, needed },
      });
      continue;
    }
    const fit = fitDemand(windows, { seed, ...options });
    const seconds = windows.reduce((total, window) => total + window.to - window.from, 0);
    const fitted = { resource, classes, fit, seconds };
    fits[resource] = fitted;
    findings.push(...remarks(fitted, windows, runs));
  }
  return { fits, findings };
}

/** The windows of all runs, moved by the lag of each, and the classes that had requests in them. */
function collect(runs: readonly Run[], resource: Resource, starts: readonly (number | undefined)[]) {
  const all = classesOf(runs);
  const lags: Finding[] = [];
  const windows = runs.flatMap((run, i) => {
    const meter = metersOf(run).find((each) => each.resource === resource);
    if (meter === undefined) return [];
    const lag = lagOf(run, meter, all);
    if (lag !== 0) {
      const args = { run: run.header.id, resource, seconds: lag };
      lags.push({ code: 'COUNTER_LAGS', severity: 'info', args });
    }
    return windowsOf(run, meter, all, { start: starts[i], lag });
  });
  return { lags, ...ofPresentClasses(all, windows) };
}

/** The classes that had requests in the windows, and the windows with the counts of these alone. */
export function ofPresentClasses(
  all: readonly string[],
  windows: readonly Window[],
): { classes: string[]; windows: Window[] } {
  const present = all.map((_, k) => windows.some(({ counts }) => (counts[k] ?? 0) > 0));
  return {
    classes: all.filter((_, k) => present[k]),
    windows: windows.map((window) => ({ ...window, counts: window.counts.filter((_, k) => present[k]) })),
  };
}

/** Every class that any of the runs sent, in the order in which they first appear. */
export function classesOf(runs: readonly Run[]): string[] {
  return [...new Set(runs.flatMap((run) => run.rows.flatMap((row) => Object.keys(row.classes))))];
}

/** The run from when the service had warmed up: latencies before that are those of a service that compiles its code. */
export function warmed(run: Run): Run {
  const start = warmUp(run);
  return start === undefined
    ? run
    : { ...run, rows: run.rows.filter(({ t, seconds }) => t - seconds >= start) };
}

/** When the service had warmed up; undefined when it was warm from the start, or nobody can tell. */
function warmUp(run: Run): number | undefined {
  const { classes, windows } = collect([run], 'platformCpu', []);
  const fewest = fewestFor(classes);
  if (windows.length < fewest || classes.length === 0) return undefined;
  const left = warmUpWindows(windows, fewest);
  return left === 0 ? undefined : windows[left]?.from;
}

/** Windows that a fit of this many classes needs. */
export function fewestFor(classes: readonly string[]): number {
  return Math.max(FEWEST, classes.length + 3);
}

const operations: readonly Resource[] = ['databaseReads', 'databaseWrites', 'databaseFsyncs'];

function remarks(fitted: Fitted, windows: readonly Window[], runs: readonly Run[]): Finding[] {
  const { resource, classes, fit } = fitted;
  const condition = finite(fit.condition);
  const downWeighted = fit.weights.filter((weight) => weight < 1).length;
  const name = (k: number) => classes[k] as string;
  const findings: Finding[] = fit.groups
    .filter((group) => group.length > 1)
    .map((group) => {
      const [first, second] = mostAlike(windows, group);
      const args = {
        resource,
        classes: group.map(name),
        pair: [name(first), name(second)] as [string, string],
        condition,
      };
      return { code: 'CLASSES_NOT_SEPARABLE', severity: 'warning', args };
    });
  if (!fit.backgroundSeparable) {
    findings.push({ code: 'BACKGROUND_NOT_SEPARABLE', severity: 'warning', args: { resource, condition } });
  }
  if (downWeighted > 0) {
    const farthest = strikingIntervals(fitted, windows, runs);
    const args = { resource, intervals: downWeighted, of: fit.weights.length, farthest };
    findings.push({ code: 'OUTLIERS_DOWNWEIGHTED', severity: 'info', args });
  }
  // Less than one operation a window is nothing to explain.
  const used = windows.reduce((sum, window) => sum + window.used, 0);
  const least = operations.includes(resource) ? windows.length : 0;
  if (used > least && fit.r2 < POOR) {
    findings.push({ code: 'POOR_FIT', severity: 'warning', args: { resource, r2: fit.r2 } });
  }
  return findings;
}

/** The two of the classes whose counts point most nearly in one direction. */
function mostAlike(windows: readonly Window[], group: readonly number[]): [number, number] {
  const product = gram(windows.map(({ counts }) => group.map((k) => counts[k] as number)));
  const at = (i: number, j: number) => product[i]?.[j] as number;
  const pairs = group.flatMap((_, j) => group.slice(0, j).map((_, i) => ({ i, j })));
  const cosine = ({ i, j }: { i: number; j: number }) => at(i, j) / Math.sqrt(at(i, i) * at(j, j));
  const { i, j } = pairs.reduce((best, pair) => (cosine(pair) > cosine(best) ? pair : best));
  return [group[i] as number, group[j] as number];
}

/** JSON has no infinity; columns this close to dependent are dependent. */
function finite(condition: number): number {
  return Math.min(condition, 1e9);
}

/** The fits as the plan shows them: per class and resource, and per resource. */
export function describeFits(fits: Fits): {
  demand: Record<string, Partial<Record<Resource, Demand>>>;
  fits: Partial<Record<Resource, Fit>>;
} {
  const demand: Record<string, Partial<Record<Resource, Demand>>> = {};
  const described: Partial<Record<Resource, Fit>> = {};
  for (const { resource, classes, fit, seconds } of Object.values(fits)) {
    for (const group of fit.groups) {
      const names = group.map((k) => classes[k] as string);
      for (const k of group) {
        const figure = fit.demands[k] as Estimate;
        const own: Demand =
          group.length === 1
            ? { ...figure, basis: 'measured', separable: true }
            : { basis: 'measured', separable: false, group: names, together: figure };
        demand[classes[k] as string] = { ...demand[classes[k] as string], [resource]: own };
      }
    }
    described[resource] = {
      background: fit.background,
      intervals: fit.weights.length,
      seconds,
      downWeighted: fit.weights.filter((weight) => weight < 1).length,
      r2: fit.r2,
      condition: finite(fit.condition),
    };
  }
  return { demand, fits: described };
}
