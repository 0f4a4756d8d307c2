import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { pipeline, Writable } from 'node:stream';
import { constants, gunzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openDatabase } from '../../server/database/pool.ts';
import { accountId } from '../../server/database/prepare.ts';
import { toNdjson } from '../../server/http/routes/stream.ts';
import { streamTrades } from '../../server/trading/trades.ts';
import { authorised, getAs, series, testApp } from './app.ts';
import { useDatabase } from './database.ts';

const database = useDatabase();
/** More bytes than the socket buffers of both sides hold. */
const manyRows = 100_000;
const busy = accountId(700);
const period = { userId: busy, from: '2020-01-01T00:00:00Z', to: '2100-01-01T00:00:00Z' };
const path = (userId: string): string => `/api/trading/trades/stream?userId=${userId}&from=${period.from}`;
let app: FastifyInstance;
let origin: string;

beforeAll(async () => {
  await database.client.query(
    `INSERT INTO trades (user_id, symbol, action, volume, price, created_at)
     SELECT $1, 'EURUSD', 'buy', 1, 1.1, now() - interval '1 millisecond' * i FROM generate_series(1, $2::int) AS i`,
    [busy, manyRows],
  );
  ({ app } = await testApp(database.url, { max: 2 }));
  origin = await app.listen({ port: 0, host: '127.0.0.1', listenTextResolver: () => '' });
});
afterAll(() => app?.close());

function open(userId: string, headers: Record<string, string> = {}): Promise<IncomingMessage> {
  const options = { agent: false, headers: { ...authorised(userId), ...headers } };
  return new Promise((resolve, reject) => {
    get(`${origin}${path(userId)}`, options, resolve).once('error', reject);
  });
}

const read = (userId: string, headers?: Record<string, string>) => getAs(app, userId, path(userId), headers);

/** As far as it came. */
function textOf(chunks: Buffer[], { headers }: IncomingMessage): string {
  const bytes = Buffer.concat(chunks);
  const partial = { finishFlush: constants.Z_SYNC_FLUSH };
  return String(headers['content-encoding'] === 'gzip' ? gunzipSync(bytes, partial) : bytes);
}

/** Connections that are in the middle of a stream. */
async function streaming(): Promise<number> {
  const { rows } = await database.client.query(
    `SELECT count(*)::int AS count FROM pg_stat_activity
     WHERE application_name = 'fx-platform' AND state <> 'idle' AND query LIKE '%ORDER BY created_at'`,
  );
  return rows[0].count;
}

async function poolIsIdle(): Promise<void> {
  const page = (await app.inject('/metrics')).body;
  expect(series(page, 'db_pool_connections{state="idle"}')).toBe(
    series(page, 'db_pool_connections{state="total"}'),
  );
}

describe('the trade stream', () => {
  it('is every trade of the user, oldest first, one to a line', async () => {
    const response = await read(accountId(3));
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-type']).toBe('application/x-ndjson');
    const trades = response.body
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(trades.length).toBe(1000);
    const times = trades.map((trade) => trade.createdAt);
    expect(times).toEqual(times.toSorted());
    expect(Object.keys(trades[0])).toEqual(['id', 'symbol', 'action', 'volume', 'price', 'createdAt']);
    const compressed = await read(accountId(3), { 'accept-encoding': 'gzip' });
    expect(compressed.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(compressed.rawPayload).toString()).toBe(response.body);
  });

  it('is the same in one array for who accepts JSON alone', async () => {
    const lines = (await read(accountId(3))).body.trimEnd().split('\n');
    const response = await read(accountId(3), { accept: 'text/html;q=0.5, Application/JSON;q=0.9' });
    expect(response.headers['content-type']).toBe('application/json');
    expect(response.json()).toEqual(lines.map((line) => JSON.parse(line)));
    const either = await read(accountId(3), { accept: 'application/json, application/x-ndjson' });
    expect(either.headers['content-type']).toBe('application/x-ndjson');
    const compressed = await read(accountId(3), { accept: 'application/json', 'accept-encoding': 'gzip' });
    expect(compressed.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(compressed.rawPayload).toString()).toBe(response.body);
    const none = await read(accountId(701), { accept: 'application/json' });
    expect([none.statusCode, none.body]).toEqual([200, '[]']);
  });

  it('is empty for a user without trades', async () => {
    const response = await read(accountId(701));
    expect([response.statusCode, response.body]).toEqual([200, '']);
  });

  it('reaches a slow reader whole', async () => {
    const response = await open(busy);
    let lines = 0;
    for await (const chunk of response) {
      lines += String(chunk).split('\n').length - 1;
      await new Promise(setImmediate);
    }
    expect(lines).toBe(manyRows);
  });

  it('fetches no more than a reader who has stopped will take', async () => {
    const registry = new Registry();
    const pool = openDatabase({ url: database.url, max: 1, registry, log: { warn: () => undefined } });
    const rows = await streamTrades(pool, period);
    let fetched = 0;
    rows.on('data', () => {
      fetched++;
    });
    const lines = toNdjson();
    const stuck = new Writable({ write: () => undefined });
    const broken = new Promise((resolve) => pipeline(rows, lines, stuck, resolve));
    await vi.waitFor(() => expect(fetched).toBeGreaterThan(0), { timeout: 10_000 });
    // Time enough for the whole table, if nothing held it back.
    await database.client.query('SELECT pg_sleep(1)');
    expect(fetched).toBeLessThan(manyRows / 50);
    stuck.destroy();
    await broken;
    await pool.close();
  });

  it('stops the query when its reader leaves', async () => {
    const response = await open(busy);
    await once(response, 'data');
    response.pause();
    expect(await streaming()).toBe(1);
    response.destroy();
    await vi.waitFor(async () => expect(await streaming()).toBe(0), { timeout: 10_000 });
    await vi.waitFor(poolIsIdle, { timeout: 10_000 });
    const page = (await app.inject('/metrics')).body;
    const labels = 'method="GET",route="/api/trading/trades/stream",status="499"';
    expect(series(page, `http_requests_total{${labels}}`)).toBe(1);
  });

  it('leaves connections for others: a second one at the same time is refused', async () => {
    const first = await open(busy);
    const second = await read(accountId(3));
    expect(second.statusCode).toBe(503);
    expect(second.headers['retry-after']).toBe('1');
    expect(second.json()).toMatchObject({ code: 'TOO_MANY_STREAMS' });
    expect((await getAs(app, accountId(3), `/api/trading/positions/${accountId(3)}`)).statusCode).toBe(200);
    first.destroy();
    await vi.waitFor(poolIsIdle, { timeout: 10_000 });
    expect((await read(accountId(3))).statusCode).toBe(200);
  });

  it.each([
    ['lines', {}],
    ['an array', { accept: 'application/json' }],
    ['a compressed array', { accept: 'application/json', 'accept-encoding': 'gzip' }],
  ])(
    'of %s breaks off, and gives its place back, when the database connection is lost',
    async (_, headers) => {
      const response = await open(busy, headers);
      response.pause();
      await vi.waitFor(async () => expect(await streaming()).toBe(1), { timeout: 10_000 });
      await database.client.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'fx-platform'`,
      );
      const received: Buffer[] = [];
      await new Promise<void>((resolve) => {
        response
          .on('error', () => undefined)
          .once('close', resolve)
          .on('data', (chunk: Buffer) => received.push(chunk));
        response.resume();
      });
      expect(response.complete).toBe(false);
      expect(textOf(received, response).trimEnd()).not.toMatch(/\]$/);
      await vi.waitFor(poolIsIdle, { timeout: 10_000 });
      expect((await read(accountId(3))).statusCode).toBe(200);
    },
  );
});
