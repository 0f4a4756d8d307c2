import { constants } from 'node:fs';
import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import type { Identity } from './binaries.ts';

/** A standby as PostgreSQL knows it: its slot on the primary, and its data folder. */
export type StandbyPlace = { slot: string; data: string };

const slotPrefix = 'fxscale_standby_';

export function slotName(index: number): string {
  return slotPrefix + index;
}

/** Drops the slots of an earlier run's standbys: they would keep WAL for somebody who never comes. */
export async function dropIdleSlots(client: pg.Client): Promise<void> {
  await client.query(
    `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots
     WHERE starts_with(slot_name, $1) AND NOT active`,
    [slotPrefix],
  );
}

/**
 * Copies a running primary's data into the folders of its standbys. The slots come first: from then on the primary
 * keeps the WAL that a copy needs to become consistent. Pages torn by the copying are mended by that WAL.
 * @param conninfo how a standby connects to its primary, password and all; it is written into the standby's folder
 */
export async function backUp(
  client: pg.Client,
  source: string,
  standbys: StandbyPlace[],
  conninfo: string,
  identity: Identity,
  signal: AbortSignal,
): Promise<void> {
  for (const { slot } of standbys) {
    await client.query('SELECT pg_create_physical_replication_slot($1, immediately_reserve => true)', [slot]);
  }
  await client.query("SELECT pg_backup_start('fxscale', fast => true)");
  for (const { data } of standbys) await copyData(source, data, identity, signal);
  const { rows } = await client.query<{ label: string }>(
    'SELECT labelfile AS label FROM pg_backup_stop(wait_for_archive => false)',
  );
  for (const { slot, data } of standbys) {
    await write(join(data, 'backup_label'), rows[0]?.label ?? '', identity);
    await write(join(data, 'standby.signal'), '', identity);
    const settings = `primary_conninfo = '${conninfo} application_name=${slot}'\nprimary_slot_name = '${slot}'\n`;
    await write(join(data, 'postgresql.auto.conf'), settings, identity);
  }
}

async function write(path: string, text: string, identity: Identity): Promise<void> {
  await fs.writeFile(path, text, { mode: 0o600 });
  if (identity) await fs.chown(path, identity.uid, identity.gid);
}

/** What is of the running server and not of its data, as pg_basebackup leaves it out. */
const notCopied = /^(postmaster\.(pid|opts)|backup_label|tablespace_map|pg_internal\.init|pgsql_tmp.*)$/;
const emptied = /^pg_(wal(\/.+)?|replslot|dynshmem|notify|serial|snapshots|stat_tmp|subtrans)$/;

async function copyData(
  source: string,
  target: string,
  identity: Identity,
  signal: AbortSignal,
  inner = '',
): Promise<void> {
  const folder = join(target, inner);
  await fs.mkdir(folder, { mode: 0o700 });
  if (identity) await fs.chown(folder, identity.uid, identity.gid);
  for (const entry of await fs.readdir(join(source, inner), { withFileTypes: true })) {
    signal.throwIfAborted();
    const path = join(inner, entry.name);
    if (entry.isDirectory()) await copyData(source, target, identity, signal, path);
    else if (!emptied.test(inner) && !notCopied.test(entry.name)) {
      await copyFile(join(source, path), join(target, path), identity);
    }
  }
}

async function copyFile(source: string, target: string, identity: Identity): Promise<void> {
  try {
    await fs.copyFile(source, target, constants.COPYFILE_FICLONE);
  } catch (error) {
    // A table that was dropped a moment ago; the WAL tells the standby so.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (identity) await fs.chown(target, identity.uid, identity.gid);
}
