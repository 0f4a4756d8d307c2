import { wholeAbove } from '../../models/domain.ts';
import { retainedBytes } from '../../models/kafka-log.ts';
import { PEAK_TO_MEAN, SECONDS_PER_DAY } from '../declared.ts';
import type { Basis } from '../types.ts';
import { type Draws, enoughAt, type Worlds } from '../worlds.ts';
import type { StreamFigures } from './figures.ts';
import type { KafkaFacts, TopicFacts } from './kafka-facts.ts';
import { type Assumptions, at, type Needed, neededIn, useIn } from './needed.ts';

export type TopicPlan = {
  topic: string;
  /** Per second at the top of the strongest event. */
  records: Needed;
  recordBytes: number;
  /** How many times the mean the hottest partition gets. */
  skew: number;
  partitions: {
    current: number | null;
    /** That the hottest partition is not too much for one log; and for one consumer, null where its rate is not known. */
    byProducers: Needed;
    byConsumers: Needed | null;
    recommended: number;
  };
  replication: number;
  /** Seconds; null for a compacted topic, which keeps the last record of every key. */
  retention: number | null;
  /** Bytes on all disks together, free room included; and of one copy of the hottest partition. */
  retainedBytes: number | null;
  hottestPartitionBytes: number | null;
  basis: Basis;
};

/** A topic in every world. */
export type TopicDraws = {
  topic: string;
  /** Records per second at the peak and at the top of the strongest event. */
  peak: Draws;
  top: Draws;
  recordBytes: Draws;
  skew: Draws;
  replication: number;
  retention: number | null;
  partitionBytes: number | null;
  partitions: number | null;
  groups: number;
  basis: Basis;
};

/** What one partition takes per second, a cautious figure for common disks and networks; J. Rao calls tens of MB usual. */
const PARTITION_RATE = 10 * 2 ** 20;
const RECORD_BYTES = 2 ** 10;
const RETENTION = 7 * SECONDS_PER_DAY;
const REPLICATION = 3;
/** Free on the disks: as the capacity models of Netflix have it, 2.5 times what is kept. */
export const DISK_HEADROOM = 0.6;
export const DECLARED_TOPIC = 'all topics';

/** Per second at the peak, and at the top of the strongest event. */
export type Rates = { peak: Draws; withEvents: Draws };

/** The topics in every world: those of the runs, or one that stands for all that was declared. */
export function topicsIn(
  worlds: Worlds,
  load: Rates | null,
  facts: KafkaFacts | undefined,
  figures: StreamFigures,
  rate: Rates | undefined,
  assumptions: Assumptions,
): TopicDraws[] {
  const common = {
    recordBytes: (measured: number | null) =>
      measured === null
        ? assumptions.draws('--kafka-record', figures.kafkaRecord, RECORD_BYTES, 'bytes')
        : worlds.certain(measured),
    skew: (measured: number | null) =>
      measured === null
        ? assumptions.draws('--kafka-skew', figures.kafkaSkew, 1, 'count')
        : worlds.certain(measured),
    // Of production, whatever the cluster under test had.
    replication:
      figures.kafkaReplication ?? assumptions.value('--kafka-replication', undefined, REPLICATION, 'count'),
  };
  const retention = (measured: number | null): number => {
    const seconds =
      figures.kafkaRetention ??
      measured ??
      assumptions.value('--kafka-retention', undefined, RETENTION, 'time');
    if (seconds >= SECONDS_PER_DAY) {
      assumptions.value('the peak over the mean of a day', undefined, PEAK_TO_MEAN, 'count');
    }
    return seconds;
  };
  if (facts !== undefined && load !== null) {
    return facts.topics.map((topic): TopicDraws => {
      const cost = worlds.cost(`records ${topic.topic}`, topic.records);
      return {
        topic: topic.topic,
        peak: useIn(cost, load.peak),
        top: useIn(cost, load.withEvents),
        recordBytes: common.recordBytes(topic.recordBytes),
        skew: common.skew(topic.skew),
        replication: common.replication,
        retention: topic.compacted ? null : retention(topic.retention),
        partitionBytes: topic.partitionBytes,
        partitions: topic.partitions,
        groups: readersOf(topic, facts),
        basis: 'measured',
      };
    });
  }
  if (rate === undefined) return [];
  return [
    {
      topic: DECLARED_TOPIC,
      peak: rate.peak,
      top: rate.withEvents,
      recordBytes: common.recordBytes(null),
      skew: common.skew(null),
      replication: common.replication,
      retention: retention(null),
      partitionBytes: null,
      partitions: null,
      groups: figures.kafkaGroups ?? assumptions.value('--kafka-groups', undefined, 1, 'count'),
      basis: 'declared',
    },
  ];
}

function readersOf({ topic }: TopicFacts, { groups }: KafkaFacts): number {
  return groups.filter((group) => group.topics.some((each) => each.topic === topic)).length;
}

/** Bytes per second that one partition takes. */
export function partitionRateIn(figures: StreamFigures, assumptions: Assumptions): Draws {
  return assumptions.draws('--partition-rate', figures.partitionRate, PARTITION_RATE, 'throughput');
}

/** Partitions, as real numbers, so that the hottest is not too much for one log: skew x t / p. */
export function byProducers(topic: TopicDraws, partitionRate: Draws): Draws {
  return topic.top.map(
    (records, world) =>
      (at(topic.skew, world) * records * at(topic.recordBytes, world)) / at(partitionRate, world),
  );
}

/** The plan of a topic; `busy` are the consumers of the group with most to do in it, as real numbers, if known. */
export function planTopic(
  topic: TopicDraws,
  produced: Draws,
  busy: Draws | null,
  confidence: number,
): TopicPlan {
  const whole = (draws: Draws) => draws.map((each) => Math.max(1, wholeAbove(each)));
  const consumed = busy?.map((each, world) => each * at(topic.skew, world)) ?? null;
  const producers = neededIn(whole(produced), confidence);
  const consumers = consumed && neededIn(whole(consumed), confidence);
  const both =
    consumed === null ? produced : produced.map((each, world) => Math.max(each, at(consumed, world)));
  const recommended = Math.max(topic.partitions ?? 1, enoughAt(whole(both), confidence));
  const kept = keptRecords(topic);
  const size = (copies: number, records: Draws, headroom: number) =>
    enoughAt(
      records.map((rate, world) =>
        retainedBytes({
          rate,
          size: at(topic.recordBytes, world),
          seconds: topic.retention ?? 0,
          replicas: copies,
          headroom,
        }),
      ),
      confidence,
    );
  const hottest = kept.map((rate, world) => (rate * at(topic.skew, world)) / recommended);
  const capped = topic.partitionBytes ?? Number.POSITIVE_INFINITY;
  const cap = (capped * recommended * topic.replication) / (1 - DISK_HEADROOM);
  return {
    topic: topic.topic,
    records: neededIn(topic.top, confidence),
    recordBytes: enoughAt(topic.recordBytes, 0.5),
    skew: enoughAt(topic.skew, 0.5),
    partitions: { current: topic.partitions, byProducers: producers, byConsumers: consumers, recommended },
    replication: topic.replication,
    retention: topic.retention,
    retainedBytes:
      topic.retention === null ? null : Math.min(cap, size(topic.replication, kept, DISK_HEADROOM)),
    hottestPartitionBytes: topic.retention === null ? null : Math.min(capped, size(1, hottest, 0)),
    basis: topic.basis,
  };
}

/** Records per second over the time that they are kept: of whole days the mean, of less the peak. */
export function keptRecords({ peak, retention }: TopicDraws): Draws {
  return (retention ?? 0) >= SECONDS_PER_DAY ? peak.map((rate) => rate / PEAK_TO_MEAN) : peak;
}
