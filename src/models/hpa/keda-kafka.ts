/** The lag that KEDA's Kafka scaler reports to the HPA; `pkg/scalers/kafka_scaler.go`. Lags are records. */
export type LagRules = {
  readonly lagThreshold: number;
  /** More consumers than partitions are allowed, so the lag is not capped. */
  readonly allowIdleConsumers: boolean;
  /** Only partitions that have lag count as places for consumers. */
  readonly limitToPartitionsWithLag: boolean;
  /** Ask only for numbers of consumers that divide the number of partitions. */
  readonly ensureEvenDistributionOfPartitions: boolean;
};

export const kafkaDefaults: LagRules = {
  lagThreshold: 10,
  allowIdleConsumers: false,
  limitToPartitionsWithLag: false,
  ensureEvenDistributionOfPartitions: false,
};

/**
 * What is reported for partitions with these lags. The cap has a hole: it compares whole multiples of the threshold, so
 * that 2,005 records in 20 partitions at 100 each are reported as they are, and ask for 21 consumers.
 */
export function reportedLag(lags: readonly number[], trigger: LagRules): number {
  const { lagThreshold } = trigger;
  const total = lags.reduce((sum, lag) => sum + lag, 0);
  if (trigger.allowIdleConsumers && !trigger.limitToPartitionsWithLag) return total;
  const even = trigger.ensureEvenDistributionOfPartitions
    ? evenConsumers(total, lags.length, lagThreshold) * lagThreshold
    : total;
  const places = trigger.limitToPartitionsWithLag ? lags.filter((lag) => lag > 0).length : lags.length;
  return Math.floor(even / lagThreshold) > places ? places * lagThreshold : even;
}

/** The fewest consumers that divide `partitions` and are enough for `lag`. */
function evenConsumers(lag: number, partitions: number, threshold: number): number {
  for (let consumers = 1; consumers < partitions; consumers++) {
    if (partitions % consumers === 0 && consumers * threshold >= lag) return consumers;
  }
  return partitions;
}

export type OffsetPolicy = {
  readonly offsetResetPolicy: 'latest' | 'earliest';
  readonly scaleToZeroOnInvalidOffset: boolean;
  /** A partition whose offset stands still since the last poll counts as without lag. */
  readonly excludePersistentLag: boolean;
};

/** Offsets of one partition: `committed` is null when the group has none, `before` was committed at the last poll. */
export type PartitionOffsets = {
  readonly committed: number | null;
  readonly end: number;
  readonly before?: number | null;
};

/** The lag of one partition: what scales, and what activates. */
export function partitionLag(
  { committed, end, before }: PartitionOffsets,
  policy: OffsetPolicy,
): { scaling: number; activation: number } {
  if (committed === null) {
    const lag = policy.offsetResetPolicy === 'latest' ? 1 : end;
    const counted = policy.scaleToZeroOnInvalidOffset ? 0 : lag;
    return { scaling: counted, activation: counted };
  }
  const lag = end - committed;
  return { scaling: policy.excludePersistentLag && before === committed ? 0 : lag, activation: lag };
}
