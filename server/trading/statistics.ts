import { Decimal } from 'decimal.js';
import type { Database, Statement } from '../database/pool.ts';
import { contractSize } from '../database/schema.ts';
import type { Quotes } from './quotes.ts';

export type SymbolStatistics = {
  trades: number;
  /** In lots, and in US dollars. */
  volume: string;
  volumeUsd: string;
  high: string | null;
  low: string | null;
  last: string | null;
};

/** In the place of a user whose reads have to follow the own writes: statistics are nobody's own. */
export const everybody = '';

/** Dollars, where the trades have them; lots, and lots times price, of those that do not. */
type Amounts = { symbol: string; usd: string; lots: string; quoted: string };

const dayMs = 86_400_000;

const amounts = `coalesce(sum(usd), 0) AS usd, coalesce(sum(volume) FILTER (WHERE usd IS NULL), 0) AS lots,
      coalesce(sum(volume * price) FILTER (WHERE usd IS NULL), 0) AS quoted`;

export const ofSymbol: Statement = {
  name: 'symbol_statistics',
  text: `
    SELECT count(*)::int AS trades, coalesce(sum(volume), 0.00) AS volume, max(price) AS high, min(price) AS low,
      ${amounts},
      (SELECT price FROM trades WHERE symbol = $1 AND created_at >= $2 ORDER BY created_at DESC LIMIT 1) AS last
    FROM trades WHERE symbol = $1 AND created_at >= $2`,
};

const bySymbol: Statement = {
  name: 'traded_amounts',
  text: `SELECT symbol, ${amounts} FROM trades WHERE created_at >= $1 GROUP BY symbol`,
};

const open: Statement = {
  name: 'open_positions',
  text: 'SELECT count(*)::int AS count FROM positions WHERE volume <> 0',
};

const active: Statement = {
  name: 'active_users',
  text: 'SELECT count(DISTINCT user_id)::int AS count FROM trades WHERE created_at >= $1',
};

/** Trading in one symbol over the last 24 hours. */
export async function symbolStatistics(
  database: Database,
  quotes: Quotes,
  symbol: string,
  now = Date.now(),
): Promise<SymbolStatistics> {
  type Row = Omit<Amounts, 'symbol'> & Omit<SymbolStatistics, 'volumeUsd'>;
  const [row] = await database.query<Row>(ofSymbol, [symbol, new Date(now - dayMs).toISOString()]);
  if (!row) throw new Error('an aggregate returned no row');
  const { usd, lots, quoted, ...known } = row;
  return { ...known, volumeUsd: inDollars({ symbol, usd, lots, quoted }, quotes).toFixed(2) };
}

/** What was traded in all symbols since then, in US dollars. */
export async function tradedDollars(database: Database, quotes: Quotes, since: number): Promise<string> {
  const rows = await database.query<Amounts>(bySymbol, [new Date(since).toISOString()]);
  return rows.reduce((sum, row) => sum.plus(inDollars(row, quotes)), new Exact(0)).toFixed(2);
}

/** Positions that are open. */
export async function openPositions(database: Database): Promise<number> {
  const [row] = await database.query<{ count: number }>(open, []);
  return row?.count ?? 0;
}

/** Users who traded since then. */
export async function activeUsers(database: Database, since: number): Promise<number> {
  const [row] = await database.query<{ count: number }>(active, [new Date(since).toISOString()]);
  return row?.count ?? 0;
}

const Exact = Decimal.clone({ precision: 60, rounding: Decimal.ROUND_HALF_UP });

/**
 * Trades of the demo history have no dollars: they count at their price where the dollar is one of the two currencies,
 * and a cross at the quote of the moment.
 */
function inDollars({ symbol, usd, lots, quoted }: Amounts, quotes: Quotes): Decimal {
  if (symbol.startsWith('USD')) return new Exact(lots).times(contractSize).plus(usd);
  const rate = symbol.endsWith('USD') ? 1 : (quotes.quote(symbol)?.usdPerQuote ?? 0);
  return new Exact(quoted).times(contractSize).times(rate).plus(usd);
}
