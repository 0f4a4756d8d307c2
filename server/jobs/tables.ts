import type pg from 'pg';

/**
 * What the jobs write. One row for a trade, so a job that runs twice changes nothing. BRIN indexes suit rows that come
 * in the order of their time: a few pages for millions of rows, read by the retention and by the sweep for trades
 * whose jobs were lost.
 */
export const jobTables = `
CREATE TABLE IF NOT EXISTS settlements (
  trade_id uuid PRIMARY KEY,
  user_id uuid NOT NULL,
  amount_usd numeric(18,2) NOT NULL,
  value_date date NOT NULL,
  settled_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS settlements_settled ON settlements USING brin (settled_at) WITH (autosummarize = on);

CREATE TABLE IF NOT EXISTS notifications (
  trade_id uuid PRIMARY KEY,
  user_id uuid NOT NULL,
  text text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS notifications_user_created ON notifications (user_id, created_at DESC);
CREATE INDEX IF NOT EXISTS notifications_created ON notifications USING brin (created_at) WITH (autosummarize = on);

CREATE INDEX IF NOT EXISTS trades_created ON trades USING brin (created_at) WITH (autosummarize = on);
`;

const keepDays = 90;

/** For the hourly round. */
export async function dropOldJobRows(client: pg.ClientBase, now: Date): Promise<void> {
  const before = [new Date(now.getTime() - keepDays * 86_400_000).toISOString()];
  await client.query('DELETE FROM settlements WHERE settled_at < $1', before);
  await client.query('DELETE FROM notifications WHERE created_at < $1', before);
}
