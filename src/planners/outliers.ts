import type { DemandFit } from '../models/demand.ts';
import { median } from '../models/quantile.ts';
import type { Run, Sample } from '../run.ts';
import type { StrikingInterval } from './findings.ts';
import { databaseSamples, serviceSamples, sumOfSeries, type Window } from './meters.ts';
import type { Resource } from './types.ts';

/** As many as a person wants to read about. */
const MOST = 3;
/** Seconds after its start in which a replica compiles code and opens connections. */
const STARTING = 10;
/** Share of what was used beyond the fit that time in garbage collection must make up to be its cause. */
const MAKES_UP = 0.5;

/** The intervals that counted least in the fit, with what they used, what was expected, and what happened in them. */
export function strikingIntervals(
  { resource, fit }: { resource: Resource; fit: DemandFit },
  windows: readonly Window[],
  runs: readonly Run[],
): StrikingInterval[] {
  const causes = new Map(runs.map((run) => [run.header.id, causesIn(run, resource)]));
  return windows
    .map((window, t) => ({ window, weight: fit.weights[t] as number }))
    .filter(({ weight }) => weight < 1)
    .toSorted((a, b) => a.weight - b.weight)
    .slice(0, MOST)
    .map(({ window: { run, from, to, idle, counts, used } }) => {
      const expected = counts.reduce(
        (sum, count, k) => sum + count * (fit.demands[k]?.value ?? 0),
        fit.background.value * idle,
      );
      return { run, from, to, used, expected, cause: causes.get(run)?.(from, to, used - expected) ?? null };
    })
    .toSorted(
      (a, b) =>
        runs.findIndex(({ header }) => header.id === a.run) -
          runs.findIndex(({ header }) => header.id === b.run) || a.from - b.from,
    );
}

type CauseOf = (from: number, to: number, excess: number) => StrikingInterval['cause'];

/** What the service's runtime collects takes time of the service, and of the connections that it holds meanwhile. */
const collected: ReadonlySet<Resource> = new Set(['platformCpu', 'connectionTime']);

function causesIn(run: Run, resource: Resource): CauseOf {
  const service = [...serviceSamples(run).values()];
  const checkpoints = rises(databaseSamples(run), 'checkpoints').filter(({ by }) => by > 0);
  const starts = service.flatMap(startsOf);
  const collections = collected.has(resource)
    ? service.flatMap((own) => rises(own, 'nodejs_gc_duration_seconds_sum'))
    : [];
  const usual = collections.length === 0 ? 0 : median(collections.map(({ by }) => by));
  const within = (from: number, to: number) => (rise: Rise) => rise.to > from && rise.from < to;
  return (from, to, excess) => {
    if (starts.some((t) => t > from - STARTING && t <= to)) return 'restart';
    if (checkpoints.some(within(from, to))) return 'checkpoint';
    const spent = collections.filter(within(from, to)).reduce((sum, { by }) => sum + by - usual, 0);
    return excess > 0 && spent >= MAKES_UP * excess ? 'collection' : null;
  };
}

type Rise = { from: number; to: number; by: number };

/** What a counter rose by from each reading to the next. */
function rises(samples: readonly Sample[], name: string): Rise[] {
  const readings = samples.flatMap(({ t, values }) => {
    const value = sumOfSeries(values, name);
    return value === undefined ? [] : [{ t, value }];
  });
  return readings.slice(1).map(({ t, value }, i) => {
    const before = readings[i] as { t: number; value: number };
    return { from: before.t, to: t, by: value - before.value };
  });
}

/** When the replica that answers as this source was seen to be another process than before, or came to the others. */
function startsOf(samples: readonly Sample[]): number[] {
  const changed = rises(samples, 'process_start_time_seconds').filter(({ by }) => by !== 0);
  const reset = rises(samples, 'process_cpu_seconds_total').filter(({ by }) => by < 0);
  const first = samples[0]?.t ?? 0;
  return [...changed, ...reset].map(({ to }) => to).concat(first > STARTING ? [first] : []);
}
