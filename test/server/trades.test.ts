import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accountId, prepareDatabase } from '../../server/database/prepare.ts';
import type { Quotes } from '../../server/trading/quotes.ts';
import { getAs, postTrade, testApp } from './app.ts';
import { useDatabase } from './database.ts';

const database = useDatabase(40);
let app: FastifyInstance;
/** EURUSD trades at this price on both sides, which is also its rate to the dollar; USDJPY at a yen price. */
let price = '1.00000';
const usdPerYen = '0.0066889632';

const quotes: Quotes = {
  quote(symbol) {
    const common = { symbol, bid: price, ask: price, spread: '0.00000', at: 0 };
    if (symbol === 'EURUSD') return { ...common, usdPerBase: price, usdPerQuote: '1' };
    if (symbol === 'USDJPY') return { ...common, usdPerBase: '1', usdPerQuote: usdPerYen };
    return undefined;
  },
  all: () => ['EURUSD', 'USDJPY'].flatMap((symbol) => quotes.quote(symbol) ?? []),
};

beforeAll(async () => {
  ({ app } = await testApp(database.url, { quotes }));
});
afterAll(() => app?.close());

async function trade(user: number, action: string, volume: string, at = '1.00000', symbol = 'EURUSD') {
  price = at;
  const response = await postTrade(app, { userId: accountId(user), symbol, action, volume });
  return { status: response.statusCode, body: response.json() };
}

async function account(user: number) {
  const response = await getAs(app, accountId(user), `/api/trading/positions/${accountId(user)}`);
  expect(response.statusCode).toBe(200);
  return response.json();
}

/** Wide ones, where only the margin is asked about. */
async function setLimits(user: number, order: number, position: number): Promise<void> {
  await database.client.query(
    'UPDATE accounts SET order_limit_lots = $2, position_limit_lots = $3 WHERE id = $1',
    [accountId(user), order, position],
  );
}

describe('placing trades', () => {
  it('answers with the trade, which is then in the database', async () => {
    const { status, body } = await trade(0, 'buy', '0.10', '1.12345');
    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      userId: accountId(0),
      symbol: 'EURUSD',
      action: 'buy',
      volume: '0.10',
      price: '1.12345',
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]{8}(\.\d{1,6})?Z$/),
    });
    const { rows } = await database.client.query('SELECT volume, price FROM trades WHERE id = $1', [body.id]);
    expect(rows).toEqual([{ volume: '0.10', price: '1.12345' }]);
  });

  it('averages, realises profit, frees margin and turns a position over', async () => {
    await trade(1, 'buy', '2.00', '1.10000');
    await trade(1, 'buy', '1.00', '1.13000');
    // (2 x 1.10 + 1.13) / 3 = 1.11; margin a hundredth of 220,000 and of 113,000 dollars.
    expect(await account(1)).toMatchObject({
      balance: '1000000.00',
      marginUsed: '3330.00',
      freeMargin: '996670.00',
      equity: '1006000.00',
      positions: [{ symbol: 'EURUSD', volume: '3.00', averagePrice: '1.11000', unrealisedProfit: '6000.00' }],
    });
    await trade(1, 'sell', '1.50', '1.12000');
    // 150,000 x 0.01 realised, half of the margin freed.
    expect(await account(1)).toMatchObject({ balance: '1001500.00', marginUsed: '1665.00' });
    await trade(1, 'sell', '2.50', '1.10000');
    // 150,000 x -0.01 realised, and one lot short at 1.10.
    expect(await account(1)).toMatchObject({
      balance: '1000000.00',
      marginUsed: '1100.00',
      positions: [{ volume: '-1.00', averagePrice: '1.10000', margin: '1100.00' }],
    });
    await trade(1, 'buy', '1.00', '1.08000');
    expect(await account(1)).toEqual({
      userId: accountId(1),
      balance: '1002000.00',
      marginUsed: '0.00',
      freeMargin: '1002000.00',
      equity: '1002000.00',
      positions: [],
    });
  });

  it('converts profit to dollars', async () => {
    await trade(2, 'sell', '1.00', '150.000', 'USDJPY');
    await trade(2, 'buy', '1.00', '149.000', 'USDJPY');
    // 100,000 yen at 0.0066889632 dollars.
    expect(await account(2)).toMatchObject({ balance: '1000668.90', positions: [] });
  });

  it('refuses what the margin does not cover, to the cent, and writes nothing then', async () => {
    await setLimits(3, 1000, 2000);
    expect((await trade(3, 'buy', '1000.00')).status).toBe(201);
    const before = await account(3);
    expect(before).toMatchObject({ balance: '1000000.00', marginUsed: '1000000.00', freeMargin: '0.00' });
    const refused = await trade(3, 'buy', '0.01');
    expect(refused).toMatchObject({ status: 422, body: { code: 'INSUFFICIENT_MARGIN' } });
    expect(await account(3)).toEqual(before);
    const { rows } = await database.client.query(
      `SELECT count(*)::int AS count FROM trades WHERE user_id = $1 AND volume = 0.01`,
      [accountId(3)],
    );
    expect(rows[0].count).toBeLessThanOrEqual(2);
    expect((await trade(3, 'sell', '0.01')).status).toBe(201);
  });

  it('lets a losing position be reduced when its margin is gone', async () => {
    await setLimits(4, 1000, 1000);
    await trade(4, 'buy', '1000.00', '1.00000');
    expect((await trade(4, 'sell', '500.00', '0.98500')).status).toBe(201);
    // 50,000,000 x -0.015 lost.
    expect(await account(4)).toMatchObject({ balance: '250000.00', marginUsed: '500000.00' });
    expect((await trade(4, 'buy', '0.01', '0.98500')).status).toBe(422);
    expect((await trade(4, 'sell', '500.00', '0.98500')).status).toBe(201);
    expect(await account(4)).toMatchObject({ balance: '-500000.00', marginUsed: '0.00', positions: [] });
  });
});

describe('limits', () => {
  const refused = (message: string) => ({ status: 422, body: { code: 'LIMIT_EXCEEDED', message } });
  const placed = { status: 201 };

  it('hold for an order, to the hundredth of a lot', async () => {
    expect(await trade(5, 'buy', '100.01')).toEqual(
      refused('an order of this account may have 100.00 lots, not 100.01'),
    );
    expect(await trade(5, 'buy', '100.00')).toMatchObject(placed);
    await setLimits(5, 2.5, 500);
    expect(await trade(5, 'buy', '2.51')).toEqual(
      refused('an order of this account may have 2.50 lots, not 2.51'),
    );
    // Closing is not limited, but what turns the position over opens again.
    expect(await trade(5, 'sell', '100.01')).toMatchObject({ status: 422 });
    expect(await trade(5, 'sell', '100.00')).toMatchObject(placed);
    expect(await account(5)).toMatchObject({ marginUsed: '0.00', positions: [] });
  });

  it('hold for a position, long and short and symbol by symbol', async () => {
    for (let i = 0; i < 5; i++) expect(await trade(6, 'sell', '100.00')).toMatchObject(placed);
    expect(await trade(6, 'sell', '0.01')).toEqual(
      refused(
        "this account's position in EURUSD may be of 500.00 lots, long or short, which 0.01 more would exceed",
      ),
    );
    expect(await trade(6, 'buy', '50.00', '150.000', 'USDJPY')).toMatchObject(placed);
    // A position that is above a limit given later can still be reduced.
    await setLimits(6, 100, 10);
    expect(await trade(6, 'buy', '499.99')).toMatchObject(placed);
    expect(await trade(6, 'buy', '10.02')).toMatchObject({ status: 422 });
    expect(await trade(6, 'buy', '10.01')).toMatchObject(placed);
    expect(await account(6)).toMatchObject({
      positions: [
        { symbol: 'EURUSD', volume: '10.00' },
        { symbol: 'USDJPY', volume: '50.00' },
      ],
    });
  });

  it('are not passed by orders at the same time', async () => {
    price = '1.00000';
    const order = { userId: accountId(7), symbol: 'EURUSD', action: 'buy', volume: '100.00' };
    const responses = await Promise.all(Array.from({ length: 8 }, () => postTrade(app, order)));
    const statuses = responses.map((response) => response.statusCode).sort();
    expect(statuses).toEqual([...Array(5).fill(201), ...Array(3).fill(422)]);
    expect(await account(7)).toMatchObject({ positions: [{ volume: '500.00' }] });
  });
});

describe('the profit of a symbol', () => {
  it('is kept when the position is closed, and adds up to the change of the balance', async () => {
    await trade(8, 'buy', '2.00', '1.10000');
    await trade(8, 'sell', '1.00', '1.10500');
    expect(await account(8)).toMatchObject({ positions: [{ volume: '1.00', realisedProfit: '500.00' }] });
    await trade(8, 'sell', '1.00', '1.09800');
    await trade(8, 'sell', '1.00', '150.000', 'USDJPY');
    await trade(8, 'buy', '1.00', '149.000', 'USDJPY');
    expect(await account(8)).toMatchObject({ balance: '1000968.90', positions: [] });
    const url = `/api/trading/positions/${accountId(8)}?closed=true`;
    const closed = (await getAs(app, accountId(8), url)).json();
    expect(closed.positions).toMatchObject([
      { symbol: 'EURUSD', volume: '0.00', unrealisedProfit: '0.00', realisedProfit: '300.00' },
      { symbol: 'USDJPY', volume: '0.00', unrealisedProfit: '0.00', realisedProfit: '668.90' },
    ]);
    expect((await getAs(app, accountId(8), url.replace('true', 'maybe'))).statusCode).toBe(400);
  });
});

describe('at the same time', () => {
  it('an account is not traded past its margin', async () => {
    await setLimits(10, 100, 2000);
    price = '1.00000';
    const order = { userId: accountId(10), symbol: 'EURUSD', action: 'buy', volume: '100.00' };
    const responses = await Promise.all(Array.from({ length: 20 }, () => postTrade(app, order)));
    const statuses = responses.map((response) => response.statusCode).sort();
    expect(statuses).toEqual([...Array(10).fill(201), ...Array(10).fill(422)]);
    expect(await account(10)).toMatchObject({ marginUsed: '1000000.00', positions: [{ volume: '1000.00' }] });
  });

  it('no trade is lost: positions are the sum of the trades, margins agree', async () => {
    price = '1.00000';
    const orders = Array.from({ length: 200 }, (_, i) => ({
      userId: accountId(11 + (i % 3)),
      symbol: i % 5 ? 'EURUSD' : 'USDJPY',
      action: (i * 7) % 3 ? 'buy' : 'sell',
      volume: `${1 + (i % 9)}.${10 + (i % 80)}`,
    }));
    const responses = await Promise.all(orders.map((order) => postTrade(app, order)));
    expect(responses.every((response) => response.statusCode === 201)).toBe(true);
    const { rows } = await database.client.query(
      `SELECT user_id, symbol, sum(CASE action WHEN 'buy' THEN volume ELSE -volume END) AS traded
       FROM trades GROUP BY user_id, symbol
       EXCEPT SELECT user_id, symbol, volume FROM positions`,
    );
    // The seeded history is of closed positions: it has trades and no position.
    expect(rows.filter((row) => row.traded !== '0.00')).toEqual([]);
    const margins = await database.client.query(
      `SELECT id FROM accounts a
       WHERE margin_used <> (SELECT coalesce(sum(margin), 0) FROM positions WHERE user_id = a.id)`,
    );
    expect(margins.rows).toEqual([]);
    const profits = await database.client.query(
      `SELECT id FROM accounts a
       WHERE balance <> 1000000 + (SELECT coalesce(sum(realised), 0) FROM positions WHERE user_id = a.id)`,
    );
    expect(profits.rows).toEqual([]);
  });
});

describe('an Idempotency-Key', () => {
  const order = { userId: accountId(20), symbol: 'EURUSD', action: 'buy', volume: '1.00' };

  it('trades once, however often and however concurrently the order comes', async () => {
    price = '1.00000';
    const responses = await Promise.all(
      Array.from({ length: 10 }, () => postTrade(app, order, { 'idempotency-key': 'k-1' })),
    );
    expect(new Set(responses.map((response) => response.statusCode))).toEqual(new Set([201]));
    expect(new Set(responses.map((response) => response.body)).size).toBe(1);
    expect(responses.filter((response) => response.headers['idempotent-replayed'] === 'true').length).toBe(9);
    expect(await account(20)).toMatchObject({ positions: [{ volume: '1.00' }] });
  });

  it('belongs to one order and to one user', async () => {
    const headers = { 'idempotency-key': 'k-1' };
    const other = await postTrade(app, { ...order, volume: '2.00' }, headers);
    expect(other.statusCode).toBe(422);
    expect(other.json()).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
    const elsewhere = await postTrade(app, { ...order, userId: accountId(21) }, headers);
    expect(elsewhere.statusCode).toBe(201);
    expect(elsewhere.headers['idempotent-replayed']).toBeUndefined();
  });
});

describe('a database of an earlier version', () => {
  it('gets limits and profits, and goes on', async () => {
    await database.client.query(
      'ALTER TABLE positions DROP COLUMN realised; ALTER TABLE accounts DROP COLUMN order_limit_lots, DROP COLUMN position_limit_lots',
    );
    expect(await trade(30, 'buy', '1.00')).toMatchObject({ status: 500, body: { code: 'INTERNAL' } });
    await prepareDatabase(database.url, { accounts: 40, seed: 1 });
    expect(await trade(30, 'buy', '100.00', '1.10000')).toMatchObject({ status: 201 });
    expect(await trade(30, 'buy', '100.01', '1.10000')).toMatchObject({ status: 422 });
    await trade(30, 'sell', '1.00', '1.20000');
    expect(await account(30)).toMatchObject({
      positions: [{ symbol: 'EURUSD', volume: '99.00', realisedProfit: '10000.00' }],
    });
  });
});
