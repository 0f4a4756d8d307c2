import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Kafka as Broker, startKafka } from '../../tools/services/kafka.mjs';
import { type Redis, startRedis } from '../../tools/services/redis.mjs';
import { missing } from '../requirements.ts';
import { series } from './app.ts';
import { balancesOf, contradictions, findContradictions } from './fire/books.ts';
import { type Load, startLoad } from './fire/load.ts';
import { killServers, type Ready, readyServer, type Server, stopServer } from './server.ts';

const reason = missing('redis') ?? missing('kafka');

/**
 * Everything that the platform stands on is killed in turn, with SIGKILL, while traders trade. Afterwards the books
 * must be right to the last trade and cent.
 */
describe.skipIf(reason !== undefined)(`under fire (${reason ?? 'real services'})`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'fxscale-fire-'));
  const figures: string[] = [];
  let redis: Redis;
  let broker: Broker;
  let server: Server;
  let ready: Ready;
  let load: Load;

  beforeAll(async () => {
    [redis, broker] = await Promise.all([
      startRedis({ folder: join(folder, 'redis') }),
      startKafka({ folder: join(folder, 'kafka') }),
    ]);
    ({ server, ready } = await readyServer(
      ...['--replicas', '2', '--read-replicas', '1', '--redis', redis.url, '--kafka', broker.brokers],
    ));
    load = startLoad(ready.url);
    await load.well(50);
  });
  afterAll(async () => {
    await load?.stop();
    if (server) await stopServer(server);
    killServers();
    await Promise.all([redis?.stop(), broker?.stop()]);
    rmSync(folder, { recursive: true, force: true });
    process.stdout.write(figures.map((line) => `${line}\n`).join(''));
  });

  /** The newest address of a background process, which another one has taken the place of when it was killed. */
  function processOf(role: string): { pid: number; metrics: string } {
    const all = [...ready.processes, ...server.events.filter((event) => event.event === 'process')];
    const last = all.filter((each) => each.role === role).at(-1);
    if (!last) throw new Error(`there is no ${role}`);
    return last;
  }

  async function metric(page: string, name: string): Promise<number> {
    return series(await (await fetch(page)).text(), name);
  }

  /** Every series of the name on the page, added up. */
  async function total(page: string, name: string): Promise<number> {
    const text = await (await fetch(page)).text();
    const lines = text
      .split('\n')
      .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
    return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  }

  async function eventsCarried(): Promise<void> {
    await vi.waitFor(
      async () => {
        expect(await total(processOf('relay').metrics, 'outbox_age_seconds')).toBeLessThan(2);
        expect(await total(processOf('consumer').metrics, 'kafka_consumer_lag_records')).toBeLessThan(200);
      },
      { timeout: 20_000, interval: 100 },
    );
  }

  /** Kills, waits a while under load, brings back, and notes how long until all is well again. */
  async function fire(
    name: string,
    { kill, back, well }: { kill(): unknown; back(): Promise<unknown>; well?(): Promise<unknown> },
  ): Promise<void> {
    const before = load.placed.size;
    await kill();
    await sleep(1000);
    const during = load.placed.size - before;
    await back();
    const begin = performance.now();
    await Promise.all([load.well(30), well?.()]);
    const seconds = (performance.now() - begin) / 1000;
    figures.push(
      `${name}: ${during} trades in the second without it, well ${seconds.toFixed(1)} s after its return`,
    );
    expect(seconds).toBeLessThan(10);
  }

  it('goes on when a replica process is killed', async () => {
    const restarts = () => server.events.filter((event) => event.event === 'replica').length;
    const before = restarts();
    await fire('a replica process', {
      kill: () => process.kill(ready.replicas[0]?.pid ?? 0, 'SIGKILL'),
      back: () => vi.waitFor(() => expect(restarts()).toBe(before + 1), { timeout: 20_000 }),
    });
  });

  it('goes on when the L2 cache is killed', async () => {
    await fire('Redis', {
      kill: () => redis.kill(),
      back: () => redis.restart(),
      well: () =>
        vi.waitFor(
          async () => {
            for (const { metrics } of ready.replicas.slice(1))
              expect(await metric(metrics, 'cache_l2_up')).toBe(1);
          },
          { timeout: 20_000 },
        ),
    });
  });

  it('goes on when the broker is killed', async () => {
    await fire('the broker', {
      kill: () => broker.kill(),
      back: () => broker.restart(),
      well: eventsCarried,
    });
  });

  it('goes on when the consumer is killed', async () => {
    const { pid } = processOf('consumer');
    await fire('the consumer', {
      kill: () => process.kill(pid, 'SIGKILL'),
      back: () => vi.waitFor(() => expect(processOf('consumer').pid).not.toBe(pid), { timeout: 20_000 }),
      well: eventsCarried,
    });
  });

  const restartsOf = (role: string): number =>
    server.events.filter((event) => event.event === 'postgres' && event.role === role).length;

  it('goes on when a standby is killed', async () => {
    await fire('a standby', {
      kill: () => process.kill(ready.standbys[0]?.pid ?? 0, 'SIGKILL'),
      back: () => vi.waitFor(() => expect(restartsOf('standby')).toBe(1), { timeout: 20_000 }),
    });
  });

  it('refuses honestly while the primary database is killed, and recovers', async () => {
    await fire('the primary', {
      kill: () => process.kill(ready.postgresPid, 'SIGKILL'),
      back: () => vi.waitFor(() => expect(restartsOf('primary')).toBe(1), { timeout: 20_000 }),
      well: eventsCarried,
    });
    expect(load.counts.get(503)).toBeGreaterThan(0);
  });

  describe('afterwards', () => {
    let client: pg.Client;
    beforeAll(async () => {
      await load.stop();
      client = new pg.Client({ connectionString: ready.database });
      await client.connect();
    });
    afterAll(() => client?.end());

    it('had only honest answers, none of them late', () => {
      figures.push(
        `answers by status: ${[...load.counts].map(([status, count]) => `${status || 'broken'} ${count}`).join(', ')}; slowest ${load.slowestSeconds().toFixed(1)} s`,
      );
      expect(load.complaints).toEqual([]);
    });

    it('has every trade that was answered 201 exactly once', async () => {
      const { rows } = await client.query<{ key: string; id: string; copies: string }>(
        `SELECT k.key, k.trade_id AS id, count(t.id) AS copies
         FROM trade_keys k LEFT JOIN trades t ON t.id = k.trade_id GROUP BY k.key, k.trade_id`,
      );
      const stored = new Map(rows.map(({ key, id }) => [key, id]));
      expect(rows.filter(({ copies }) => copies !== '1')).toEqual([]);
      expect([...load.placed].filter(([key, id]) => stored.get(key) !== id)).toEqual([]);
      expect(load.placed.size).toBeGreaterThan(500);
    });

    it('has books without a contradiction once everything is carried', async () => {
      await vi.waitFor(async () => expect(await findContradictions(client)).toEqual({}), {
        timeout: 60_000,
        interval: 500,
      });
    });

    it('would see each contradiction in the books', async () => {
      const [{ trade_id: id } = { trade_id: '' }] = (
        await client.query('SELECT trade_id FROM trade_keys LIMIT 1')
      ).rows;
      await client.query('BEGIN');
      try {
        await client.query(
          "INSERT INTO trade_keys SELECT user_id, key || '!', trade_id, created_at FROM trade_keys WHERE trade_id = $1",
          [id],
        );
        await client.query('DELETE FROM trades WHERE id = $1', [id]);
        await client.query(
          "INSERT INTO trades (user_id, symbol, action, volume, price, created_at) SELECT id, 'EURUSD', 'buy', 1, 1, '1990-01-01' FROM accounts LIMIT 1",
        );
        await client.query('UPDATE accounts SET margin_used = margin_used + 0.01');
        await client.query('DELETE FROM settlements WHERE trade_id = $1', [id]);
        expect(Object.keys(await findContradictions(client))).toEqual(Object.keys(contradictions));
      } finally {
        await client.query('ROLLBACK');
      }
    });

    it('has every event in its topic', async () => {
      const { rows } = await client.query<{ id: string }>('SELECT trade_id AS id FROM trade_keys');
      const seen = await tradesInTopic(broker.brokers, new Set(rows.map(({ id }) => id)));
      expect(rows.filter(({ id }) => !seen.has(id))).toEqual([]);
    });

    it('has lost no money', async () => {
      const { rows: legs } = await client.query(
        `SELECT user_id AS "userId", symbol, action, volume, price FROM trades
         WHERE id IN (SELECT trade_id FROM trade_keys) ORDER BY user_id, created_at`,
      );
      const { rows } = await client.query<{ id: string; balance: string }>(
        'SELECT id, balance FROM accounts',
      );
      const expected = balancesOf(legs);
      expect(rows.filter(({ id, balance }) => balance !== (expected.get(id) ?? '1000000.00'))).toEqual([]);
    });
  });
});

/** Reads the topic from its beginning until every one of `wanted` was seen, or nothing more comes. */
async function tradesInTopic(brokers: string, wanted: Set<string>): Promise<Set<string>> {
  const kafka = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: 'fire-test' });
  const seen = new Set<string>();
  await consumer.connect();
  try {
    await consumer.subscribe({ topic: 'trades', fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ message }) => {
        const { tradeId } = JSON.parse(String(message.value)) as { tradeId: string };
        seen.add(tradeId);
      },
    });
    await vi.waitFor(() => expect([...wanted].every((id) => seen.has(id))).toBe(true), { timeout: 30_000 });
  } finally {
    await consumer.disconnect();
  }
  return seen;
}
