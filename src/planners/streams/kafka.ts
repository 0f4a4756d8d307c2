import { type Capacity, saturations } from '../bottleneck.ts';
import type { Finding } from '../findings.ts';
import { grownIn } from '../load.ts';
import type { Basis } from '../types.ts';
import { type Draws, middleOf, spreadOf } from '../worlds.ts';
import { type BrokerPlan, MOST_COPIES, planBrokers } from './kafka-brokers.ts';
import {
  busyConsumers,
  catchingUp,
  type GroupPlan,
  planGroup,
  type Reader,
  readersIn,
} from './kafka-consumers.ts';
import { type KafkaFacts, kafkaFacts } from './kafka-facts.ts';
import {
  byProducers,
  partitionRateIn,
  planTopic,
  type TopicDraws,
  type TopicPlan,
  topicsIn,
} from './kafka-topics.ts';
import { Assumptions, at } from './needed.ts';
import type { StreamPart, StreamRequirement } from './streams.ts';

/** Topics, the groups that read them, and the brokers that carry both. */
export type KafkaPlan = {
  topics: TopicPlan[];
  groups: GroupPlan[];
  brokers: BrokerPlan;
  basis: Basis | 'mixed';
};

/** From what runs showed of a cluster, or from `--kafka-rate`; without either there is no plan. */
export function planKafka({ worlds, inputs, load, measurements }: StreamRequirement): StreamPart<KafkaPlan> {
  const figures = inputs.declared;
  const { confidence } = inputs;
  const facts = load && measurements ? kafkaFacts(measurements) : undefined;
  const { kafkaRate } = figures;
  const rate =
    kafkaRate === undefined ? undefined : grownIn(worlds, inputs, worlds.declared('--kafka-rate', kafkaRate));
  const assumptions = new Assumptions(worlds);
  const topics = topicsIn(worlds, load, facts, figures, rate, assumptions);
  if (topics.length === 0) return { plan: null, capacities: [], findings: [] };
  const partitionRate = partitionRateIn(figures, assumptions);
  const catching = catchingUp(figures, assumptions);
  const { readers, unknown } = readersIn(worlds, topics, facts, figures);
  const produced = topics.map((topic) => byProducers(topic, partitionRate));
  const busyIn = (reader: Reader) => reader.topics.map((each) => busyConsumers(each, catching));
  const work = new Map(readers.map((reader) => [reader, busyIn(reader)]));
  const plans = topics.map((topic, i) =>
    planTopic(topic, produced[i] as Draws, busiest(topic, work), confidence),
  );
  const groups = [...work].map(([reader, busy]) => {
    const own = reader.topics.map(({ topic }) => topics.indexOf(topic));
    const partitions = own.map((i) => partitionsIn(topics[i] as TopicDraws, produced[i] as Draws, work));
    const planned = own.map((i) => plans[i] as TopicPlan);
    return planGroup(reader, busy, partitions, planned, catching, confidence);
  });
  const brokers = planBrokers(topics, plans, facts?.brokers ?? null, figures, inputs, assumptions);
  const plan: KafkaPlan = { topics: plans, groups, brokers, basis: basisOf(plans, groups) };
  const findings = [
    ...topicFindings(plan),
    ...groupFindings(plan),
    ...unknown.map(
      (group): Finding => ({ code: 'CONSUMER_RATE_UNKNOWN', severity: 'warning', args: { group } }),
    ),
    ...(facts && kafkaRate !== undefined ? [measuredWins(kafkaRate, topics)] : []),
    ...assumptions.findings('Kafka'),
  ];
  return { plan, capacities: capacitiesOf(facts, plans, groups, spreadOf(partitionRate).p50), findings };
}

/** The consumers of the group that has most to do in the topic; null when the rate of none is known. */
function busiest(topic: TopicDraws, work: ReadonlyMap<Reader, Draws[]>): Draws | null {
  const all = [...work].flatMap(([reader, busy]) =>
    reader.topics.flatMap((each, i) => (each.topic === topic ? [busy[i] as Draws] : [])),
  );
  const [first, ...others] = all;
  if (first === undefined) return null;
  return first.map((each, world) => others.reduce((most, other) => Math.max(most, at(other, world)), each));
}

/** Partitions that a topic has at least, as a real number. */
function partitionsIn(topic: TopicDraws, produced: Draws, work: ReadonlyMap<Reader, Draws[]>): Draws {
  const busy = busiest(topic, work);
  return produced.map((each, world) =>
    Math.max(topic.partitions ?? 1, each, busy === null ? 0 : at(busy, world) * at(topic.skew, world)),
  );
}

function basisOf(plans: readonly TopicPlan[], groups: readonly GroupPlan[]): KafkaPlan['basis'] {
  if (plans.every(({ basis }) => basis === 'declared')) return 'declared';
  return groups.some(({ basis }) => basis === 'declared') ? 'mixed' : 'measured';
}

/** More than this many times the mean is a key that gets too much, and not chance. */
const HOT = 1.5;

function topicFindings({ topics, brokers }: KafkaPlan): Finding[] {
  const findings = topics.flatMap(({ topic, skew, partitions, hottestPartitionBytes }): Finding[] => {
    const { current, recommended } = partitions;
    const found: Finding[] = [];
    if (skew >= HOT) found.push({ code: 'HOT_PARTITION', severity: 'warning', args: { topic, skew } });
    if (current !== null && current < recommended) {
      const args = { topic, partitions: current, needed: recommended };
      found.push({ code: 'PARTITIONS_TOO_FEW', severity: 'warning', args });
    }
    if ((hottestPartitionBytes ?? 0) > brokers.broker.disk) {
      const args = { topic, needed: hottestPartitionBytes ?? 0, volume: brokers.broker.disk };
      found.push({ code: 'PARTITION_EXCEEDS_VOLUME', severity: 'error', args });
    }
    return found;
  });
  if (brokers.partitionCopies > MOST_COPIES) {
    const args = { copies: brokers.partitionCopies, most: MOST_COPIES };
    findings.push({ code: 'TOO_MANY_PARTITIONS', severity: 'error', args });
  }
  return findings;
}

function groupFindings({ groups }: KafkaPlan): Finding[] {
  return groups.flatMap(({ group, topics, asIs }): Finding[] => {
    const found: Finding[] = [];
    const least = topics.filter(({ by }) => by === 'least');
    if (least.length > 0) {
      const args = { group, rate: Math.min(...least.map(({ rate }) => rate)) };
      found.push({ code: 'CONSUMERS_NEVER_BUSY', severity: 'warning', args });
    }
    if (asIs !== null && asIs.growth > 0) {
      found.push({ code: 'CONSUMERS_FALL_BEHIND', severity: 'warning', args: { group, ...asIs } });
    }
    return found;
  });
}

function measuredWins(
  stated: NonNullable<StreamRequirement['inputs']['declared']['kafkaRate']>,
  topics: readonly TopicDraws[],
): Finding {
  const measured = topics.reduce((sum, { peak }) => sum + spreadOf(peak).p50, 0);
  const args = { flag: '--kafka-rate', declared: middleOf(stated), measured };
  return { code: 'MEASURED_WINS', severity: 'info', args };
}

/** Of the topic that is full first, what its hottest partition takes from producers, and can give to one consumer. */
function capacitiesOf(
  facts: KafkaFacts | undefined,
  plans: readonly TopicPlan[],
  groups: readonly GroupPlan[],
  partitionRate: number,
): Capacity[] {
  const capacities = (facts?.topics ?? []).flatMap(({ topic, records }): Capacity[] => {
    const plan = plans.find((each) => each.topic === topic);
    if (plan === undefined) return [];
    const of = (resource: Capacity['resource'], rate: number, basis: Basis): Capacity => {
      const scale = plan.skew / rate;
      const model = {
        perRequest: records.perRequest * scale,
        background: records.background * scale,
        replicates: [],
        basis,
      };
      return { resource, model, available: plan.partitions.recommended };
    };
    const read = groups.flatMap((group) => group.topics.filter((each) => each.topic === topic));
    return [
      of('kafkaPartition', partitionRate / plan.recordBytes, 'declared'),
      ...read.map(({ rate, by }) => of('consumers', rate, by === 'declared' ? 'declared' : 'measured')),
    ];
  });
  return (['kafkaPartition', 'consumers'] as const).flatMap((resource) => firstToBind(capacities, resource));
}

function firstToBind(capacities: readonly Capacity[], resource: Capacity['resource']): Capacity[] {
  const own = capacities.filter((each) => each.resource === resource && each.model.perRequest > 0);
  const rate = (each: Capacity) => saturations([each])[0]?.atRate ?? Number.POSITIVE_INFINITY;
  return own.length === 0 ? [] : [own.reduce((first, next) => (rate(next) < rate(first) ? next : first))];
}
