import { checkAbove, checkAmount, checkCount, wholeAbove } from './domain.ts';

/**
 * How far a consumer group is behind. `arrival` is records per second into the topic, `rate` what one consumer takes
 * per second, lag is in records and times in seconds. Every function throws a RangeError outside its domain.
 */
export type Group = {
  readonly arrival: number;
  readonly rate: number;
  readonly consumers: number;
  readonly partitions: number;
};

/** Consumers that get a partition: the others idle. */
export function effectiveConsumers(consumers: number, partitions: number): number {
  checkCount('consumers', consumers, 0);
  checkCount('partitions', partitions, 1);
  return Math.min(consumers, partitions);
}

/** Records per second by which the lag grows; negative while it drains. */
export function lagGrowth({ arrival, rate, consumers, partitions }: Group): number {
  checkAmount('arrival', arrival);
  checkAmount('rate', rate);
  return arrival - effectiveConsumers(consumers, partitions) * rate;
}

/** The time until `lag` is gone; null when it never is. */
export function drainTime(lag: number, group: Group): number | null {
  checkAmount('lag', lag);
  if (lag === 0) return 0;
  const growth = lagGrowth(group);
  return growth < 0 ? lag / -growth : null;
}

/** The time until `lag` has grown to `most`, for example what retention keeps; null when it never does. */
export function timeToOverflow(lag: number, most: number, group: Group): number | null {
  checkAmount('lag', lag);
  checkAmount('largest lag', most);
  if (lag >= most) return 0;
  const growth = lagGrowth(group);
  return growth > 0 ? (most - lag) / growth : null;
}

/**
 * The fewest consumers that drain `lag` within `seconds`, and with a lag of zero those that keep up; null when not even
 * one for each partition can. The inverse of `drainTime`.
 */
export function consumersToDrain(
  lag: number,
  seconds: number,
  { arrival, rate, partitions }: Omit<Group, 'consumers'>,
): number | null {
  checkAmount('lag', lag);
  checkAmount('arrival', arrival);
  checkAbove('time', seconds);
  checkAbove('rate', rate);
  checkCount('partitions', partitions, 1);
  const consumers = wholeAbove((arrival + lag / seconds) / rate);
  return consumers <= partitions ? consumers : null;
}

/** One partition of a topic: what arrives in it per second, and how far the group is behind. */
export type Partition = { readonly arrival: number; readonly lag: number };

/**
 * What each consumer has to do when the partitions are dealt out in turn, as Kafka's round-robin assignor deals one
 * topic: its load is that of its partitions, and no other consumer can help.
 */
export function consumerLoads(partitions: readonly Partition[], consumers: number): Partition[] {
  const busy = effectiveConsumers(consumers, partitions.length);
  const loads = Array.from({ length: busy }, () => ({ arrival: 0, lag: 0 }));
  partitions.forEach(({ arrival, lag }, i) => {
    checkAmount('arrival', arrival);
    checkAmount('lag', lag);
    const load = loads[i % busy];
    if (load === undefined) return;
    load.arrival += arrival;
    load.lag += lag;
  });
  return loads;
}

/** Records per second by which the lag of the most loaded consumer grows. */
export function hottestLagGrowth(partitions: readonly Partition[], rate: number, consumers: number): number {
  checkCount('consumers', consumers, 1);
  checkAmount('rate', rate);
  return Math.max(...consumerLoads(partitions, consumers).map(({ arrival }) => arrival)) - rate;
}

/** The time until the last consumer is done with its lag; null when one never is. */
export function hottestDrainTime(
  partitions: readonly Partition[],
  rate: number,
  consumers: number,
): number | null {
  checkCount('consumers', consumers, 1);
  checkAmount('rate', rate);
  let longest = 0;
  for (const { arrival, lag } of consumerLoads(partitions, consumers)) {
    if (lag === 0) continue;
    if (arrival >= rate) return null;
    longest = Math.max(longest, lag / (rate - arrival));
  }
  return longest;
}

/**
 * The fewest consumers with which the last of them is done within `seconds` and none falls behind; null when not even
 * one for each partition are enough, because a partition alone is too much for a consumer. More are not always better:
 * another number of consumers deals the partitions out differently.
 */
export function consumersForHottest(
  partitions: readonly Partition[],
  rate: number,
  seconds: number,
): number | null {
  checkAbove('time', seconds);
  for (let consumers = 1; consumers <= partitions.length; consumers++) {
    const time = hottestDrainTime(partitions, rate, consumers);
    const keepsUp = hottestLagGrowth(partitions, rate, consumers) <= 0;
    if (keepsUp && time !== null && time <= seconds) return consumers;
  }
  return null;
}
