import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, get, type IncomingMessage, request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { accountId } from '../../server/database/prepare.ts';
import { findCpuController } from '../../server/embedded/cgroup.ts';
import { authorised, series } from './app.ts';
import {
  childrenOf,
  dataFolderOf,
  isRunning,
  killServers,
  type PostgresEvent,
  type ReplicaEvent,
  readyServer,
  startServer,
  stopServer,
} from './server.ts';

const controller = findCpuController(process.pid);
const folders: string[] = [];
afterEach(() => {
  killServers();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), 'fxscale-test-'));
  folders.push(folder);
  return folder;
}

async function page(url: string): Promise<string> {
  const response = await fetch(url);
  expect(response.status).toBe(200);
  return response.text();
}

/** Places a trade on a connection of its own; its id, or the reason there is none. */
function trade(url: string, user: number, agent?: Agent): Promise<{ id: string } | { failed: string }> {
  const body = JSON.stringify({ userId: accountId(user), symbol: 'EURUSD', action: 'buy', volume: '0.01' });
  const headers = {
    ...authorised(accountId(user)),
    'content-type': 'application/json',
    'content-length': body.length,
  };
  return new Promise((resolve) => {
    const options = { method: 'POST', headers, agent: agent ?? new Agent() };
    const call = request(`${url}/api/trading/trades`, options, async (response) => {
      const text: string[] = [];
      try {
        for await (const chunk of response) text.push(String(chunk));
        const answer = JSON.parse(text.join(''));
        resolve(
          response.statusCode === 201
            ? { id: answer.id }
            : { failed: `${response.statusCode} ${answer.code}` },
        );
      } catch (error) {
        resolve({ failed: String(error) });
      }
    });
    call.once('error', (error) => resolve({ failed: error.message }));
    call.end(body);
  });
}

async function withDatabase<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

describe('refuses to start with one line and exit code 2', () => {
  it('on a port that is in use', async () => {
    const other = createServer();
    const port = await new Promise<number>((resolve) => {
      other.listen(0, '127.0.0.1', () => resolve((other.address() as { port: number }).port));
    });
    const server = startServer('--port', String(port));
    expect(await server.exited).toEqual({ code: 2, signal: null });
    expect(server.stderr()).toBe(
      `port ${port} of 127.0.0.1 is in use: choose another with --port, or 0 for any free one\n`,
    );
    other.close();
  });

  it('on a bad flag, a bad address and a data folder of something else', async () => {
    const data = temporary();
    writeFileSync(join(data, 'letter.txt'), 'Dear');
    const starts = [
      ['--replicas', 'many'],
      ['--port', '0', '--host', '192.0.2.1'],
      ['--port', '0', '--data', data],
    ];
    for (const flags of starts) {
      const server = startServer(...flags);
      expect((await server.exited).code).toBe(2);
      expect(server.stderr()).toMatch(/^[^\n]+\n$/);
      expect(server.stderr()).toContain(flags[flags.length - 1]);
      expect(server.events).toEqual([]);
    }
    expect(readdirSync(data)).toEqual(['letter.txt']);
  });

  it('or 4 on a database that does not answer, without its password', async () => {
    const server = startServer('--port', '0', '--database', 'postgres://me:hush@127.0.0.1:1/fx');
    expect((await server.exited).code).toBe(4);
    expect(server.stderr()).toMatch(
      /^--database postgres:\/\/me@127\.0\.0\.1:1\/fx cannot be used: [^\n]+\n$/,
    );
  });
});

describe('two replicas', () => {
  it('take turns, are scraped one by one and together, and are replaced', async () => {
    const { server, ready } = await readyServer('--replicas', '2', '--pool', '4');
    expect(ready).toMatchObject({ cpuLimit: null, poolSize: 4, replicas: [{ index: 0 }, { index: 1 }] });
    for (let i = 0; i < 6; i++) {
      const agent = new Agent();
      await new Promise<IncomingMessage>((resolve) =>
        get(`${ready.url}/api/prices/EURUSD`, { agent }, resolve),
      );
      agent.destroy();
    }
    const quotes = 'http_requests_total{method="GET",route="/api/prices/:symbol",status="200"}';
    const own = await Promise.all(ready.replicas.map((replica) => page(replica.metrics)));
    expect(own.map((each) => series(each, quotes))).toEqual([3, 3]);
    const all = await page(`${ready.url}/metrics`);
    expect([series(all, quotes), series(all, 'db_pool_max')]).toEqual([6, 8]);
    expect(series(all, 'fx_process_info{region="",role="api"}')).toBe(2);

    const victim = ready.replicas[0]?.pid ?? 0;
    process.kill(victim, 'SIGKILL');
    const event = await vi.waitFor(
      () => {
        const found = server.events.find((each): each is ReplicaEvent => each.event === 'replica');
        if (!found) throw new Error('not replaced');
        return found;
      },
      { timeout: 10_000 },
    );
    expect(event).toMatchObject({
      index: 0,
      restarts: 1,
      metrics: expect.stringMatching(/^http:.*\/metrics$/),
    });
    expect(event.pid).not.toBe(victim);
    expect(server.stderr()).toContain(
      `replica 0 (process ${victim}) ended with SIGKILL; another one starts in 0.1 s`,
    );
    for (let i = 0; i < 4; i++) expect((await fetch(`${ready.url}/readyz`)).status).toBe(200);
    expect(series(await page(event.metrics), quotes)).toBeNaN();
    expect(server.events.filter((each) => each.event === 'ready').length).toBe(1);
    await stopServer(server);
  });

  it('keep a lone replica`s port while it is replaced', async () => {
    const { server, ready } = await readyServer();
    // SIGTERM to the replica itself: it finishes and ends, and another takes its place.
    process.kill(ready.replicas[0]?.pid ?? 0, 'SIGTERM');
    await vi.waitFor(() => expect(server.events.length).toBe(2), { timeout: 10_000 });
    expect((await fetch(`${ready.url}/readyz`)).status).toBe(200);
    await stopServer(server);
  });
});

describe('a shutdown', () => {
  it('loses no trade that was answered with 201', async () => {
    const data = temporary();
    const { server, ready } = await readyServer('--replicas', '2', '--data', data);
    const accepted: string[] = [];
    const failures: string[] = [];
    let sending = true;
    const clients = Array.from({ length: 8 }, async (_, index) => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      while (sending) {
        const outcome = await trade(ready.url, index, agent);
        if ('id' in outcome) accepted.push(outcome.id);
        else failures.push(outcome.failed);
      }
      agent.destroy();
    });
    await vi.waitFor(() => expect(accepted.length).toBeGreaterThan(200), { timeout: 20_000 });
    expect(failures).toEqual([]);
    server.child.kill('SIGTERM');
    expect(await server.exited).toEqual({ code: 0, signal: null });
    sending = false;
    await Promise.all(clients);

    const again = await readyServer('--data', data);
    const found = await withDatabase(again.ready.database, async (client) => {
      const { rows } = await client.query('SELECT id FROM trades WHERE id = ANY($1::uuid[])', [accepted]);
      return rows.length;
    });
    expect(found).toBe(new Set(accepted).size);
    expect(found).toBe(accepted.length);
    await stopServer(again.server);
  });

  it('is no longer ready, takes no new connection, and lets a request under way finish', async () => {
    const { server, ready } = await readyServer();
    const probe = ready.replicas[0]?.metrics.replace('metrics', 'readyz') ?? '';
    await withDatabase(ready.database, async (client) => {
      await client.query('BEGIN');
      await client.query('SELECT FROM accounts WHERE id = $1 FOR UPDATE', [accountId(1)]);
      const order = { userId: accountId(1), symbol: 'EURUSD', action: 'buy', volume: '0.01' };
      const headers = { ...authorised(accountId(1)), 'content-type': 'application/json' };
      const body = JSON.stringify(order);
      const answer = fetch(`${ready.url}/api/trading/trades`, { method: 'POST', headers, body });
      await vi.waitFor(
        async () => {
          await client.query('SELECT pg_stat_clear_snapshot()');
          const { rowCount } = await client.query(
            "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'",
          );
          expect(rowCount).toBe(1);
        },
        { timeout: 10_000 },
      );
      server.child.kill('SIGTERM');
      await vi.waitFor(async () => expect((await fetch(probe)).status).toBe(503), { timeout: 10_000 });
      await expect(fetch(ready.url)).rejects.toThrow();
      await client.query('COMMIT');
      const response = await answer;
      expect(response.status).toBe(201);
      expect(response.headers.get('connection')).toBe('close');
    });
    expect(await server.exited).toEqual({ code: 0, signal: null });
    await expect(fetch(probe)).rejects.toThrow();
  });
});

describe('leaves nothing behind', () => {
  type Traces = { pids: number[]; paths: string[] };

  async function traces(
    flags: string[],
  ): Promise<{ server: Awaited<ReturnType<typeof readyServer>>['server'] } & Traces> {
    const { server, ready } = await readyServer(...flags);
    const pids = [...childrenOf(server.pid), ready.postgresPid, ...childrenOf(ready.postgresPid)];
    const paths = [dirname(dataFolderOf(ready.postgresPid))];
    if (typeof controller !== 'string') {
      expect(ready.cpuLimit).toBe(0.5);
      paths.push(join(controller.parent, `fxscale-${server.pid}-0`));
    }
    expect(pids.length).toBeGreaterThan(5);
    expect([pids.filter((pid) => !isRunning(pid)), paths.filter((path) => !existsSync(path))]).toEqual([
      [],
      [],
    ]);
    return { server, pids, paths };
  }

  async function expectGone({ pids, paths }: Traces): Promise<void> {
    const left = (): unknown => [pids.filter(isRunning), paths.filter((path) => existsSync(path))];
    await vi.waitFor(() => expect(left()).toEqual([[], []]), { timeout: 15_000 });
  }

  it.runIf(process.platform === 'linux')('when it is killed', async () => {
    const found = await traces(['--cpu', '500m', '--replicas', '2']);
    found.server.child.kill('SIGKILL');
    await found.server.exited;
    await expectGone(found);
  });

  it.runIf(process.platform === 'linux')('when its parent goes away', async () => {
    const found = await traces(['--cpu', '500m', '--exit-with-parent']);
    found.server.child.stdin?.end();
    expect(await found.server.exited).toEqual({ code: 0, signal: null });
    await expectGone(found);
  });

  it.runIf(process.platform === 'linux')('when it is told to end while it starts', async () => {
    const server = startServer('--port', '0');
    await vi.waitFor(() => expect(childrenOf(server.pid).length).toBeGreaterThan(0), { timeout: 10_000 });
    const pids = childrenOf(server.pid);
    server.child.kill('SIGINT');
    expect(await server.exited).toEqual({ code: 0, signal: null });
    await expectGone({ pids, paths: [] });
    expect(server.stderr()).toBe('');
  });

  it.runIf(process.platform === 'linux')('when it ends, after its databases were killed', async () => {
    const { server, ready } = await readyServer('--read-replicas', '1');
    const paths = [dirname(dataFolderOf(ready.postgresPid))];
    const pids = [...childrenOf(server.pid), ready.postgresPid];
    const killed = [ready.postgresPid, ready.standbys[0]?.pid ?? 0];
    for (const pid of killed) process.kill(pid, 'SIGKILL');
    const restarted = await vi.waitFor(
      () => {
        const events = server.events.filter((each): each is PostgresEvent => each.event === 'postgres');
        expect(events.map(({ role, index, restarts }) => ({ role, index, restarts }))).toEqual(
          expect.arrayContaining([
            { role: 'primary', index: 0, restarts: 1 },
            { role: 'standby', index: 0, restarts: 1 },
          ]),
        );
        return events;
      },
      { timeout: 20_000 },
    );
    await vi.waitFor(async () => expect(await trade(ready.url, 1)).toHaveProperty('id'), { timeout: 20_000 });
    pids.push(...restarted.flatMap(({ pid }) => [pid, ...childrenOf(pid)]));
    expect(restarted.every(({ pid }) => isRunning(pid) && !killed.includes(pid))).toBe(true);
    await stopServer(server);
    await expectGone({ pids, paths });
  });

  it.runIf(process.platform === 'linux')(
    'when the guardian of its database is killed, which ends it with a reason',
    async () => {
      const { server, ready } = await readyServer('--read-replicas', '1');
      const servers = [ready.postgresPid, ...ready.standbys.map((standby) => standby.pid)];
      const guardian = childrenOf(server.pid).find((pid) => childrenOf(pid).includes(ready.postgresPid));
      const pids = [...childrenOf(server.pid), ...servers, ...servers.flatMap(childrenOf)];
      const paths = [dirname(dataFolderOf(ready.postgresPid))];
      process.kill(guardian ?? 0, 'SIGKILL');
      expect((await server.exited).code).toBe(1);
      expect(server.stderr()).toContain('the guardian of PostgreSQL has ended\n');
      await expectGone({ pids, paths });
    },
  );
});
