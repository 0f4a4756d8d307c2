import type pg from 'pg';

/** An index of the trades that came after the table did. Names are ours, so nothing here is quoted. */
export type TradesIndex = { name: string; columns: string };

/** What the statistics of a symbol read. */
export const symbolIndex: TradesIndex = { name: 'trades_symbol_created', columns: 'symbol, created_at' };

const lockNotAvailable = '55P03';

/**
 * Adds the index without stopping writes. `CREATE INDEX CONCURRENTLY` is not allowed on a partitioned parent, so the
 * parent gets an empty one, each partition its own concurrently, and each of these is attached; with the last one
 * the parent's becomes valid, and partitions made later come with it. Whatever an interrupted round left is taken up
 * again, an invalid index of it made anew. To be called outside of a transaction.
 * @returns whether the index is whole; otherwise somebody is in the way, and another round will do
 */
export async function ensureIndex(client: pg.ClientBase, index: TradesIndex): Promise<boolean> {
  const lock = `fx-platform-${index.name}`;
  // Not to be waited for: whoever waits holds a snapshot, and the one who builds would wait for that.
  const { rows } = await client.query('SELECT pg_try_advisory_lock(hashtext($1)) AS ours', [lock]);
  if (!rows[0]?.ours) return false;
  try {
    return await buildIndex(client, index);
  } catch (error) {
    // A slow stream holds its snapshot for long, and everybody else waits behind who waits for a table's lock.
    if ((error as { code?: string }).code === lockNotAvailable) return false;
    throw error;
  } finally {
    await client.query('RESET lock_timeout');
    await client.query('SELECT pg_advisory_unlock(hashtext($1))', [lock]);
  }
}

async function buildIndex(client: pg.ClientBase, { name, columns }: TradesIndex): Promise<boolean> {
  if ((await state(client, name)) === 'valid') return true;
  await client.query("SET lock_timeout = '2s'");
  await client.query(`CREATE INDEX IF NOT EXISTS ${name} ON ONLY trades (${columns})`);
  // A build waits for old snapshots, and nobody for the build.
  await client.query("SET lock_timeout = '10s'");
  for (const partition of await partitionsWithout(client, name)) {
    const own = `${partition}_${name.replace(/^trades_/, '')}`;
    if ((await state(client, own)) === 'invalid') await client.query(`DROP INDEX CONCURRENTLY ${own}`);
    await client.query(`CREATE INDEX CONCURRENTLY IF NOT EXISTS ${own} ON ${partition} (${columns})`);
    await client.query(`ALTER INDEX ${name} ATTACH PARTITION ${own}`);
  }
  return (await state(client, name)) === 'valid';
}

async function state(client: pg.ClientBase, index: string): Promise<'absent' | 'invalid' | 'valid'> {
  const { rows } = await client.query<{ valid: boolean }>(
    'SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = to_regclass($1)',
    [index],
  );
  if (!rows[0]) return 'absent';
  return rows[0].valid ? 'valid' : 'invalid';
}

/** The partitions whose index is not attached to that of the parent. */
async function partitionsWithout(client: pg.ClientBase, index: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_inherits t JOIN pg_class c ON c.oid = t.inhrelid
     WHERE t.inhparent = 'trades'::regclass AND NOT EXISTS (
       SELECT FROM pg_inherits i JOIN pg_index x ON x.indexrelid = i.inhrelid
       WHERE i.inhparent = $1::regclass AND x.indrelid = t.inhrelid)
     ORDER BY c.relname`,
    [index],
  );
  return rows.map((row) => row.name);
}
