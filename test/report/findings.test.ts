import { expect, it } from 'vitest';
import type { Finding, FindingCode } from '../../src/planners/findings.ts';
import { describeFindings } from '../../src/report/findings.ts';

const run = '6f1c2a90-5b1e-4a53-9d0e-2f6b1c7d8e9a';

/** One finding of every code; the compiler sees to it that none is missing. */
const examples: { [Code in FindingCode]: Extract<Finding, { code: Code }>['args'] } = {
  GENERATOR_LIMITED: { run, scheduleLag: 0.41, dropped: 1200, cpu: 1.02 },
  RUN_INCOMPLETE: { run, seconds: 37 },
  REQUESTS_FAILED: { run, share: 0.021 },
  GAP: { run, source: 'postgres', gaps: 3, seconds: 4 },
  SOURCE_PARTLY_READ: { run, source: 'process/api', samples: 9, from: 0.02, to: 8.04, seconds: 30.2 },
  COUNTER_RESET: { run, source: 'platform', resets: 1 },
  WARMUP_SKIPPED: { run, seconds: 5 },
  CHECKPOINT_CYCLE_NOT_COVERED: { run, checkpoints: 1, seconds: 58.2, counted: true },
  CHECKPOINT_WRITES_NOT_COVERED: { run, checkpoints: 1, seconds: 58.2 },
  MEMORY_STILL_RISING: { run, rate: 150_000 },
  NOT_MEASURED: { resource: 'databaseCpu', intervals: 1, needed: 8 },
  CLASSES_NOT_SEPARABLE: { resource: 'walBytes', classes: ['a', 'b', 'c'], pair: ['a', 'c'], condition: 48 },
  BACKGROUND_NOT_SEPARABLE: { resource: 'platformCpu', condition: 31 },
  OUTLIERS_DOWNWEIGHTED: {
    resource: 'platformCpu',
    intervals: 4,
    of: 52,
    farthest: [
      { run, from: 17, to: 18.02, used: 0.612, expected: 0.31, cause: 'restart' },
      { run, from: 41.01, to: 42.01, used: 0.2, expected: 0.3102, cause: null },
    ],
  },
  COUNTER_LAGS: { run, resource: 'databaseFsyncs', seconds: 0.62 },
  POOR_FIT: { resource: 'databaseWrites', r2: 0.313 },
  FIT_EXTRAPOLATES: { resource: 'platformCpu', from: 312.4, to: 3600 },
  DECLARED_DEFAULTS: { figures: ['replicas', 'memory'] },
  MEASURED_WINS: { flag: '--connections', declared: 40, measured: 12 },
  ASSUMED_PEAK: { rate: 312.4 },
  ASSUMED_RISE: { multiplier: 2, rise: 60 },
  ASSUMED_STARTUP: { startup: 20 },
  ASSUMED_REPLICA_CPU: { cpu: 0.5 },
  ASSUMED_AVERAGE_LOAD: { peak: 1000, average: 382, ratio: 2.62 },
  RATE_FROM_USERS: { users: 5000, latency: 0.1, rate: 50_000 },
  RATE_EXCEEDS_USERS: { users: 50, latency: 0.1, rate: 1000, possible: 500 },
  LIMIT_NOT_TESTED: { limit: 1, tested: null },
  CPU_ABOVE_ONE_THREAD: { cpu: 2, used: 1.1 },
  MEMORY_LIMIT_BELOW_OBSERVED: { limit: 2 ** 28, observed: 3 * 2 ** 27 },
  MEMORY_LEAKS: { rate: 5_200, seconds: 61_000 },
  POOL_EXCEEDS_MAX_CONNECTIONS: {
    replicas: 21,
    pool: 8,
    total: 168,
    max: 100,
    reserved: 3,
    servers: 12,
    direct: 171,
  },
  RISE_FASTER_THAN_PODS: { event: 'NFP', factor: 3, delay: 37, target: 0.33 },
  ASSUMED_TRAFFIC: { traffic: 'fx-centre-share' },
  AUTOSCALER_BREAKS_SLO: { violated: 720, budget: 604.8, floor: { replicas: 75, lead: 300, violated: 285 } },
  DATABASE_CPU_SHORT: { required: 3.2, cores: 2 },
  IOPS_BELOW_PEAK: { recommended: 926, peak: 4300 },
  NO_VOLUME_FITS: {
    volume: 'io2',
    limit: 'iops',
    needed: 300_000,
    most: 256_000,
    help: 'spread',
    instead: null,
  },
  STORAGE_FILLS: { days: 42.5, capacity: 500 * 2 ** 30 },
  HISTORY_WITHOUT_DAYS: { seconds: 6 * 3600 },
  HISTORY_WITHOUT_WEEKS: { seconds: 9 * 86_400 },
  FORECAST_NOT_TESTED: { seconds: 15 * 86_400, needed: 21 * 86_400 },
  PEAK_WITHIN_HOUR_UNKNOWN: { step: 3600 },
  RECORDED_PEAK_ABOVE_FORECAST: { rate: 5120, at: 1_780_662_660, forecast: 2210 },
  GROWTH_FROM_TREND: { perYear: 0.4, low: 0.31, high: 0.5, weeks: 12, carried: 12, ahead: 52.2 },
  NO_RISING_TREND: { perYear: 0.02, low: -0.05, high: 0.09, weeks: 12 },
  DECLARED_GROWTH_WINS: { declared: 0.2, perYear: 0.4, weeks: 12 },
  GROWTH_UNKNOWN: { weeks: 3, needed: 8, months: 12 },
  EVENT_AT_BUSIEST: { event: 'nfp', at: 1_780_662_660 },
  HOT_PARTITION: { topic: 'trades', skew: 2.4 },
  PARTITIONS_TOO_FEW: { topic: 'trades', partitions: 10, needed: 24 },
  PARTITION_EXCEEDS_VOLUME: { topic: 'trades', needed: 3 * 2 ** 40, volume: 2 ** 41 },
  RETENTION_EXCEEDS_VOLUMES: { needed: 9 * 2 ** 40, brokers: 3, volume: 2 ** 41 },
  TOO_MANY_PARTITIONS: { copies: 240_000, most: 200_000 },
  CONSUMER_RATE_UNKNOWN: { group: 'analytics' },
  CONSUMERS_NEVER_BUSY: { group: 'analytics', rate: 49.2 },
  CONSUMERS_FALL_BEHIND: { group: 'analytics', consumers: 1, growth: 310, overflow: 604_800 },
  CACHE_FILLS: { maxmemory: 2 ** 28, needed: 2 ** 29, evicts: false },
  CACHE_KEYS_GROW: { perSecond: 12.5, perDay: 2 ** 27, fullAfter: 260_000, measured: 40 },
  CACHE_THREAD_SHORT: { cores: 1.9, shards: 3 },
  HIT_RATIO_AT_ONE_SIZE: { hitRatio: 0.87, evicted: 120, memory: 2 ** 28 },
  KEY_SIZE_DIFFERS: { formula: 168, measured: 2115 },
  CONNECTIONS_FROM_LOAD: { connections: 5000, rate: 1200 },
  CONNECTION_SIZE_UNKNOWN: { connections: 5000 },
  RECONNECT_STORM: { connections: 1250, replicas: 3, spread: 2.8, cpu: 0.002, share: 0.3 },
  REPLICAS_EXCEED_PARTITIONS: { replicas: 21, partitions: 16, group: 'analytics' },
  CONNECTIONS_EXCEED_REPLICAS: { connections: 50_000, needed: 31, replicas: 17 },
  SCALING_DOES_NOT_HELP: { bound: 'databaseCpu', atRate: 4300, served: 9600, replicas: 21 },
  ASSUMED_FIGURES: {
    tier: 'Kafka',
    figures: [
      { flag: '--kafka-retention', value: 604_800, unit: 'time' },
      { flag: '--kafka-record', value: 1024, unit: 'bytes' },
      { flag: '--partition-rate', value: 10 * 2 ** 20, unit: 'throughput' },
      { flag: '--kafka-replication', value: 3, unit: 'count' },
    ],
  },
  READ_REPLICAS_NEEDED: {
    ...{ required: 90, cores: 64, count: 2, readShare: 0.61 },
    classes: ['history', 'positions'],
  },
  READ_REPLICAS_NO_REMEDY: { required: 90, cores: 64, readShare: 0.04 },
  ASSUMED_WORKING_SET: { share: 0.1, bytes: 12 * 2 ** 30 },
  WORKING_SET_EXCEEDS_MEMORY: { memory: 2 ** 34, cache: 11 * 2 ** 30, workingSet: 2 ** 35, missed: 0.66 },
  GROUP_COMMIT: { commits: 6500, flushes: 833, writeSeconds: 0.0012 },
  VOLUME_CHOSEN: {
    volume: 'gp3',
    perMonth: 60,
    others: [
      { name: 'gp2', perMonth: null, short: { limit: 'iops', needed: 30_000, most: 16_000 } },
      { name: 'io2', perMonth: 434, short: null },
      { name: 'pd-ssd', perMonth: null, short: null },
      { name: 'a', perMonth: null, short: { limit: 'size', needed: 2 ** 45, most: 2 ** 44 } },
      { name: 'b', perMonth: null, short: { limit: 'throughput', needed: 2 ** 31, most: 2 ** 30 } },
    ],
  },
  RETENTION: { retention: 24, plateau: true, bytes: 2 ** 40 },
  POOL_RULE_OF_THUMB: { sessions: 160, cores: 4, rule: 9, pool: 8, deadlock: 9 },
  POSTGRES_SETTING: { setting: 'max_wal_size', from: 2 ** 30, to: 5 * 2 ** 30 },
  COST_INCOMPLETE: { missing: ['database (database.perCoreHour)', 'pd-ssd'] },
  SCRIPTS_DIFFER: { script: 'trading.ts', versions: 2 },
  MACHINES_DIFFER: { machines: ['4 CPUs, linux/x64', '2 CPUs, linux/arm64'] },
  LATENCY_NOT_FITTED: { class: 'trade', quantile: 0.99, missing: 'narrow' },
  REPLICAS_WITHIN_TEST: { tested: 50, rate: 60, replicas: 84, otherwise: 16 },
  ONE_QUEUE_ASSUMED: { servers: 23, replicas: 23, random: 254 },
  CPU_LIMIT_COSTS: {
    ...{ limit: 0.5, quantile: 0.99, limited: 0.083, unlimited: 0.021, stoppedShare: 0.22 },
    instead: 1,
  },
  OOM_RISK: { limit: 2 ** 28, share: 0.12 },
  SURGE_EXCEEDS_MAX_CONNECTIONS: { usual: 5, surge: 2, room: 2, max: 100 },
};

const finding = (code: string, args: object, severity = 'warning') => ({ code, severity, args }) as Finding;

it('puts every finding into one line of words, with every figure in it', async () => {
  const all = Object.entries(examples).map(([code, args]) => finding(code, args));
  const lines = describeFindings(all).map(({ code, text }) => `${code}: ${text}`);
  expect(lines).toHaveLength(all.length);
  for (const line of lines) expect(line).not.toMatch(/undefined|NaN|\[object|\n| {2}/);
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('../golden/findings.txt');
});

it('tells errors first, and the same about several resources once', () => {
  const about = (resource: string, to = 3600) => finding('FIT_EXTRAPOLATES', { resource, from: 312.4, to });
  const described = describeFindings([
    finding('WARMUP_SKIPPED', examples.WARMUP_SKIPPED, 'info'),
    about('platformCpu', 225),
    about('walBytes'),
    about('databaseCpu'),
    about('ioBytes'),
    finding('NO_VOLUME_FITS', examples.NO_VOLUME_FITS, 'error'),
  ]);
  expect(described.map(({ severity, code }) => `${severity} ${code}`)).toEqual([
    'error NO_VOLUME_FITS',
    'warning FIT_EXTRAPOLATES',
    'warning FIT_EXTRAPOLATES',
    'info WARMUP_SKIPPED',
  ]);
  expect(described[2]?.text).toBe(
    'Planned for 3,600/s but tested only up to 312/s: WAL, database CPU and disk bytes. ' +
      'Beyond the data the cost of a request may grow: test nearer to the peak.',
  );
});
