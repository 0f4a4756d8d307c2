import type { Database, Statement } from '../database/pool.ts';
import type { TradeJob } from './queues.ts';

const insert: Statement = {
  name: 'settle',
  text: `INSERT INTO settlements (trade_id, user_id, amount_usd, value_date) VALUES ($1, $2, $3, $4)
         ON CONFLICT DO NOTHING`,
};

/** Settles a trade; one that is settled stays as it is, however often its job runs. */
export async function settle(database: Database, trade: TradeJob): Promise<void> {
  const { tradeId, userId, usd, symbol, createdAt } = trade;
  await database.query(insert, [tradeId, userId, usd, valueDate(symbol, createdAt)]);
}

/** Spot trades settle two business days on; the US and Canadian dollar, in one time zone, one day on. */
const daysToSettle: Record<string, number> = { USDCAD: 1 };
const spotDays = 2;

/**
 * The day the money moves, as `2026-01-31`: weekends are not counted, holidays are, for no calendar of them is kept.
 * The day of the trade is that in UTC.
 */
export function valueDate(symbol: string, tradedAt: string): string {
  const day = new Date(tradedAt);
  for (let left = daysToSettle[symbol] ?? spotDays; left > 0; ) {
    day.setUTCDate(day.getUTCDate() + 1);
    if (day.getUTCDay() !== 0 && day.getUTCDay() !== 6) left--;
  }
  return day.toISOString().slice(0, 10);
}
