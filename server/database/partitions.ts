import type pg from 'pg';

/** A month in UTC, as the count of months since the year 0. */
type Month = number;

export function monthOf(time: Date): Month {
  return time.getUTCFullYear() * 12 + time.getUTCMonth();
}

function yearAndMonth(month: Month): [year: string, month: string] {
  return [String(Math.floor(month / 12)).padStart(4, '0'), String((month % 12) + 1).padStart(2, '0')];
}

export function partitionName(month: Month): string {
  const [year, number] = yearAndMonth(month);
  return `trades_y${year}m${number}`;
}

/** The first instant of the month, as PostgreSQL reads it whatever the session's time zone. */
function firstInstant(month: Month): string {
  const [year, number] = yearAndMonth(month);
  return `${year}-${number}-01 00:00:00+00`;
}

/** The months that have a partition, oldest first. */
export async function listMonths(client: pg.ClientBase): Promise<Month[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent = 'trades'::regclass ORDER BY c.relname`,
  );
  return rows.flatMap(({ name }) => {
    const match = /^trades_y(\d{4})m(\d{2})$/.exec(name);
    return match ? [Number(match[1]) * 12 + Number(match[2]) - 1] : [];
  });
}

/** Creates the partitions that are missing from the month of `from` to `ahead` months after that of `now`. */
export async function ensureMonths(client: pg.ClientBase, from: Date, now: Date, ahead = 2): Promise<void> {
  const present = new Set(await listMonths(client));
  for (let month = monthOf(from); month <= monthOf(now) + ahead; month++) {
    if (!present.has(month)) await createMonth(client, month);
  }
}

/**
 * Creates the months of rows that came so late that theirs was never made, or was dropped: they wait in the default
 * partition, which no query by time can leave out. Rows from the future stay there until their month comes.
 */
export async function adoptStrays(client: pg.ClientBase, now: Date): Promise<void> {
  const { rows } = await client.query<{ month: Date }>(
    `SELECT DISTINCT date_trunc('month', created_at, 'UTC') AS month FROM trades_default
     WHERE created_at < $1 ORDER BY month`,
    [now.toISOString()],
  );
  for (const { month } of rows) await createMonth(client, monthOf(month));
}

/**
 * Rows of the month that arrived before it had a partition sit in the default one, which must not hold any when the
 * month is attached: they move in the same transaction. Writers wait for it, for otherwise a row on its way to the
 * default partition would be refused; readers of other months do not, as they would with `CREATE TABLE ... PARTITION OF`.
 */
async function createMonth(client: pg.ClientBase, month: Month): Promise<void> {
  const name = partitionName(month);
  const bounds = [firstInstant(month), firstInstant(month + 1)];
  await transaction(client, async () => {
    await client.query('LOCK TABLE trades IN SHARE ROW EXCLUSIVE MODE');
    // Another server may have been faster.
    if ((await listMonths(client)).includes(month)) return;
    await client.query(`CREATE TABLE ${name} (LIKE trades INCLUDING ALL)`);
    await client.query(
      `WITH early AS (DELETE FROM trades_default WHERE created_at >= $1 AND created_at < $2 RETURNING *)
       INSERT INTO ${name} SELECT * FROM early`,
      bounds,
    );
    await client.query(
      `ALTER TABLE trades ATTACH PARTITION ${name} FOR VALUES FROM ('${bounds[0]}') TO ('${bounds[1]}')`,
    );
  });
}

/**
 * Drops what is older than `months` whole months before the month of `now`, also from the default partition.
 * `DETACH ... CONCURRENTLY` is not allowed beside a default partition, so this takes the table's exclusive lock.
 * @returns the names of the partitions dropped
 */
export async function dropExpired(client: pg.ClientBase, now: Date, months: number): Promise<string[]> {
  const first = monthOf(now) - months;
  const expired = (await listMonths(client)).filter((month) => month < first).map(partitionName);
  for (const name of expired) {
    await transaction(client, async () => {
      await client.query(`ALTER TABLE trades DETACH PARTITION ${name}`);
      await client.query(`DROP TABLE ${name}`);
    });
  }
  await client.query('DELETE FROM trades_default WHERE created_at < $1', [firstInstant(first)]);
  return expired;
}

/**
 * While one waits for a lock, everybody else queues behind it, and a stream to a slow client holds its locks for
 * long: better to give up and try again in the next round.
 */
async function transaction(client: pg.ClientBase, work: () => Promise<void>): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query("SET LOCAL lock_timeout = '2s'");
    await work();
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}
