import pg from 'pg';
import { expect, it } from 'vitest';
import { openPostgres } from '../../src/collect/postgres.ts';
import { onEachServer, one } from './postgres-server.ts';

onEachServer(({ server, clock, clients, collectors, connect, open }) => {
  it('says in the server’s words why it may not connect', async () => {
    await expect(open('nobody_here').sample()).rejects.toThrow('role "nobody_here" does not exist');
    const client = await connect();
    await client.query('create role watcher login');
    await client.query('create database closed');
    await client.query('revoke connect on database closed from public');
    await expect(open('watcher', 'closed').sample()).rejects.toThrow(
      'permission denied for database "closed"',
    );
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
    await server().crash();
    await expect(collector.sample()).rejects.toThrow(/ECONNREFUSED|terminat/);
    await expect(collector.sample()).rejects.toThrow('ECONNREFUSED');
    await server().start();
    const { values: after } = await collector.sample();
    expect(after.wal_bytes).toBeGreaterThan((before.wal_bytes ?? Number.NaN) - 2 ** 20);
    expect(after.max_connections).toBe(100);
    expect(collector.remarks?.()).toEqual([
      expect.stringMatching(
        /^the server was started anew at 20\d\d-.*Z: after a crash its counters begin at zero$/,
      ),
    ]);
  }, 30_000);

  it('tells how far a standby is behind, on both sides', async () => {
    const primary = await connect();
    const url = await server().startStandby('nearby');
    const collector = open();
    const followed = openPostgres(url, () => clock.now);
    collectors.push(followed);
    const lag = (stage: string, unit: string) => `replication_lag_${unit}{stage="${stage}",standby="nearby"}`;
    const stages = ['sent', 'write', 'flush', 'replay'];
    await expect
      .poll(async () => (await collector.sample()).values, { timeout: 10_000 })
      .toMatchObject({
        standbys: 1,
        'slot_active{slot="nearby"}': 1,
        ...Object.fromEntries(stages.map((stage) => [lag(stage, 'bytes'), 0])),
      });
    const { values: replica } = await followed.sample();
    expect(replica).toMatchObject({ in_recovery: 1, standby_receiving: 1, standby_lag_bytes: 0 });
    expect(replica.standby_lag_seconds).toBe(0);

    const standby = new pg.Client({ connectionString: url });
    standby.on('error', () => {});
    clients.push(standby);
    await standby.connect();
    await standby.query('select pg_wal_replay_pause()');
    await primary.query('create table ahead as select i from generate_series(1, 10000) i');
    await expect
      .poll(async () => (await collector.sample()).values[lag('flush', 'bytes')], { timeout: 10_000 })
      .toBe(0);
    const { values: behind } = await collector.sample();
    // 10,000 rows of 28 bytes in records of about 60.
    expect(behind[lag('replay', 'bytes')]).toBeGreaterThan(500_000);
    expect(behind[lag('replay', 'bytes')]).toBeLessThan(2_000_000);
    const { values: paused } = await followed.sample();
    expect(paused.standby_lag_bytes).toBe(behind[lag('replay', 'bytes')]);
    expect(paused.wal_bytes).toBe((behind.wal_bytes ?? 0) - (paused.standby_lag_bytes ?? 0));

    await primary.query('create role blind login');
    const blind = open('blind');
    const { values: hidden } = await blind.sample();
    expect(hidden.standbys).toBe(1);
    expect(hidden).not.toHaveProperty([lag('replay', 'bytes')]);
    expect(blind.remarks?.()).toContainEqual(expect.stringContaining('the lag of standbys is left out'));

    await standby.query('select pg_wal_replay_resume()');
    await standby.query('select pg_promote()');
    await expect.poll(async () => (await followed.sample()).values.in_recovery).toBe(0);
    expect(followed.remarks?.()).toEqual(['the standby was promoted to a primary']);
    const { values: promoted } = await followed.sample();
    expect(promoted.wal_bytes).toBeGreaterThanOrEqual(behind.wal_bytes ?? Number.NaN);
    expect(promoted).not.toHaveProperty('standby_receiving');
    await expect.poll(async () => (await collector.sample()).values.standbys, { timeout: 10_000 }).toBe(0);
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
