import { checkAbove, checkAmount, checkCount, wholeAbove } from './domain.ts';

/**
 * A topic as a log: how many partitions it needs and what it keeps on disk. Rates are per second and finite, zero or
 * more. Every function throws a RangeError outside its domain.
 */

/**
 * The partitions that carry `rate` when one of them takes `produce` from producers and gives `consume` to a consumer,
 * all in one unit: max(t/p, t/c), rounded up (J. Rao, How to choose the number of topics/partitions in a Kafka cluster,
 * 2015).
 */
export function partitionsNeeded(rate: number, produce: number, consume: number): number {
  checkAmount('rate', rate);
  checkAbove('rate of a partition', produce);
  checkAbove('rate of a partition', consume);
  return Math.max(1, wholeAbove(rate / Math.min(produce, consume)));
}

/**
 * The same when keys are skewed, from the rates of the present partitions: the hottest is taken to carry as many times
 * the mean however many there are. That does not help one key that is too much for a partition.
 */
export function partitionsForSkew(
  rate: number,
  produce: number,
  consume: number,
  rates: readonly number[],
): number {
  return partitionsNeeded(rate * partitionSkew(rates), produce, consume);
}

/** How many times the mean the hottest partition carries, from the rate of each: 1 when all are alike. */
export function partitionSkew(rates: readonly number[]): number {
  const sum = checkRates(rates);
  return (Math.max(...rates) / sum) * rates.length;
}

export type Retention = {
  /** Records per second. */
  readonly rate: number;
  /** Bytes of a record on disk, after compression. */
  readonly size: number;
  /** Seconds. */
  readonly seconds: number;
  readonly replicas: number;
  /** The share of the disk that stays free, from 0 to below 1. */
  readonly headroom: number;
};

/** The bytes of disk that a topic needs in the whole cluster: rate x size x retention x replicas / (1 - headroom). */
export function retainedBytes({ rate, size, seconds, replicas, headroom }: Retention): number {
  checkAmount('rate', rate);
  checkAmount('size', size);
  checkAmount('retention', seconds);
  checkCount('replicas', replicas, 1);
  checkHeadroom(headroom);
  return (rate * size * seconds * replicas) / (1 - headroom);
}

/** The inverse: the seconds of records that `bytes` of disk keep. */
export function retentionWithin(
  bytes: number,
  { rate, size, replicas, headroom }: Omit<Retention, 'seconds'>,
): number {
  checkAmount('disk', bytes);
  checkAbove('rate', rate);
  checkAbove('size', size);
  checkCount('replicas', replicas, 1);
  checkHeadroom(headroom);
  return (bytes * (1 - headroom)) / (rate * size * replicas);
}

/** The bytes that one replica of the hottest partition needs: what has to fit on one volume. */
export function hottestPartitionBytes(
  rates: readonly number[],
  { size, seconds, headroom }: Omit<Retention, 'rate' | 'replicas'>,
): number {
  checkRates(rates);
  return retainedBytes({ rate: Math.max(...rates), size, seconds, replicas: 1, headroom });
}

/** The sum of the rates, of which one at least is above zero. */
function checkRates(rates: readonly number[]): number {
  checkCount('partitions', rates.length, 1);
  for (const rate of rates) checkAmount('rate', rate);
  const sum = rates.reduce((total, rate) => total + rate, 0);
  checkAbove('sum of rates', sum);
  return sum;
}

function checkHeadroom(headroom: number): void {
  if (!(headroom >= 0 && headroom < 1))
    throw new RangeError(`a headroom of ${headroom} is not from 0 to below 1`);
}
