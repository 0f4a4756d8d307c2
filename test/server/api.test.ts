import { gunzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accountId } from '../../server/database/prepare.ts';
import { authorised, getAs, postTrade, series, testApp } from './app.ts';
import { useDatabase } from './database.ts';

const database = useDatabase();
const user = accountId(0);
const lifecycle = { draining: false };
let app: FastifyInstance;

beforeAll(async () => {
  ({ app } = await testApp(database.url, { lifecycle }));
});
afterAll(() => app?.close());

async function get(url: string, userId = user): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await getAs(app, userId, url);
  return { status: response.statusCode, body: response.json() };
}

const history = (query: string): string => `/api/trading/trades?userId=${user}${query}`;

describe('prices', () => {
  it('have two sides', async () => {
    expect(await get('/api/prices/EURUSD')).toEqual({
      status: 200,
      body: {
        symbol: 'EURUSD',
        bid: '1.08496',
        ask: '1.08504',
        spread: '0.00008',
        time: '1970-01-01T00:00:00.000Z',
      },
    });
  });

  it('are the ask for a buyer and the bid for a seller', async () => {
    const order = { userId: accountId(5), symbol: 'EURUSD', volume: 1 };
    expect((await postTrade(app, { ...order, action: 'buy' })).json()).toMatchObject({ price: '1.08504' });
    expect((await postTrade(app, { ...order, action: 'sell' })).json()).toMatchObject({ price: '1.08496' });
    // The spread is what a round trip costs: 100,000 x 0.00008.
    expect((await get(`/api/trading/positions/${accountId(5)}`, accountId(5))).body).toMatchObject({
      balance: '999992.00',
    });
  });

  it('are not there for a symbol nobody trades', async () => {
    expect(await get('/api/prices/XXXYYY')).toMatchObject({ status: 404, body: { code: 'UNKNOWN_SYMBOL' } });
  });
});

describe('an order is refused', () => {
  const order = { userId: user, symbol: 'EURUSD', action: 'buy', volume: '1.00' };

  it.each([
    ['an unknown symbol', { symbol: 'EURXXX' }, 422, 'UNKNOWN_SYMBOL'],
    ['a symbol of another type', { symbol: null }, 422, 'UNKNOWN_SYMBOL'],
    ['an unknown user', { userId: accountId(999_999) }, 404, 'UNKNOWN_USER'],
    ['no volume', { volume: undefined }, 400, 'INVALID_REQUEST'],
    ['a volume of zero', { volume: 0 }, 400, 'INVALID_VOLUME'],
    ['three decimals', { volume: '0.001' }, 400, 'INVALID_VOLUME'],
    ['a list for a volume', { volume: [1] }, 400, 'INVALID_REQUEST'],
    ['an action that is none', { action: 'hold' }, 400, 'INVALID_REQUEST'],
    ['a field that does not exist', { volumes: 1 }, 400, 'INVALID_REQUEST'],
  ])('for %s', async (_what, change, status, code) => {
    const response = await postTrade(app, { ...order, ...change });
    expect(response.statusCode).toBe(status);
    expect(response.json()).toEqual({ code, message: expect.any(String) });
  });

  it('for a body that is not JSON, and for one that is too long', async () => {
    const headers = { ...authorised(user), 'content-type': 'application/json' };
    const post = { method: 'POST', url: '/api/trading/trades', headers } as const;
    expect((await app.inject({ ...post, payload: '{' })).statusCode).toBe(400);
    const long = await app.inject({
      ...post,
      payload: JSON.stringify({ ...order, symbol: 'x'.repeat(20_000) }),
    });
    expect(long.statusCode).toBe(413);
  });
});

describe('the history', () => {
  it('is the newest trades first, of this user and within the limit', async () => {
    const userId = accountId(6);
    for (const volume of ['1.00', '2.00', '3.00']) {
      await postTrade(app, { userId, symbol: 'GBPUSD', action: 'buy', volume });
    }
    const { body } = await get(`/api/trading/trades?userId=${userId}&limit=2`, userId);
    expect(body.trades).toMatchObject([{ volume: '3.00' }, { volume: '2.00' }]);
  });

  it('has a seeded past of closed positions', async () => {
    const { rows } = await database.client.query(
      `SELECT count(*)::int AS trades, count(DISTINCT user_id)::int AS users, count(DISTINCT symbol)::int AS symbols,
         count(*) FILTER (WHERE created_at > now())::int AS future,
         (SELECT count(*)::int FROM trades_default) AS homeless
       FROM trades WHERE created_at < now() - interval '1 minute'`,
    );
    expect(rows).toEqual([{ trades: 20_000, users: 20, symbols: 9, future: 0, homeless: 0 }]);
    const { body } = await get(history('&limit=1000'));
    // A third of 1,000 trades per user falls into the last day.
    expect((body.trades as unknown[]).length).toBeGreaterThan(250);
  });

  it('takes `from` in and leaves `to` out, to the microsecond', async () => {
    const all = (await get(history('&limit=3'))).body.trades as { id: string; createdAt: string }[];
    const [newest, middle, oldest] = all;
    const between = await get(history(`&from=${oldest?.createdAt}&to=${newest?.createdAt}`));
    expect(between.body.trades).toEqual([middle, oldest]);
  });

  it.each(['&limit=0', '&limit=1001', '&limit=x', '&from=yesterday', '&form=2020-01-01T00:00:00Z'])(
    'refuses %s',
    async (query) => {
      expect(await get(history(query))).toMatchObject({ status: 400, body: { code: 'INVALID_REQUEST' } });
    },
  );

  it('is compressed from 1 KB on, for who wants it', async () => {
    const headers = { 'accept-encoding': 'gzip' };
    const large = await getAs(app, user, history('&limit=100'), headers);
    expect(large.headers['content-encoding']).toBe('gzip');
    const plain = await getAs(app, user, history('&limit=100'));
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(gunzipSync(large.rawPayload).toString()).toBe(plain.body);
    const small = await getAs(app, user, history('&limit=2'), headers);
    expect(small.headers['content-encoding']).toBeUndefined();
  });
});

describe('health', () => {
  it('is there', async () => {
    expect(await get('/healthz')).toEqual({ status: 200, body: { status: 'ok' } });
    expect(await get('/readyz')).toEqual({ status: 200, body: { status: 'ready', writes: 'ok' } });
  });

  it('and no longer ready, but well, when the end has begun', async () => {
    lifecycle.draining = true;
    const ready = await app.inject('/readyz');
    expect(ready.statusCode).toBe(503);
    expect(ready.headers.connection).toBe('close');
    expect((await get('/healthz')).status).toBe(200);
    lifecycle.draining = false;
  });
});

describe('metrics', () => {
  it('count by method, route pattern and status, and know no path that has no route', async () => {
    const fresh = (await testApp(database.url)).app;
    const order = { userId: accountId(7), symbol: 'EURUSD', action: 'buy', volume: '1.00' };
    await postTrade(fresh, order);
    await postTrade(fresh, { ...order, volume: 0 });
    await fresh.inject('/api/prices/EURUSD');
    await fresh.inject('/api/prices/GBPUSD');
    await fresh.inject('/one/path');
    await fresh.inject('/another/path');
    const page = (await fresh.inject('/metrics')).body;
    const count = (labels: string): number => series(page, `http_requests_total{${labels}}`);
    expect(count('method="POST",route="/api/trading/trades",status="201"')).toBe(1);
    expect(count('method="POST",route="/api/trading/trades",status="400"')).toBe(1);
    expect(count('method="GET",route="/api/prices/:symbol",status="200"')).toBe(2);
    expect(count('method="GET",route="unmatched",status="404"')).toBe(2);
    const duration = 'http_request_duration_seconds';
    expect(series(page, `${duration}_count{method="GET",route="/api/prices/:symbol"}`)).toBe(2);
    expect(series(page, `${duration}_bucket{le="+Inf",method="POST",route="/api/trading/trades"}`)).toBe(2);
    expect(page).toContain(`${duration}_bucket{le="0.001",`);
    expect(series(page, 'trade_processing_duration_seconds_count')).toBe(1);
    expect(series(page, 'http_requests_in_flight')).toBe(1);
    expect(series(page, 'db_pool_max')).toBe(5);
    expect(series(page, 'db_pool_connections{state="total"}')).toBe(1);
    expect(series(page, 'db_pool_connections{state="idle"}')).toBe(1);
    expect(series(page, 'db_pool_waiting')).toBe(0);
    expect(series(page, 'db_pool_acquire_seconds_count')).toBe(1);
    expect(series(page, 'db_query_duration_seconds_count{query="place_trade"}')).toBe(1);
    expect(series(page, 'process_cpu_seconds_total')).toBeGreaterThan(0);
    expect(series(page, 'process_resident_memory_bytes')).toBeGreaterThan(10_000_000);
    expect(series(page, 'nodejs_eventloop_lag_seconds')).toBeGreaterThanOrEqual(0);
    await fresh.close();
  });
});
