import {
  addHistograms,
  type CumulativeHistogram,
  histogramIncrease,
  histogramQuantile,
} from '../../models/cumulative-histogram.ts';
import { estimateVariability } from '../../models/service-variability.ts';
import type { Run, Sample } from '../../run.ts';
import type { CostModel } from '../cost.ts';
import { pages, serviceSamples } from '../meters.ts';
import { countedCost, labelsOf, type Measurements, seriesAt } from './counted.ts';

/** One queue as the metrics pages of its workers showed it. */
export type QueueFacts = {
  queue: string;
  /** Attempts at jobs per request of the planned mix. */
  jobs: CostModel;
  /** Mean seconds of an attempt, and their squared coefficient of variation; null where the buckets do not tell. */
  seconds: number;
  variability: number | null;
};

export type JobFacts = {
  queues: QueueFacts[];
  /** Core seconds of a worker for an attempt, and how many workers there were; null where the pages do not tell. */
  cpuPerJob: number | null;
  workers: number;
};

const DURATION = 'jobs_duration_seconds';

/** Undefined where no page told of jobs, or none was done. */
export function jobFacts(measurements: Measurements): JobFacts | undefined {
  const { runs } = measurements;
  const all = runs.flatMap((run) => [...workerPages(run).values()].flat());
  const queues = labelsOf(all, `${DURATION}_count`, 'queue').flatMap((queue): QueueFacts[] => {
    const key = (name: string) => `${DURATION}_${name}{queue="${queue}"}`;
    const series = (name: string) => (run: Run) =>
      [...workerPages(run).values()].map((own) => seriesAt(own, key(name), 'counter'));
    const jobs = countedCost(measurements, series('count'));
    const [count, seconds] = [risen(runs, series('count')), risen(runs, series('sum'))];
    if (jobs === undefined || count === 0 || seconds === 0) return [];
    return [{ queue, jobs, seconds: seconds / count, variability: variabilityOf(queue, runs) }];
  });
  if (queues.length === 0) return undefined;
  return {
    queues,
    cpuPerJob: cpuPerJob(runs),
    workers: Math.max(...runs.map((run) => workerPages(run).size)),
  };
}

/** The pages that tell of jobs. */
function workerPages(run: Run): Map<string, Sample[]> {
  const tells = ({ values }: Sample) =>
    Object.keys(values).some((key) => key.startsWith('jobs_processed_total{'));
  return new Map([...pages(run)].filter(([, own]) => own.some(tells)));
}

/** By how much counters rose in all runs, of those that never began anew. */
function risen(runs: readonly Run[], partsOf: (run: Run) => ReturnType<typeof seriesAt>[]): number {
  return runs
    .flatMap(partsOf)
    .filter(({ resets }) => resets === 0)
    .reduce((sum, { points }) => sum + (points.at(-1)?.value ?? 0) - (points[0]?.value ?? 0), 0);
}

/** From the quantiles of what was observed between the first and the last reading of every page. */
function variabilityOf(queue: string, runs: readonly Run[]): number | null {
  const key = `${DURATION}{queue="${queue}"}`;
  const increases = runs
    .flatMap((run) => [...workerPages(run).values()])
    .flatMap((own): CumulativeHistogram[] => {
      const known = own.flatMap(({ histograms }) => histograms?.[key] ?? []);
      const [first, last] = [known[0], known.at(-1)];
      return first === undefined || last === undefined ? [] : [histogramIncrease(first, last)];
    });
  if (increases.length === 0) return null;
  const sum = addHistograms(increases);
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((q) => histogramQuantile(sum, q));
  if (p50 === undefined || p95 === undefined || p99 === undefined) return null;
  return p50 > 0 && p95 >= p50 && p99 >= p95 ? estimateVariability({ p50, p95, p99 }).variability : null;
}

/** Of pages that tell of jobs and of nothing else: where the service works on them itself, its CPU is for requests too. */
function cpuPerJob(runs: readonly Run[]): number | null {
  let [jobs, cpu] = [0, 0];
  for (const run of runs) {
    const service = serviceSamples(run);
    for (const [source, own] of workerPages(run)) {
      if (service.has(source)) continue;
      const rise = (matches: (key: string) => boolean) => {
        const sums = own.map(({ values }) =>
          Object.entries(values).reduce((sum, [key, value]) => sum + (matches(key) ? value : 0), 0),
        );
        return Math.max(0, (sums.at(-1) ?? 0) - (sums[0] ?? 0));
      };
      jobs += rise((key) => key.startsWith(`${DURATION}_count{`));
      cpu += rise((key) => key === 'process_cpu_seconds_total');
    }
  }
  return jobs > 0 && cpu > 0 ? cpu / jobs : null;
}
