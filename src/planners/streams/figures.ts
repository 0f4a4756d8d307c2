import { FxscaleError } from '../../errors.ts';
import { type Declared, highestOf } from '../worlds.ts';

type Optional<T> = { [Key in keyof T]?: T[Key] | undefined };

/**
 * What may be declared of Kafka, the cache, queue workers and WebSockets. Rates are per second, times in seconds, sizes
 * in bytes, CPU in cores. What runs measured wins, but for sizes of brokers, targets and counts of production.
 */
export type StreamFigures = Optional<{
  /** Records per second into all topics at the peak, and bytes of one. */
  kafkaRate: Declared;
  kafkaRecord: Declared;
  /** Seconds that records are kept, and in how many copies. */
  kafkaRetention: number;
  kafkaReplication: number;
  /** Consumer groups that read every record. */
  kafkaGroups: number;
  /** How many times the mean of all partitions the hottest gets. */
  kafkaSkew: Declared;
  /** Bytes per second that one partition takes, records per second that one consumer does. */
  partitionRate: Declared;
  consumerRate: Declared;
  /** Consumers stand still this long, and must have caught up this long after. */
  consumerOutage: number;
  drainWithin: number;
  brokerCpu: number;
  brokerDisk: number;
  brokerNetwork: number;

  cacheKeys: Declared;
  cacheKeyBytes: Declared;
  cacheValueBytes: Declared;
  /** Seconds until a key expires: keys that expire take more memory. */
  cacheTtl: number;
  /** Commands per second at the peak. */
  cacheOps: Declared;

  jobRate: Declared;
  jobTime: Declared;
  /** Seconds that 95 % of the jobs may wait at most. */
  jobWait: number;
  /** Jobs that a worker process works on at once. */
  jobConcurrency: number;
  /** Squared coefficient of variation of the time of a job. */
  jobVariability: Declared;

  wsConnections: Declared;
  wsPerReplica: Declared;
}>;

/** Those of `request` that are about these tiers, without those that were not given. */
export function streamFiguresOf(request: StreamFigures): StreamFigures {
  return Object.fromEntries(
    names.flatMap((name) => (request[name] === undefined ? [] : [[name, request[name]]])),
  );
}

const names = [
  'kafkaRate',
  'kafkaRecord',
  'kafkaRetention',
  'kafkaReplication',
  'kafkaGroups',
  'kafkaSkew',
  'partitionRate',
  'consumerRate',
  'consumerOutage',
  'drainWithin',
  'brokerCpu',
  'brokerDisk',
  'brokerNetwork',
  'cacheKeys',
  'cacheKeyBytes',
  'cacheValueBytes',
  'cacheTtl',
  'cacheOps',
  'jobRate',
  'jobTime',
  'jobWait',
  'jobConcurrency',
  'jobVariability',
  'wsConnections',
  'wsPerReplica',
] as const satisfies readonly (keyof StreamFigures)[];

/** Those with which a tier can be planned without a run. */
const starting = ['kafkaRate', 'cacheKeys', 'jobRate', 'wsConnections'] as const;

export function statesStream(request: StreamFigures): boolean {
  return starting.some((name) => request[name] !== undefined);
}

/** What says nothing without the flag that it adds to, each with what is then missing. */
const dependent: readonly [figure: keyof StreamFigures, on: keyof StreamFigures, text: string][] = [
  ['kafkaRecord', 'kafkaRate', '--kafka-record: how many of them? add --kafka-rate, or a run with kafka://'],
  [
    'kafkaRetention',
    'kafkaRate',
    '--kafka-retention: of how many records? add --kafka-rate, or a run with kafka://',
  ],
  [
    'consumerRate',
    'kafkaRate',
    '--consumer-rate: of how many records? add --kafka-rate, or a run with kafka://',
  ],
  [
    'cacheKeyBytes',
    'cacheKeys',
    '--cache-key-bytes: how many keys? add --cache-keys, or a run with redis://',
  ],
  [
    'cacheValueBytes',
    'cacheKeys',
    '--cache-value-bytes: how many keys? add --cache-keys, or a run with redis://',
  ],
  ['cacheTtl', 'cacheKeys', '--cache-ttl: of how many keys? add --cache-keys, or a run with redis://'],
  ['cacheOps', 'cacheKeys', '--cache-ops: on how many keys? add --cache-keys, or a run with redis://'],
  ['jobTime', 'jobRate', '--job-time: of how many jobs? add --job-rate'],
  ['jobRate', 'jobTime', '--job-rate: how long does one take? add --job-time'],
  [
    'jobWait',
    'jobRate',
    '--job-wait: of how many jobs? add --job-rate and --job-time, or a run with the workers',
  ],
  ['wsPerReplica', 'wsConnections', '--ws-per-replica: of how many connections? add --ws-connections'],
];

/** What Redis holds at most: bytes of one string, and more keys than anybody has. */
const limits: readonly [
  figure: 'cacheKeys' | 'cacheKeyBytes' | 'cacheValueBytes',
  most: number,
  text: string,
][] = [
  ['cacheKeys', 1e12, '--cache-keys: more than a million million keys are in no cache'],
  ['cacheKeyBytes', 2 ** 29, '--cache-key-bytes: Redis holds at most 512Mi in one string'],
  ['cacheValueBytes', 2 ** 29, '--cache-value-bytes: Redis holds at most 512Mi in one string'],
];

/** Throws USAGE, naming the flag, for a figure from which nothing follows. Runs may tell the rest. */
export function checkStreams(hasRuns: boolean, request: StreamFigures): void {
  for (const [figure, most, text] of limits) {
    if (highestOf(request[figure] ?? 0) > most) throw new FxscaleError('USAGE', text);
  }
  if (hasRuns) return;
  for (const [figure, on, text] of dependent) {
    if (request[figure] !== undefined && request[on] === undefined) throw new FxscaleError('USAGE', text);
  }
  if (request.wsConnections !== undefined && request.wsPerReplica === undefined) {
    throw new FxscaleError('USAGE', '--ws-connections: how many does a replica hold? add --ws-per-replica');
  }
}
