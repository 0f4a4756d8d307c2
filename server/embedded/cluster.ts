import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { withClient } from '../database/with-client.ts';
import { Refusal, USAGE } from '../refusal.ts';
import { type Identity, reachable, temporaryRoot } from './binaries.ts';

/** Where the programs are, whom they run as, and the folder that holds the data. */
export type Place = { programs: string; folder: string; identity: Identity };

export const user = 'fx';
const database = 'fxplatform';

/** The folder of the data: `data`, or a temporary one when it is null. */
export function openFolder(data: string | null, identity: Identity): string {
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

/** How its programs are spawned. */
export function environment({ folder, identity }: Place) {
  // The working folder of root may be out of reach. LC_ALL=C: the server's messages are read.
  const env = { ...process.env, LC_ALL: 'C', PGDATA: undefined, PGOPTIONS: undefined };
  return { ...identity, cwd: folder, env };
}

/** Makes the database cluster unless it is there. Its password, which keeps other users of the machine out. */
export async function ensureCluster(place: Place, signal: AbortSignal): Promise<string> {
  const { programs, folder, identity } = place;
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
    { ...environment(place), stdio: ['ignore', 'ignore', 'pipe'], signal },
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

export function databaseUrl(password: string, port: number, name = database): string {
  return `postgres://${user}:${password}@127.0.0.1:${port}/${name}?sslmode=disable`;
}

/** Makes the platform's database unless it is there. */
export async function createDatabase(password: string, port: number): Promise<void> {
  await withClient({ connectionString: databaseUrl(password, port, 'postgres') }, async (client) => {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [database]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${database}`);
  });
  await withClient({ connectionString: databaseUrl(password, port) }, async (client) => {
    const { rows } = await client.query('SHOW shared_preload_libraries');
    if (rows[0]?.shared_preload_libraries)
      await client.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
  });
}
