import { setTimeout as sleep } from 'node:timers/promises';
import { type Job, WaitingError } from 'bullmq';
import type { Database } from '../database/pool.ts';
import { asApiError } from '../http/errors.ts';
import type { JobMetrics } from './metrics.ts';
import { notify } from './notifications.ts';
import type { Outage } from './outage.ts';
import type { QueueName, TradeJob } from './queues.ts';
import { settle } from './settlement.ts';

const effects: Record<QueueName, (database: Database, trade: TradeJob) => Promise<void>> = {
  settlement: settle,
  notifications: notify,
};

const databaseRetryMs = 500;

export type Surroundings = { database: Database; outage: Outage; metrics: JobMetrics; closing: AbortSignal };

/**
 * What a worker of the queue does with a job. Without the database the job waits in place, its lock renewed, and the
 * queue behind it keeps its order: an outage takes none of its attempts, which are for errors of its own. When the
 * worker is to end first, the job goes back to the queue.
 */
export function attempt(queue: QueueName, { database, outage, metrics, closing }: Surroundings) {
  /** Whether it is done: not while the database is away. */
  async function work(trade: TradeJob): Promise<boolean> {
    try {
      await effects[queue](database, trade);
      outage.ended();
      return true;
    } catch (error) {
      const known = asApiError(error);
      if (known?.statusCode !== 503) throw error;
      outage.began(known.message);
      return false;
    }
  }

  return async (job: Job<TradeJob>, token?: string): Promise<void> => {
    const stop = metrics.duration.startTimer({ queue });
    try {
      while (!closing.aborted) {
        if (await work(job.data)) return;
        await sleep(databaseRetryMs, undefined, { signal: closing }).catch(() => undefined);
      }
    } finally {
      stop();
    }
    await job.moveToWait(token);
    throw new WaitingError();
  };
}
