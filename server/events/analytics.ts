import type { Database, Statement } from '../database/pool.ts';
import type { PositionEvent, TradeEvent } from './record.ts';

/**
 * What the consumers make of the events. `last_seq` and `seq` are how they know a record that comes again: for one
 * account they only ever rise. It changes together with the figures, so each event counts exactly once. Rows are locked
 * in the order of their keys, accounts before symbols: two batches never wait for each other in a circle.
 */
export const analyticsTables = `
CREATE TABLE IF NOT EXISTS analytics_accounts (
  user_id uuid PRIMARY KEY,
  last_seq bigint NOT NULL DEFAULT 0,
  trades bigint NOT NULL DEFAULT 0,
  usd numeric NOT NULL DEFAULT 0
) WITH (fillfactor = 70);

CREATE TABLE IF NOT EXISTS analytics_symbol_day (
  symbol varchar(10) NOT NULL,
  day date NOT NULL,
  trades bigint NOT NULL,
  buy_volume numeric NOT NULL,
  sell_volume numeric NOT NULL,
  usd numeric NOT NULL,
  PRIMARY KEY (symbol, day)
) WITH (fillfactor = 50);

CREATE TABLE IF NOT EXISTS analytics_positions (
  user_id uuid NOT NULL,
  symbol varchar(10) NOT NULL,
  seq bigint NOT NULL,
  volume numeric NOT NULL,
  price numeric NOT NULL,
  PRIMARY KEY (user_id, symbol)
) WITH (fillfactor = 70);

CREATE OR REPLACE FUNCTION analytics_add_trades(
  p_users uuid[], p_seqs bigint[], p_symbols text[], p_days date[], p_buys numeric[], p_sells numeric[], p_usd numeric[]
) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  added integer;
BEGIN
  INSERT INTO analytics_accounts (user_id)
    SELECT DISTINCT u FROM unnest(p_users) AS u ORDER BY u ON CONFLICT DO NOTHING;
  PERFORM FROM analytics_accounts WHERE user_id = ANY (p_users) ORDER BY user_id FOR UPDATE;
  -- A statement of its own: it sees what another batch wrote while the one above waited for its locks.
  WITH fresh AS (
    SELECT DISTINCT ON (t.user_id, t.seq) t.*
    FROM unnest(p_users, p_seqs, p_symbols, p_days, p_buys, p_sells, p_usd)
      AS t (user_id, seq, symbol, day, buy, sell, usd)
    JOIN analytics_accounts a ON a.user_id = t.user_id AND t.seq > a.last_seq
  ), accounts AS (
    UPDATE analytics_accounts a
    SET last_seq = f.last_seq, trades = a.trades + f.trades, usd = a.usd + f.usd
    FROM (SELECT user_id, max(seq) AS last_seq, count(*) AS trades, sum(usd) AS usd FROM fresh GROUP BY 1) f
    WHERE a.user_id = f.user_id
  ), days AS (
    INSERT INTO analytics_symbol_day AS d (symbol, day, trades, buy_volume, sell_volume, usd)
    SELECT symbol, day, count(*), sum(buy), sum(sell), sum(usd) FROM fresh GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (symbol, day) DO UPDATE SET
      trades = d.trades + excluded.trades,
      buy_volume = d.buy_volume + excluded.buy_volume,
      sell_volume = d.sell_volume + excluded.sell_volume,
      usd = d.usd + excluded.usd
  )
  SELECT count(*) INTO added FROM fresh;
  RETURN added;
END $$;
`;

const insertTrades: Statement = {
  name: 'analytics_trades',
  text: 'SELECT analytics_add_trades($1, $2, $3, $4, $5, $6, $7) AS added',
};

/** Adds those that are new, in one transaction. Resolves with how many were. */
export async function addTrades(database: Database, trades: TradeEvent[]): Promise<number> {
  const [row] = await database.query<{ added: number }>(insertTrades, [
    trades.map(({ userId }) => userId),
    trades.map(({ seq }) => seq),
    trades.map(({ symbol }) => symbol),
    trades.map(({ day }) => day),
    trades.map(({ action, volume }) => (action === 'buy' ? volume : '0.00')),
    trades.map(({ action, volume }) => (action === 'sell' ? volume : '0.00')),
    trades.map(({ usd }) => usd),
  ]);
  return row?.added ?? 0;
}

/** Counts against what was there before the statement; what is there is overwritten by newer positions only. */
const upsertPositions: Statement = {
  name: 'analytics_positions',
  text: `
    WITH given AS (
      SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::numeric[], $5::numeric[])
        AS t (user_id, seq, symbol, volume, price)
    ), newest AS (
      INSERT INTO analytics_positions AS p (user_id, symbol, seq, volume, price)
      SELECT DISTINCT ON (user_id, symbol) user_id, symbol, seq, volume, price
      FROM given ORDER BY user_id, symbol, seq DESC
      ON CONFLICT (user_id, symbol) DO UPDATE SET
        seq = excluded.seq, volume = excluded.volume, price = excluded.price
        WHERE excluded.seq > p.seq
    )
    SELECT count(DISTINCT (g.user_id, g.symbol, g.seq))::int AS added
    FROM given g LEFT JOIN analytics_positions p ON p.user_id = g.user_id AND p.symbol = g.symbol
    WHERE p.seq IS NULL OR g.seq > p.seq`,
};

/** Keeps the newest position of each account and symbol. Resolves with how many of the records were new. */
export async function setPositions(database: Database, positions: PositionEvent[]): Promise<number> {
  const [row] = await database.query<{ added: number }>(upsertPositions, [
    positions.map(({ userId }) => userId),
    positions.map(({ seq }) => seq),
    positions.map(({ symbol }) => symbol),
    positions.map(({ volume }) => volume),
    positions.map(({ price }) => price),
  ]);
  return row?.added ?? 0;
}

/** Lots and US dollars as decimals in text. */
export type SymbolDay = {
  symbol: string;
  day: string;
  trades: number;
  buyVolume: string;
  sellVolume: string;
  usd: string;
};

const columns = `symbol, to_char(day, 'YYYY-MM-DD') AS day, trades::float8 AS trades,
  buy_volume AS "buyVolume", sell_volume AS "sellVolume", usd`;

const someDays: Statement = {
  name: 'analytics_some_days',
  text: `
    SELECT ${columns} FROM analytics_symbol_day
    JOIN unnest($1::text[], $2::date[]) AS k (symbol, day) USING (symbol, day)`,
};
const recentDays: Statement = {
  name: 'analytics_recent_days',
  text: `SELECT ${columns} FROM analytics_symbol_day WHERE day >= $1`,
};
export type DayKey = { symbol: string; day: string };

export function readDays(database: Database, keys: DayKey[]): Promise<SymbolDay[]> {
  return database.query<SymbolDay>(someDays, [keys.map(({ symbol }) => symbol), keys.map(({ day }) => day)]);
}

/** All symbols, from the day on. */
export function readRecentDays(database: Database, from: string): Promise<SymbolDay[]> {
  return database.query<SymbolDay>(recentDays, [from]);
}

/** Of all days, and of the newest 30 each. */
export type SymbolTotals = Omit<SymbolDay, 'symbol' | 'day'> & { days: Omit<SymbolDay, 'symbol'>[] };

const symbolTotals: Statement = {
  name: 'analytics_symbol',
  text: `
    SELECT ${columns}, (sum(trades) OVER ())::float8 AS "allTrades", sum(buy_volume) OVER () AS "allBuyVolume",
      sum(sell_volume) OVER () AS "allSellVolume", sum(usd) OVER () AS "allUsd"
    FROM analytics_symbol_day WHERE symbol = $1 ORDER BY day DESC LIMIT 30`,
};
type TotalsRow = SymbolDay & {
  allTrades: number;
  allBuyVolume: string;
  allSellVolume: string;
  allUsd: string;
};

/** Zeros for a symbol without trades. */
export async function readSymbolTotals(database: Database, symbol: string): Promise<SymbolTotals> {
  const rows = await database.query<TotalsRow>(symbolTotals, [symbol]);
  const { allTrades = 0, allBuyVolume = '0.00', allSellVolume = '0.00', allUsd = '0.00' } = rows[0] ?? {};
  return {
    ...{ trades: allTrades, buyVolume: allBuyVolume, sellVolume: allSellVolume, usd: allUsd },
    days: rows.map(({ day, trades, buyVolume, sellVolume, usd }) => {
      return { day, trades, buyVolume, sellVolume, usd };
    }),
  };
}
