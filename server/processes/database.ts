import { findPrimary } from '../database/find-primary.ts';
import { maintainDatabase, prepareDatabase } from '../database/prepare.ts';
import type { Guardian } from '../embedded/guardian.ts';
import type { Options } from '../options.ts';
import { Refusal, UNREACHABLE } from '../refusal.ts';
import { backgroundRoles } from './settings.ts';

export type UsedDatabase = {
  url: string;
  /** Null when the database is the user's. */
  pid: number | null;
  /** Standbys to read from. */
  readUrls: string[];
  /** Those that are ours. */
  standbys: { url: string; pid: number }[];
};

/** Connections beside those of the pools: set-up, maintenance, a collector, somebody's psql. */
const spareConnections = 40;
/** As many as PostgreSQL accepts unless it is told otherwise. */
const defaultConnections = 100;

/**
 * The user's database or an embedded one, with tables, partitions, accounts and history in it.
 * @throws Refusal when it cannot be used
 */
export async function useDatabase(
  options: Options,
  guardian: Guardian,
  notes: string[],
): Promise<UsedDatabase> {
  const { database, data, readDatabases } = options;
  if (database !== null) {
    const { primary, answered, error } = await findPrimary([database, ...readDatabases]);
    if (!answered) throw unusable(database, error);
    if (primary === undefined) notes.push('no database takes writes: their tables are taken as they are');
    else await setUp(primary, options).catch((reason) => Promise.reject(unusable(primary, reason)));
    return { url: database, pid: null, readUrls: readDatabases, standbys: [] };
  }
  const processes = options.replicas + backgroundRoles.length;
  const maxConnections = Math.max(defaultConnections, processes * (options.pool + 1) + spareConnections);
  const postgres = await guardian.startPostgres({ data, maxConnections, standbys: options.readReplicas });
  await setUp(postgres.url, options);
  notes.push(
    `embedded PostgreSQL, ${data === null ? 'its data is deleted at the end' : `its data is kept in ${data}`}`,
  );
  return postgres;
}

/** What may be printed: an embedded database's password is new and needed to connect, a user's is nobody's business. */
export function shownUrls({ url, pid, readUrls }: UsedDatabase): {
  database: string;
  readDatabases: string[];
} {
  const shown = (each: string): string => (pid === null ? withoutSecrets(each) : each);
  return { database: shown(url), readDatabases: readUrls.map(shown) };
}

function withoutSecrets(text: string): string {
  const url = new URL(text);
  if (url.password) url.password = '***';
  if (url.searchParams.has('password')) url.searchParams.set('password', '***');
  return url.href;
}

/** The hourly round, on whichever of them is the primary by now. */
export async function maintain({ url, readUrls }: UsedDatabase, { retention }: Options): Promise<void> {
  const { primary } = await findPrimary([url, ...readUrls]);
  if (primary === undefined) throw new Error('no database takes writes now');
  await maintainDatabase(primary, retention);
}

async function setUp(url: string, { accounts, seed, retention }: Options): Promise<void> {
  await prepareDatabase(url, { accounts, seed });
  await maintainDatabase(url, retention);
}

function unusable(url: string, error: unknown): Refusal {
  const { message = '', code = '' } = error as { message?: string; code?: string };
  return new Refusal(UNREACHABLE, `--database ${masked(url)} cannot be used: ${message || code}`);
}

function masked(url: string): string {
  const { protocol, username, host, pathname } = new URL(url);
  return `${protocol}//${username && `${username}@`}${host}${pathname}`;
}
