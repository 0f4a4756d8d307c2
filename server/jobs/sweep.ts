import { setTimeout as sleep } from 'node:timers/promises';
import type { Database, Statement } from '../database/pool.ts';
import { asApiError } from '../http/errors.ts';
import type { Log } from '../processes/role.ts';
import type { JobMetrics } from './metrics.ts';
import type { Outage } from './outage.ts';
import { addJobs, type QueueName, type Queues, queueNames, type TradeJob } from './queues.ts';

export type SweepTimes = { everySeconds: number; olderThanSeconds: number; backHours: number };

export const sweepTimes: SweepTimes = { everySeconds: 5, olderThanSeconds: 60, backHours: 6 };

const pageTrades = 500;

/** Trades of a span of time without their row, oldest first. The demo history, without `usd`, never had jobs. */
const missing = (queue: QueueName): Statement => ({
  name: `trades_without_${queue}`,
  text: `SELECT id AS "tradeId", user_id AS "userId", symbol, action, volume, price, usd, created_at AS "createdAt"
         FROM trades t
         WHERE created_at >= $1 AND created_at < $2 AND usd IS NOT NULL
           AND NOT EXISTS (SELECT FROM ${queue === 'settlement' ? 'settlements' : 'notifications'} d WHERE d.trade_id = t.id)
         ORDER BY created_at LIMIT $3`,
});

const statements: Record<QueueName, Statement> = {
  settlement: missing('settlement'),
  notifications: missing('notifications'),
};

export type SweepOptions = {
  database: Database;
  queues: Queues;
  readded: JobMetrics['readded'];
  log: Log;
  outages: { database: Outage; redis: Outage };
  times: SweepTimes;
};

/**
 * Finds trades whose job is neither done nor in Redis any more, and adds it again. So what Redis forgets, when it
 * restarts without its data or fails over to a copy that is behind, delays a job and does not lose it. Trades are
 * looked through once, and again from the oldest that still waits.
 */
export function startSweep(options: SweepOptions): { stop(): void } {
  const stopping = new AbortController();
  const { times, outages, log } = options;
  const passes = queueNames.map((queue) => createPass(queue, options));
  // The next round goes over the same trades.
  const failed = (error: unknown): void => {
    const known = asApiError(error);
    if (known) outages.database.began(known.message);
    else if (!outages.redis.trouble()) log.warn({ reason: String(error) }, 'a sweep broke off');
  };
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      for (const pass of passes) await pass(stopping.signal).then(outages.database.ended, failed);
      await sleep(times.everySeconds * 1000, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  void run();
  return { stop: () => stopping.abort() };
}

type Pass = (stopping: AbortSignal) => Promise<void>;

function createPass(
  name: QueueName,
  { database, queues, readded, log, times: { olderThanSeconds, backHours } }: SweepOptions,
): Pass {
  const queue = queues[name];
  let cursor = '';
  let oldest: string | undefined;

  const page = (from: string, until: string): Promise<TradeJob[]> =>
    database.query<TradeJob>(statements[name], [from, until, pageTrades]);

  /** Jobs that are lost: not in Redis, or done there by a database that has forgotten it. */
  async function lostOf(trades: TradeJob[], until: string): Promise<TradeJob[]> {
    const states = await Promise.all(trades.map(({ tradeId }) => queue.getJobState(tradeId)));
    const gone = trades.filter((_, index) => states[index] === 'unknown' || states[index] === 'completed');
    const [first] = gone;
    if (!first) return [];
    // Some were done between the two questions: only those that still have no row count.
    const still = new Set((await page(first.createdAt, until)).map(({ tradeId }) => tradeId));
    return gone.filter(({ tradeId }) => still.has(tradeId));
  }

  return async (stopping) => {
    const until = secondsAgo(olderThanSeconds);
    for (let lost = -1; lost !== 0 && !stopping.aborted; ) {
      const earliest = secondsAgo(backHours * 3600);
      if (cursor < earliest) cursor = earliest;
      const trades = await page(cursor, until);
      const again = await lostOf(trades, until);
      if (again.length > 0) {
        await Promise.all(again.map(({ tradeId }) => queue.remove(tradeId)));
        await addJobs(queue, again);
        readded.inc({ queue: name }, again.length);
        log.warn({ queue: name, jobs: again.length }, 'jobs that were lost are added again');
      }
      oldest ??= trades[0]?.createdAt;
      const last = trades.length === pageTrades ? trades.at(-1)?.createdAt : undefined;
      cursor = last ?? oldest ?? until;
      lost = last === undefined ? 0 : again.length;
      if (last === undefined) oldest = undefined;
    }
  };
}

function secondsAgo(seconds: number): string {
  return new Date(Date.now() - seconds * 1000).toISOString();
}
