/**
 * What the answers of a Kafka cluster say, as series.
 *
 * - `records` are the offsets that a topic has given out: a counter, with the markers of transactions among them.
 *   `records_held` are those not yet deleted; where a topic is compacted some of them are no longer there.
 * - `lag_records` of a group is what it has still to read of the partitions that it has committed an offset of, whatever
 *   was deleted before it could; `lag_records_max` is that of the partition that is furthest behind.
 * - `hottest_partition_share` is of the records since the collector began: what a topic's busiest partition got.
 * - `topic_bytes` is the size of the log, of one copy of each partition.
 */
import { labelled } from './series-name.ts';

type Values = Record<string, number>;

export type TopicOffsets = {
  topic: string;
  partitions: { partition: number; low: string; high: string }[];
};
export type Commits = {
  group: string;
  topics: { topic: string; partitions: { partition: number; offset: string }[] }[];
};
export type TopicMetadata = {
  name: string;
  partitions: { partitionId: number; leader: number; replicas: number[]; isr: number[] }[];
};
export type TopicConfig = {
  resourceName: string;
  configEntries: { configName: string; configValue: string | null }[];
};
export type GroupDescription = { groupId: string; state: string; members: readonly unknown[] };

/** What is told of each partition is told of at most this many: a run file has every series once a second. */
export const MOST_PARTITIONS = 64;

/** The topics whose partitions are told one by one: in this order, as long as there is room. */
export function detailedTopics(topics: readonly TopicOffsets[]): Set<string> {
  let room = MOST_PARTITIONS;
  const detailed = topics.filter(({ partitions }) => {
    room -= partitions.length;
    return room >= 0;
  });
  return new Set(detailed.map(({ topic }) => topic));
}

export function topicFigures(topics: readonly TopicOffsets[], detailed: ReadonlySet<string>): Values {
  const values: Values = {};
  for (const { topic, partitions } of topics) {
    const sum = (of: 'low' | 'high') => partitions.reduce((total, each) => total + Number(each[of]), 0);
    values[labelled('records', { topic })] = sum('high');
    values[labelled('records_held', { topic })] = sum('high') - sum('low');
    if (!detailed.has(topic)) continue;
    for (const { partition, high } of partitions) {
      values[labelled('partition_records', { topic, partition: String(partition) })] = Number(high);
    }
  }
  return values;
}

/** Of the topics whose offsets are known. A partition without a committed offset is not read, so nobody is behind. */
export function groupFigures(
  groups: readonly Commits[],
  topics: readonly TopicOffsets[],
  detailed: ReadonlySet<string>,
): Values {
  const values: Values = {};
  const known = new Map(topics.map(({ topic, partitions }) => [topic, byPartition(partitions)]));
  for (const { group, topics: read } of groups) {
    for (const { topic, partitions } of read) {
      const offsets = known.get(topic);
      const lags = partitions.flatMap(({ partition, offset }) => {
        const ends = offsets?.get(partition);
        if (ends === undefined || Number(offset) < 0) return [];
        const from = Math.max(Number(offset), Number(ends.low));
        return [{ partition, lag: Math.max(0, Number(ends.high) - from), committed: Number(offset) }];
      });
      if (lags.length === 0) continue;
      const put = (name: string, value: number) => {
        values[labelled(name, { group, topic })] = value;
      };
      put('lag_records', total(lags.map(({ lag }) => lag)));
      put('lag_records_max', Math.max(...lags.map(({ lag }) => lag)));
      put('committed_records', total(lags.map(({ committed }) => committed)));
      if (!detailed.has(topic)) continue;
      for (const { partition, lag } of lags) {
        values[labelled('partition_lag_records', { group, topic, partition: String(partition) })] = lag;
      }
    }
  }
  return values;
}

/** Remembers where every partition was when its topic was first seen. */
export class HottestPartitions {
  readonly #first = new Map<string, Map<number, number>>();

  figures(topics: readonly TopicOffsets[]): Values {
    const values: Values = {};
    for (const { topic, partitions } of topics) {
      const first = this.#first.get(topic);
      const grown = partitions.map(({ partition, high }) => Number(high) - (first?.get(partition) ?? 0));
      // First seen, or deleted and made again.
      if (first === undefined || grown.some((records) => records < 0)) {
        this.#first.set(topic, new Map(partitions.map(({ partition, high }) => [partition, Number(high)])));
      } else if (total(grown) > 0) {
        values[labelled('hottest_partition_share', { topic })] = Math.max(...grown) / total(grown);
      }
    }
    return values;
  }
}

export function metadataFigures(topics: readonly TopicMetadata[], brokers: number): Values {
  const values: Values = { brokers };
  for (const { name: topic, partitions } of topics) {
    const put = (name: string, value: number) => {
      values[labelled(name, { topic })] = value;
    };
    const count = (is: (partition: TopicMetadata['partitions'][number]) => boolean) =>
      partitions.filter(is).length;
    put('partitions', partitions.length);
    put('replication', Math.min(...partitions.map(({ replicas }) => replicas.length)));
    put(
      'partitions_under_replicated',
      count(({ isr, replicas }) => isr.length < replicas.length),
    );
    put(
      'partitions_without_leader',
      count(({ leader }) => leader < 0),
    );
  }
  return values;
}

/** A group of the protocol of Kafka 4 is called dead by the request that the client library knows: nothing is told. */
export function membershipFigures(groups: readonly GroupDescription[]): Values {
  const values: Values = {};
  for (const { groupId: group, state, members } of groups) {
    if (state === 'Dead') continue;
    values[labelled('group_members', { group })] = members.length;
    values[labelled('group_state', { group, state })] = 1;
  }
  return values;
}

/** Kafka's name, ours, and what one of Kafka's units is in ours. */
const settings: readonly [setting: string, name: string, unit: number][] = [
  ['retention.ms', 'retention_seconds', 1e-3],
  ['retention.bytes', 'retention_partition_bytes', 1],
  ['min.insync.replicas', 'replicas_required', 1],
];

export const configNames = [...settings.map(([setting]) => setting), 'cleanup.policy'];

/** A limit of -1, which is none, is left out. */
export function configFigures(resources: readonly TopicConfig[]): Values {
  const values: Values = {};
  for (const { resourceName: topic, configEntries } of resources) {
    const entries = new Map(configEntries.map(({ configName, configValue }) => [configName, configValue]));
    for (const [setting, name, unit] of settings) {
      const value = Number(entries.get(setting) ?? -1);
      if (value >= 0) values[labelled(name, { topic })] = value * unit;
    }
    const policy = entries.get('cleanup.policy');
    if (policy) values[labelled('compacted', { topic })] = policy.includes('compact') ? 1 : 0;
  }
  return values;
}

/**
 * `sizes` in bytes, by topic and partition; `partitions` says how many each topic has. One whose sizes are not all known,
 * because a broker was not asked, is left out.
 */
export function sizeFigures(
  sizes: ReadonlyMap<string, ReadonlyMap<number, number>>,
  partitions: ReadonlyMap<string, number>,
): Values {
  return Object.fromEntries(
    [...partitions].flatMap(([topic, count]) => {
      const known = [...(sizes.get(topic)?.values() ?? [])];
      return known.length < count ? [] : [[labelled('topic_bytes', { topic }), total(known)]];
    }),
  );
}

function byPartition<P extends { partition: number }>(partitions: readonly P[]): Map<number, P> {
  return new Map(partitions.map((each) => [each.partition, each]));
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
