import type pg from 'pg';
import type { Destination } from '../trading/trades.ts';

/** What `place_trade` wrote about one trade, decimals as text. */
export type TradePayload = {
  tradeId: string;
  userId: string;
  symbol: string;
  action: 'buy' | 'sell';
  volume: string;
  price: string;
  /** What was traded, in US dollars. */
  usd: string;
  createdAt: string;
  /** Net lots of the account in the symbol after the trade, and their average price. */
  positionVolume: string;
  positionPrice: string;
};

/** For one account `seq`, a bigint as text, is the order of the commits. */
export type OutboxRow = { seq: string; userId: string; createdAt: Date; payload: TradePayload };

/**
 * Takes rows to their destination. It resolves when they are safe there. After a rejection, and after a crash, the same
 * rows come again, in the same order and perhaps with more after them.
 */
export type Carrier = { carry(rows: OutboxRow[]): Promise<void>; close(): Promise<void> };

/** Whether no row waits: for the relay, which asks many times a second, less work than an empty transaction. */
export async function isEmpty(client: pg.ClientBase, destination: Destination): Promise<boolean> {
  const { rowCount } = await client.query('SELECT FROM outbox WHERE destination = $1 LIMIT 1', [destination]);
  return rowCount === 0;
}

/** Not prepared: the table is empty one moment and long the next, and what is planned for the one is slow in the other. */
const take = `
  WITH taken AS (
    DELETE FROM outbox WHERE destination = $1 AND seq = ANY (ARRAY(
      SELECT seq FROM outbox WHERE destination = $1 ORDER BY seq LIMIT $2 FOR UPDATE))
    RETURNING seq, user_id, created_at, payload)
  SELECT seq, user_id AS "userId", created_at AS "createdAt", payload FROM taken ORDER BY seq`;

/**
 * Takes up to `limit` rows out, oldest first, in the client's transaction: they are gone when it commits, and there again
 * when it does not.
 */
export async function takeRows(
  client: pg.ClientBase,
  destination: Destination,
  limit: number,
): Promise<OutboxRow[]> {
  return (await client.query<OutboxRow>(take, [destination, limit])).rows;
}

export type OutboxDepth = { destination: Destination; rows: number; ageSeconds: number };

const depth = `
  SELECT d AS destination, count(o.seq)::int AS rows,
    coalesce(greatest(0, extract(epoch FROM clock_timestamp() - min(o.created_at))), 0)::float8 AS "ageSeconds"
  FROM unnest($1::text[]) AS d LEFT JOIN outbox o ON o.destination = d
  GROUP BY d`;

/** How many rows wait for each destination, and for how long the oldest has. */
export async function outboxDepth(
  client: pg.ClientBase,
  destinations: Destination[],
): Promise<OutboxDepth[]> {
  return (await client.query<OutboxDepth>(depth, [destinations])).rows;
}
