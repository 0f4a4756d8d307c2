import { type JobsOptions, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { TradePayload } from '../events/outbox.ts';

export const queueNames = ['settlement', 'notifications'] as const;
export type QueueName = (typeof queueNames)[number];

/** Before the keys of all queues in Redis. */
export const prefix = 'fx:jobs';

/** What both kinds of job know of their trade; decimals as text, the time ISO 8601. */
export type TradeJob = Pick<
  TradePayload,
  'tradeId' | 'userId' | 'symbol' | 'action' | 'volume' | 'price' | 'usd' | 'createdAt'
>;

export type JobQueue = Queue<TradeJob, void, 'trade'>;
export type Queues = Record<QueueName, JobQueue>;

/** The smaller number runs first; 0, the default, would run before all. */
export const priorities = { large: 1, other: 2 } as const;
const largeLots = 1;

const options: JobsOptions = {
  attempts: 5,
  // 1, 2, 4 and 8 s, each shortened by up to a half: jobs that failed together do not come back together.
  backoff: { type: 'exponential', delay: 1000, jitter: 0.5 },
  removeOnComplete: { age: 3600, count: 1000 },
  removeOnFail: { age: 7 * 86_400, count: 10_000 },
};

/** Both queues over one connection, which stays the caller's. Without Redis a call is refused rather than kept. */
export function openQueues(connection: Redis): Queues {
  const open = (name: QueueName): JobQueue => {
    const queue: JobQueue = new Queue(name, {
      connection,
      prefix,
      defaultJobOptions: options,
      skipVersionCheck: true,
      skipWaitingForReady: true,
    });
    // The connection's own listener tells of it.
    return queue.on('error', () => undefined);
  };
  return { settlement: open('settlement'), notifications: open('notifications') };
}

/**
 * Adds a job for each trade, in their order. The trade's id is the job's: while Redis still knows the job, waiting,
 * failed or among those done last, adding it again changes nothing.
 */
export async function addJobs(queue: JobQueue, trades: TradeJob[]): Promise<void> {
  await queue.addBulk(trades.map(jobOf));
}

function jobOf({ tradeId, userId, symbol, action, volume, price, usd, createdAt }: TradeJob) {
  return {
    name: 'trade' as const,
    data: { tradeId, userId, symbol, action, volume, price, usd, createdAt },
    opts: {
      jobId: tradeId,
      // The age of a job counts from the trade, not from its way through the outbox.
      timestamp: Date.parse(createdAt),
      priority: Number(volume) > largeLots ? priorities.large : priorities.other,
    },
  };
}
