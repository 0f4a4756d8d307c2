import type { FastifyInstance } from 'fastify';
import { Registry } from 'prom-client';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Database, openDatabase } from '../../server/database/pool.ts';
import { accountId } from '../../server/database/prepare.ts';
import { type Reads, readFrom } from '../../server/database/reads.ts';
import { contractSize } from '../../server/database/schema.ts';
import { businessMetrics } from '../../server/trading/business-metrics.ts';
import { processingLatency } from '../../server/trading/latency.ts';
import { readHoldings, valueAccount } from '../../server/trading/positions.ts';
import { createQuotes, type Quote, symbols } from '../../server/trading/quotes.ts';
import { authorised, getAs, postTrade, series, stillQuotes, testApp } from './app.ts';
import { useDatabase } from './database.ts';
import { killServers, readyServer, stopServer } from './server.ts';

const database = useDatabase(60);
const quotes = stillQuotes();
let app: FastifyInstance;
let pool: Database;

beforeAll(async () => {
  ({ app } = await testApp(database.url));
  const log = { warn: () => undefined };
  pool = openDatabase({ url: database.url, max: 2, registry: new Registry(), log });
});
afterEach(killServers);
afterAll(async () => {
  await app?.close();
  await pool?.close();
});

const positions = (user: number, headers = {}) =>
  getAs(app, accountId(user), `/api/trading/positions/${accountId(user)}`, headers).then((answer) =>
    answer.json(),
  );

const recent = (user: number, query = '') =>
  getAs(app, accountId(user), `/api/trading/trades${query}`).then((answer) => answer.json().trades);

const order = (user: number, volume: string, symbol = 'EURUSD') => ({
  ...{ userId: accountId(user), symbol, action: 'buy', volume },
});

async function queries(name: string): Promise<number> {
  const page = (await app.inject('/metrics')).body;
  return series(page, `db_query_duration_seconds_count{query="${name}"}`) || 0;
}

/** An account valued in SQL: `quotes` as $2 to $5. */
const valuedInSql = `
  SELECT a.balance, a.margin_used AS "marginUsed", a.balance - a.margin_used AS "freeMargin",
    a.balance + coalesce(sum(v.profit) OVER (), 0) AS equity,
    p.symbol, p.volume, round(p.average_price, 5) AS "averagePrice", p.margin, v.profit AS "unrealisedProfit"
  FROM accounts a
  LEFT JOIN positions p ON p.user_id = a.id
  LEFT JOIN unnest($2::text[], $3::numeric[], $4::numeric[], $5::numeric[]) AS q (symbol, bid, ask, usd)
    ON q.symbol = p.symbol
  LEFT JOIN LATERAL (SELECT round(p.volume * ${contractSize}
    * (CASE WHEN p.volume > 0 THEN q.bid ELSE q.ask END - p.average_price) * q.usd, 2) AS profit) v ON true
  WHERE a.id = $1
  ORDER BY p.symbol`;

describe('an account', () => {
  it('is valued to the cent as PostgreSQL values it, halves and short positions too', async () => {
    // Differences of prices that make halves of a cent, beside those of all sizes.
    await database.client.query('SELECT setseed(0.5)');
    await database.client.query(
      `INSERT INTO positions (user_id, symbol, volume, average_price, margin)
       SELECT ('00000000-0000-4000-8000-' || lpad(to_hex(40 + i), 12, '0'))::uuid, symbol,
         round((CASE WHEN random() < 0.1 THEN 0 WHEN random() < 0.5 THEN -1 ELSE 1 END * random() * 900)::numeric, 2),
         CASE WHEN random() < 0.5 THEN round((0.5 + random())::numeric, 10)
           ELSE 1.1 + 0.00000005 * (1 - 2 * round(random())::int) * round(random() * 40)::int END, 10
       FROM generate_series(0, 14) AS i, unnest($1::text[]) AS symbol`,
      [[...symbols, 'OLDUSD']],
    );
    const exact: Quote[] = symbols.map((symbol) => ({
      ...{ symbol, bid: '1.10000', ask: '1.10000', spread: '0', usdPerBase: '1', usdPerQuote: '1', at: 0 },
    }));
    const moving = createQuotes(7, 0, () => 86_400_000 * 3).all();
    for (let user = 40; user < 55; user++) {
      for (const now of [exact, moving]) {
        const columns = (['symbol', 'bid', 'ask', 'usdPerQuote'] as const).map((name) =>
          now.map((quote) => quote[name]),
        );
        const { rows } = await database.client.query(valuedInSql, [accountId(user), ...columns]);
        const holdings = await readHoldings(pool, accountId(user));
        if (!holdings) throw new Error('there is such an account');
        const account = valueAccount(accountId(user), holdings, now);
        const { balance, marginUsed, freeMargin, equity } = rows[0];
        expect(account).toMatchObject({ userId: accountId(user), balance, marginUsed, freeMargin, equity });
        expect(account.positions.map(({ realisedProfit: _, ...position }) => position)).toEqual(
          rows.map(({ symbol, volume, averagePrice, margin, unrealisedProfit }) => {
            return { symbol, volume, averagePrice, margin, unrealisedProfit };
          }),
        );
      }
    }
    await database.client.query('DELETE FROM positions WHERE user_id >= $1', [accountId(40)]);
  });

  it('has halves of a cent rounded away from zero, and no zero below zero', () => {
    const quote = {
      ...stillQuotes().all()[0],
      symbol: 'EURUSD',
      bid: '1.1',
      ask: '1.1',
      usdPerQuote: '1',
    } as Quote;
    const profit = (volume: string, averagePrice: string) => {
      const position = { symbol: 'EURUSD', volume, averagePrice, margin: '0.00', realisedProfit: '0.00' };
      const account = { balance: '0.00', marginUsed: '0.00', freeMargin: '0.00', positions: [position] };
      const { equity, positions: valued } = valueAccount(accountId(0), account, [quote]);
      return [valued[0]?.unrealisedProfit, equity];
    };
    expect(profit('1.00', '1.1000000500')).toEqual(['-0.01', '-0.01']);
    expect(profit('-1.00', '1.1000000500')).toEqual(['0.01', '0.01']);
    expect(profit('1.00', '1.1000000400')).toEqual(['0.00', '0.00']);
  });

  it('is read from the database once, and again after a trade of its own', async () => {
    await positions(1);
    const before = await queries('account_holdings');
    expect(await positions(1)).toMatchObject({ equity: '1000000.00', positions: [] });
    expect(await queries('account_holdings')).toBe(before);
    expect((await postTrade(app, order(1, '2.00'))).statusCode).toBe(201);
    const held = { symbol: 'EURUSD', volume: '2.00', averagePrice: '1.08504', unrealisedProfit: '-16.00' };
    expect(await positions(1)).toMatchObject({ equity: '999984.00', positions: [held] });
    expect(await queries('account_holdings')).toBe(before + 1);
    await postTrade(app, order(2, '1.00'));
    await positions(1);
    expect(await queries('account_holdings')).toBe(before + 1);
  });

  it('is not told from the cache to who has seen a write that was not heard of', async () => {
    expect((await positions(3)).positions).toEqual([]);
    const { rows } = await database.client.query(
      `SELECT transaction FROM place_trade($1, 'EURUSD', 'buy', 1, 1.1, 1.1, 1, null, '{}')`,
      [accountId(3)],
    );
    expect((await positions(3)).positions).toEqual([]);
    const after = { 'fx-after': String(rows[0].transaction) };
    expect(await positions(3, after)).toMatchObject({ positions: [{ volume: '1.00' }] });
    // Of its own trade the process has heard.
    const placed = await postTrade(app, order(3, '1.00'));
    const seen = { 'fx-after': String(placed.headers['fx-transaction']) };
    expect(await positions(3, seen)).toMatchObject({ positions: [{ volume: '2.00' }] });
    const before = await queries('account_holdings');
    await positions(3, seen);
    expect(await queries('account_holdings')).toBe(before);
    expect((await getAs(app, accountId(3), '/api/trading/trades', { 'fx-after': 'x' })).statusCode).toBe(400);
  });

  it('that is not there is asked for each time', async () => {
    const nobody = accountId(7000);
    const ask = () => getAs(app, nobody, `/api/trading/positions/${nobody}`);
    expect((await ask()).statusCode).toBe(404);
    await database.client.query('INSERT INTO accounts (id, balance) VALUES ($1, 5)', [nobody]);
    expect((await ask()).json()).toMatchObject({ equity: '5.00' });
  });
});

describe('recent trades', () => {
  it('are read once, and again after a trade; others are not kept', async () => {
    const old = await recent(4);
    const before = await queries('trade_history');
    expect(await recent(4)).toEqual(old);
    expect(await queries('trade_history')).toBe(before);
    const trade = (await postTrade(app, order(4, '1.00'))).json();
    const { userId: _, ...placed } = trade;
    expect(await recent(4)).toEqual([placed, ...old].slice(0, 100));
    expect(await queries('trade_history')).toBe(before + 1);
    expect(await recent(4, '?limit=1')).toEqual([placed]);
    expect(await recent(4, '?limit=1')).toEqual([placed]);
    expect(await queries('trade_history')).toBe(before + 3);
  });
});

describe('a quote', () => {
  it('is told until the end of its step and not after it', async () => {
    const moving = createQuotes(1, Date.now());
    const live = (await testApp(database.url, { quotes: moving })).app;
    const told = new Set<string>();
    let hits = 0;
    await vi.waitFor(
      async () => {
        const asked = Date.now();
        const quote = (await live.inject('/api/prices/EURUSD')).json();
        // A millisecond for the rounding of the clocks.
        expect(Date.parse(quote.time)).toBeGreaterThan(asked - 252);
        told.add(quote.time);
        hits = series((await live.inject('/metrics')).body, 'cache_requests_total{level="l1",result="hit"}');
        expect(told.size).toBeGreaterThan(2);
      },
      { timeout: 20_000, interval: 10 },
    );
    expect(hits).toBeGreaterThan(0);
    expect((await live.inject('/api/prices/EURUSD')).headers['content-type']).toBe(
      'application/json; charset=utf-8',
    );
    await live.close();
  });
});

describe('statistics', () => {
  it('of a symbol are those of its trades of the last day', async () => {
    const get = async () => (await app.inject('/api/stats/symbols/EURGBP')).json();
    await database.client.query(`DELETE FROM trades WHERE symbol = 'EURGBP'`);
    expect(await get()).toEqual({
      ...{
        symbol: 'EURGBP',
        trades: 0,
        volume: '0.00',
        volumeUsd: '0.00',
        high: null,
        low: null,
        last: null,
      },
    });
    await database.client.query(
      `INSERT INTO trades (user_id, symbol, action, volume, price, created_at) VALUES
       ($1, 'EURGBP', 'buy', 9, 0.99, now() - interval '25 hours'), ($1, 'EURGBP', 'buy', 2, 0.86, now() - interval '2 hours'),
       ($1, 'EURGBP', 'sell', 1.5, 0.84, now() - interval '1 hour')`,
      [accountId(5)],
    );
    const placed = (await postTrade(app, order(5, '1.00', 'EURGBP'))).json();
    const { usdPerQuote, usdPerBase } = quotes.quote('EURGBP') ?? {};
    // Those without dollars of their own at the rate of now; the other at that of its time.
    const usd = (2 * 0.86 + 1.5 * 0.84) * 100_000 * Number(usdPerQuote) + 100_000 * Number(usdPerBase);
    const statistics = await get();
    expect(statistics).toEqual({
      ...{ symbol: 'EURGBP', trades: 3, volume: '4.50', volumeUsd: usd.toFixed(2) },
      ...{ high: '0.86000', low: '0.84000', last: placed.price },
    });
    expect((await app.inject('/api/stats/symbols/NOSUCH')).json()).toMatchObject({ code: 'UNKNOWN_SYMBOL' });
  });

  it('of the platform are its open positions and the dollars of a day', async () => {
    const get = async () => (await app.inject('/api/stats/platform')).json();
    const before = await get();
    const { rows } = await database.client.query('SELECT count(*)::int FROM positions WHERE volume <> 0');
    expect(before.active_trades).toBe(rows[0].count);
    await postTrade(app, order(6, '3.00', 'USDJPY'));
    expect(await get()).toEqual({
      active_trades: before.active_trades + 1,
      volume_24h: (Number(before.volume_24h) + 300_000).toFixed(2),
    });
  });
});

describe('metrics of the business', () => {
  it('are computed from the trades', async () => {
    const registry = new Registry();
    businessMetrics(registry, readFrom(pool), quotes);
    await postTrade(app, order(7, '1.00'));
    const midnight = new Date().setUTCHours(0, 0, 0, 0);
    const { rows } = await database.client.query(
      `SELECT sum(coalesce(usd, volume * 100000 * CASE WHEN symbol LIKE 'USD%' THEN 1 WHEN symbol LIKE '%USD' THEN price
           ELSE price * u.rate END))::float AS usd,
         (SELECT count(DISTINCT user_id)::int FROM trades WHERE created_at > now() - interval '15 minutes') AS users
       FROM trades LEFT JOIN unnest($2::text[], $3::numeric[]) AS u (name, rate) ON name = symbol WHERE created_at >= $1`,
      [new Date(midnight), symbols, symbols.map((symbol) => quotes.quote(symbol)?.usdPerQuote)],
    );
    const fresh = new Registry();
    businessMetrics(fresh, readFrom(pool), quotes);
    await vi.waitFor(async () => {
      const page = await fresh.metrics();
      expect(series(page, 'active_users_total')).toBe(rows[0].users);
      expect(series(page, 'daily_trade_volume_usd')).toBeCloseTo(rows[0].usd, 1);
      expect(series(page, 'system_load_average')).toBeGreaterThanOrEqual(0);
    });
    expect(rows[0].users).toBeGreaterThan(3);
  });

  it('are absent, and hold nobody up, while the database hangs or refuses', async () => {
    for (const query of [
      () => new Promise<never>(() => undefined),
      () => Promise.reject(new Error('away')),
    ]) {
      const registry = new Registry();
      const away = { query } as unknown as Database;
      businessMetrics(registry, { for: () => away } as unknown as Reads, quotes);
      const page = await registry.metrics();
      expect(page).toContain('# TYPE daily_trade_volume_usd gauge');
      expect(page).not.toMatch(/^(daily_trade_volume_usd|active_users_total) /m);
      expect(series(page, 'system_load_average')).toBeGreaterThanOrEqual(0);
    }
  });

  it('tell the mean time of the trades of the last half minute', async () => {
    const registry = new Registry();
    let now = 5_000_000;
    const observe = processingLatency(registry, () => now);
    const mean = async () => series(await registry.metrics(), 'trading_processing_latency');
    expect(await mean()).toBe(0);
    observe(0.1);
    now += 20_000;
    observe(0.3);
    expect(await mean()).toBeCloseTo(0.2);
    now += 10_000;
    expect(await mean()).toBeCloseTo(0.3);
    now += 20_000;
    expect(await mean()).toBe(0);
    observe(0.5);
    expect(await mean()).toBe(0.5);
    const app = await testApp(database.url);
    await postTrade(app.app, order(8, '1.00'));
    const page = await app.registry.metrics();
    expect(series(page, 'trading_processing_latency')).toBe(
      series(page, 'trade_processing_duration_seconds_sum'),
    );
    await app.app.close();
  });
});

describe('two replicas', () => {
  it('hear of each other without Redis', async () => {
    const { server, ready } = await readyServer('--replicas', '2', '--database', database.url);
    const [first, second] = ready.replicas.map(({ metrics }) => metrics.replace('/metrics', ''));
    const headers = authorised(accountId(9));
    const held = async (replica = second) => {
      const response = await fetch(`${replica}/api/trading/positions/${accountId(9)}`, { headers });
      const { positions: open } = (await response.json()) as { positions: { volume: string }[] };
      return open.map(({ volume }) => volume);
    };
    expect([await held(first), await held(second)]).toEqual([[], []]);
    const response = await fetch(`${first}/api/trading/trades`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(order(9, '1.00')),
    });
    expect(response.status).toBe(201);
    expect(await held(first)).toEqual(['1.00']);
    // Its own copy would live for five seconds.
    const heard = async () => {
      const page = await (await fetch(`${second}/metrics`)).text();
      expect(series(page, 'cache_invalidations_total{origin="other"}')).toBe(6);
      // Each replica tells of its own process here.
      expect(series(page, 'process_resident_memory_bytes')).toBeGreaterThan(10_000_000);
    };
    await vi.waitFor(heard, { timeout: 20_000 });
    expect(await held(second)).toEqual(['1.00']);
    await stopServer(server);
  });
});
