import { Decimal } from 'decimal.js';
import type pg from 'pg';
import { contractSize, openingBalance } from '../../../server/database/schema.ts';

/** Queries that each find what the books of the platform have wrong: nothing, when they are right. */
export const contradictions: Record<string, string> = {
  'a key without its trade': `
    SELECT k.key FROM trade_keys k LEFT JOIN trades t ON t.id = k.trade_id AND t.created_at = k.created_at
    WHERE t.id IS NULL`,
  'a trade under two keys': 'SELECT trade_id FROM trade_keys GROUP BY trade_id HAVING count(*) > 1',
  'a position that is not the sum of its trades': `
    SELECT user_id, symbol FROM positions p FULL JOIN (
      SELECT user_id, symbol, sum(CASE action WHEN 'buy' THEN volume ELSE -volume END) AS volume
      FROM trades GROUP BY user_id, symbol) t USING (user_id, symbol)
    WHERE coalesce(p.volume, 0) <> coalesce(t.volume, 0)`,
  'margin in use that is not that of the positions': `
    SELECT a.id FROM accounts a LEFT JOIN positions p ON p.user_id = a.id
    GROUP BY a.id HAVING a.margin_used <> coalesce(sum(p.margin), 0)`,
  'a trade in the default partition': 'SELECT id FROM trades_default',
  'an analytics sum that is not that of the trades': `
    SELECT symbol, a.trades, t.trades FROM (
      SELECT symbol, sum(trades) AS trades, sum(buy_volume) AS bought, sum(sell_volume) AS sold
      FROM analytics_symbol_day GROUP BY symbol) a
    FULL JOIN (
      SELECT symbol, count(*) AS trades, sum(volume) FILTER (WHERE action = 'buy') AS bought,
        sum(volume) FILTER (WHERE action = 'sell') AS sold
      FROM trades WHERE id IN (SELECT trade_id FROM trade_keys) GROUP BY symbol) t USING (symbol)
    WHERE (a.trades, a.bought, a.sold) IS DISTINCT FROM (t.trades, coalesce(t.bought, 0), coalesce(t.sold, 0))`,
  'a trade without its settlement': `
    SELECT k.trade_id FROM trade_keys k LEFT JOIN settlements s ON s.trade_id = k.trade_id
    WHERE s.trade_id IS NULL`,
};

export async function findContradictions(client: pg.Client): Promise<Record<string, unknown[]>> {
  const found: Record<string, unknown[]> = {};
  for (const [name, query] of Object.entries(contradictions)) {
    const { rows } = await client.query(`${query} LIMIT 5`);
    if (rows.length > 0) found[name] = rows;
  }
  return found;
}

/** Trades of symbols whose quote currency is the dollar, oldest first. */
type Leg = { userId: string; symbol: string; action: 'buy' | 'sell'; volume: string; price: string };

/**
 * The balance of each account, computed anew from its trades: what it opened with and what each closing realised, at
 * the average price of the position, in cents rounded half away from zero.
 */
export function balancesOf(legs: Leg[]): Map<string, string> {
  const balances = new Map<string, Decimal>();
  const positions = new Map<string, { lots: Decimal; price: Decimal }>();
  for (const { userId, symbol, action, volume, price } of legs) {
    const held = positions.get(`${userId} ${symbol}`) ?? { lots: new Decimal(0), price: new Decimal(0) };
    const signed = new Decimal(volume).times(action === 'buy' ? 1 : -1);
    const reduces = held.lots.times(signed).isNegative() && !held.lots.isZero();
    const closing = reduces ? Decimal.min(held.lots.abs(), volume) : new Decimal(0);
    const realised = closing
      .times(contractSize)
      .times(new Decimal(price).minus(held.price))
      .times(Decimal.sign(held.lots) || 1)
      .toDecimalPlaces(2);
    balances.set(userId, (balances.get(userId) ?? new Decimal(openingBalance)).plus(realised));
    const lots = held.lots.plus(signed);
    if (closing.isZero()) {
      const cost = held.lots.times(held.price).plus(signed.times(price));
      positions.set(`${userId} ${symbol}`, { lots, price: cost.div(lots).toDecimalPlaces(10) });
    } else {
      const flipped = !closing.equals(volume);
      positions.set(`${userId} ${symbol}`, { lots, price: flipped ? new Decimal(price) : held.price });
    }
  }
  return new Map([...balances].map(([userId, balance]) => [userId, balance.toFixed(2)]));
}
