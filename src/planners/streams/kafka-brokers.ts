import { ceilCount } from '../declared.ts';
import { withSpare } from '../service/replicas.ts';
import type { Inputs } from '../types.ts';
import { type Draws, enoughAt } from '../worlds.ts';
import type { StreamFigures } from './figures.ts';
import type { TopicDraws, TopicPlan } from './kafka-topics.ts';
import { type Assumptions, at } from './needed.ts';

export type BrokerPlan = {
  /** As many as the runs' cluster has; null when not known. */
  current: number | null;
  recommended: number;
  /** What set the count. */
  by: 'cpu' | 'network' | 'disk' | 'partitions' | 'copies';
  /** Of all brokers together at the top of the strongest event: cores, bytes per second, bytes on disk. */
  cores: number;
  network: { in: number; out: number };
  disk: number;
  /** Of one zone, when records are spread evenly over zones: on disk, and in memory for readers that keep up. */
  zone: { disk: number; hotBytes: number };
  /** Copies of partitions in the cluster. */
  partitionCopies: number;
  /** What a broker is taken to have. */
  broker: { cores: number; network: number; disk: number };
};

/** Core seconds of a broker for a MiB that is written, or read; Netflix's capacity model for Kafka. */
const CPU_PER_MIB = { written: 0.03, read: 0.04 };
const MiB = 2 ** 20;
/** Of the network, left free for moving partitions; the same source. */
const NETWORK_HEADROOM = 1.4;
/** Share of a broker's cores that may be in use. */
const CPU_SHARE = 0.7;
/** Seconds of records that readers want from memory. */
const HOT = 600;
/** Copies of partitions that one broker holds well, and those of a cluster (J. Rao for Kafka 1.1, 2018). */
const COPIES_PER_BROKER = 4000;
export const MOST_COPIES = 200_000;

const BROKER = { cores: 4, network: 1.25e9, disk: 2 * 2 ** 40 };

/** Brokers for all topics. After the loss that `availability` names the others carry the load. */
export function planBrokers(
  topics: readonly TopicDraws[],
  plans: readonly TopicPlan[],
  current: number | null,
  figures: StreamFigures,
  { availability, zones, confidence }: Inputs,
  assumptions: Assumptions,
): BrokerPlan {
  const broker = {
    cores: assumptions.value('--broker-cpu', figures.brokerCpu, BROKER.cores, 'count'),
    network: assumptions.value('--broker-network', figures.brokerNetwork, BROKER.network, 'throughput'),
    disk: assumptions.value('--broker-disk', figures.brokerDisk, BROKER.disk, 'bytes'),
  };
  const total = (of: (topic: TopicDraws, bytes: number) => number) =>
    enoughAt(
      (topics[0] as TopicDraws).top.map((_, world) =>
        topics.reduce(
          (sum, topic) => sum + of(topic, at(topic.top, world) * at(topic.recordBytes, world)),
          0,
        ),
      ),
      confidence,
    );
  const inwards = total(({ replication }, bytes) => bytes * replication);
  const outwards = total(({ replication, groups }, bytes) => bytes * (groups + replication - 1));
  const cores = total(
    ({ replication, groups }, bytes) =>
      (bytes / MiB) * (CPU_PER_MIB.written * replication + CPU_PER_MIB.read * (groups + replication - 1)),
  );
  const disk = plans.reduce((sum, plan) => sum + (plan.retainedBytes ?? 0), 0);
  const partitionCopies = plans.reduce(
    (sum, plan) => sum + plan.partitions.recommended * plan.replication,
    0,
  );
  const copies = Math.max(...plans.map(({ replication }) => replication));
  const spared = (share: number) => withSpare(Math.max(1, ceilCount(share)), availability, zones);
  const counts = {
    copies,
    cpu: spared(cores / (broker.cores * CPU_SHARE)),
    network: spared((Math.max(inwards, outwards) * NETWORK_HEADROOM) / broker.network),
    disk: Math.max(1, ceilCount(disk / broker.disk)),
    partitions: ceilCount(partitionCopies / COPIES_PER_BROKER),
  };
  const least = Math.max(...Object.values(counts));
  const by = (Object.keys(counts) as BrokerPlan['by'][]).find((name) => counts[name] === least) ?? 'copies';
  const spread = availability === 'zone' ? zones : 1;
  return {
    current,
    recommended: Math.ceil(least / spread) * spread,
    by,
    cores,
    network: { in: inwards, out: outwards },
    disk,
    zone: { disk: disk / zones, hotBytes: hotBytes(topics, confidence) / zones },
    partitionCopies,
    broker,
  };
}

function hotBytes(topics: readonly TopicDraws[], confidence: number): number {
  const first = topics[0] as TopicDraws;
  const draws: Draws = first.top.map((_, world) =>
    topics.reduce((sum, { top, recordBytes }) => sum + at(top, world) * at(recordBytes, world) * HOT, 0),
  );
  return enoughAt(draws, confidence);
}
