import { effectiveConsumers, lagGrowth, timeToOverflow } from '../../models/consumer-lag.ts';
import { wholeAbove } from '../../models/domain.ts';
import type { Basis } from '../types.ts';
import { type Draws, enoughAt, spreadOf, type Worlds } from '../worlds.ts';
import type { StreamFigures } from './figures.ts';
import type { ConsumerRate, KafkaFacts } from './kafka-facts.ts';
import { keptRecords, type TopicDraws, type TopicPlan } from './kafka-topics.ts';
import { type Assumptions, at, type Needed, neededIn } from './needed.ts';

export type GroupPlan = {
  group: string;
  /** What the group reads; `rate` is records per second that one consumer takes. */
  topics: { topic: string; rate: number; by: ConsumerRate['by'] | 'declared' }[];
  /** Consumers that carry the strongest event, and catch up after an outage in time. */
  consumers: Needed;
  current: number | null;
  /** More than one for each partition would idle. */
  maximum: number;
  /** Seconds that consumers stand still at the peak, and in which the recommended ones have caught up. */
  outage: number;
  drainWithin: number;
  /** Records of lag for each consumer that an autoscaler aims at. */
  lagThreshold: number;
  /** With as many consumers as there are now, at the top of the strongest event; null when that is not known. */
  asIs: { consumers: number; growth: number; overflow: number | null } | null;
  basis: Basis;
};

/** Seconds. */
const OUTAGE = 300;
const DRAIN = 900;
/** Seconds of work that a consumer may have waiting: what it gets between two looks of the autoscaler. */
const SYNC = 15;
/** Share of its time that a consumer may be busy at the top of the load: above it a little chance is a long lag. */
const BUSY = 0.8;
const DECLARED_GROUP = 'consumers';

export type Catching = { outage: number; drainWithin: number };

export function catchingUp(figures: StreamFigures, assumptions: Assumptions): Catching {
  return {
    outage: assumptions.value('--consumer-outage', figures.consumerOutage, OUTAGE, 'time'),
    drainWithin: assumptions.value('--drain-within', figures.drainWithin, DRAIN, 'time'),
  };
}

/** One that reads: which topics, and how fast one consumer is in each of them. */
export type Reader = {
  group: string;
  members: number | null;
  topics: { topic: TopicDraws; rate: Draws; by: ConsumerRate['by'] | 'declared' }[];
};

/** Groups whose consumers' rate is known for every topic that they read, and those of which it is not. */
export function readersIn(
  worlds: Worlds,
  topics: readonly TopicDraws[],
  facts: KafkaFacts | undefined,
  { consumerRate }: StreamFigures,
): { readers: Reader[]; unknown: string[] } {
  const stated = consumerRate === undefined ? undefined : worlds.declared('--consumer-rate', consumerRate);
  const measured = topics.some(({ basis }) => basis === 'measured');
  if (!measured || facts === undefined) {
    if (stated === undefined) return { readers: [], unknown: [] };
    const read = topics.map((topic): Reader['topics'][number] => ({ topic, rate: stated, by: 'declared' }));
    return { readers: [{ group: DECLARED_GROUP, members: null, topics: read }], unknown: [] };
  }
  const readers: Reader[] = [];
  const unknown: string[] = [];
  for (const { group, members, topics: read } of facts.groups) {
    const known = read.flatMap(({ topic: name, rate }): Reader['topics'] => {
      const topic = topics.find((each) => each.topic === name);
      if (topic === undefined) return [];
      // What a consumer did at least is no measure of what it can do: what was declared is better.
      if (rate?.by === 'backlog' || (rate !== null && stated === undefined)) {
        return [{ topic, rate: worlds.certain(rate.rate), by: rate.by }];
      }
      return stated === undefined ? [] : [{ topic, rate: stated, by: 'declared' }];
    });
    if (known.length === read.length) readers.push({ group, members, topics: known });
    else unknown.push(group);
  }
  return { readers, unknown };
}

/**
 * Consumers that have work all the time, as a real number: those that carry the strongest event, or the peak and beside
 * it what piled up while they stood still (the inverse of the drain time, lag / (consumers x rate - arrival)).
 */
export function busyConsumers(
  { topic, rate }: Reader['topics'][number],
  { outage, drainWithin }: Catching,
): Draws {
  return topic.top.map(
    (top, world) =>
      Math.max(top / BUSY, at(topic.peak, world) * (1 + outage / drainWithin)) / at(rate, world),
  );
}

/**
 * Consumers of the group. Partitions are dealt out in turn: of each topic a consumer gets at most P / C + 1, each of them
 * as hot as the hottest, so that x of them busy are enough where x (1 / C + 1 / P) is one or less over all topics. With
 * one for each partition nothing is left to chance. `partitions` are those of the topics in every world.
 */
export function planGroup(
  reader: Reader,
  busy: readonly Draws[],
  partitions: readonly Draws[],
  plans: readonly TopicPlan[],
  catching: Catching,
  confidence: number,
): GroupPlan {
  const maximum = plans.reduce((sum, plan) => sum + plan.partitions.recommended, 0);
  const counts = (busy[0] as Draws).map((_, world) => {
    let [work, dealt, most] = [0, 0, 0];
    reader.topics.forEach(({ topic }, i) => {
      const hot = at(busy[i] as Draws, world) * at(topic.skew, world);
      const parts = Math.max(1, at(partitions[i] as Draws, world));
      work += hot;
      dealt += hot / parts;
      most += wholeAbove(parts);
    });
    return Math.max(1, Math.min(most, dealt < 1 ? wholeAbove(work / (1 - dealt)) : most));
  });
  const needed = neededIn(counts, confidence);
  const rates = reader.topics.map(({ rate }) => spreadOf(rate).p50);
  return {
    group: reader.group,
    topics: reader.topics.map(({ topic, by }, i) => ({ topic: topic.topic, rate: rates[i] as number, by })),
    consumers: { ...needed, enough: Math.min(maximum, needed.enough) },
    current: reader.members,
    maximum,
    ...catching,
    lagThreshold: Math.max(1, Math.floor(Math.min(...rates) * SYNC)),
    asIs: asIs(reader, plans, confidence),
    basis: reader.topics.every(({ by, topic }) => by !== 'declared' && topic.basis === 'measured')
      ? 'measured'
      : 'declared',
  };
}

/**
 * How the lag grows in the topic where that is worst, and when what is kept of it begins before the consumers. They give
 * every topic the share of their time that it has of the work.
 */
function asIs(
  { members, topics }: Reader,
  plans: readonly TopicPlan[],
  confidence: number,
): GroupPlan['asIs'] {
  if (members === null || members === 0) return null;
  const arrivals = topics.map(({ topic }) => enoughAt(topic.top, confidence));
  const work = topics.reduce((sum, { rate }, i) => sum + (arrivals[i] as number) / spreadOf(rate).p50, 0);
  // A mix of requests that write nothing.
  if (work === 0) return null;
  const partitions = plans.reduce(
    (sum, each) => sum + (each.partitions.current ?? each.partitions.recommended),
    0,
  );
  const each = topics.map(({ topic }, i) => {
    const arrival = arrivals[i] as number;
    const group = { arrival, rate: arrival / work, consumers: members, partitions };
    const kept = topic.retention === null ? null : enoughAt(keptRecords(topic), confidence) * topic.retention;
    return {
      consumers: effectiveConsumers(members, partitions),
      growth: lagGrowth(group),
      overflow: kept === null ? null : timeToOverflow(0, kept, group),
    };
  });
  return each.reduce((worst, next) => (next.growth > worst.growth ? next : worst));
}
