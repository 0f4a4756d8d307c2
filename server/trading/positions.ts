import { Decimal } from 'decimal.js';
import type { Database, Statement } from '../database/pool.ts';
import { contractSize } from '../database/schema.ts';
import type { Quote } from './quotes.ts';

export type Position = {
  symbol: string;
  /** Net lots, below zero short. */
  volume: string;
  averagePrice: string;
  margin: string;
  /** In US dollars at the price that would close the position now; null when the symbol has no price. */
  unrealisedProfit: string | null;
  /** Of what was closed, in US dollars. */
  realisedProfit: string;
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

/** What the database knows of an account: it changes with a trade, and not with a quote. */
export type Holdings = Pick<Account, 'balance' | 'marginUsed' | 'freeMargin'> & {
  /** Here `averagePrice` has all its ten decimals. */
  positions: Omit<Position, 'unrealisedProfit'>[];
};

const accountHoldings: Statement = {
  name: 'account_holdings',
  text: `
    SELECT a.balance, a.margin_used AS "marginUsed", a.balance - a.margin_used AS "freeMargin",
      p.symbol, p.volume, p.average_price AS "averagePrice", p.margin, p.realised AS "realisedProfit"
    FROM accounts a
    LEFT JOIN positions p ON p.user_id = a.id
    WHERE a.id = $1
    ORDER BY p.symbol`,
};

type Row = Omit<Holdings, 'positions'> & Omit<Position, 'symbol'> & { symbol: string | null };

/** The account with its positions, open and closed; undefined when there is no such account. */
export async function readHoldings(database: Database, userId: string): Promise<Holdings | undefined> {
  const rows = await database.query<Row>(accountHoldings, [userId]);
  const [first] = rows;
  if (!first) return undefined;
  const { balance, marginUsed, freeMargin } = first;
  const positions = rows.flatMap(({ symbol, volume, averagePrice, margin, realisedProfit }) =>
    symbol === null ? [] : [{ symbol, volume, averagePrice, margin, realisedProfit }],
  );
  return { balance, marginUsed, freeMargin, positions };
}

/** Exact, as PostgreSQL's numeric is, and a half is rounded away from zero as there. */
const Exact = Decimal.clone({ precision: 80, rounding: Decimal.ROUND_HALF_UP });

/** An account at the quotes of the moment. */
export function valueAccount(userId: string, holdings: Holdings, quotes: Quote[]): Account {
  const { balance, marginUsed, freeMargin } = holdings;
  let equity = new Exact(balance);
  const positions = holdings.positions.map(({ symbol, volume, averagePrice, margin, realisedProfit }) => {
    const quote = quotes.find((each) => each.symbol === symbol);
    const profit = quote && profitOf(volume, averagePrice, quote);
    if (profit) equity = equity.plus(profit);
    return {
      ...{ symbol, volume, averagePrice: new Exact(averagePrice).toFixed(5), margin },
      unrealisedProfit: profit?.toFixed(2) ?? null,
      realisedProfit,
    };
  });
  return { userId, balance, marginUsed, freeMargin, equity: equity.toFixed(2), positions };
}

function profitOf(volume: string, averagePrice: string, quote: Quote): Decimal {
  const lots = new Exact(volume);
  const gain = new Exact(lots.isNegative() ? quote.ask : quote.bid).minus(averagePrice);
  const profit = lots.times(contractSize).times(gain).times(quote.usdPerQuote).toDecimalPlaces(2);
  // Decimals know a negative zero.
  return profit.isZero() ? new Exact(0) : profit;
}
