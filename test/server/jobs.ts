import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { afterAll, afterEach, beforeAll, expect, vi } from 'vitest';
import { connectRedis } from '../../server/cache/redis.ts';
import { accountId } from '../../server/database/prepare.ts';
import type { Carrier, TradePayload } from '../../server/events/outbox.ts';
import { openJobsCarrier } from '../../server/jobs/carrier.ts';
import { openQueues, type Queues } from '../../server/jobs/queues.ts';
import { openWorker, type WorkerOptions } from '../../server/jobs/worker.ts';
import type { RunningRole } from '../../server/processes/role.ts';
import { type Redis, startRedis } from '../../tools/services/redis.mjs';
import type { LogLine } from './app.ts';
import { useDatabase } from './database.ts';
import { testSettings } from './settings.ts';

export const waitFor = (check: () => Promise<void> | void) =>
  vi.waitFor(check, { timeout: 20_000, interval: 20 });

export function trade(fields: Partial<TradePayload> = {}): TradePayload {
  return {
    tradeId: randomUUID(),
    userId: accountId(0),
    symbol: 'EURUSD',
    action: 'buy',
    volume: '1.00',
    price: '1.08504',
    usd: '108500.25',
    createdAt: '2026-03-05T10:00:00.123456+00:00',
    positionVolume: '1.00',
    positionPrice: '1.08504',
    ...fields,
  };
}

type Services = { redis: Redis; carrier: Carrier; queues: Queues; client: ReturnType<typeof connectRedis> };

/** A database and a Redis of the test file's own, empty before each test, and workers that end with it. */
export function useJobs() {
  const database = useDatabase();
  const folder = mkdtempSync(join(tmpdir(), 'fx-jobs-'));
  const services = {} as Services;
  const log: LogLine[] = [];
  const open: RunningRole[] = [];

  beforeAll(async () => {
    const redis = await startRedis({ folder });
    const client = connectRedis(redis.url);
    const carrier = openJobsCarrier(redis.url);
    Object.assign(services, { redis, client, carrier, queues: openQueues(client) });
    // Once it is connected.
    await waitFor(() => carry(trade()));
    await client.flushall();
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((worker) => worker.close()));
    await services.client.flushall();
    await database.client.query('TRUNCATE settlements, notifications');
    log.length = 0;
  });
  afterAll(async () => {
    await services.carrier?.close();
    services.client?.disconnect();
    await services.redis?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function work(options: WorkerOptions = {}, url = database.url) {
    const registry = new Registry();
    const settings = testSettings({ redis: services.redis.url, database: url, pool: 4 });
    const tell = (fields: object, message: string): void => void log.push({ fields, message });
    const worker = await openWorker({ settings, registry, log: { info: tell, warn: tell } }, options);
    open.push(worker);
    return { worker, page: () => registry.metrics() };
  }

  /** As the relay does with rows of the outbox. */
  function carry(...trades: TradePayload[]): Promise<void> {
    return services.carrier.carry(
      trades.map((payload, index) => ({
        seq: String(index),
        userId: payload.userId,
        createdAt: new Date(payload.createdAt),
        payload,
      })),
    );
  }

  /** The settled trades in the order of their settlement. */
  async function settled(): Promise<string[]> {
    const { rows } = await database.client.query('SELECT trade_id FROM settlements ORDER BY settled_at');
    return rows.map((row) => row.trade_id);
  }

  /** Waits until so many trades are settled and told of. */
  function allDone(count: number): Promise<void> {
    return waitFor(async () => {
      const { rows } = await database.client.query('SELECT FROM notifications');
      expect([(await settled()).length, rows.length]).toEqual([count, count]);
    });
  }

  return { database, services, log, open, work, carry, settled, allDone };
}
