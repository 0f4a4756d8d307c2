import * as fc from 'fast-check';
import { Registry } from 'prom-client';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Database, openDatabase } from '../../server/database/pool.ts';
import { accountId } from '../../server/database/prepare.ts';
import { addTrades, setPositions } from '../../server/events/analytics.ts';
import { type CarryLoop, type CarryOptions, carryOutbox } from '../../server/events/carry-loop.ts';
import { recordsOf } from '../../server/events/kafka-carrier.ts';
import type { OutboxRow } from '../../server/events/outbox.ts';
import type { TradeEvent } from '../../server/events/record.ts';
import { relayMetrics, watchOutbox } from '../../server/events/relay-metrics.ts';
import { series, testApp } from './app.ts';
import { useDatabase } from './database.ts';
import { placeTrades, silentLog } from './events.ts';

const database = useDatabase();
const patience = { timeout: 20_000, interval: 10 };

describe('a relay loop', () => {
  const loops: CarryLoop[] = [];
  afterEach(async () => {
    await Promise.all(loops.splice(0).map((loop) => loop.close()));
    await database.client.query('DELETE FROM outbox');
  });

  type Start = Partial<CarryOptions> & { carry: (rows: OutboxRow[]) => Promise<void> };

  function start({ carry, ...options }: Start) {
    const registry = new Registry();
    const loop = carryOutbox({
      databases: [database.url],
      destination: 'kafka',
      carrier: { carry, close: async () => undefined },
      metrics: relayMetrics(registry),
      log: silentLog,
      ...options,
    });
    loops.push(loop);
    const metric = async (name: string, destination = 'kafka') =>
      series(await registry.metrics(), `${name}{destination="${destination}"}`);
    return { loop, registry, metric };
  }

  const left = async (): Promise<number> =>
    Number((await database.client.query('SELECT count(*) FROM outbox')).rows[0].count);
  const tradesOf = (rows: OutboxRow[]): string[] => rows.map(({ payload }) => payload.tradeId);

  it('carries every row once, in the order of the commits, in batches', async () => {
    const ids = await placeTrades(database.client, 25);
    const batches: OutboxRow[][] = [];
    const { metric } = start({ batchRows: 10, carry: async (rows) => void batches.push(rows) });
    await vi.waitFor(async () => expect(await left()).toBe(0), patience);
    expect(batches.map((rows) => rows.length)).toEqual([10, 10, 5]);
    expect(tradesOf(batches.flat())).toEqual(ids);
    await vi.waitFor(async () => expect(await metric('outbox_carried_total')).toBe(25), patience);
  });

  it('tells what a trade was and what became of the position', async () => {
    const [id] = await placeTrades(database.client, 1, { first: 7 });
    const rows: OutboxRow[] = [];
    start({ carry: async (batch) => void rows.push(...batch) });
    await vi.waitFor(() => expect(rows).toHaveLength(1), patience);
    const [row] = rows;
    if (!row) throw new Error('no row');
    const [trade, position] = recordsOf(row);
    const common = { seq: row.seq, tradeId: id, userId: accountId(7), symbol: 'USDJPY' };
    const { createdAt } = row.payload;
    expect(trade).toMatchObject({
      topic: 'trades',
      key: accountId(7),
      headers: { 'event-id': id, seq: row.seq },
    });
    expect(JSON.parse(String(trade?.value))).toEqual({
      ...{ ...common, createdAt, action: 'buy', volume: '0.01', price: '1.10000', usd: '1100.00' },
    });
    expect(position).toMatchObject({ topic: 'positions', key: accountId(7) });
    expect(JSON.parse(String(position?.value))).toEqual({
      ...{ ...common, createdAt, volume: '0.01', price: '1.10000' },
    });
  });

  it('carries again what was carried and not committed', async () => {
    const ids = await placeTrades(database.client, 12);
    const seen: string[] = [];
    let failures = 2;
    const { loop, metric } = start({
      batchRows: 5,
      async carry(rows) {
        seen.push(...tradesOf(rows));
        // As when the relay ends after it carried the rows and before it committed.
        if (seen.length > 5 && failures-- > 0) throw new Error('ended');
      },
    });
    await vi.waitFor(async () => expect(await left()).toBe(0), patience);
    const again = ids.slice(5, 10);
    expect(seen).toEqual([...ids.slice(0, 5), ...again, ...again, ...again, ...ids.slice(10)]);
    await vi.waitFor(() => expect(loop.trouble()).toBeUndefined(), patience);
    expect(await metric('outbox_failures_total')).toBe(2);
  });

  it('gives up a carrier that hangs and does not hold up the other destination', async () => {
    await placeTrades(database.client, 3, { destinations: ['kafka', 'jobs'] });
    const jobs: OutboxRow[] = [];
    const hanging = start({ carrySeconds: 0.2, carry: () => new Promise(() => undefined) });
    start({ destination: 'jobs', carry: async (rows) => void jobs.push(...rows) });
    await vi.waitFor(() => expect(jobs).toHaveLength(3), patience);
    await vi.waitFor(
      async () => expect(await hanging.metric('outbox_failures_total')).toBeGreaterThan(1),
      patience,
    );
    expect(hanging.loop.trouble()).toBe('kafka: carrying 3 rows to kafka took longer than 0.2 s');
    await vi.waitFor(async () => expect(await left()).toBe(3), patience);
  });

  it('lets one relay work and another take over', async () => {
    const carried: string[] = [];
    const relays = [0, 1].map(() => start({ carry: async (rows) => void carried.push(...tradesOf(rows)) }));
    const leaders = () => Promise.all(relays.map(({ metric }) => metric('relay_leader')));
    const one = async () => expect((await leaders()).toSorted()).toEqual([0, 1]);
    await vi.waitFor(one, patience);
    const ids = await placeTrades(database.client, 4);
    await vi.waitFor(() => expect(carried).toEqual(ids), patience);
    // Carried is not yet committed.
    await vi.waitFor(async () => expect(await left()).toBe(0), patience);

    // The leader's connection breaks, and with it its lock is gone: either may have it next.
    const { rowCount } = await database.client.query(
      "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted AND database IS NOT NULL AND objsubid = 2",
    );
    expect(rowCount).toBe(1);
    ids.push(...(await placeTrades(database.client, 4)));
    await vi.waitFor(() => expect(carried).toEqual(ids), patience);
    await vi.waitFor(one, patience);
    await vi.waitFor(
      () => expect(relays.map(({ loop }) => loop.trouble())).toEqual([undefined, undefined]),
      patience,
    );

    const leader = (await leaders()).indexOf(1);
    await relays[leader]?.loop.close();
    ids.push(...(await placeTrades(database.client, 4)));
    await vi.waitFor(() => expect(carried).toEqual(ids), patience);
    expect(await relays[1 - leader]?.metric('relay_leader')).toBe(1);
  });

  it('shows how many rows wait and for how long', async () => {
    await placeTrades(database.client, 3);
    await database.client.query("UPDATE outbox SET created_at = created_at - interval '1 hour'");
    const registry = new Registry();
    const watch = watchOutbox([database.url], ['kafka', 'jobs'], registry);
    const gauge = async (name: string) => series(await registry.metrics(), name);
    await vi.waitFor(async () => expect(await gauge('outbox_rows{destination="kafka"}')).toBe(3), patience);
    expect(await gauge('outbox_age_seconds{destination="kafka"}')).toBeGreaterThanOrEqual(3600);
    expect(await gauge('outbox_rows{destination="jobs"}')).toBe(0);
    expect(await gauge('outbox_age_seconds{destination="jobs"}')).toBe(0);
    await watch.close();
  });
});

describe('analytics', () => {
  let pool: Database;
  beforeAll(() => {
    pool = openDatabase({ url: database.url, max: 4, registry: new Registry(), log: silentLog });
  });
  afterAll(() => pool?.close());

  const event = (account: number, seq: number, symbol = 'EURUSD', hundredths = 1): TradeEvent => ({
    userId: accountId(account),
    seq: String(seq),
    symbol,
    day: seq % 2 ? '2026-03-01' : '2026-03-02',
    action: seq % 3 ? 'buy' : 'sell',
    volume: (hundredths / 100).toFixed(2),
    usd: (hundredths * 1100).toFixed(2),
  });

  it('counts each trade once, however the records repeat and the batches fall', async () => {
    let run = 0;
    const deliveries = fc.record({
      trades: fc.array(
        fc.record({ account: fc.integer({ min: 0, max: 2 }), volume: fc.integer({ min: 1, max: 500 }) }),
        {
          minLength: 1,
          maxLength: 15,
        },
      ),
      /** After so many records, how many the relay went back. */
      repeats: fc.array(fc.nat(6), { maxLength: 6 }),
      batch: fc.integer({ min: 1, max: 6 }),
    });
    await fc.assert(
      fc.asyncProperty(deliveries, async ({ trades, repeats, batch }) => {
        const symbol = `RUN${run++}`;
        const base = run * 3;
        const events = trades.map(({ account, volume }, i) => event(base + account, i + 1, symbol, volume));
        const delivered: TradeEvent[] = [];
        let next = 0;
        while (next < events.length) {
          const end = Math.min(events.length, next + 3);
          delivered.push(...events.slice(next, end));
          next = Math.max(0, end - (repeats.pop() ?? 0));
        }
        let added = 0;
        for (let i = 0; i < delivered.length; i += batch)
          added += await addTrades(pool, delivered.slice(i, i + batch));
        expect(added).toBe(events.length);
        const { rows } = await database.client.query(
          'SELECT sum(trades)::int AS trades, sum(usd) AS usd, sum(buy_volume) AS buy, sum(sell_volume) AS sell FROM analytics_symbol_day WHERE symbol = $1',
          [symbol],
        );
        const cents = (text: string): number => Math.round(Number(text) * 100);
        const total = (of: TradeEvent[], field: 'volume' | 'usd'): number =>
          of.reduce((sum, each) => sum + cents(each[field]), 0);
        const [figures] = rows;
        expect([figures.trades, cents(figures.usd), cents(figures.buy), cents(figures.sell)]).toEqual([
          events.length,
          total(events, 'usd'),
          total(
            events.filter(({ action }) => action === 'buy'),
            'volume',
          ),
          total(
            events.filter(({ action }) => action === 'sell'),
            'volume',
          ),
        ]);
      }),
      { seed: 1, numRuns: 25 },
    );
  });

  it('counts once what several consumers write at the same time', async () => {
    const events = Array.from({ length: 200 }, (_, i) =>
      event(300 + (i % 20), i + 1, i % 7 ? 'BUSY1' : 'BUSY2'),
    );
    const backwards = events.toReversed();
    const added = await Promise.all(
      [events, backwards, events, backwards].map((each) => addTrades(pool, each)),
    );
    expect(added.reduce((sum, each) => sum + each)).toBe(200);
    const { rows } = await database.client.query(
      "SELECT sum(trades)::int AS trades, sum(usd) AS usd FROM analytics_symbol_day WHERE symbol LIKE 'BUSY%'",
    );
    expect(rows).toEqual([{ trades: 200, usd: '220000.00' }]);
  });

  it('keeps the newest position', async () => {
    const position = (seq: string, volume: string) => ({
      ...{ userId: accountId(400), symbol: 'EURUSD', seq, volume, price: '1.10000' },
    });
    expect(await setPositions(pool, [position('5', '1.00'), position('9', '-3.00')])).toBe(2);
    expect(await setPositions(pool, [position('5', '1.00'), position('9', '-3.00')])).toBe(0);
    expect(await setPositions(pool, [position('7', '2.00')])).toBe(0);
    const read = 'SELECT seq, volume FROM analytics_positions WHERE user_id = $1';
    expect((await database.client.query(read, [accountId(400)])).rows).toEqual([
      { seq: '9', volume: '-3.00' },
    ]);
    expect(await setPositions(pool, [position('10', '0.00')])).toBe(1);
    expect((await database.client.query(read, [accountId(400)])).rows).toEqual([
      { seq: '10', volume: '0.00' },
    ]);
  });

  it('are served by symbol, to anybody, as zeros where there are none', async () => {
    await addTrades(pool, [
      event(500, 1, 'SERVED', 150),
      event(500, 2, 'SERVED', 50),
      event(500, 3, 'SERVED', 25),
    ]);
    const { app } = await testApp(database.url);
    const get = (symbol: string) => app.inject(`/api/analytics/symbols/${symbol}`);
    expect((await get('SERVED')).json()).toEqual({
      symbol: 'SERVED',
      ...{ trades: 3, buyVolume: '2.00', sellVolume: '0.25', usd: '247500.00' },
      days: [
        { day: '2026-03-02', trades: 1, buyVolume: '0.50', sellVolume: '0.00', usd: '55000.00' },
        { day: '2026-03-01', trades: 2, buyVolume: '1.50', sellVolume: '0.25', usd: '192500.00' },
      ],
    });
    expect((await get('GBPUSD')).json()).toEqual({
      ...{ symbol: 'GBPUSD', trades: 0, buyVolume: '0.00', sellVolume: '0.00', usd: '0.00', days: [] },
    });
    expect((await get('no-symbol')).statusCode).toBe(400);
    await app.close();
  });
});
