import { Registry } from 'prom-client';
import { describe, expect, it, vi } from 'vitest';
import { openDatabase } from '../../server/database/pool.ts';
import { accountId } from '../../server/database/prepare.ts';
import { asApiError } from '../../server/http/errors.ts';
import { type LogLine, postTrade, series, testApp } from './app.ts';
import { useDatabase } from './database.ts';

const database = useDatabase();
const sleep = { name: 'sleep', text: 'SELECT pg_sleep($1), $2::text' };

function pool(options: { max?: number; acquireSeconds?: number; slowSeconds?: number }) {
  const registry = new Registry();
  const lines: LogLine[] = [];
  const log = { warn: (fields: object, message: string) => void lines.push({ fields, message }) };
  return { registry, lines, open: openDatabase({ url: database.url, max: 1, registry, log, ...options }) };
}

describe('the pool', () => {
  it('logs a slow query by name, without its parameters', async () => {
    const { open, lines } = pool({ slowSeconds: 0.05 });
    await open.query(sleep, [0.1, 'secret']);
    expect(lines).toEqual([
      { message: 'slow query', fields: { query: 'sleep', seconds: expect.any(Number) } },
    ]);
    expect(JSON.stringify(lines)).not.toContain('secret');
    await open.close();
    const patient = pool({ slowSeconds: 3600 });
    await patient.open.query(sleep, [0.1, 'secret']);
    expect(patient.lines).toEqual([]);
    await patient.open.close();
  });

  it('gives up waiting for a connection, says that it is exhausted, and recovers', async () => {
    const { open, registry } = pool({ acquireSeconds: 0.2 });
    await open.query(sleep, [0, '']);
    const long = open.query(sleep, [1, '']);
    const refused = open.query(sleep, [0, '']).then(() => undefined, asApiError);
    // Past the turn of the event loop in which the first one is given the connection.
    await new Promise(setImmediate);
    const page = await registry.metrics();
    expect(series(page, 'db_pool_waiting')).toBe(1);
    expect(series(page, 'db_pool_connections{state="idle"}')).toBe(0);
    expect(await refused).toMatchObject({ code: 'POOL_EXHAUSTED', statusCode: 503 });
    await long;
    await open.query(sleep, [0, '']);
    const after = await registry.metrics();
    expect(series(after, 'db_pool_acquire_seconds_count')).toBe(4);
    expect(series(after, 'db_query_duration_seconds_count{query="sleep"}')).toBe(3);
    expect(series(after, 'db_query_duration_seconds_bucket{le="1",query="sleep"}')).toBe(2);
    await open.close();
  });

  it('lets queries under way finish when it is closed', async () => {
    const { open } = pool({});
    const query = open.query<{ pg_sleep: string; text: string }>(sleep, [1, 'whole']);
    await vi.waitFor(
      async () => {
        const { rowCount } = await database.client.query(
          "SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'",
        );
        expect(rowCount).toBe(1);
      },
      { timeout: 10_000 },
    );
    await open.close();
    expect(await query).toMatchObject([{ text: 'whole' }]);
  });
});

// The last of this file: it ends the file's database.
it('without its database the service is not ready, refuses orders with 503, and still quotes', async () => {
  const { app, log } = await testApp(database.url, { max: 2, acquireSeconds: 1 });
  const order = { userId: accountId(0), symbol: 'EURUSD', action: 'buy', volume: '1.00' };
  expect((await postTrade(app, order)).statusCode).toBe(201);
  await database.guardian.stop();
  await vi.waitFor(() => expect(log.map((line) => line.message)).toContain('idle database connection lost'), {
    timeout: 10_000,
  });
  const refused = await postTrade(app, order);
  expect([refused.statusCode, refused.json().code]).toEqual([503, 'DATABASE_UNAVAILABLE']);
  expect(refused.headers['retry-after']).toBe('1');
  expect((await app.inject('/readyz')).statusCode).toBe(503);
  expect((await app.inject('/healthz')).statusCode).toBe(200);
  expect((await app.inject('/api/prices/EURUSD')).statusCode).toBe(200);
  await app.close();
});
