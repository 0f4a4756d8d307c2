import * as fs from 'node:fs';
import { join } from 'node:path';
import { withClient } from '../database/with-client.ts';
import { backUp, dropIdleSlots, type StandbyPlace, slotName } from './base-backup.ts';
import { postgresFolder, unprivileged } from './binaries.ts';
import { createDatabase, databaseUrl, ensureCluster, openFolder, type Place, user } from './cluster.ts';
import { type KeptPostmaster, keepPostmaster, type PostmasterHooks } from './kept-postmaster.ts';
import { commonParameters, freePort } from './postmaster.ts';

export type PostgresSettings = {
  /** A folder to keep the database in; null for a temporary one that is deleted at the end. */
  data: string | null;
  maxConnections: number;
  /** Hot standbys that follow it by streaming replication. */
  standbys?: number;
};

export type PostgresServer = { url: string; pid: number };

export type Postgres = PostgresServer & {
  standbys: PostgresServer[];
  /** Ends the servers within about ten seconds each, and deletes what is temporary. */
  stop(): Promise<void>;
};

export type ServerRole = { role: 'primary' | 'standby'; index: number };

export type PostgresHooks = Pick<PostmasterHooks, 'onSpawn' | 'onEnd' | 'onLost'> & {
  onRestart(server: ServerRole & { pid: number; restarts: number }): void;
  /** To delete when this process cannot. */
  onTemporary(folder: string): void;
};

const primaryParameters = {
  // WAL kept for a standby that never returns must not fill the disk: past this its slot is given up.
  max_slot_wal_keep_size: '512MB',
};

const standbyParameters = {
  hot_standby: 'on',
  // Otherwise VACUUM on the primary would end queries here that may still see the rows.
  hot_standby_feedback: 'on',
  // After the primary's return.
  wal_retrieve_retry_interval: '250ms',
  // How soon a primary that hangs, or a network that swallows, is noticed.
  wal_receiver_timeout: '5s',
};

/**
 * Starts PostgreSQL, with standbys if asked, on free ports of 127.0.0.1, and keeps them running. The caller must stop
 * it: they outlive this process otherwise. Standbys are made anew from the primary at each start, and deleted at the
 * end, also with a data folder: a copy costs seconds for each gigabyte, and needs no care for what it missed.
 * @throws Refusal with the server's own words when it does not start, or when `signal` aborts
 */
export async function startPostgres(
  { data, maxConnections, standbys: count = 0 }: PostgresSettings,
  hooks: PostgresHooks,
  signal: AbortSignal,
): Promise<Postgres> {
  const identity = unprivileged();
  const place: Place = { programs: postgresFolder(identity), folder: openFolder(data, identity), identity };
  if (data === null) hooks.onTemporary(place.folder);
  const common = commonParameters(place, maxConnections);
  const kept: { server: KeptPostmaster; discard: boolean }[] = [];

  const stop = async (): Promise<void> => {
    // The standbys first: a primary's shutdown waits until they have all it wrote.
    for (const { server, discard } of kept.toReversed()) await server.stop(discard);
    removeStandbys(place.folder);
    if (data === null) fs.rmSync(place.folder, { recursive: true, force: true, maxRetries: 5 });
  };
  const start = async (which: ServerRole, folder: string, parameters: object): Promise<Started> => {
    const port = await freePort();
    const settings = { place, data: folder, port, parameters: { ...common, ...parameters } };
    const onRestart = (pid: number, restarts: number): void => hooks.onRestart({ ...which, pid, restarts });
    const server = await keepPostmaster(settings, { ...hooks, onRestart }, signal);
    kept.push({ server, discard: data === null || which.role === 'standby' });
    return { port, pid: server.pid() };
  };

  try {
    removeStandbys(place.folder);
    const password = await ensureCluster(place, signal);
    const cluster = join(place.folder, 'pgdata');
    const primary = await start({ role: 'primary', index: 0 }, cluster, primaryParameters);
    await createDatabase(password, primary.port);
    const copies = Array.from({ length: count }, (_, index) => standbyPlace(place.folder, index));
    await withClient({ connectionString: databaseUrl(password, primary.port) }, async (client) => {
      await dropIdleSlots(client);
      if (count === 0) return;
      const conninfo = `host=127.0.0.1 port=${primary.port} user=${user} password=${password}`;
      await backUp(client, cluster, copies, conninfo, identity, signal);
    });
    const standbys: Started[] = [];
    for (const [index, copy] of copies.entries()) {
      standbys.push(await start({ role: 'standby', index }, copy.data, standbyParameters));
    }
    const described = ({ port, pid }: Started): PostgresServer => ({ url: databaseUrl(password, port), pid });
    return { ...described(primary), standbys: standbys.map(described), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Started = { port: number; pid: number };

function standbyPlace(folder: string, index: number): StandbyPlace {
  return { slot: slotName(index), data: join(folder, `standby-${index}`) };
}

function removeStandbys(folder: string): void {
  for (const name of fs.readdirSync(folder)) {
    if (/^standby-\d+$/.test(name)) fs.rmSync(join(folder, name), { recursive: true, maxRetries: 5 });
  }
}
