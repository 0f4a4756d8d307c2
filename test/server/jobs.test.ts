import { afterEach, describe, expect, it, vi } from 'vitest';
import { accountId, maintainDatabase } from '../../server/database/prepare.ts';
import type { Notification } from '../../server/jobs/notifications.ts';
import { missing } from '../requirements.ts';
import { getAs, series, testApp } from './app.ts';
import { type Gate, openGate } from './gate.ts';
import { trade, useJobs, waitFor } from './jobs.ts';
import { killServers, readyServer } from './server.ts';

const reason = missing('redis');

describe.skipIf(reason)(`jobs${reason ? ` (${reason})` : ''}`, () => {
  const { database, services, log, open, work, carry, settled, allDone } = useJobs();
  afterEach(killServers);

  it('settle a trade and tell its user', async () => {
    await work();
    await carry(trade({ tradeId: accountId(77), volume: '2.50', action: 'sell', userId: accountId(3) }));
    await allDone(1);
    const { rows } = await database.client.query(
      `SELECT s.*, value_date::text, n.text FROM settlements s JOIN notifications n USING (trade_id, user_id)`,
    );
    expect(rows).toEqual([
      {
        trade_id: accountId(77),
        user_id: accountId(3),
        amount_usd: '108500.25',
        value_date: '2026-03-09',
        settled_at: expect.any(Date),
        text: 'Sold 2.50 lots of EURUSD at 1.08504',
      },
    ]);
  });

  it('show each user their own notifications, newest first', async () => {
    const [mine, other] = [accountId(5), accountId(6)];
    await database.client.query(
      `INSERT INTO notifications (trade_id, user_id, text, created_at)
       SELECT gen_random_uuid(), CASE i % 2 WHEN 0 THEN $1::uuid ELSE $2::uuid END, 'trade ' || i,
         '2026-03-05T10:00:00.000001Z'::timestamptz + i * interval '1 minute' FROM generate_series(1, 6) AS i`,
      [mine, other],
    );
    const { app } = await testApp(database.url);
    const texts = async (userId: string, query = ''): Promise<string[]> =>
      (await getAs(app, userId, `/api/notifications${query}`))
        .json()
        .notifications.map((each: Notification) => each.text);
    expect(await texts(mine)).toEqual(['trade 6', 'trade 4', 'trade 2']);
    expect(await texts(other, '?limit=1')).toEqual(['trade 5']);
    const [first] = (await getAs(app, mine, '/api/notifications?limit=1')).json().notifications;
    expect(first).toEqual({
      tradeId: expect.stringMatching(/^[\da-f-]{36}$/),
      text: 'trade 6',
      createdAt: '2026-03-05T10:06:00.000001Z',
    });
    expect((await app.inject('/api/notifications')).statusCode).toBe(401);
    expect((await getAs(app, mine, '/api/notifications?limit=0')).statusCode).toBe(400);
    expect((await getAs(app, mine, `/api/notifications?userId=${other}`)).statusCode).toBe(400);
    await app.close();
  });

  it('run for large trades first, and in the order of the trades otherwise', async () => {
    const volumes = ['0.50', '1.01', '1.00', '30.00'];
    const [small, large, one, larger] = volumes.map((volume) => trade({ volume }));
    if (!small || !large || !one || !larger) throw new Error('four trades were made');
    await carry(small, large, one, larger);
    const { page } = await work({ jobsAtOnce: 1 });
    await allDone(4);
    expect(await settled()).toEqual([large, larger, small, one].map(({ tradeId }) => tradeId));
    await waitFor(async () => {
      const text = await page();
      expect(series(text, 'jobs_processed_total{queue="settlement",result="completed"}')).toBe(4);
      expect(series(text, 'trades_queue_depth')).toBe(0);
      expect(series(text, 'jobs_oldest_age_seconds{queue="settlement"}')).toBe(0);
    });
  });

  it('are the same jobs when their row is carried again, and have one effect even if Redis forgot them', async () => {
    const old = new Date(Date.now() - 100_000).toISOString();
    const trades = [trade({ createdAt: old, volume: '2.00' }), trade({ createdAt: old })];
    await carry(...trades);
    await carry(...trades);
    expect(await services.queues.settlement.getJobCountByTypes('prioritized')).toBe(2);
    const { page } = await work();
    await allDone(2);
    const before = await database.client.query('SELECT * FROM settlements ORDER BY trade_id');
    await carry(...trades);
    expect(await services.queues.settlement.getJobCountByTypes('prioritized', 'active', 'delayed')).toBe(0);
    await services.client.flushall();
    await carry(...trades);
    await waitFor(async () => {
      expect(series(await page(), 'jobs_processed_total{queue="settlement",result="completed"}')).toBe(4);
      expect(series(await page(), 'jobs_processed_total{queue="notifications",result="completed"}')).toBe(4);
    });
    await allDone(2);
    const after = await database.client.query('SELECT * FROM settlements ORDER BY trade_id');
    expect(after.rows).toEqual(before.rows);
  });

  it('are tried again later after an error, kept when they fail for good, and counted', async () => {
    await database.client.query('ALTER TABLE settlements RENAME TO settlements_away');
    const { page } = await work();
    const one = trade();
    await carry(one);
    await waitFor(async () => {
      const job = await services.queues.settlement.getJob(one.tradeId);
      expect([await job?.getState(), job?.attemptsMade]).toEqual(['delayed', 1]);
      // A second, shortened by up to a half.
      expect(job?.delay).toBeGreaterThanOrEqual(500);
      expect(job?.delay).toBeLessThanOrEqual(1000);
    });
    expect(series(await page(), 'trades_queue_depth')).toBe(1);
    expect(series(await page(), 'jobs_queue_depth{queue="settlement",state="delayed"}')).toBe(1);
    expect(series(await page(), 'jobs_oldest_age_seconds{queue="settlement"}')).toBeGreaterThan(86_400);
    await database.client.query('ALTER TABLE settlements_away RENAME TO settlements');
    const wrong = { ...trade(), usd: 'a lot' };
    await services.queues.settlement.add('trade', wrong, { jobId: wrong.tradeId, attempts: 1 });
    await waitFor(async () => expect(await settled()).toEqual([one.tradeId]));
    const failed = await services.queues.settlement.getJob(wrong.tradeId);
    await waitFor(async () => expect(await failed?.getState()).toBe('failed'));
    const text = await page();
    expect(series(text, 'jobs_processed_total{queue="settlement",result="failed"}')).toBe(1);
    expect(series(text, 'jobs_processed_total{queue="settlement",result="retried"}')).toBeGreaterThan(0);
    expect(series(text, 'jobs_queue_depth{queue="settlement",state="failed"}')).toBe(1);
  });

  describe('survive', () => {
    let gate: Gate | undefined;
    afterEach(() => gate?.shut());

    it('a database that is away: they wait in place and lose no attempt', async () => {
      gate = await openGate(Number(new URL(database.url).port));
      const through = new URL(database.url);
      through.port = String(gate.port);
      await gate.shut();
      const { worker, page } = await work({}, through.href);
      const trades = Array.from({ length: 30 }, () => trade());
      await carry(...trades);
      await waitFor(() => expect(worker.trouble()).toBe('the database does not answer'));
      await waitFor(async () => expect(series(await page(), 'trades_queue_depth')).toBe(26));
      await gate.open();
      await allDone(30);
      expect(worker.trouble()).toBeUndefined();
      await waitFor(async () => {
        const jobs = await services.queues.settlement.getJobs('completed');
        expect(jobs.map((job) => job.attemptsMade)).toEqual(Array(30).fill(1));
      });
      expect(series(await page(), 'jobs_processed_total{queue="settlement",result="retried"}')).toBe(0);
      const lines = log.map(({ message }) => message).filter((message) => message.startsWith('the database'));
      expect(lines).toEqual(['the database does not answer', 'the database answers again']);
    });

    it('a Redis that is killed and comes back: none is lost, and the worker goes on', async () => {
      const [before, after] = [trade(), trade()];
      await carry(before);
      await services.redis.kill();
      const { worker, page } = await work();
      await waitFor(() => expect(worker.trouble()).toBe('Redis does not answer'));
      await expect(carry(after)).rejects.toThrow();
      expect(series(await page(), 'trades_queue_depth')).toBeNaN();
      await services.redis.restart();
      await allDone(1);
      await waitFor(() => expect(worker.trouble()).toBeUndefined());
      await services.redis.kill('SIGSTOP');
      await expect(carry(after)).rejects.toThrow();
      // The page does not hang with it.
      expect(series(await page(), 'trades_queue_depth')).toBeNaN();
      await services.redis.kill('SIGCONT');
      await services.redis.kill();
      await waitFor(() => expect(worker.trouble()).toBe('Redis does not answer'));
      await services.redis.restart();
      await waitFor(() => carry(after));
      await allDone(2);
      const lines = log.map(({ message }) => message).filter((message) => message.startsWith('Redis'));
      expect(lines.slice(0, 3)).toEqual([
        'Redis does not answer',
        'Redis answers again',
        'Redis does not answer',
      ]);
      await waitFor(async () => expect(series(await page(), 'trades_queue_depth')).toBe(0));
    });

    it('a Redis that forgets everything: the sweep finds their trades and adds them again', async () => {
      const insert = `INSERT INTO trades (user_id, symbol, action, volume, price, usd, created_at)
        SELECT $1, 'USDJPY', 'buy', 0.10, 149.505, $2::numeric, now() - interval '2 minutes' - i * interval '1 second'
        FROM generate_series(1, 520) AS i RETURNING id`;
      const lost = await database.client.query(insert, [accountId(4), '10000']);
      const demo = await database.client.query(insert, [accountId(4), null]);
      // The oldest has a job that fails for good: it is not tried for ever.
      const poisoned: string = lost.rows.at(-1)?.id;
      const wrong = { ...trade(), usd: 'a lot' };
      await services.queues.settlement.add('trade', wrong, { jobId: poisoned, attempts: 1 });
      const { page } = await work({ sweep: { everySeconds: 0.2, olderThanSeconds: 60, backHours: 6 } });
      const all: string[] = lost.rows.map(({ id }) => id).slice(0, -1);
      await waitFor(async () => expect(new Set(await settled())).toEqual(new Set(all)));
      expect(await services.queues.settlement.getJobState(poisoned)).toBe('failed');
      expect(series(await page(), 'jobs_readded_total{queue="settlement"}')).toBe(519);
      await waitFor(async () =>
        expect(series(await page(), 'jobs_readded_total{queue="notifications"}')).toBe(520),
      );
      // A database that lost what it had committed, while Redis still knows that job as done.
      await waitFor(async () => expect(await services.queues.settlement.getActiveCount()).toBe(0));
      await database.client.query('DELETE FROM settlements WHERE trade_id = $1', [all[0]]);
      await waitFor(async () => expect(await settled()).toContain(all[0]));
      const { rows } = await database.client.query('SELECT DISTINCT amount_usd FROM settlements');
      expect(rows).toEqual([{ amount_usd: '10000.00' }]);
      await database.client.query('DELETE FROM trades WHERE id = ANY ($1)', [
        [...lost.rows, ...demo.rows].map(({ id }) => id),
      ]);
    });

    it('a worker that is killed with a job under way: another takes it over', async () => {
      const flags = ['--role', 'worker', '--database', database.url, '--redis', services.redis.url];
      const { server, ready } = await readyServer(...flags);
      const [{ pid } = { pid: 0 }] = ready.processes;
      await database.client.query('BEGIN; LOCK TABLE settlements');
      const one = trade();
      await carry(one);
      await waitFor(async () => expect(await services.queues.settlement.getActiveCount()).toBe(1));
      process.kill(pid, 'SIGKILL');
      await waitFor(() => expect(server.stderr()).toContain('ended with SIGKILL'));
      await database.client.query('COMMIT');
      await waitFor(async () => {
        const job = await services.queues.settlement.getJob(one.tradeId);
        expect([await job?.getState(), job?.stalledCounter]).toEqual(['completed', 1]);
      });
      expect(await settled()).toEqual([one.tradeId]);
    });
  });

  it('give back a job when the worker is asked to end while the database is away', async () => {
    const { worker } = await work({}, 'postgres://nobody@127.0.0.1:1/nothing');
    open.length = 0;
    const one = trade();
    await carry(one);
    await waitFor(() => expect(worker.trouble()).toBe('the database does not answer'));
    await worker.close();
    const job = await services.queues.settlement.getJob(one.tradeId);
    expect([await job?.getState(), job?.attemptsMade]).toEqual(['prioritized', 0]);
  });

  it('warn of a Redis that may evict them', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    await services.client.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await work();
    await waitFor(() => expect(warn).toHaveBeenCalledWith(expect.stringContaining('"noeviction"')));
    await services.client.config('SET', 'maxmemory-policy', 'noeviction');
    warn.mockRestore();
  });

  it('leave rows that are dropped after 90 days', async () => {
    await work();
    await carry(trade(), trade());
    await allDone(2);
    for (const [table, column] of [
      ['settlements', 'settled_at'],
      ['notifications', 'created_at'],
    ]) {
      await database.client.query(
        `UPDATE ${table} SET ${column} = now() - interval '91 days' WHERE trade_id = (SELECT min(trade_id::text)::uuid FROM ${table})`,
      );
    }
    await maintainDatabase(database.url, null);
    await allDone(1);
  });
});
