import type { Database, Statement } from './pool.ts';
import type { Quote } from './quotes.ts';
import { contractSize } from './schema.ts';

export type Position = {
  symbol: string;
  /** Net lots, below zero short. */
  volume: string;
  averagePrice: string;
  margin: string;
  /** In US dollars at the price that would close the position now. */
  unrealisedProfit: string;
};

export type Account = {
  userId: string;
  balance: string;
  marginUsed: string;
  freeMargin: string;
  /** Balance plus unrealised profit. */
  equity: string;
  positions: Position[];
};

/** $2 to $5: symbols, bids, asks and US dollars per unit of the quote currency, as arrays of one length. */
const accountPositions: Statement = {
  name: 'account_positions',
  text: `
    SELECT a.balance, a.margin_used AS "marginUsed", a.balance - a.margin_used AS "freeMargin",
      a.balance + coalesce(sum(v.profit) OVER (), 0) AS equity,
      p.symbol, p.volume, round(p.average_price, 5) AS "averagePrice", p.margin, v.profit AS "unrealisedProfit"
    FROM accounts a
    LEFT JOIN positions p ON p.user_id = a.id AND p.volume <> 0
    LEFT JOIN unnest($2::text[], $3::numeric[], $4::numeric[], $5::numeric[]) AS q (symbol, bid, ask, usd)
      ON q.symbol = p.symbol
    LEFT JOIN LATERAL (SELECT round(p.volume * ${contractSize}
      * (CASE WHEN p.volume > 0 THEN q.bid ELSE q.ask END - p.average_price) * q.usd, 2) AS profit) v ON true
    WHERE a.id = $1
    ORDER BY p.symbol`,
};

type Row = Omit<Account, 'userId' | 'positions'> & Omit<Position, 'symbol'> & { symbol: string | null };

/** The account with its open positions valued at `quotes`; undefined when there is no such account. */
export async function readPositions(
  database: Database,
  userId: string,
  quotes: Quote[],
): Promise<Account | undefined> {
  const rows = await database.query<Row>(accountPositions, [
    userId,
    quotes.map((quote) => quote.symbol),
    quotes.map((quote) => quote.bid),
    quotes.map((quote) => quote.ask),
    quotes.map((quote) => quote.usdPerQuote),
  ]);
  const [first] = rows;
  if (!first) return undefined;
  const { balance, marginUsed, freeMargin, equity } = first;
  const positions = rows.flatMap(({ symbol, volume, averagePrice, margin, unrealisedProfit }) =>
    symbol === null ? [] : [{ symbol, volume, averagePrice, margin, unrealisedProfit }],
  );
  return { userId, balance, marginUsed, freeMargin, equity, positions };
}
