import type { CachePlan } from '../planners/streams/cache.ts';
import type { KafkaPlan } from '../planners/streams/kafka.ts';
import type { BrokerPlan } from '../planners/streams/kafka-brokers.ts';
import type { GroupPlan } from '../planners/streams/kafka-consumers.ts';
import type { TopicPlan } from '../planners/streams/kafka-topics.ts';
import type { StreamPlans } from '../planners/streams/streams.ts';
import type { WebsocketsPlan } from '../planners/streams/websockets.ts';
import type { WorkersPlan } from '../planners/streams/workers.ts';
import { formatBytes, formatPercent, formatRate, formatSeconds, round } from '../units.ts';
import type { ResourceRow, Tier } from './resource-rows.ts';
import { counted } from './resource-words.ts';

/** The tiers beside the service and its database. */
export function streamTiers({ kafka, cache, workers, websockets }: StreamPlans): Tier[] {
  const known = 'Measured or declared';
  return [
    { name: 'Kafka', known, rows: kafka ? kafkaRows(kafka) : [] },
    { name: 'Cache', known, rows: cache ? cacheRows(cache) : [] },
    { name: 'Workers', known, rows: workers ? workerRows(workers) : [] },
    { name: 'WebSockets', known, rows: websockets ? [websocketsRow(websockets)] : [] },
  ];
}

function kafkaRows({ topics, groups, brokers }: KafkaPlan): ResourceRow[] {
  return [...topics.map(topicRow), ...groups.map(groupRow), brokersRow(brokers)];
}

function topicRow(plan: TopicPlan): ResourceRow {
  const { topic, records, recordBytes, skew, partitions, replication, retention, retainedBytes } = plan;
  const now = partitions.current === null ? '' : ` (${partitions.current} now)`;
  const kept =
    retention === null || retainedBytes === null
      ? 'compacted'
      : `${formatBytes(retainedBytes)} for ${formatSeconds(retention)}`;
  return {
    resource: `Topic ${topic}`,
    demand: [
      `${formatBytes(recordBytes)} a record`,
      ...(skew > 1 ? [`hottest partition ${round(skew)} × the mean`] : []),
    ],
    atPeak: `${round(records.enough)} records/s`,
    recommended: `${counted(partitions.recommended, 'partition')}${now}, ${replication} copies, ${kept}`,
  };
}

const sources = { backlog: 'measured with a backlog', least: 'at least', declared: 'declared' } as const;

function groupRow({
  group,
  topics,
  consumers,
  current,
  maximum,
  outage,
  drainWithin,
  lagThreshold,
}: GroupPlan): ResourceRow {
  const now = current === null ? '' : ` (${current} now)`;
  return {
    resource: 'Consumers',
    demand: [
      group,
      ...topics.map(({ topic, rate, by }) => `${topic} ${formatRate(rate)} each, ${sources[by]}`),
    ],
    atPeak: `after ${formatSeconds(outage)} of standing still, caught up in ${formatSeconds(drainWithin)}`,
    recommended: `${counted(consumers.enough, 'consumer')}${now} of at most ${maximum}, scaled at a lag of ${round(lagThreshold)} each`,
  };
}

function brokersRow({ current, recommended, by, cores, network, disk }: BrokerPlan): ResourceRow {
  const now = current === null ? '' : ` (${current} now)`;
  const why =
    by === 'copies'
      ? 'the copies decide'
      : `${by === 'cpu' ? 'CPU' : by} ${by === 'partitions' ? 'decide' : 'decides'}`;
  return {
    resource: 'Brokers',
    demand: [],
    atPeak: `${formatBytes(network.in)}/s in, ${formatBytes(network.out)}/s out, ${counted(cores, 'core')}`,
    recommended: `${counted(recommended, 'broker')}${now}, ${formatBytes(disk)} on all disks; ${why}`,
  };
}

function cacheRows({
  keys,
  keyBytes,
  used,
  maxmemory,
  instanceBytes,
  hits,
  commands,
  network,
  cores,
  shards,
}: CachePlan): ResourceRow[] {
  const measured = keyBytes.measured === null ? [] : [`${formatBytes(keyBytes.measured)} a key as measured`];
  const formula = keyBytes.formula === null ? [] : [`${formatBytes(keyBytes.formula)} a key by the formula`];
  const now = maxmemory.current === null ? '' : ` (${formatBytes(maxmemory.current)} now)`;
  const memory: ResourceRow = {
    resource: 'Memory',
    demand: [...measured, ...formula],
    atPeak: `${counted(keys.enough, 'key')}, ${formatBytes(used.enough)}`,
    recommended: `maxmemory ${formatBytes(maxmemory.recommended)}${now} on ${formatBytes(instanceBytes)}`,
  };
  if (commands === null || cores === null) return [memory];
  const traffic = network === null ? '' : `, ${formatBytes(network.enough)}/s`;
  return [
    memory,
    {
      resource: 'Commands',
      demand: hits.map(hitLine),
      atPeak: `${round(commands.enough)}/s${traffic}, ${counted(cores.enough, 'core')}`,
      recommended: shards === 1 ? 'one server' : `${shards} servers`,
    },
  ];
}

function hitLine({ maxmemory, hitRatio, evicted }: CachePlan['hits'][number]): string {
  const size = maxmemory === 0 ? '' : ` at ${formatBytes(maxmemory)}`;
  const thrown = evicted > 0 ? `, ${formatRate(evicted)} evicted` : '';
  return `${formatPercent(hitRatio)} of the lookups hit${size}${thrown}`;
}

function workerRows({
  queues,
  waitWithin,
  concurrency,
  current,
  recommended,
  by,
  cpuPerJob,
}: WorkersPlan): ResourceRow[] {
  const now = current === null ? '' : ` (${current} now)`;
  const why = { wait: 'the wait decides', cpu: 'CPU decides', minimum: 'the minimum' }[by];
  const cpu = cpuPerJob === null ? [] : [`${formatSeconds(cpuPerJob)} of CPU a job`];
  return [
    ...queues.map(
      ({ queue, jobs, seconds, slots, depthTarget }): ResourceRow => ({
        resource: `Queue ${queue}`,
        demand: [`${formatSeconds(seconds)} a job`],
        atPeak: `${formatRate(jobs.enough)}, ${slots.enough} at once for 95% within ${formatSeconds(waitWithin)}`,
        recommended: `scaled at ${round(depthTarget)} waiting for each process`,
      }),
    ),
    {
      resource: 'Processes',
      demand: cpu,
      atPeak: '',
      recommended: `${recommended} ${recommended === 1 ? 'process' : 'processes'}${now} of ${concurrency} at once; ${why}`,
    },
  ];
}

function websocketsRow({
  connections,
  perReplica,
  by,
  limits,
  replicas,
  reconnect,
}: WebsocketsPlan): ResourceRow {
  const names = { memory: 'memory', cpu: 'CPU', files: 'open files', declared: 'as declared' };
  const known = (Object.keys(names) as (keyof typeof names)[]).flatMap((name) => {
    const limit = limits[name];
    return limit === null
      ? []
      : [`${round(Math.floor(limit))} a replica ${name === 'declared' ? names[name] : `by ${names[name]}`}`];
  });
  return {
    resource: 'Connections',
    demand: known,
    atPeak: `${round(Math.ceil(connections.enough))} open`,
    recommended: `${counted(replicas, 'replica')} of ${round(perReplica)} (${names[by]}); ${round(Math.ceil(reconnect.connections))} come back after a loss`,
  };
}
