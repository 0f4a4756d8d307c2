import type { MemoryReading } from '../models/memory.ts';
import type { Run, Sample } from '../run.ts';
import { type DatabaseFacts, databaseFacts } from './database/facts.ts';
import { classesOf } from './fits.ts';
import { latencyFloor, percentilesOf } from './latency.ts';
import { databaseSamples, processSamples, serviceSamples, sumOfSeries } from './meters.ts';
import { rateOf } from './rows.ts';
import type { Observed } from './types.ts';

/** What the planners need to know of the runs besides the fits. */
export type Facts = {
  observed: Observed;
  /** Of every replica in every run. */
  memory: MemoryReading[];
  /** The replicas run on one thread each. */
  singleThread: boolean;
  database: DatabaseFacts;
  connections: number | null;
  cpus: number;
};

/** Seconds a rate must be held to count as tested. */
const HELD = 5;
/** Facts of one or more runs. Their largest memory, highest rate and last database count. */
export function gatherFacts(runs: readonly Run[]): Facts {
  const classes = classesOf(runs);
  const rows = runs.flatMap((run) => run.rows);
  const counts = classes.map((name) => rows.reduce((sum, row) => sum + (row.classes[name]?.count ?? 0), 0));
  const total = counts.reduce((sum, count) => sum + count, 0);
  const memory = runs.flatMap((run) => memoryOf(run));
  const limits = runs.flatMap((run) => cpuLimitOf(run) ?? []);
  const database = runs.flatMap((run) => databaseSamples(run));
  const floors = classes.map((name) => [name, latencyFloor(runs, name, 0.99)] as const);
  return {
    observed: {
      testedRate: Math.max(0, ...runs.map(highestHeld)),
      replicas: Math.max(...runs.map(replicasOf)),
      replicaCpu: limits.length === 0 ? null : Math.max(...limits),
      mix: Object.fromEntries(classes.map((name, k) => [name, (counts[k] ?? 0) / total])),
      latency: Object.fromEntries(classes.map((name) => [name, percentilesOf(runs, name)])),
      floor: Object.fromEntries(floors.filter((entry): entry is [string, number] => entry[1] !== undefined)),
      memoryPeak: memory.length === 0 ? null : Math.max(...memory.map(({ bytes }) => bytes)),
      checkpoints: database.some(({ values }) => values.checkpoints !== undefined)
        ? runs.reduce((sum, run) => sum + checkpointsIn(run), 0)
        : null,
    },
    memory,
    singleThread: onOneThread(runs),
    database: databaseFacts(runs),
    connections: most(database, 'connections'),
    cpus: Math.max(...runs.map((run) => run.header.machine.cpus)),
  };
}

function checkpointsIn(run: Run): number {
  const counts = databaseSamples(run).flatMap(({ values }) => values.checkpoints ?? []);
  return Math.max(0, (counts.at(-1) ?? 0) - (counts[0] ?? 0));
}

function memoryOf(run: Run): MemoryReading[] {
  return [...replicaMemory(run)].flatMap(([source, points]) =>
    points.map((point) => ({
      ...point,
      replica: `${run.header.id} ${source}`,
      t: point.t - (points[0]?.t ?? 0),
    })),
  );
}

type MemoryPoint = { t: number; bytes: number; connections: number; inFlight: number };

/** Connections that stay open, as services tell them: of WebSockets here, of HTTP elsewhere. */
const CONNECTIONS = ['websocket_active_connections', 'http_active_connections', 'http_connections_active'];

/** Cores that one replica could use: as the run's caller said, or as the control groups of its processes have it. */
export function cpuLimitOf(run: Run): number | undefined {
  if (run.header.service.cpuLimit !== undefined) return run.header.service.cpuLimit;
  const limits = [...processSamples(run).values()].flatMap(
    (samples) => last(samples, 'cgroup_cpu_limit_cores') ?? [],
  );
  return limits.length === 0 ? undefined : Math.min(...limits);
}

/** Resident memory by replica: as it says itself, or as its process shows. */
export function replicaMemory(run: Run): Map<string, MemoryPoint[]> {
  const service = read(serviceSamples(run), 'process_resident_memory_bytes');
  return service.size > 0 ? service : read(processSamples(run), 'rss_bytes');
}

function read(samples: Map<string, Sample[]>, name: string): Map<string, MemoryPoint[]> {
  const entries = [...samples].map(([source, own]): [string, MemoryPoint[]] => [
    source,
    own.flatMap(({ t, values }) => {
      const bytes = sumOfSeries(values, name);
      if (bytes === undefined) return [];
      const connections = CONNECTIONS.reduce((sum, each) => sum + (sumOfSeries(values, each) ?? 0), 0);
      return [{ t, bytes, connections, inFlight: sumOfSeries(values, 'http_requests_in_flight') ?? 0 }];
    }),
  ]);
  return new Map(entries.filter(([, points]) => points.length > 0));
}

/** The highest rate that was held for five seconds. */
function highestHeld(run: Run): number {
  const { rows } = run;
  if (rows.length < HELD) return rateOf(rows);
  return Math.max(...rows.slice(HELD - 1).map((_, i) => rateOf(rows.slice(i, i + HELD))));
}

/** As the run's caller said, or as many as were read. */
export function replicasOf(run: Run): number {
  return run.header.service.replicas ?? Math.max(1, serviceSamples(run).size);
}

/** Whether a replica of the service is one JavaScript thread. */
export function onOneThread(runs: readonly Run[]): boolean {
  return runs.some((run) => [...serviceSamples(run).values()].some(([first]) => first && isNode(first)));
}

function isNode({ values }: Sample): boolean {
  return Object.keys(values).some((name) => name.startsWith('nodejs_'));
}

function last(samples: readonly Sample[], name: string): number | null {
  return samples.findLast(({ values }) => values[name] !== undefined)?.values[name] ?? null;
}

function most(samples: readonly Sample[], name: string): number | null {
  const values = samples.flatMap((sample) => sample.values[name] ?? []);
  return values.length === 0 ? null : Math.max(...values);
}
