import { COARSE_BITS, Histogram } from '../../src/models/histogram.ts';
import { Random } from '../../src/models/random.ts';
import { type ClassRow, type Run, type RunRow, type Sample, serialiseLine } from '../../src/run.ts';

/** What one request of a class really costs, for runs whose truth is known. */
export type Truth = {
  cpu: number;
  databaseCpu: number;
  wal: number;
  writes: number;
  fsyncs: number;
  growth: number;
  hold: number;
  /** Unloaded latency, seconds. */
  latency: number;
};

export const truth: Record<string, Truth> = {
  quote: { cpu: 0.0008, databaseCpu: 0, wal: 0, writes: 0, fsyncs: 0, growth: 0, hold: 0, latency: 0.002 },
  trade: {
    cpu: 0.003,
    databaseCpu: 0.002,
    wal: 900,
    writes: 1.4,
    fsyncs: 0.9,
    growth: 280,
    hold: 0.004,
    latency: 0.006,
  },
  history: {
    cpu: 0.002,
    databaseCpu: 0.001,
    wal: 0,
    writes: 0,
    fsyncs: 0,
    growth: 0,
    hold: 0.002,
    latency: 0.004,
  },
  positions: {
    cpu: 0.001,
    databaseCpu: 0.0006,
    wal: 0,
    writes: 0,
    fsyncs: 0,
    growth: 0,
    hold: 0.001,
    latency: 0.003,
  },
};

export const background = { cpu: 0.01, databaseCpu: 0.005, wal: 200 };

type Step = { seconds: number; rate: number; mix: Record<string, number> };

const mix = (quote: number, trade: number, history: number, positions: number) => ({
  quote,
  trade,
  history,
  positions,
});

/**
 * A load that rises while its mix shifts, so that every class can be told from the others, to two thirds of half a core: a
 * plan from it need not go beyond it.
 */
export const steps: Step[] = [
  { seconds: 6, rate: 75, mix: mix(0.6, 0.2, 0.1, 0.1) },
  { seconds: 6, rate: 100, mix: mix(0.25, 0.45, 0.15, 0.15) },
  { seconds: 6, rate: 150, mix: mix(0.8, 0.05, 0.05, 0.1) },
  { seconds: 6, rate: 112.5, mix: mix(0.25, 0.1, 0.5, 0.15) },
  { seconds: 6, rate: 187.5, mix: mix(0.55, 0.25, 0.1, 0.1) },
  { seconds: 6, rate: 125, mix: mix(0.2, 0.15, 0.15, 0.5) },
  { seconds: 6, rate: 87.5, mix: mix(0.1, 0.6, 0.2, 0.1) },
  { seconds: 6, rate: 212.5, mix: mix(0.6, 0.1, 0.2, 0.1) },
  { seconds: 6, rate: 175, mix: mix(0.6, 0.1, 0.05, 0.25) },
  { seconds: 6, rate: 250, mix: mix(0.6, 0.2, 0.1, 0.1) },
];

export type Synthetic = {
  seed?: number;
  steps?: Step[];
  replicas?: number;
  cpuLimit?: number | null;
  /** Standard deviation of every cost around its mean. */
  noise?: number;
  /** Samples are taken this long after each whole second. */
  offset?: number;
  memory?: { base: number; perRequest: number; rise?: number };
  maxConnections?: number;
  databaseBytes?: number;
  checkpoints?: number[];
  cpus?: number;
  change?(run: Run): void;
};

type Event = { t: number; add: Record<string, number> };

/** A run whose samples and rows follow from single requests, each with its own cost and latency. */
export function syntheticRun(options: Synthetic = {}): Run {
  const random = new Random(options.seed ?? 1);
  const { replicas = 1, noise = 0.1, offset = 0.02, cpuLimit = 0.5 } = options;
  const load = options.steps ?? steps;
  const seconds = load.reduce((sum, step) => sum + step.seconds, 0);
  const requests: { start: number; end: number; name: string }[] = [];
  const events: Event[] = [];
  let from = 0;
  for (const step of load) {
    const capacity = replicas * (cpuLimit ?? 1);
    const cost = Object.entries(step.mix).reduce(
      (sum, [name, share]) => sum + share * (truth[name]?.cpu ?? 0),
      0,
    );
    const utilisation = Math.min(0.95, (step.rate * cost) / capacity);
    for (let t = from; ; ) {
      t += -Math.log(1 - random.uniform()) / step.rate;
      if (t >= from + step.seconds) break;
      const name = pick(step.mix, random);
      const cost = truth[name] as Truth;
      const latency = (cost.latency * (0.8 + 0.4 * random.uniform())) / (1 - utilisation);
      const about = () => Math.max(0, 1 + noise * random.normal());
      requests.push({ start: t, end: t + latency, name });
      events.push({
        t: t + latency * random.uniform(),
        add: {
          cpu: cost.cpu * about(),
          databaseCpu: cost.databaseCpu * about(),
          wal: cost.wal * about(),
          writes: cost.writes * about(),
          fsyncs: cost.fsyncs * about(),
          growth: cost.growth,
          hold: cost.hold * about(),
          queries: cost.hold > 0 ? 1 : 0,
        },
      });
    }
    from += step.seconds;
  }
  const run: Run = {
    header: {
      schema: 'fxscale.run/1',
      id: `synthetic-${options.seed ?? 1}`,
      startedAt: '2026-01-05T12:00:00.000Z',
      version: '0.1.0',
      script: 'trading.ts@000000000000',
      openLoop: true,
      machine: { cpus: options.cpus ?? 4, memory: 8 * 2 ** 30, platform: 'linux/x64', node: 'v20.20.2' },
      service: { replicas, ...(cpuLimit === null ? {} : { cpuLimit }), poolSize: 10 },
      sources: [],
    },
    rows: rowsOf(requests, seconds),
    samples: samplesOf(requests, events, seconds, { ...options, replicas, offset }),
    notes: [],
    end: { t: seconds, exitCode: 0, thresholds: [] },
  };
  options.change?.(run);
  return run;
}

function pick(shares: Record<string, number>, random: Random): string {
  let left = random.uniform();
  for (const [name, share] of Object.entries(shares)) {
    left -= share;
    if (left < 0) return name;
  }
  return Object.keys(shares)[0] ?? '';
}

function rowsOf(requests: { start: number; end: number; name: string }[], seconds: number): RunRow[] {
  return Array.from({ length: seconds }, (_, i) => {
    const ended = requests.filter(({ end }) => end > i && end <= i + 1);
    const classes: Record<string, ClassRow> = {};
    for (const name of new Set(ended.map((request) => request.name))) {
      const latency = new Histogram(COARSE_BITS);
      const own = ended.filter((request) => request.name === name);
      for (const { start, end } of own) latency.record(end - start);
      classes[name] = { count: own.length, failures: 0, latency: latency.toJSON() };
    }
    const inFlight = requests.filter(({ start, end }) => start <= i + 1 && end > i + 1).length;
    return {
      t: i + 1,
      seconds: 1,
      classes,
      generator: {
        cpu: 0.1,
        loopLag: 0.001,
        scheduleLag: 0.001,
        dropped: 0,
        iterations: ended.length,
        vus: 10,
        inFlight,
      },
    };
  });
}

function samplesOf(
  requests: { start: number; end: number }[],
  events: Event[],
  seconds: number,
  options: Synthetic & { replicas: number; offset: number },
): Sample[] {
  const memory = options.memory ?? { base: 90 * 2 ** 20, perRequest: 0 };
  const sorted = events.toSorted((a, b) => a.t - b.t);
  const sums: Record<string, number> = {};
  const samples: Sample[] = [];
  let next = 0;
  for (let i = 0; i <= seconds; i++) {
    const t = i + options.offset;
    for (; next < sorted.length && (sorted[next] as Event).t <= t; next++) {
      for (const [name, value] of Object.entries((sorted[next] as Event).add))
        sums[name] = (sums[name] ?? 0) + value;
    }
    const total = (name: string) => sums[name] ?? 0;
    const inFlight = requests.filter(({ start, end }) => start <= t && end > t).length / options.replicas;
    for (let replica = 0; replica < options.replicas; replica++) {
      const share = 1 / options.replicas;
      samples.push({
        t,
        source: `platform/${replica}`,
        values: {
          process_cpu_seconds_total: 2 + total('cpu') * share + background.cpu * t,
          process_resident_memory_bytes: memory.base + memory.perRequest * inFlight + (memory.rise ?? 0) * t,
          http_requests_in_flight: inFlight,
          'db_pool_connections{state="total"}': 10,
          db_pool_max: 10,
          'db_query_duration_seconds_sum{query="all"}': total('hold') * share,
          'db_query_duration_seconds_count{query="all"}': total('queries') * share,
          nodejs_eventloop_lag_seconds: 0.001,
        },
      });
    }
    samples.push({
      t,
      source: 'process/postgres',
      values: {
        cpu_seconds: 5 + total('databaseCpu') + background.databaseCpu * t,
        rss_bytes: 2e8,
        threads: 8,
      },
    });
    const bytes = (options.databaseBytes ?? 30e6) + total('growth');
    samples.push({
      t,
      source: 'postgres',
      values: {
        server_version_num: 180004,
        max_connections: options.maxConnections ?? 100,
        connections: 10,
        wal_bytes: 1e6 + total('wal') + background.wal * t,
        reads: 50,
        read_bytes: 50 * 8192,
        writes: 100 + total('writes'),
        write_bytes: 8e5 + total('wal') + background.wal * t,
        extends: 10 + Math.floor(total('growth') / 8192),
        extend_bytes: 8192 * (10 + Math.floor(total('growth') / 8192)),
        fsyncs: 20 + total('fsyncs'),
        checkpoints: 3 + (options.checkpoints ?? []).filter((at) => at <= t).length,
        ...(i % 5 === 0
          ? { database_bytes: 8e6 + bytes, table_bytes: bytes * 0.6, index_bytes: bytes * 0.4 }
          : {}),
      },
    });
  }
  return samples;
}

/** The lines of the run's file. */
export function linesOf({ header, rows, samples, end }: Run): string[] {
  return [
    { run: header },
    ...rows.map((row) => ({ row })),
    ...samples.map((sample) => ({ sample })),
    ...(end ? [{ end }] : []),
  ].map(serialiseLine);
}
