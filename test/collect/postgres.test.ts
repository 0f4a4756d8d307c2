import { expect, it } from 'vitest';
import { openPostgres } from '../../src/collect/postgres.ts';
import { flush, onEachServer, one } from './postgres-server.ts';

/** With every sample, for a role that may see everything. */
const counters = `server_version_num max_connections in_recovery
  wal_bytes wal_fpi wal_records wal_buffers_full wal_writes wal_fsyncs
  reads read_bytes writes write_bytes fsyncs bgwriter_buffers buffers_allocated
  checkpoints checkpoints_timed checkpoints_requested
  checkpoint_write_seconds checkpoint_sync_seconds checkpoint_buffers
  checkpoint_age_seconds wal_bytes_since_checkpoint
  commits rollbacks buffer_hits buffer_reads tuples_inserted tuples_updated tuples_deleted temp_bytes deadlocks conflicts
  sessions sessions_abandoned sessions_fatal sessions_killed
  session_active_seconds session_idle_in_transaction_seconds connections
  locks_waited_for longest_lock_wait_seconds standbys`.split(/\s+/);
const ofSessions = [
  'connections_active',
  'oldest_transaction_seconds',
  'autovacuum_workers',
  'checkpoint_running',
  ...[
    'active',
    'idle',
    'idle in transaction',
    'idle in transaction (aborted)',
    'fastpath function call',
    'disabled',
    'starting',
  ].map((state) => `connections_by_state{state="${state}"}`),
  ...['BufferPin', 'Client', 'Extension', 'IO', 'IPC', 'Lock', 'LWLock', 'Timeout', 'none'].map(
    (type) => `active_by_wait{type="${type}"}`,
  ),
];
const extendsApart = ['extends', 'extend_bytes'];
const everyFiveSeconds = `database_bytes table_bytes index_bytes
  table_tuples_inserted table_tuples_updated table_tuples_hot_updated table_tuples_deleted
  live_tuples dead_tuples vacuums autovacuums`.split(/\s+/);
const settings =
  `checkpoint_timeout_seconds checkpoint_completion_target max_wal_size_bytes wal_keep_size_bytes
  full_page_writes wal_compression fsync track_io_timing shared_buffers_bytes block_bytes
  reserved_connections`.split(/\s+/);

/** The names without those of single relations, applications and statements. */
function unlabelled(values: Record<string, number>): string[] {
  const varying = /^(relation|connections_by_application|statement)_?\w*\{/;
  return Object.keys(values)
    .filter((name) => !varying.test(name))
    .sort();
}

onEachServer(({ version, server, clock, collectors, connect, open }) => {
  it('gives every name, and what changes slowly every few seconds', async () => {
    const collector = open();
    const always = [...counters, ...ofSessions, ...(version === 15 ? [] : extendsApart)].sort();
    const slow = [...everyFiveSeconds, ...(version === 15 ? [] : ['table_tuples_newpage_updated'])];
    const { values: first } = await collector.sample();
    expect(unlabelled(first)).toEqual([...always, ...slow, ...settings].sort());
    const { values: second } = await collector.sample();
    expect(Object.keys(second).sort()).toEqual(always);
    clock.now += 4.6;
    expect(unlabelled((await collector.sample()).values)).toEqual([...always, ...slow].sort());
    clock.now += 60;
    expect((await collector.sample()).values).toMatchObject({
      checkpoint_timeout_seconds: 300,
      checkpoint_completion_target: 0.9,
      max_wal_size_bytes: 2 ** 30,
      full_page_writes: 1,
      wal_compression: 0,
      shared_buffers_bytes: 2 ** 27,
      block_bytes: 8192,
      reserved_connections: 3,
    });
    expect(Math.floor((second.server_version_num ?? 0) / 10000)).toBe(version);
    expect(second).toMatchObject({ max_connections: 100, in_recovery: 0 });
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
    await client.query("update trades set note = 'updated' where id <= 30");
    await client.query('update trades set id = -id where id <= 5');
    await client.query('delete from trades where id between 11 and 13');
    await flush(client);
    const wal = await one<number>(client, `pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '${begin}')::float8`);

    // The checkpointer reports when its own turn comes.
    const grown = async () => {
      const { values: now } = await collector.sample();
      return (name: string) => (now[name] ?? Number.NaN) - (before[name] ?? Number.NaN);
    };
    await expect.poll(async () => (await grown())('checkpoints'), { timeout: 20_000 }).toBe(1);
    const delta = await grown();
    expect(delta('checkpoints_requested')).toBe(1);
    expect(delta('checkpoints_timed')).toBe(0);
    expect(delta('tuples_inserted')).toBe(20001);
    expect(delta('tuples_updated')).toBe(35);
    expect(delta('tuples_deleted')).toBe(3);
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
    expect(delta('wal_writes')).toBeGreaterThan(0);
    expect(delta('wal_fsyncs')).toBeGreaterThan(0);
    expect(delta('wal_fsyncs')).toBeLessThanOrEqual(delta('fsyncs'));
    if (version > 15) expect(delta('extend_bytes')).toBeGreaterThanOrEqual(400 * 8192);
  });

  it('measures the tables and indexes of the connected database', async () => {
    const client = await connect();
    const { values: before } = await open().sample();
    await client.query('create table parted (id int, at date) partition by range (at)');
    await client.query(
      "create table parted_1 partition of parted for values from ('2026-01-01') to ('2026-02-01')",
    );
    await client.query(
      "create table parted_2 partition of parted for values from ('2026-02-01') to ('2026-03-01')",
    );
    await client.query('create index on parted (id)');
    await client.query("insert into parted select i, '2026-01-02' from generate_series(1, 10000) i");
    await client.query("insert into parted select i, '2026-02-02' from generate_series(1, 1000) i");
    const { values: after } = await open().sample();
    const delta = (name: string) => (after[name] ?? Number.NaN) - (before[name] ?? Number.NaN);
    const heap = await one<number>(client, "(pg_table_size('parted_1') + pg_table_size('parted_2'))::float8");
    const index = await one<number>(
      client,
      "(pg_indexes_size('parted_1') + pg_indexes_size('parted_2'))::float8",
    );
    expect(delta('table_bytes')).toBe(heap);
    expect(delta('index_bytes')).toBe(index);
    expect(after['relation_bytes{relation="public.parted"}']).toBe(heap);
    expect(after['relation_index_bytes{relation="public.parted"}']).toBe(index);
    expect(Object.keys(after).filter((name) => name.includes('parted_'))).toEqual([]);
    expect(delta('index_bytes')).toBeGreaterThan(0);
    expect(delta('database_bytes')).toBeGreaterThanOrEqual(delta('table_bytes') + delta('index_bytes'));
  });

  it('leaves what would make a sample late to the next one', async () => {
    let now = 0;
    const collector = openPostgres(server().url(), () => {
      now += 0.04;
      return now;
    });
    collectors.push(collector);
    const { values: first } = await collector.sample();
    expect(first).toHaveProperty('locks_waited_for');
    expect(first).toHaveProperty('commits');
    expect(first).not.toHaveProperty('table_bytes');
    const later: Record<string, number> = {};
    for (let i = 0; i < 8; i++) Object.assign(later, (await collector.sample()).values);
    expect(Object.keys(later)).toEqual(
      expect.arrayContaining([...everyFiveSeconds, ...settings, 'standbys']),
    );
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

  it('counts the sessions of others by what they do, and the locks waited for', async () => {
    const [blocking, waiting, between] = [await connect(), await connect(), await connect()];
    const collector = open();
    await blocking.query('select pg_advisory_lock(1)');
    await between.query('begin');
    const active = waiting.query('select pg_advisory_lock(1)');
    await expect.poll(async () => (await collector.sample()).values.locks_waited_for).toBe(1);
    // Sessions of the test before may still be on their way out.
    await expect.poll(async () => (await collector.sample()).values.connections).toBe(3);
    const { values } = await collector.sample();
    expect(values).toMatchObject({
      connections_active: 1,
      'connections_by_state{state="active"}': 1,
      'connections_by_state{state="idle"}': 1,
      'connections_by_state{state="idle in transaction"}': 1,
      'active_by_wait{type="Lock"}': 1,
      'active_by_wait{type="none"}': 0,
    });
    expect(values.longest_lock_wait_seconds).toBeGreaterThan(0);
    expect(values.oldest_transaction_seconds).toBeGreaterThan(values.longest_lock_wait_seconds ?? Infinity);
    clock.now += 5;
    await between.query('set application_name = \'trade "desk"\'');
    expect((await collector.sample()).values).toMatchObject({
      'connections_by_application{application="(unnamed)"}': 2,
      'connections_by_application{application="trade \\"desk\\""}': 1,
    });
    await blocking.query('select pg_advisory_unlock(1)');
    await active;
    await expect
      .poll(async () => (await collector.sample()).values)
      .toMatchObject({ connections_active: 0, locks_waited_for: 0, longest_lock_wait_seconds: 0 });
  });

  it('tells HOT updates from others', async () => {
    const client = await connect();
    await client.query('create table balances (id int primary key, amount int) with (fillfactor = 50)');
    await client.query('insert into balances select i, 0 from generate_series(1, 100) i');
    await flush(client);
    const collector = open();
    const { values: before } = await collector.sample();
    await client.query('update balances set amount = 1');
    await client.query('update balances set id = -id where id <= 10');
    await client.query('delete from balances where id > 98');
    await flush(client);
    clock.now += 5;
    const { values: after } = await collector.sample();
    const delta = (name: string) => (after[name] ?? Number.NaN) - (before[name] ?? Number.NaN);
    expect(delta('table_tuples_updated')).toBe(110);
    expect(delta('table_tuples_hot_updated')).toBe(100);
    expect(delta('table_tuples_deleted')).toBe(2);
    // Versions that only HOT updates left may be gone already: no index points to them.
    expect(delta('dead_tuples')).toBeGreaterThanOrEqual(12);
    expect(delta('dead_tuples')).toBeLessThanOrEqual(112);
    expect(delta('live_tuples')).toBe(-2);
  });

  it('tells how long ago the last checkpoint was, in seconds and in WAL', async () => {
    const client = await connect();
    await client.query('checkpoint');
    const collector = open();
    const { values: fresh } = await collector.sample();
    expect(fresh.checkpoint_running).toBe(0);
    const redo = await one<number>(client, "(select redo_lsn - '0/0' from pg_control_checkpoint())::float8");
    expect(fresh.wal_bytes_since_checkpoint).toBe((fresh.wal_bytes ?? Number.NaN) - redo);
    await client.query("create table filler as select repeat('x', 1000) from generate_series(1, 1000)");
    const { values: later } = await collector.sample();
    const grown = (later.wal_bytes ?? Number.NaN) - (fresh.wal_bytes ?? Number.NaN);
    expect(grown).toBeGreaterThan(1_000_000);
    expect((later.wal_bytes_since_checkpoint ?? 0) - (fresh.wal_bytes_since_checkpoint ?? 0)).toBe(grown);
    // The server notes the second only, and its clock is ours.
    const begun = await one<number>(
      client,
      '(select extract(epoch from checkpoint_time) from pg_control_checkpoint())::float8',
    );
    const age = later.checkpoint_age_seconds ?? Number.NaN;
    expect(age).toBeGreaterThanOrEqual(0);
    expect(age).toBeLessThanOrEqual(Date.now() / 1000 - begun + 0.001);
  });

  it('tells that a checkpoint is being written', async () => {
    const client = await connect();
    await client.query("create table dirty as select repeat('x', 1000) from generate_series(1, 1000)");
    const collector = open();
    // A checkpoint that takes its time, as a timed one does, until somebody wants one at once.
    const backup = client.query("select pg_backup_start('slow', false)");
    await expect.poll(async () => (await collector.sample()).values.checkpoint_running).toBe(1);
    const { values: during } = await collector.sample();
    const other = await connect();
    await other.query('checkpoint');
    await backup;
    await expect.poll(async () => (await collector.sample()).values.checkpoint_running).toBe(0);
    const { values: after } = await collector.sample();
    expect(after.wal_bytes_since_checkpoint).toBeLessThan(during.wal_bytes_since_checkpoint ?? Number.NaN);
  });

  it('counts deadlocks and killed sessions', async () => {
    const [one, two, killed] = [await connect(), await connect(), await connect()];
    const collector = open();
    const { values: before } = await collector.sample();
    for (const client of [one, two]) await client.query("begin; set local deadlock_timeout = '10ms'");
    await one.query('select pg_advisory_xact_lock(11)');
    await two.query('select pg_advisory_xact_lock(12)');
    const outcomes = await Promise.allSettled([
      one.query('select pg_advisory_xact_lock(12)').finally(() => one.query('rollback')),
      two.query('select pg_advisory_xact_lock(11)').finally(() => two.query('rollback')),
    ]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const { rows } = await killed.query('select pg_backend_pid() as pid');
    await two.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
    for (const client of [one, two]) await flush(client);
    await expect
      .poll(async () => {
        const { values } = await collector.sample();
        return [
          (values.deadlocks ?? 0) - (before.deadlocks ?? 0),
          (values.sessions_killed ?? 0) - (before.sessions_killed ?? 0),
        ];
      })
      .toEqual([1, 1]);
  });

  it('works for a role that may only connect, and says what it cannot see', async () => {
    const client = await connect();
    await client.query('create role watcher login');
    const collector = open('watcher');
    const { values: sample } = await collector.sample();
    await expect.poll(async () => (await collector.sample()).values.connections).toBe(1);
    const expected = [...counters, ...everyFiveSeconds, ...settings];
    if (version > 15) expected.push(...extendsApart, 'table_tuples_newpage_updated');
    expect(unlabelled(sample)).toEqual(expected.sort());
    expect(collector.remarks?.()).toEqual([expect.stringContaining('grant it pg_read_all_stats')]);

    await client.query('revoke execute on function pg_control_checkpoint() from public');
    const denied = open('watcher');
    const { values: less } = await denied.sample();
    expect(expected.filter((name) => !(name in less))).toEqual([
      'checkpoint_age_seconds',
      'wal_bytes_since_checkpoint',
    ]);
    expect(denied.remarks?.()).toEqual([
      expect.stringContaining('may not execute pg_control_checkpoint()'),
      expect.stringContaining('grant it pg_read_all_stats'),
    ]);
    await client.query('grant execute on function pg_control_checkpoint() to public');
    await denied.close();

    await client.query('grant pg_read_all_stats to watcher');
    await expect
      .poll(async () => (await collector.sample()).values)
      .toMatchObject({ connections: 1, connections_active: 0, checkpoint_running: 0 });
  });

  it('tells the costliest statements where pg_stat_statements is installed', async () => {
    const client = await connect();
    await client.query('create table orders (id int, note text)');
    await client.query('create schema monitoring');
    await client.query('create extension pg_stat_statements schema monitoring');
    await client.query("insert into orders select i, 'secret' from generate_series(1, 1000) i");
    await client.query("create role trader login password 'hunter2'");
    const collector = open();
    const { values: before } = await collector.sample();
    const texts = Object.keys(before).filter((name) => name.startsWith('statement_info'));
    const insert = texts.find((name) => name.includes('insert into orders'));
    const queryid = /queryid="(-?\d+)"/.exec(insert ?? '')?.[1];
    expect(insert).toMatch(/,text="insert into orders select i, \$1 from generate_series\(\$2, \$3\) i"\}$/);
    expect(texts.join()).toContain('text="create role …"');
    expect(texts.join()).not.toMatch(/secret|hunter2|fxscale/);

    const figure = (values: Record<string, number>, name: string) =>
      values[`statement_${name}{queryid="${queryid}"}`] ?? Number.NaN;
    expect(figure(before, 'calls')).toBe(1);
    expect(figure(before, 'rows')).toBe(1000);
    for (let i = 0; i < 3; i++) {
      await client.query("insert into orders select i, 'again' from generate_series(1, 10) i");
    }
    clock.now += 10;
    const { values: after } = await collector.sample();
    expect(figure(after, 'calls')).toBe(4);
    expect(figure(after, 'rows')).toBe(1030);
    // A record a row; a few for the page that is begun.
    expect(figure(after, 'wal_records') - figure(before, 'wal_records')).toBeGreaterThanOrEqual(30);
    expect(figure(after, 'wal_bytes') - figure(before, 'wal_bytes')).toBeGreaterThan(30 * 32);
    expect(figure(after, 'seconds')).toBeGreaterThan(figure(before, 'seconds'));
    expect(figure(after, 'buffer_hits')).toBeGreaterThan(figure(before, 'buffer_hits'));
    // Times of I/O are counted only with track_io_timing; texts come once.
    expect(figure(after, 'read_seconds')).toBeNaN();
    expect(after).not.toHaveProperty([insert ?? '']);

    await client.query('create role blind login');
    const denied = open('blind');
    await denied.sample();
    expect(denied.remarks?.()).toContain(
      'the figures of statements are left out when they cannot be read: permission denied for schema monitoring',
    );
    await client.query('grant usage on schema monitoring to blind');
    const blind = open('blind');
    const { values: own } = await blind.sample();
    expect(Object.keys(own).filter((name) => name.startsWith('statement_rows'))).toEqual([]);
    expect(blind.remarks?.()).toContainEqual(expect.stringContaining('other roles’ statements are left out'));
    await client.query('drop schema monitoring cascade');
  });
});
