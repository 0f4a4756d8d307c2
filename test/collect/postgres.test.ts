import { existsSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { postgresFolder, unprivileged } from '../../server/embedded/binaries.ts';
import type { Collector } from '../../src/collect/collector.ts';
import { openPostgres } from '../../src/collect/postgres.ts';
import { countersQuery } from '../../src/collect/postgres-queries.ts';
import { createTestServer, type TestServer } from './postgres-server.ts';

const counters = [
  ...[
    'server_version_num',
    'max_connections',
    'wal_bytes',
    'wal_fpi',
    'wal_records',
    'reads',
    'read_bytes',
    'writes',
  ],
  ...[
    'write_bytes',
    'fsyncs',
    'checkpoints',
    'checkpoint_write_seconds',
    'checkpoint_buffers',
    'commits',
    'rollbacks',
  ],
  ...[
    'buffer_hits',
    'buffer_reads',
    'tuples_inserted',
    'temp_bytes',
    'deadlocks',
    'connections',
    'connections_active',
  ],
];
const extendsApart = ['extends', 'extend_bytes'];
const sizes = ['database_bytes', 'table_bytes', 'index_bytes'];

/** The columns each version added or took away, from its release notes; live servers below prove 15 and 18. */
describe.each([
  [150000, ['bgwriter.buffers_checkpoint', 'wal.wal_write', 'wal.wal_sync'], ['pg_stat_io', 'checkpointer']],
  [
    160004,
    ['op_bytes', 'wal.wal_write', 'wal.wal_sync', 'bgwriter.checkpoints_timed'],
    ['checkpointer', 'sum(read_bytes)'],
  ],
  [
    170000,
    ['op_bytes', 'wal.wal_write', 'checkpointer.num_timed'],
    ['bgwriter.checkpoints', 'bgwriter.buffers'],
  ],
  [180004, ['sum(read_bytes)', 'checkpointer.num_timed'], ['op_bytes', 'wal.wal_write', 'wal.wal_sync']],
])('the query for server_version_num %i', (version, present, absent) => {
  const query = countersQuery(version);
  it.each(present)('reads %s', (text) => expect(query).toContain(text));
  it.each(absent)('does not read %s', (text) => expect(query).not.toContain(text));
  it('names every counter', () => {
    const named = [...query.matchAll(/::float8 as (\w+)/g)].map((match) => match[1]);
    expect(named.sort()).toEqual([...counters, ...(version < 160000 ? [] : extendsApart)].sort());
  });
});

const debian15 = '/usr/lib/postgresql/15/bin';
const servers = [
  {
    version: 18,
    bin: () => path.join(postgresFolder(unprivileged()), 'bin'),
    here: true,
    name: 'PostgreSQL 18, embedded',
  },
  {
    version: 15,
    bin: () => debian15,
    here: existsSync(debian15),
    name: `PostgreSQL 15, skipped where there is no ${debian15}`,
  },
];

describe.each(servers)('$name', ({ version, bin, here }) => {
  if (!here) return it.skip('is not installed on this machine', () => {});

  let server: TestServer;
  const clients: pg.Client[] = [];
  const collectors: Collector[] = [];
  beforeAll(async () => {
    server = await createTestServer(bin());
  }, 60_000);
  afterAll(() => server?.remove());
  afterEach(async () => {
    await Promise.all(collectors.splice(0).map((each) => each.close()));
    await Promise.all(clients.splice(0).map((each) => each.end()));
  });

  async function connect(role?: string): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: server.url(role) });
    client.on('error', () => {});
    await client.connect();
    clients.push(client);
    return client;
  }

  function open(role?: string): Collector {
    const collector = openPostgres(server.url(role));
    collectors.push(collector);
    return collector;
  }

  /** What a session did is in the server's statistics only after a flush; this one does not wait for its turn. */
  const flush = (client: pg.Client) => client.query('select pg_stat_force_next_flush()');

  async function one<T>(client: pg.Client, expression: string): Promise<T> {
    const { rows } = await client.query(`select ${expression} as value`);
    return rows[0]?.value;
  }

  it('gives every name, and sizes with the first sample only', async () => {
    const collector = open();
    const names = [...counters, ...(version === 15 ? [] : extendsApart)];
    expect(Object.keys((await collector.sample()).values).sort()).toEqual([...names, ...sizes].sort());
    const { values: second } = await collector.sample();
    expect(Object.keys(second).sort()).toEqual(names.sort());
    expect(Math.floor((second.server_version_num ?? 0) / 10000)).toBe(version);
    expect(second.max_connections).toBe(100);
    expect(collector.remarks?.()).toEqual([]);
  });

  it('counts what a session does', async () => {
    const client = await connect();
    await client.query('create table trades (id int primary key, note text)');
    await client.query('checkpoint');
    await flush(client);
    const collector = open();
    const { values: before } = await collector.sample();
    const begin = await one<string>(client, 'pg_current_wal_insert_lsn()');

    await client.query("insert into trades select i, repeat('x', 100) from generate_series(1, 20000) i");
    await client.query('begin');
    await client.query('insert into trades values (0, null)');
    await client.query('rollback');
    await client.query('checkpoint');
    await flush(client);
    const wal = await one<number>(client, `pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '${begin}')::float8`);

    // The checkpointer reports when its own turn comes.
    const grown = async () => {
      const { values: now } = await collector.sample();
      return (name: string) => (now[name] ?? Number.NaN) - (before[name] ?? Number.NaN);
    };
    await expect.poll(async () => (await grown())('checkpoints'), { timeout: 20_000 }).toBe(1);
    const delta = await grown();
    expect(delta('tuples_inserted')).toBe(20001);
    expect(delta('rollbacks')).toBe(1);
    expect(delta('commits')).toBeGreaterThanOrEqual(2);
    expect(delta('wal_bytes')).toBeGreaterThanOrEqual(wal);
    expect(delta('wal_bytes')).toBeLessThan(wal * 1.05);
    // At least one record a row for the heap and one for the index.
    expect(delta('wal_records')).toBeGreaterThanOrEqual(40_000);
    // 20,000 rows of 28 + 104 bytes: 345 pages of heap and 55 of index, each written by the checkpoint.
    expect(delta('checkpoint_buffers')).toBeGreaterThanOrEqual(400);
    expect(delta('checkpoint_buffers')).toBeLessThan(700);
    expect(delta('writes')).toBeGreaterThan(0);
    expect(delta('write_bytes')).toBeGreaterThan(delta('checkpoint_buffers') * 8192 + wal * 0.9);
    expect(delta('fsyncs')).toBeGreaterThanOrEqual(2);
    expect(delta('buffer_hits')).toBeGreaterThan(20_000);
    if (version > 15) expect(delta('extend_bytes')).toBeGreaterThanOrEqual(400 * 8192);
  });

  it('measures the tables and indexes of the connected database', async () => {
    const client = await connect();
    const { values: before } = await open().sample();
    await client.query('create table parted (id int, at date) partition by range (at)');
    await client.query(
      "create table parted_1 partition of parted for values from ('2026-01-01') to ('2026-02-01')",
    );
    await client.query('create index on parted (id)');
    await client.query("insert into parted select i, '2026-01-02' from generate_series(1, 10000) i");
    const { values: after } = await open().sample();
    const delta = (name: string) => (after[name] ?? Number.NaN) - (before[name] ?? Number.NaN);
    expect(delta('table_bytes')).toBe(await one(client, "pg_table_size('parted_1')::float8"));
    expect(delta('index_bytes')).toBe(await one(client, "pg_indexes_size('parted_1')::float8"));
    expect(delta('index_bytes')).toBeGreaterThan(0);
    expect(delta('database_bytes')).toBeGreaterThanOrEqual(delta('table_bytes') + delta('index_bytes'));
  });

  it('leaves the sizes out, and says so once, while a table is locked', async () => {
    const client = await connect();
    await client.query('create table locked (id int)');
    await client.query('begin');
    await client.query('lock table locked in access exclusive mode');
    const collector = open();
    const { values: sample } = await collector.sample();
    expect(sample).not.toHaveProperty('table_bytes');
    expect(sample).toHaveProperty('commits');
    expect(collector.remarks?.()).toEqual([
      expect.stringMatching(/^the sizes .* be read: canceling .* lock timeout$/),
    ]);
    expect(collector.remarks?.()).toEqual([]);
  });

  it('counts the sessions of others, and which are active', async () => {
    const [blocking, waiting] = [await connect(), await connect(), await connect()];
    const collector = open();
    await blocking.query('select pg_advisory_lock(1)');
    const active = waiting.query('select pg_advisory_lock(1)');
    await expect.poll(async () => (await collector.sample()).values.connections_active).toBe(1);
    // Sessions of the test before may still be on their way out.
    await expect.poll(async () => (await collector.sample()).values.connections).toBe(3);
    await blocking.query('select pg_advisory_unlock(1)');
    await active;
    await expect.poll(async () => (await collector.sample()).values.connections_active).toBe(0);
  });

  it('works for a role that may only connect, and says what it cannot see', async () => {
    const client = await connect();
    await client.query('create role watcher login');
    const collector = open('watcher');
    const { values: sample } = await collector.sample();
    await expect.poll(async () => (await collector.sample()).values.connections).toBe(1);
    const expected = [...counters, ...(version === 15 ? [] : extendsApart), ...sizes];
    expect(Object.keys(sample).sort()).toEqual(
      expected.filter((name) => name !== 'connections_active').sort(),
    );
    expect(collector.remarks?.()).toEqual([expect.stringContaining('grant it pg_read_all_stats')]);

    await client.query('grant pg_read_all_stats to watcher');
    expect((await collector.sample()).values).toMatchObject({ connections: 1, connections_active: 0 });
  });

  it('says in the server’s words why it may not connect', async () => {
    await expect(open('nobody_here').sample()).rejects.toThrow('role "nobody_here" does not exist');
  });

  it('opens a new connection after the server closed the last one', async () => {
    const collector = open();
    await collector.sample();
    const client = await connect();
    await client.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'fxscale'",
    );
    // A sample that was on its way when the connection went fails; the one after it does not.
    const { values: again } = await collector.sample().catch(() => collector.sample());
    expect(again.max_connections).toBe(100);
  });

  it('fails while the server is down and reads it when it is back', async () => {
    const collector = open();
    const { values: before } = await collector.sample();
    await server.crash();
    await expect(collector.sample()).rejects.toThrow(/ECONNREFUSED|terminat/);
    await expect(collector.sample()).rejects.toThrow('ECONNREFUSED');
    await server.start();
    const { values: after } = await collector.sample();
    expect(after.wal_bytes).toBeGreaterThan((before.wal_bytes ?? Number.NaN) - 2 ** 20);
    expect(after.max_connections).toBe(100);
  }, 30_000);

  it('closes although the server does not answer', async () => {
    const collector = open();
    await collector.sample();
    const client = await connect();
    const pid = await one<number>(
      client,
      "(select pid from pg_stat_activity where application_name = 'fxscale')",
    );
    process.kill(pid, 'SIGSTOP');
    try {
      const sample = collector.sample();
      await collector.close();
      await expect(sample).rejects.toThrow('terminated');
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  });
});
