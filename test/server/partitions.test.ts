import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { ensureIndex, symbolIndex } from '../../server/database/indexes.ts';
import {
  adoptStrays,
  dropExpired,
  ensureMonths,
  listMonths,
  monthOf,
  partitionName,
} from '../../server/database/partitions.ts';
import { accountId } from '../../server/database/prepare.ts';
import { ofSymbol } from '../../server/trading/statistics.ts';
import { history } from '../../server/trading/trades.ts';
import { partitionSql } from '../../src/emit/partitions.ts';
import { planCapacity } from '../../src/planners/plan.ts';
import { useDatabase } from './database.ts';

const database = useDatabase();
const user = accountId(0);

function insert(times: string[], userId = user): Promise<unknown> {
  return database.client.query(
    `INSERT INTO trades (user_id, symbol, action, volume, price, created_at)
     SELECT $1, 'EURUSD', 'buy', 1, 1.1, unnest($2::timestamptz[])`,
    [userId, times],
  );
}

async function homes(userId: string): Promise<{ at: string; partition: string }[]> {
  const { rows } = await database.client.query(
    `SELECT to_char(created_at, 'YYYY-MM-DD HH24:MI') AS at, tableoid::regclass::text AS partition
     FROM trades WHERE user_id = $1 ORDER BY created_at`,
    [userId],
  );
  return rows;
}

describe('monthly partitions', () => {
  it.each([
    ['2024-01-01T00:00:00Z', 'trades_y2024m01'],
    ['2024-12-31T23:59:59.999Z', 'trades_y2024m12'],
    ['2024-12-31T23:30:00-01:00', 'trades_y2025m01'],
  ])('%s belongs to %s', (time, name) => {
    expect(partitionName(monthOf(new Date(time)))).toBe(name);
  });

  it('exist for this month and the next two once the database is prepared', async () => {
    const now = monthOf(new Date());
    expect(await listMonths(database.client)).toEqual(expect.arrayContaining([now, now + 1, now + 2]));
  });

  it('are created over a turn of the year, and not twice', async () => {
    const now = new Date('2019-11-15T00:00:00Z');
    const before = await listMonths(database.client);
    await ensureMonths(database.client, now, now);
    await ensureMonths(database.client, now, now);
    const added = (await listMonths(database.client)).filter((month) => !before.includes(month));
    expect(added.map(partitionName)).toEqual(['trades_y2019m11', 'trades_y2019m12', 'trades_y2020m01']);
  });

  it('take over the rows that waited in the default partition, and only their own', async () => {
    const id = accountId(901);
    await insert(['2018-02-28 23:59', '2018-03-01 00:00', '2018-03-31 23:59', '2018-04-01 00:00'], id);
    expect(new Set((await homes(id)).map((row) => row.partition))).toEqual(new Set(['trades_default']));
    const march = new Date('2018-03-10T00:00:00Z');
    await ensureMonths(database.client, march, march, 0);
    expect(await homes(id)).toEqual([
      { at: '2018-02-28 23:59', partition: 'trades_default' },
      { at: '2018-03-01 00:00', partition: 'trades_y2018m03' },
      { at: '2018-03-31 23:59', partition: 'trades_y2018m03' },
      { at: '2018-04-01 00:00', partition: 'trades_default' },
    ]);
    // The parent's index and key came with the attached table.
    const { rows } = await database.client.query(
      `SELECT indexdef FROM pg_indexes WHERE tablename = 'trades_y2018m03' ORDER BY indexdef`,
    );
    expect(rows.map((row) => row.indexdef.replace(/^.* USING /, ''))).toEqual([
      "brin (created_at) WITH (autosummarize='on')",
      'btree (symbol, created_at)',
      'btree (user_id, created_at DESC)',
      'btree (id, created_at)',
    ]);
  });

  it('lose no row that is written while its month is created, and refuse none', async () => {
    const id = accountId(902);
    const writers = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const client = new pg.Client({ connectionString: database.url });
        await client.connect();
        return client;
      }),
    );
    let creating = true;
    let written = 0;
    const write = async (client: pg.Client): Promise<void> => {
      do {
        await client.query(
          `INSERT INTO trades (user_id, symbol, action, volume, price, created_at)
           VALUES ($1, 'EURUSD', 'buy', 1, 1.1, '2017-01-01'::timestamptz + random() * interval '150 days')`,
          [id],
        );
        written++;
      } while (creating);
    };
    const from = new Date('2017-01-01T00:00:00Z');
    const create = async (): Promise<void> => {
      await ensureMonths(database.client, from, new Date('2017-05-01T00:00:00Z'), 0);
      creating = false;
    };
    const outcomes = await Promise.allSettled([...writers.map(write), create()]);
    await Promise.all(writers.map((client) => client.end()));
    expect(outcomes.filter((outcome) => outcome.status === 'rejected')).toEqual([]);
    const rows = await homes(id);
    expect(rows.length).toBe(written);
    expect(
      rows.every(({ at, partition }) => partition === `trades_y${at.slice(0, 4)}m${at.slice(5, 7)}`),
    ).toBe(true);
  });

  it('are dropped past the retention, and rows in the default partition with them', async () => {
    const id = accountId(903);
    await insert(['2015-05-05 00:00', '2015-09-05 00:00', '2015-10-01 00:00'], id);
    const may = new Date('2015-05-01T00:00:00Z');
    await ensureMonths(database.client, may, may, 0);
    const now = new Date('2015-11-20T00:00:00Z');
    expect(await dropExpired(database.client, now, 1)).toEqual(['trades_y2015m05']);
    expect((await homes(id)).map((row) => row.at)).toEqual(['2015-10-01 00:00']);
    const { rows } = await database.client.query("SELECT to_regclass('trades_y2015m05') AS left");
    expect(rows[0].left).toBeNull();
  });
});

it('a month is made for rows that came after it was dropped or before anybody made it', async () => {
  const id = accountId(904);
  await insert(['2014-07-05 00:00', '2014-07-31 23:59', '2014-09-01 00:00', '2999-01-01 00:00'], id);
  await adoptStrays(database.client, new Date('2015-01-01T00:00:00Z'));
  expect((await homes(id)).map((row) => row.partition)).toEqual([
    ...['trades_y2014m07', 'trades_y2014m07', 'trades_y2014m09'],
    'trades_default',
  ]);
});

describe('an index added later', () => {
  const index = { name: 'trades_price', columns: 'price' };

  async function parts(): Promise<{ whole: boolean; valid: number; partitions: number }> {
    const { rows } = await database.client.query(
      `SELECT (SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('trades_price')) AS whole,
        (SELECT count(*)::int FROM pg_inherits JOIN pg_index ON indexrelid = inhrelid
         WHERE inhparent = to_regclass('trades_price') AND indisvalid) AS valid,
        (SELECT count(*)::int FROM pg_inherits WHERE inhparent = 'trades'::regclass) AS partitions`,
    );
    return rows[0];
  }

  it('takes up what an interrupted build left, and comes with months made later', async () => {
    const { partitions } = await parts();
    const month = partitionName(monthOf(new Date()));
    // A build that gives up waiting for somebody's old snapshot leaves an invalid index.
    const reader = new pg.Client({ connectionString: database.url });
    await reader.connect();
    await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    await reader.query('SELECT count(*) FROM trades');
    await database.client.query('CREATE INDEX trades_price ON ONLY trades (price)');
    await database.client.query("SET lock_timeout = '100ms'");
    await expect(
      database.client.query(`CREATE INDEX CONCURRENTLY ${month}_price ON ${month} (price)`),
    ).rejects.toThrow('lock timeout');
    await reader.end();
    expect(await parts()).toEqual({ whole: false, valid: 0, partitions });
    const { rows } = await database.client.query(
      'SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = $1::regclass',
      [`${month}_price`],
    );
    expect(rows).toEqual([{ valid: false }]);
    expect(await ensureIndex(database.client, index)).toBe(true);
    expect(await parts()).toEqual({ whole: true, valid: partitions, partitions });
    expect(await ensureIndex(database.client, index)).toBe(true);
    const later = new Date('2013-03-01T00:00:00Z');
    await ensureMonths(database.client, later, later, 0);
    expect(await parts()).toEqual({ whole: true, valid: partitions + 1, partitions: partitions + 1 });
  });

  it('is left to another round while somebody else builds it', async () => {
    const other = new pg.Client({ connectionString: database.url });
    await other.connect();
    await other.query("SELECT pg_advisory_lock(hashtext('fx-platform-trades_volume'))");
    const volume = { name: 'trades_volume', columns: 'volume' };
    expect(await ensureIndex(database.client, volume)).toBe(false);
    await other.end();
    const { rows } = await database.client.query("SELECT to_regclass('trades_volume') AS made");
    expect(rows[0].made).toBeNull();
  });
});

it("the statistics of a symbol use maintenance's index and read only the months asked for", async () => {
  expect(await ensureIndex(database.client, symbolIndex)).toBe(true);
  const from = new Date('2016-01-01T00:00:00Z');
  await ensureMonths(database.client, from, new Date('2016-03-15T00:00:00Z'), 0);
  await database.client.query(
    `INSERT INTO trades (user_id, symbol, action, volume, price, created_at)
     SELECT gen_random_uuid(), 'S' || i % 50, 'buy', 1, 1.1, '2016-01-01'::timestamptz + i * interval '6 minutes'
     FROM generate_series(1, 20000) AS i`,
  );
  await database.client.query('ANALYZE trades');
  await database.client.query(`PREPARE of_symbol(text, timestamptz) AS ${ofSymbol.text}`);
  const { rows } = await database.client.query(
    "EXPLAIN (COSTS off) EXECUTE of_symbol('S7', '2016-03-10 00:00')",
  );
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
  expect(plan).toContain('trades_y2016m03_symbol_created_at_idx');
  expect(plan).not.toMatch(/trades_y2016m0[12]/);
  expect(plan).not.toContain('Seq Scan on trades_y2016m03');
});

describe('the history query', () => {
  it('uses the index and reads only the months asked for', async () => {
    const now = new Date('2022-06-15T00:00:00Z');
    await ensureMonths(database.client, new Date('2022-01-01T00:00:00Z'), now, 0);
    await database.client.query(
      `INSERT INTO trades (user_id, symbol, action, volume, price, created_at)
       SELECT gen_random_uuid(), 'EURUSD', 'buy', 1, 1.1, '2022-01-01'::timestamptz + i * interval '10 minutes'
       FROM generate_series(1, 20000) AS i`,
    );
    await database.client.query('ANALYZE trades');
    await database.client.query(`PREPARE history(uuid, timestamptz, timestamptz, int) AS ${history.text}`);
    for (const mode of ['force_custom_plan', 'force_generic_plan']) {
      await database.client.query(`SET plan_cache_mode = ${mode}`);
      const { rows } = await database.client.query(
        `EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off, BUFFERS off)
         EXECUTE history('${user}', '2022-03-10', '2022-03-11', 100)`,
      );
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      expect(plan).toContain('Index Scan using trades_y2022m03_user_id_created_at_idx on trades_y2022m03');
      expect(plan.match(/ on trades_\w+/g)).toEqual([' on trades_y2022m03']);
      expect(plan).not.toContain('Seq Scan');
    }
  });
});

describe('the partitions that a plan makes ahead', () => {
  const now = Date.UTC(2011, 10, 29) / 1000;
  const plan = planCapacity([], {
    tradesPerDay: 1000,
    tradeBytes: 2048,
    storageBytes: 2 ** 30,
    horizonMonths: 2,
  });
  const sql = partitionSql(plan, now) ?? '';

  it('are made on the tables of the platform, with its key, and take over the rows that came early', async () => {
    const id = accountId(931);
    await insert(['2011-11-30 23:59', '2011-12-31 23:59', '2012-02-01 00:00'], id);
    const before = await listMonths(database.client);
    await database.client.query(sql);
    await database.client.query(sql);
    const added = (await listMonths(database.client)).filter((month) => !before.includes(month));
    expect(added.map(partitionName)).toEqual(['trades_y2011m11', 'trades_y2011m12', 'trades_y2012m01']);
    expect((await homes(id)).map(({ partition }) => partition)).toEqual([
      'trades_y2011m11',
      'trades_y2011m12',
      'trades_default',
    ]);
    const { rows } = await database.client.query(
      `SELECT pg_get_constraintdef(oid) AS key FROM pg_constraint
       WHERE conrelid = 'trades_y2011m12'::regclass AND contype = 'p'`,
    );
    expect(rows).toEqual([{ key: 'PRIMARY KEY (id, created_at)' }]);
  });

  it('are refused on a table that is not partitioned by the time', async () => {
    await database.client.query(
      'CREATE SCHEMA other; CREATE TABLE other.trades (id uuid); SET search_path = other',
    );
    try {
      await expect(database.client.query(sql)).rejects.toThrow(/PRIMARY KEY \(id, created_at\)/);
    } finally {
      await database.client.query('RESET search_path; DROP SCHEMA other CASCADE');
    }
  });
});
