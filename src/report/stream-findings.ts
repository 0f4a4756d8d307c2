import type { StreamFinding } from '../planners/streams/findings.ts';
import type { Assumed } from '../planners/streams/needed.ts';
import { formatBytes, formatPercent, formatRate, formatSeconds, round } from '../units.ts';
import { counted, saturationNames } from './resource-words.ts';

/** Findings about Kafka, the cache, workers and WebSockets in words. */
export function describeStream(finding: StreamFinding): string {
  const { code, args } = finding;
  switch (code) {
    case 'HOT_PARTITION':
      return `The hottest partition of ${args.topic} gets ${round(args.skew)} times the mean, and the plan is for it. More partitions do not part one key: if a single key is that hot, split it.`;
    case 'PARTITIONS_TOO_FEW':
      return `${args.topic} has ${counted(args.partitions, 'partition')} and needs ${round(args.needed)}: consumers beyond the first ${round(args.partitions)} would idle, however long the lag. Adding partitions later moves keys to other partitions and breaks their order: do it before the load comes.`;
    case 'PARTITION_EXCEEDS_VOLUME':
      return `The hottest partition of ${args.topic} keeps ${formatBytes(args.needed)}, more than the ${formatBytes(args.volume)} of a broker's disk, and a partition cannot be split over two: retain less, or use larger disks.`;
    case 'RETENTION_EXCEEDS_VOLUMES':
      return `What the topics retain needs ${formatBytes(args.needed)} of disk, more than the ${formatBytes(args.volume)} each of the ${counted(args.brokers, 'broker')} that there ${args.brokers === 1 ? 'is' : 'are'}: retain less, or add brokers.`;
    case 'TOO_MANY_PARTITIONS':
      return `${round(args.copies)} copies of partitions are more than the ${round(args.most)} that one cluster holds well: spread the topics over several clusters.`;
    case 'CONSUMER_RATE_UNKNOWN':
      return `The consumers of ${args.group} caught up at once in every run, so what they can do at most is not known, and neither consumers nor partitions are planned for them. State it with --consumer-rate, or stop them for some minutes in a run.`;
    case 'CONSUMERS_NEVER_BUSY':
      return `The consumers of ${args.group} never had a backlog for long: the ${formatRate(args.rate)} of one is the least that it can do, as seen when it caught up or by the time it took for small batches, and it can probably do more. State it with --consumer-rate, or stop them for some minutes in a run.`;
    case 'CONSUMERS_FALL_BEHIND':
      return `With the ${counted(args.consumers, 'consumer')} of ${args.group} that there ${args.consumers === 1 ? 'is' : 'are'} its lag grows by ${formatRate(args.growth)} at the top of the load${args.overflow === null ? '' : `, and after ${formatSeconds(args.overflow)} records are deleted before they are read`}.`;
    case 'CACHE_FILLS':
      return `The cache needs ${formatBytes(args.needed)} but maxmemory is ${formatBytes(args.maxmemory)}: ${args.evicts ? 'it will throw keys away that are still wanted, and the hit ratio falls' : 'it throws nothing away (noeviction), so writes to it will fail'}.`;
    case 'CACHE_KEYS_GROW':
      return `Keys that never expire grew in ${formatSeconds(args.measured)} of measuring: at the average load of today by ${formatRate(args.perSecond)} or ${formatBytes(args.perDay)} a day, unless something deletes them. What is recommended is without them${args.fullAfter === null ? '' : `, and maxmemory is full in ${formatSeconds(args.fullAfter)}`}. A longer run shows whether something deletes them.`;
    case 'CACHE_THREAD_SHORT':
      return `The commands need ${counted(args.cores, 'core')}, but a server runs them on one thread: spread the keys over ${round(args.shards)} servers, or ask the cache less.`;
    case 'HIT_RATIO_AT_ONE_SIZE':
      return `The cache evicted ${formatRate(args.evicted)} keys at ${formatBytes(args.memory)} and answered ${formatPercent(args.hitRatio)} of the lookups: more memory would answer more, but how many only a run at another maxmemory tells.`;
    case 'KEY_SIZE_DIFFERS':
      return `A key takes ${formatBytes(args.formula)} by the declared sizes, but ${formatBytes(args.measured)} were measured and are used: the keys in the runs are others, or larger than stated.`;
    case 'CONNECTIONS_FROM_LOAD':
      return `How many WebSocket connections there will be was not stated: ${round(args.connections)} are assumed at ${formatRate(args.rate)}, as many times those of the runs as there is more load. State them with --ws-connections.`;
    case 'CONNECTION_SIZE_UNKNOWN':
      return `The runs do not tell what a WebSocket connection takes of a replica, so nothing is planned for ${counted(Math.ceil(args.connections), 'connection')}. Measure with a number of connections that changes, or state --ws-per-replica.`;
    case 'RECONNECT_STORM':
      return `After a loss ${round(args.connections)} WebSocket clients come back to ${counted(args.replicas, 'replica')}: at about ${formatSeconds(args.cpu)} of CPU each they must spread that over ${formatSeconds(args.spread)} or more (back-off with jitter), so that it takes no more than ${formatPercent(args.share)} of the CPU.`;
    case 'REPLICAS_EXCEED_PARTITIONS':
      return `The service's replicas are the consumers of ${args.group}, and up to ${round(args.replicas)} may run but only ${counted(args.partitions, 'partition')} ${args.partitions === 1 ? 'is' : 'are'} there: the others would read nothing.`;
    case 'CONNECTIONS_EXCEED_REPLICAS':
      return `${round(Math.ceil(args.connections))} WebSocket connections need ${counted(args.needed, 'replica')}, but the autoscaler, which does not see them, may start ${round(args.replicas)}: raise its maximum and its minimum, or give a replica more memory.`;
    case 'SCALING_DOES_NOT_HELP':
      return `More replicas do not help beyond ${formatRate(args.atRate)}: that is all that ${saturationNames[args.bound]} can do, which they share. The ${round(args.replicas)} replicas that the autoscaler may start could serve ${formatRate(args.served)}.`;
    case 'ASSUMED_FIGURES':
      return `${args.tier} ${args.tier === 'Workers' ? 'rest' : 'rests'} on figures that nobody measured or stated: ${args.figures.map(assumed).join(', ')}.`;
    default:
      return unknown(finding);
  }
}

function assumed({ flag, value, unit }: Assumed): string {
  const formats: Record<Assumed['unit'], (value: number) => string> = {
    time: formatSeconds,
    bytes: formatBytes,
    throughput: (each) => `${formatBytes(each)}/s`,
    count: round,
  };
  return `${flag} ${formats[unit](value)}`;
}

/** Reached only when a code was added to `StreamFinding` and not here, which the compiler refuses. */
function unknown(finding: never): never {
  throw new TypeError(`no words for the finding ${JSON.stringify(finding)}`);
}
