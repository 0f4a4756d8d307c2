import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type Identity, postgresFolder, reachable, temporaryRoot, unprivileged } from './binaries.ts';
import { Refusal, USAGE } from './refusal.ts';

export type PostgresSettings = {
  /** A folder to keep the database in; null for a temporary one that is deleted at the end. */
  data: string | null;
  maxConnections: number;
};

export type Postgres = {
  url: string;
  pid: number;
  /** Settles when the server has ended, for whatever reason. */
  ended: Promise<void>;
  /** Ends the server within about ten seconds, and deletes a temporary folder. */
  stop(): Promise<void>;
};

const database = 'fxplatform';
const user = 'fx';

/**
 * Starts PostgreSQL on a free port of 127.0.0.1. The caller must stop it: it outlives this process otherwise.
 * @throws Refusal with the server's own words when it does not start, or when `signal` aborts
 */
export async function startPostgres(settings: PostgresSettings, signal: AbortSignal): Promise<Postgres> {
  const identity = unprivileged();
  const programs = postgresFolder(identity);
  const folder = openFolder(settings.data, identity);
  let server: ChildProcess | undefined;
  const stop = async (): Promise<void> => {
    if (server) await end(server, settings.data === null);
    if (settings.data === null) fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const password = await ensureCluster(programs, folder, identity, signal);
    const port = await freePort();
    signal.throwIfAborted();
    server = spawn(
      join(programs, 'bin', 'postgres'),
      ['-D', join(folder, 'pgdata'), '-p', String(port), ...flags(programs, settings.maxConnections)],
      { ...environment(folder, identity), stdio: ['ignore', 'ignore', 'pipe'] },
    );
    const ended = exit(server);
    const abort = (): void => void server?.kill('SIGINT');
    signal.addEventListener('abort', abort);
    await untilReady(server, folder);
    signal.removeEventListener('abort', abort);
    const url = (name: string): string =>
      `postgres://${user}:${password}@127.0.0.1:${port}/${name}?sslmode=disable`;
    await createDatabase(url('postgres'), url(database));
    return { url: url(database), pid: server.pid ?? 0, ended, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function openFolder(data: string | null, identity: Identity): string {
  if (data === null) return owned(fs.mkdtempSync(join(temporaryRoot(identity), 'fxscale-data-')), identity);
  const folder = resolve(data);
  let created = false;
  try {
    if (!fs.existsSync(folder)) {
      fs.mkdirSync(folder, { mode: 0o700 });
      created = true;
    }
    const entries = fs.readdirSync(folder);
    if (entries.length > 0 && !entries.includes('password')) {
      throw new Refusal(USAGE, `--data ${folder} holds something else: give an empty or a new folder`);
    }
    if (!reachable(dirname(folder), identity)) {
      const reason = 'is out of reach for the user nobody, as whom PostgreSQL runs for root';
      throw new Refusal(USAGE, `--data ${folder} ${reason}: give a folder outside of private ones`);
    }
    return owned(folder, identity);
  } catch (error) {
    if (created) fs.rmSync(folder, { recursive: true });
    if (error instanceof Refusal) throw error;
    throw new Refusal(
      USAGE,
      `--data ${folder} cannot be used: ${error instanceof Error ? error.message : error}`,
    );
  }
}

function owned(folder: string, identity: Identity): string {
  if (identity) fs.chownSync(folder, identity.uid, identity.gid);
  return folder;
}

function environment(cwd: string, identity: Identity) {
  // The working folder of root may be out of reach. LC_ALL=C: `untilReady` reads the server's messages.
  return { ...identity, cwd, env: { ...process.env, LC_ALL: 'C', PGDATA: undefined, PGOPTIONS: undefined } };
}

/** Makes the database cluster unless it is there. Its password, which keeps other users of the machine out. */
async function ensureCluster(
  programs: string,
  folder: string,
  identity: Identity,
  signal: AbortSignal,
): Promise<string> {
  const passwordFile = join(folder, 'password');
  const cluster = join(folder, 'pgdata');
  if (fs.existsSync(cluster)) return fs.readFileSync(passwordFile, 'utf8').trim();

  const password = randomBytes(18).toString('base64url');
  fs.writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  if (identity) fs.chownSync(passwordFile, identity.uid, identity.gid);
  // A cluster that was not finished must not be taken for one: it gets its name when it is whole.
  const unfinished = join(folder, 'pgdata.new');
  fs.rmSync(unfinished, { recursive: true, force: true });
  const initdb = spawn(
    join(programs, 'bin', 'initdb'),
    [
      ...['-D', unfinished, '-U', user, '--pwfile', passwordFile, '--auth=scram-sha-256'],
      ...['--encoding=UTF8', '--locale=C', '--no-sync', '--no-instructions'],
    ],
    { ...environment(folder, identity), stdio: ['ignore', 'ignore', 'pipe'], signal },
  );
  let complaint = '';
  initdb.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  initdb.once('error', (error) => {
    complaint += error.message;
  });
  const code = await new Promise<number | null>((resolve) => initdb.once('close', resolve));
  if (code !== 0) throw new Refusal(1, `PostgreSQL cannot make a database in ${folder}: ${complaint}`);
  fs.renameSync(unfinished, cluster);
  return password;
}

function flags(programs: string, maxConnections: number): string[] {
  const parameters: Record<string, string | number> = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: maxConnections,
    timezone: 'UTC',
    track_io_timing: 'on',
    track_wal_io_timing: 'on',
  };
  const library = join(programs, 'lib', 'postgresql', 'pg_stat_statements');
  if (['.so', '.dylib'].some((ending) => fs.existsSync(library + ending))) {
    parameters.shared_preload_libraries = 'pg_stat_statements';
  }
  return Object.entries(parameters).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

async function untilReady(server: ChildProcess, folder: string): Promise<void> {
  if (!server.stderr) throw new Error('the stderr of PostgreSQL is not a pipe');
  const lines = createInterface({ input: server.stderr });
  const complaints: string[] = [];
  await new Promise<void>((resolve, reject) => {
    lines.on('line', (line) => {
      if (line.includes('database system is ready to accept connections')) resolve();
      if (/ (FATAL|ERROR|PANIC|HINT): /.test(line))
        complaints.push(line.replace(/^.*?(FATAL|ERROR|PANIC|HINT):\s*/, ''));
    });
    server.once('error', reject);
    server.once('exit', () => {
      reject(
        new Refusal(1, `PostgreSQL does not start in ${folder}: ${complaints.join('. ') || 'it ended'}`),
      );
    });
  });
  // From here on its log is read only to keep the pipe empty.
  lines.removeAllListeners('line');
}

async function createDatabase(maintenanceUrl: string, url: string): Promise<void> {
  await run(maintenanceUrl, async (client) => {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [database]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${database}`);
  });
  await run(url, async (client) => {
    const { rows } = await client.query('SHOW shared_preload_libraries');
    if (rows[0]?.shared_preload_libraries)
      await client.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
  });
}

async function run(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

/** SIGINT is a fast shutdown; SIGQUIT leaves out the checkpoint, which data about to be deleted does not need. */
async function end(server: ChildProcess, discard: boolean): Promise<void> {
  const gone = (): boolean => server.exitCode !== null || server.signalCode !== null;
  if (gone() || server.pid === undefined) return;
  const ended = exit(server);
  server.kill(discard ? 'SIGQUIT' : 'SIGINT');
  await Promise.race([ended, sleep(10_000, undefined, { ref: false })]);
  if (!gone()) {
    server.kill('SIGKILL');
    await ended;
  }
}

function exit(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => child.once('exit', () => resolve()));
}
