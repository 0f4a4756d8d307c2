import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../database/pool.ts';
import { addTrades, setPositions } from './analytics.ts';
import type { ConsumerMetrics } from './consumer-metrics.ts';
import type { Batch, IncomingRecord, OutgoingRecord, RecordSender } from './kafka.ts';
import type { Publisher } from './publisher.ts';
import { parsePosition, parseTrade } from './record.ts';

export type BatchTools = {
  database: Database;
  sender: RecordSender;
  publisher: Publisher;
  metrics: ConsumerMetrics;
  /** Resolves when the next `records` may be handled. */
  throttle(records: number): Promise<void>;
  /** Records handled in one transaction. */
  sliceRecords: number;
  /** Everything up to and with the offset is done. */
  onDone(topic: string, partition: number, offset: string): void;
  /** Why the work stands still; undefined when it goes on. */
  onTrouble(reason: string | undefined): void;
};

const againMs = 500;
const beatMs = 1000;

/**
 * Works through a batch slice by slice: figures, then dead letters, then the offset. A slice whose work fails because
 * something is away is tried again until it succeeds, and nothing is skipped; the group still hears from this member.
 */
export async function workBatch(batch: Batch, tools: BatchTools): Promise<void> {
  const { sliceRecords, metrics, throttle, onDone } = tools;
  const stop = metrics.batchSeconds.startTimer();
  for (let from = 0; from < batch.records.length && batch.ours(); from += sliceRecords) {
    const slice = batch.records.slice(from, from + sliceRecords);
    await beating(batch, throttle(slice.length));
    if (!(await untilDone(batch, slice, tools))) return;
    const last = slice.at(-1);
    if (!last) return;
    await batch.commit(last);
    onDone(batch.topic, batch.partition, last.offset);
    await batch.heartbeat();
  }
  stop();
}

/** @returns false when the partition is no longer this member's */
async function untilDone(batch: Batch, slice: IncomingRecord[], tools: BatchTools): Promise<boolean> {
  while (batch.ours()) {
    try {
      const dead = await beating(batch, workSlice(batch, slice, tools));
      if (dead.length > 0) await beating(batch, tools.sender.send(dead));
      tools.onTrouble(undefined);
      return true;
    } catch (error) {
      if (error instanceof HeartbeatError) throw error.cause;
      tools.onTrouble((error as Error).message);
      await beating(batch, sleep(againMs));
    }
  }
  return false;
}

/** What the group answered to a heartbeat is for the client library, not for whoever tries the work again. */
class HeartbeatError extends Error {}

/** Waits for the work, telling the group all the while that this member is alive. */
async function beating<T>(batch: Batch, work: Promise<T>): Promise<T> {
  let settled = false;
  const done = work.finally(() => {
    settled = true;
  });
  // It is awaited below, perhaps after a heartbeat that throws first.
  done.catch(() => undefined);
  while (!settled) {
    await Promise.race([done, sleep(beatMs)]);
    if (settled) break;
    await batch.heartbeat().catch((cause: unknown) => {
      throw new HeartbeatError('heartbeat', { cause });
    });
  }
  return done;
}

/** @returns the dead letters */
async function workSlice(
  batch: Batch,
  slice: IncomingRecord[],
  tools: BatchTools,
): Promise<OutgoingRecord[]> {
  const { database, publisher, metrics } = tools;
  const { topic } = batch;
  const dead: OutgoingRecord[] = [];
  const parsed = <T>(parse: (record: IncomingRecord) => T): T[] =>
    slice.flatMap((record) => {
      try {
        return [parse(record)];
      } catch (error) {
        dead.push(deadLetter(batch, record, error as Error));
        return [];
      }
    });

  let added: number;
  if (topic === 'trades') {
    const trades = parsed(parseTrade);
    added = trades.length > 0 ? await addTrades(database, trades) : 0;
    publisher.changed(trades);
  } else {
    const positions = parsed(parsePosition);
    added = positions.length > 0 ? await setPositions(database, positions) : 0;
  }
  metrics.records.inc({ topic, result: 'done' }, added);
  metrics.records.inc({ topic, result: 'duplicate' }, slice.length - dead.length - added);
  metrics.records.inc({ topic, result: 'dead_letter' }, dead.length);
  return dead;
}

/** The record as it came, with where it came from and what was wrong. */
function deadLetter({ topic, partition }: Batch, record: IncomingRecord, error: Error): OutgoingRecord {
  const { key, value, headers, offset } = record;
  return {
    topic: 'dead-letters',
    key,
    value,
    headers: {
      ...headers,
      'original-topic': topic,
      'original-partition': String(partition),
      'original-offset': offset,
      error: error.message,
    },
  };
}
