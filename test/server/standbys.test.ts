import type { FastifyInstance } from 'fastify';
import pg from 'pg';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Databases, type DatabasesOptions, openDatabases } from '../../server/database/databases.ts';
import { findPrimary } from '../../server/database/find-primary.ts';
import { accountId, prepareDatabase } from '../../server/database/prepare.ts';
import { type RestartedServer, type StartedPostgres, startGuardian } from '../../server/embedded/guardian.ts';
import { buildApp } from '../../server/http/app.ts';
import { createMetrics } from '../../server/metrics.ts';
import { tradeHistory } from '../../server/trading/trades.ts';
import { postTrade, series, stillQuotes, tokenSecret } from './app.ts';
import { guardianProgram } from './database.ts';

const patience = { timeout: 20_000, interval: 20 };
const restarts: RestartedServer[] = [];
const guardian = startGuardian(guardianProgram, (restarted) => restarts.push(restarted));
const [ann, bob] = [accountId(1), accountId(2)];
const metrics = createMetrics();

let postgres: StartedPostgres;
let databases: Databases;
/** Of another process, which is content with any lag. */
let elsewhere: Databases;
const elsewhereRegistry = new Registry();
/** Of a region that has but standbys. */
let passive: Databases;
let app: FastifyInstance;

function open(urls: string[], options: Partial<DatabasesOptions>): Promise<Databases> {
  const [first = '', ...others] = urls;
  const log = { warn: () => undefined };
  const fast = { watchMs: 50, answerSeconds: 1, acquireSeconds: 2 };
  return openDatabases({
    urls: [first, ...others],
    max: 3,
    registry: new Registry(),
    log,
    ...fast,
    ...options,
  });
}

beforeAll(async () => {
  postgres = await guardian.startPostgres({ data: null, maxConnections: 60, standbys: 2 });
  await prepareDatabase(postgres.url, { accounts: 20, seed: 1 });
  const all = [postgres.url, ...postgres.readUrls];
  databases = await open(all, { registry: metrics.registry, boundSeconds: 2 });
  elsewhere = await open(all, { registry: elsewhereRegistry, boundSeconds: 3600 });
  passive = await open(postgres.readUrls, {});
  const { primary: database, reads, view: databaseView } = databases;
  const quotes = stillQuotes();
  const settings = { tokenSecret, rateLimit: 1_000_000, region: 'eu-west-1' };
  app = await buildApp({ database, reads, databaseView, metrics, quotes, ...settings });
});

afterAll(async () => {
  await Promise.all([app?.close(), elsewhere?.primary.close(), passive?.primary.close()]);
  await guardian.stop();
});

async function ask(url: string | undefined, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

async function onStandbys(sql: string): Promise<void> {
  for (const url of postgres.readUrls) await ask(url, sql);
}

function trade(userId: string) {
  return postTrade(app, { userId, symbol: 'EURUSD', action: 'buy', volume: '0.01' });
}

/** The ids of the user's trades of the last hour, read where `from` says. */
async function tradesOf(userId: string, from: Databases, after?: string): Promise<string[]> {
  const at = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString();
  const trades = await tradeHistory(from.reads.for(userId, after), { userId, from: at(-1), to: at(1) }, 100);
  return trades.map(({ id }) => id);
}

async function readsAt(node: string, registry: Registry = metrics.registry): Promise<number> {
  return series(await registry.metrics(), `db_reads_total{node="${node}"}`) || 0;
}

async function nodesOf(from: Databases) {
  return Object.fromEntries((await from.view()).nodes.map((node) => [node.name, node]));
}

function untilUsable(...names: string[]): Promise<void> {
  return vi.waitFor(async () => {
    const nodes = await nodesOf(databases);
    expect(names.filter((name) => !nodes[name]?.usable)).toEqual([]);
  }, patience);
}

describe('two standbys', () => {
  it('have what the primary commits, and take no writes', async () => {
    const placed = await trade(ann);
    const id = placed.json().id;
    for (const url of postgres.readUrls) {
      await vi.waitFor(async () => {
        expect(await ask(url, `SELECT id FROM trades WHERE id = '${id}'`)).toEqual([{ id }]);
      }, patience);
      await expect(ask(url, 'DELETE FROM trades')).rejects.toMatchObject({ code: '25006' });
    }
  });

  it('share the reads between them', async () => {
    await vi.waitFor(async () => {
      const before = [await readsAt('read-1'), await readsAt('read-2'), await readsAt('database')];
      for (let i = 0; i < 6; i++) await tradesOf(bob, databases);
      const after = [await readsAt('read-1'), await readsAt('read-2'), await readsAt('database')];
      expect(after.map((count, i) => count - (before[i] ?? 0))).toEqual([3, 3, 0]);
    }, patience);
  });

  it('are passed over for a user whose last write they lack, by what is known and by what the client says', async () => {
    await onStandbys('SELECT pg_wal_replay_pause()');
    const placed = await trade(ann);
    const id = placed.json().id;
    const token = String(placed.headers['fx-transaction']);
    expect(token).toMatch(/^\d+$/);
    expect(await tradesOf(ann, databases)).toContain(id);
    // Another process has not heard of it yet.
    expect(await tradesOf(ann, elsewhere)).not.toContain(id);
    expect(await tradesOf(ann, elsewhere, token)).toContain(id);
    elsewhere.reads.wrote(ann, token);
    expect(await tradesOf(ann, elsewhere)).toContain(id);
    const atStandbys = async (): Promise<number> =>
      (await readsAt('read-1', elsewhereRegistry)) + (await readsAt('read-2', elsewhereRegistry));
    const before = await atStandbys();
    await tradesOf(bob, elsewhere);
    expect(await atStandbys()).toBe(before + 1);
  });

  it('are passed over by everybody past the bound, and read from again when they have caught up', async () => {
    await vi.waitFor(async () => {
      const page = await metrics.registry.metrics();
      for (const node of ['read-1', 'read-2']) {
        expect(series(page, `db_replica_usable{node="${node}"}`)).toBe(0);
        expect(series(page, `db_replica_lag_seconds{node="${node}"}`)).toBeGreaterThan(2);
      }
    }, patience);
    const before = await readsAt('database');
    await tradesOf(bob, databases);
    expect(await readsAt('database')).toBe(before + 1);
    await onStandbys('SELECT pg_wal_replay_resume()');
    await untilUsable('read-1', 'read-2');
    // With the write replayed, its user reads from them again.
    await vi.waitFor(async () => {
      const primary = await readsAt('database', elsewhereRegistry);
      await tradesOf(ann, elsewhere);
      expect(await readsAt('database', elsewhereRegistry)).toBe(primary);
    }, patience);
  });

  it('may be killed: reads go on, and it comes back', async () => {
    await untilUsable('read-1', 'read-2');
    process.kill(postgres.standbys[0]?.pid ?? 0, 'SIGKILL');
    for (let i = 0; i < 30; i++) await tradesOf(bob, databases);
    await vi.waitFor(() => {
      expect(restarts).toMatchObject([{ role: 'standby', index: 0, restarts: 1 }]);
    }, patience);
    await untilUsable('read-1');
  });

  it.runIf(process.platform === 'linux')('may hang: reads go on, and it comes back', async () => {
    await untilUsable('read-1', 'read-2');
    for (let i = 0; i < 4; i++) await tradesOf(bob, databases);
    const [, standby] = postgres.readUrls;
    const own = "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'fx-platform%'";
    const pids = (await ask(standby, own)).map(({ pid }) => Number(pid));
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    await Promise.all(Array.from({ length: 6 }, () => tradesOf(bob, databases)));
    await vi.waitFor(async () => expect((await nodesOf(databases))['read-2']?.usable).toBe(false), patience);
    for (const pid of pids) process.kill(pid, 'SIGCONT');
    await untilUsable('read-2');
  });
});

describe('a primary that is killed', () => {
  it('refuses orders with 503 until it is back, while reads go on', async () => {
    await untilUsable('read-1', 'read-2');
    process.kill(postgres.pid, 'SIGKILL');
    const refused = await vi.waitFor(async () => {
      const response = await trade(ann);
      expect(response.statusCode).toBe(503);
      return response;
    }, patience);
    expect(refused.json().code).toBe('DATABASE_UNAVAILABLE');
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    await tradesOf(bob, databases);
    const statuses = new Set<number>();
    const placed = await vi.waitFor(async () => {
      const response = await trade(ann);
      statuses.add(response.statusCode);
      expect(response.statusCode).toBe(201);
      return response;
    }, patience);
    expect([...statuses].filter((status) => status !== 201 && status !== 503)).toEqual([]);
    expect(restarts.at(-1)).toMatchObject({ role: 'primary', index: 0, restarts: 1 });
    expect(await tradesOf(ann, databases)).toContain(placed.json().id);
    await untilUsable('read-1', 'read-2');
  });
});

describe('a region', () => {
  it('with standbys alone reads, and refuses writes', async () => {
    await vi.waitFor(async () => {
      const { nodes: _, lagSeconds: __, ...view } = await passive.view();
      expect(view).toEqual({ database: 'standby', reads: 'ok', writes: 'unavailable' });
    }, patience);
    await expect(passive.primary.query({ name: 'x', text: 'SELECT 1' }, [])).rejects.toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
    });
    expect(await tradesOf(ann, passive)).not.toEqual([]);
    expect(await findPrimary(postgres.readUrls)).toMatchObject({ primary: undefined, answered: true });
  });

  it('writes to a standby that was promoted, and never again to the primary that was', async () => {
    const [, promoted] = postgres.readUrls;
    await ask(promoted, 'SELECT pg_promote()');
    await vi.waitFor(async () => {
      const region = (await app.inject('/healthz/region')).json();
      expect(region).toMatchObject({ region: 'eu-west-1', database: 'refused', reads: 'ok', writes: 'ok' });
      expect(region.nodes.map(({ role }: { role: string }) => role)).toEqual([
        'refused',
        'refused',
        'primary',
      ]);
    }, patience);
    const { id } = (await trade(bob)).json();
    const found = `SELECT id FROM trades WHERE id = '${id}'`;
    expect(await ask(promoted, found)).toEqual([{ id }]);
    expect(await ask(postgres.url, found)).toEqual([]);
    expect(await tradesOf(bob, databases)).toContain(id);
    await vi.waitFor(async () => expect((await passive.view()).writes).toBe('ok'), patience);
    expect(await findPrimary([postgres.url, ...postgres.readUrls])).toMatchObject({ primary: promoted });
    const page = await metrics.registry.metrics();
    expect([series(page, 'db_writable'), series(page, 'db_replica_usable{node="database"}')]).toEqual([1, 0]);
    expect((await app.inject('/readyz')).json()).toEqual({ status: 'ready', writes: 'ok' });
  });
});
