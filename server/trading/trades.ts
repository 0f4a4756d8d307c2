import type { Readable } from 'node:stream';
import type { Database, Statement } from '../database/pool.ts';
import { ApiError } from '../http/errors.ts';
import type { Quote } from './quotes.ts';

/** Amounts are decimals in text, times ISO 8601 with microseconds. */
export type Trade = {
  id: string;
  symbol: string;
  action: 'buy' | 'sell';
  volume: string;
  price: string;
  createdAt: string;
};

export type Order = { userId: string; symbol: string; action: 'buy' | 'sell'; volume: string; key?: string };

/** From `from`, included, to `to`, excluded; both ISO 8601. */
export type Period = { userId: string; from: string; to: string };

const place: Statement = {
  name: 'place_trade',
  text: 'SELECT outcome, id, price, created_at AS "createdAt", transaction FROM place_trade($1, $2, $3, $4, $5, $6, $7, $8, $9)',
};

const columns = 'id, symbol, action, volume, price, created_at AS "createdAt"';
const wanted = 'WHERE user_id = $1 AND created_at >= $2 AND created_at < $3';

export const history: Statement = {
  name: 'trade_history',
  text: `SELECT ${columns} FROM trades ${wanted} ORDER BY created_at DESC LIMIT $4`,
};

export const historyStream: Statement = {
  name: 'trade_stream',
  text: `SELECT ${columns} FROM trades ${wanted} ORDER BY created_at`,
};

type Placed = { outcome: string; id: string; price: string; createdAt: string; transaction: string };

/** Where the outbox carries a trade to: what is not there gets no rows, for nobody would fetch them. */
export type Destination = 'kafka' | 'jobs';

/**
 * `repeated` when the key was used before for the same order: the trade of then is told and nothing is traded again. A
 * database that has replayed up to `transaction` has the trade.
 */
export type PlacedTrade = { trade: Trade; repeated: boolean; transaction: string };

/** Buys at the ask or sells at the bid. */
export async function placeTrade(
  database: Database,
  order: Order,
  quote: Quote,
  destinations: readonly Destination[] = [],
): Promise<PlacedTrade> {
  const { userId, symbol, action, volume, key = null } = order;
  const asked = action === 'buy' ? quote.ask : quote.bid;
  const values = [
    userId,
    symbol,
    action,
    volume,
    asked,
    quote.usdPerBase,
    quote.usdPerQuote,
    key,
    destinations,
  ];
  const [row] = await database.query<Placed>(place, values);
  if (!row) throw new Error('place_trade returned no row');
  // A limit comes with its lots.
  const [outcome, lots] = row.outcome.split(' ');
  switch (outcome) {
    case 'unknown_user':
      throw new ApiError('UNKNOWN_USER', `no account has the id ${userId}`);
    case 'insufficient_margin':
      throw new ApiError('INSUFFICIENT_MARGIN', `the free margin does not cover ${volume} lots of ${symbol}`);
    case 'order_limit':
      throw new ApiError('LIMIT_EXCEEDED', `an order of this account may have ${lots} lots, not ${volume}`);
    case 'position_limit':
      throw new ApiError(
        'LIMIT_EXCEEDED',
        `this account's position in ${symbol} may be of ${lots} lots, long or short, which ${volume} more would exceed`,
      );
    case 'key_reused':
      throw new ApiError('IDEMPOTENCY_KEY_REUSED', 'this Idempotency-Key belongs to a different order');
  }
  const { id, price, createdAt, transaction } = row;
  const trade = { id, symbol, action, volume, price, createdAt };
  return { trade, repeated: row.outcome === 'repeated', transaction };
}

/** The newest trades of the period, newest first. */
export function tradeHistory(database: Database, period: Period, limit: number): Promise<Trade[]> {
  return database.query<Trade>(history, [period.userId, period.from, period.to, limit]);
}

/** Every trade of the period, oldest first, as objects. */
export function streamTrades(database: Database, period: Period): Promise<Readable> {
  return database.stream(historyStream, [period.userId, period.from, period.to]);
}

/** A volume in lots as a decimal in text; undefined unless above zero, below 100 million and of at most two decimals. */
export function parseVolume(value: string | number): string | undefined {
  const match = /^(\d{1,8})(?:\.(\d{1,2}))?$/.exec(String(value));
  if (!match) return undefined;
  const volume = `${Number(match[1])}.${(match[2] ?? '').padEnd(2, '0')}`;
  return volume === '0.00' ? undefined : volume;
}
