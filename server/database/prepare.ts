import type pg from 'pg';
import { analyticsTables } from '../events/analytics.ts';
import { dropOldJobRows, jobTables } from '../jobs/tables.ts';
import { startPrices, symbols } from '../trading/quotes.ts';
import { ensureIndex, symbolIndex } from './indexes.ts';
import { adoptStrays, dropExpired, ensureMonths } from './partitions.ts';
import { openingBalance, placeTradeFunction, tables } from './schema.ts';
import { withClient } from './with-client.ts';

export type Seeding = { accounts: number; seed: number };

const historyTrades = 20_000;
const historyDays = 3;
/** A retried order comes within seconds; its key is kept for a day. */
const keyHours = 24;
/** A revoked API key can still be looked up by who audits. */
const revokedKeyDays = 30;

/** The id of demo account `index`, from 0: computable by a scenario. */
export function accountId(index: number): string {
  return `00000000-0000-4000-8000-${index.toString(16).padStart(12, '0')}`;
}

const connection = (url: string): pg.ClientConfig => {
  return { connectionString: url, connectionTimeoutMillis: 5000, application_name: 'fx-platform-setup' };
};

/** Makes the tables, partitions, accounts and history that are missing. Several servers may do it at the same time. */
export function prepareDatabase(url: string, seeding: Seeding, now = new Date()): Promise<void> {
  return withClient(connection(url), async (client) => {
    await client.query("SELECT pg_advisory_lock(hashtext('fx-platform'))");
    await client.query(tables);
    await client.query(jobTables);
    await client.query(placeTradeFunction);
    await client.query(analyticsTables);
    await ensureMonths(client, new Date(now.getTime() - (historyDays + 1) * 86_400_000), now);
    await seedAccounts(client, seeding.accounts);
    await seedHistory(client, seeding);
  });
}

/**
 * The hourly round: months ahead, months past the retention, months of rows that came without one, idempotency keys
 * past theirs, and indexes that the trades lack.
 */
export function maintainDatabase(
  url: string,
  retentionMonths: number | null,
  now = new Date(),
): Promise<string[]> {
  return withClient(connection(url), async (client) => {
    await ensureMonths(client, now, now);
    await client.query('DELETE FROM trade_keys WHERE created_at < $1', [
      new Date(now.getTime() - keyHours * 3_600_000).toISOString(),
    ]);
    await dropOldJobRows(client, now);
    await client.query('DELETE FROM api_keys WHERE revoked_at < $1', [
      new Date(now.getTime() - revokedKeyDays * 86_400_000).toISOString(),
    ]);
    const dropped = retentionMonths === null ? [] : await dropExpired(client, now, retentionMonths);
    await adoptStrays(client, now);
    await ensureIndex(client, symbolIndex);
    return dropped;
  });
}

async function seedAccounts(client: pg.ClientBase, accounts: number): Promise<void> {
  await client.query(
    `INSERT INTO accounts (id, balance)
     SELECT ('00000000-0000-4000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, $2::numeric
     FROM generate_series(0, $1::int - 1) AS i
     ON CONFLICT DO NOTHING`,
    [accounts, openingBalance],
  );
}

/**
 * A history of positions opened and closed again, so that it agrees with accounts that hold none. Only into an
 * empty table. Users, symbols, volumes and times follow from the seed; times are spread by the golden ratio.
 */
async function seedHistory(client: pg.ClientBase, { accounts, seed }: Seeding): Promise<void> {
  const { rowCount } = await client.query(
    `WITH pairs AS (
       SELECT ('00000000-0000-4000-8000-' || lpad(to_hex((i::bigint * 7919 + $2) % $1), 12, '0'))::uuid AS user_id,
         1 + (i + i / $1) % cardinality($3::text[]) AS s,
         (1 + (i::bigint * 37 + $2) % 100) * 0.01 AS volume,
         now() - interval '31 minutes' - interval '1 day' * $5 * ((i * 0.6180339887) % 1) AS opened,
         interval '1 minute' * (1 + i % 30) AS held
       FROM generate_series(1, $6::int / 2) AS i
       WHERE NOT EXISTS (SELECT FROM trades))
     INSERT INTO trades (user_id, symbol, action, volume, price, created_at, updated_at)
     SELECT user_id, ($3::text[])[s], action, volume, ($4::numeric[])[s], at, at
     FROM pairs CROSS JOIN LATERAL (VALUES ('buy', opened), ('sell', opened + held)) AS leg (action, at)`,
    [accounts, seed, symbols, startPrices, historyDays, historyTrades],
  );
  if (rowCount) await client.query('ANALYZE trades, accounts');
}
