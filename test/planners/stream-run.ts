import { type CapacityRequest, resolveInputs } from '../../src/planners/inputs.ts';
import { loadIn } from '../../src/planners/load.ts';
import { gatherFacts } from '../../src/planners/observed.ts';
import { planStreams, type StreamRequirement } from '../../src/planners/streams/streams.ts';
import { Worlds } from '../../src/planners/worlds.ts';
import type { Run, Sample } from '../../src/run.ts';
import { type Synthetic, syntheticRun } from './synthetic.ts';

/** What a request makes happen in the other tiers, for runs whose truth is known. */
export const streamTruth = {
  /** Records a trade, bytes of one, and shares of the four partitions. */
  recordsPerTrade: 2,
  recordBytes: 300,
  shares: [0.4, 0.2, 0.2, 0.2],
  /** Records per second that each of two consumers takes. */
  consumerRate: 8,
  commandsPerRequest: 3,
  cpuPerCommand: 20e-6,
  bytesPerKey: 170,
  jobsPerTrade: 1,
  jobSeconds: 0.05,
  cpuPerJob: 0.004,
} as const;

export type StreamOptions = Synthetic & {
  /** Without a backlog the consumers always have caught up, and no page tells how long a batch took. */
  backlog?: boolean;
  /** Seconds from and to which they stood still, and caught up at once afterwards. */
  stopped?: [from: number, to: number];
  maxmemory?: number;
  evicted?: number;
};

/** A synthetic run that read a Kafka cluster, a cache and the page of a worker too. */
export function streamRun({
  backlog = true,
  stopped,
  maxmemory = 0,
  evicted = 0,
  ...options
}: StreamOptions = {}): Run {
  return syntheticRun({
    ...options,
    change(run) {
      let committed = 0;
      const ends = [0, ...run.rows.map(({ t }) => t)];
      for (const end of ends) {
        const rows = run.rows.filter(({ t }) => t <= end);
        const count = (name?: string) =>
          rows.reduce(
            (sum, { classes }) =>
              sum +
              Object.entries(classes).reduce(
                (all, [own, each]) => all + (own === (name ?? own) ? each.count : 0),
                0,
              ),
            0,
          );
        const [trades, requests] = [count('trade'), count()];
        const records = trades * streamTruth.recordsPerTrade;
        const still = stopped !== undefined && end >= stopped[0] && end < stopped[1];
        const most = backlog ? 2 * streamTruth.consumerRate : Number.POSITIVE_INFINITY;
        committed = still ? committed : Math.min(records, committed + most);
        const t = end + 0.02;
        run.samples.push(
          kafka(t, records, committed),
          redis(t, requests, trades, maxmemory, evicted),
          worker(t, trades),
        );
      }
      run.samples.sort((a, b) => a.t - b.t);
      options.change?.(run);
    },
  });
}

const topic = 'topic="trades"';
const group = `group="analytics",${topic}`;

function kafka(t: number, records: number, committed: number): Sample {
  const shares = streamTruth.shares.map((share, i) => [
    `partition_records{partition="${i}",${topic}}`,
    Math.round(1e6 + records * share),
  ]);
  return {
    t,
    source: 'kafka/broker:9092',
    values: {
      brokers: 1,
      [`partitions{${topic}}`]: 4,
      [`replication{${topic}}`]: 1,
      [`retention_seconds{${topic}}`]: 259_200,
      [`compacted{${topic}}`]: 0,
      [`records{${topic}}`]: 4e6 + records,
      [`records_held{${topic}}`]: 1000 + records,
      [`topic_bytes{${topic}}`]: (1000 + records) * streamTruth.recordBytes,
      [`committed_records{${group}}`]: 4e6 + committed,
      [`lag_records{${group}}`]: records - committed,
      'group_members{group="analytics"}': 2,
      ...Object.fromEntries(shares),
    },
  };
}

function redis(t: number, requests: number, trades: number, maxmemory: number, evicted: number): Sample {
  const commands = 50 + requests * streamTruth.commandsPerRequest;
  const expiring = Math.min(2000, requests);
  return {
    t,
    source: 'redis/cache:6379',
    values: {
      'keys{db="0"}': 500 + expiring + trades,
      'keys_expiring{db="0"}': expiring,
      memory_bytes: 2 ** 20 + (500 + expiring + trades) * streamTruth.bytesPerKey,
      memory_startup_bytes: 2 ** 20,
      memory_clients_bytes: 0,
      memory_fragmentation_ratio: 9,
      memory_max_bytes: maxmemory,
      [`memory_policy{policy="${evicted > 0 ? 'allkeys-lru' : 'noeviction'}"}`]: 1,
      evicted_keys: evicted * t,
      hits: requests * 0.75,
      misses: requests * 0.25,
      commands,
      cpu_seconds: 1 + commands * streamTruth.cpuPerCommand,
      net_in_bytes: commands * 60,
      net_out_bytes: commands * 40,
    },
  };
}

function worker(t: number, trades: number): Sample {
  const jobs = trades * streamTruth.jobsPerTrade;
  return {
    t,
    source: 'prometheus/worker:9100',
    values: {
      'jobs_processed_total{queue="settlement",result="completed"}': jobs,
      'jobs_duration_seconds_count{queue="settlement"}': jobs,
      'jobs_duration_seconds_sum{queue="settlement"}': jobs * streamTruth.jobSeconds,
      process_cpu_seconds_total: 3 + jobs * streamTruth.cpuPerJob,
    },
  };
}

/** The tiers alone, without the fits of the service and its database, in which nothing of them is used. */
export function planTiers(
  runs: readonly Run[],
  request: CapacityRequest,
  replica: StreamRequirement['replica'] = null,
): ReturnType<typeof planStreams> {
  const observed = runs.length === 0 ? null : gatherFacts(runs).observed;
  const { inputs } = resolveInputs(runs, { worlds: 100, ...request }, observed?.testedRate ?? null);
  const worlds = new Worlds(inputs.worlds, inputs.seed);
  const load = loadIn(worlds, inputs, () => request.mix ?? observed?.mix ?? { request: 1 });
  const measurements = observed && load ? { runs, mix: load.mix, seed: inputs.seed } : null;
  return planStreams({
    worlds,
    inputs,
    load,
    measurements,
    testedRate: observed?.testedRate ?? null,
    replica,
  });
}
