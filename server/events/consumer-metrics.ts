import { setTimeout as sleep } from 'node:timers/promises';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { buckets } from '../metrics.ts';
import type { Admin } from './kafka.ts';

export type ConsumerMetrics = {
  records: Counter<'topic' | 'result'>;
  batchSeconds: Histogram;
  lag: Gauge<'topic' | 'partition'>;
};

export function consumerMetrics(registry: Registry, isUp: () => boolean): ConsumerMetrics {
  const registers = [registry];
  new Gauge({
    name: 'kafka_consumer_up',
    help: '1 while a member of its group that the group hears from',
    registers,
    collect() {
      this.set(isUp() ? 1 : 0);
    },
  });
  return {
    records: new Counter({
      name: 'kafka_consumer_records_total',
      help: 'Records handled: done, known already, or put to the dead letters',
      labelNames: ['topic', 'result'],
      registers,
    }),
    batchSeconds: new Histogram({
      name: 'kafka_consumer_batch_seconds',
      help: 'Time to work through a batch of records of one partition',
      buckets: [...buckets, 30, 60],
      registers,
    }),
    lag: new Gauge({
      name: 'kafka_consumer_lag_records',
      help: 'Records of the partitions of this process that it has not worked through yet',
      labelNames: ['topic', 'partition'],
      registers,
    }),
  };
}

const everyMs = 1000;

/**
 * How far this process has got in the partitions it was given, and once a second, whatever else goes on, how much there
 * is beyond that.
 */
export function watchLag(admin: Admin, groupId: string, lag: ConsumerMetrics['lag']) {
  /** By topic and partition, the offset that comes next; undefined until it was asked for. */
  let positions = new Map<string, Map<number, bigint | undefined>>();
  const ending = new AbortController();

  async function refresh(): Promise<void> {
    for (const [topic, partitions] of positions) {
      if ([...partitions.values()].includes(undefined)) {
        for (const { partition, offset } of await admin.committed(groupId, topic))
          if (partitions.has(partition)) partitions.set(partition, partitions.get(partition) ?? offset);
      }
      for (const { partition, offset } of await admin.ends(topic)) {
        const position = partitions.get(partition);
        if (position === undefined || positions.get(topic) !== partitions) continue;
        lag.set({ topic, partition }, Number(offset > position ? offset - position : 0n));
      }
    }
  }

  const done = (async () => {
    while (!ending.signal.aborted) {
      // A broker that is away is told about by the member itself; the lag stays what it was last.
      await refresh().catch(() => undefined);
      await sleep(everyMs, undefined, { signal: ending.signal }).catch(() => undefined);
    }
  })();

  return {
    assigned(assignment: Record<string, number[]>): void {
      lag.reset();
      positions = new Map(
        Object.entries(assignment).map(([topic, partitions]) => [
          topic,
          new Map(partitions.map((partition) => [partition, undefined])),
        ]),
      );
    },
    done(topic: string, partition: number, offset: string): void {
      const partitions = positions.get(topic);
      if (partitions?.has(partition)) partitions.set(partition, BigInt(offset) + 1n);
    },
    async close(): Promise<void> {
      ending.abort();
      await done;
    },
  };
}
