import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, it } from 'vitest';
import { backUp } from '../../server/embedded/base-backup.ts';
import { postgresFolder, temporaryRoot, unprivileged } from '../../server/embedded/binaries.ts';
import type { Collector } from '../../src/collect/collector.ts';
import { openPostgres } from '../../src/collect/postgres.ts';

/** A PostgreSQL server of the tests' own, on a free port of 127.0.0.1; everybody may connect. */
export type TestServer = {
  url(role?: string, database?: string): string;
  /** Ends it at once, as a crash would. */
  crash(): Promise<void>;
  /** On the same port and data. */
  start(): Promise<void>;
  /** A hot standby that follows it, which goes when the server is removed. Resolves to its URL. */
  startStandby(name: string): Promise<string>;
  remove(): Promise<void>;
};

const settings = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'autovacuum=off',
  'shared_preload_libraries=pg_stat_statements',
];

/** A server by the binaries in the folder `bin`, with a database cluster made for it. */
export async function createTestServer(bin: string): Promise<TestServer> {
  const identity = unprivileged();
  const folder = mkdtempSync(path.join(temporaryRoot(identity), 'fxscale-collect-'));
  if (identity) chownSync(folder, identity.uid, identity.gid);
  const options = { ...identity, cwd: folder, env: { ...process.env, LC_ALL: 'C' } };
  const data = path.join(folder, 'data');
  execFileSync(
    path.join(bin, 'initdb'),
    ['-D', data, '-U', 'postgres', '--auth=trust', '--no-sync', '--encoding=UTF8', '--locale=C'],
    { ...options, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const [port, standbyPort] = [await freePort(), await freePort()];
  let server: ChildProcess | undefined;
  let standby: ChildProcess | undefined;

  async function launch(dataFolder: string, ...more: string[]): Promise<ChildProcess> {
    const args = ['-D', dataFolder, ...[...settings, ...more].flatMap((setting) => ['-c', setting])];
    const child = spawn(path.join(bin, 'postgres'), args, {
      ...options,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const lines = createInterface({ input: child.stderr });
    await new Promise<void>((resolve, reject) => {
      lines.on('line', (line) => /ready to accept (read-only )?connections/.test(line) && resolve());
      child.once('exit', (code) => reject(new Error(`postgres ended with ${code}`)));
    });
    return child;
  }

  const url = (role = 'postgres', database = 'postgres') =>
    `postgres://${role}@127.0.0.1:${port}/${database}`;
  server = await launch(data, `port=${port}`);
  return {
    url,
    crash: () => kill(server),
    async start() {
      // After a crash it would write every file of the cluster through to the disk first.
      server = await launch(data, `port=${port}`, 'fsync=off');
    },
    async startStandby(name) {
      const place = { slot: name, data: path.join(folder, name) };
      const client = new pg.Client({ connectionString: url() });
      await client.connect();
      const conninfo = `host=127.0.0.1 port=${port} user=postgres`;
      await backUp(client, data, [place], conninfo, identity, new AbortController().signal);
      await client.end();
      standby = await launch(place.data, `port=${standbyPort}`, 'fsync=off');
      return `postgres://postgres@127.0.0.1:${standbyPort}/postgres`;
    },
    async remove() {
      await kill(standby);
      await kill(server);
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function kill(server: ChildProcess | undefined): Promise<void> {
  if (!server || server.exitCode !== null || server.signalCode !== null) return;
  const exit = once(server, 'exit');
  server.kill('SIGQUIT');
  await exit;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

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
  // Any other, by hand: FXSCALE_POSTGRES=17:/usr/lib/postgresql/17/bin,16:/usr/lib/postgresql/16/bin
  ...(process.env.FXSCALE_POSTGRES ?? '')
    .split(',')
    .filter((entry) => entry !== '')
    .map((entry) => {
      const [version = '', bin = ''] = entry.split(':');
      return { version: Number(version), bin: () => bin, here: true, name: `PostgreSQL ${version}, ${bin}` };
    }),
];

export type OnServer = {
  version: number;
  server(): TestServer;
  /** Seconds; the collectors' clock stands still unless a test moves it. */
  clock: { now: number };
  /** Closed after each test. */
  clients: pg.Client[];
  collectors: Collector[];
  connect(role?: string): Promise<pg.Client>;
  open(role?: string, database?: string): Collector;
};

/** The tests on a server of each version that is here, made for them. */
export function onEachServer(tests: (on: OnServer) => void): void {
  describe.each(servers)('$name', ({ version, bin, here }) => {
    if (!here) return it.skip('is not installed on this machine', () => {});
    let server: TestServer;
    const clients: pg.Client[] = [];
    const collectors: Collector[] = [];
    const clock = { now: 0 };
    beforeAll(async () => {
      server = await createTestServer(bin());
    }, 60_000);
    afterAll(() => server?.remove());
    afterEach(async () => {
      await Promise.all(collectors.splice(0).map((each) => each.close()));
      await Promise.all(clients.splice(0).map((each) => each.end()));
    });
    tests({
      version,
      server: () => server,
      clock,
      clients,
      collectors,
      async connect(role) {
        const client = new pg.Client({ connectionString: server.url(role) });
        client.on('error', () => {});
        await client.connect();
        clients.push(client);
        return client;
      },
      open(role, database) {
        const collector = openPostgres(server.url(role, database), () => clock.now);
        collectors.push(collector);
        return collector;
      },
    });
  });
}

/** What a session did is in the server's statistics only after a flush; this one does not wait for its turn. */
export const flush = (client: pg.Client) => client.query('select pg_stat_force_next_flush()');

export async function one<T>(client: pg.Client, expression: string): Promise<T> {
  const { rows } = await client.query(`select ${expression} as value`);
  return rows[0]?.value;
}
