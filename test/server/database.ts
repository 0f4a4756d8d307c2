import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll } from 'vitest';
import { maintainDatabase, prepareDatabase } from '../../server/database/prepare.ts';
import { type Guardian, startGuardian } from '../../server/embedded/guardian.ts';
import { builtFolder } from './server.ts';

/** The guardian is a process, so it is the built one. */
export const guardianProgram = pathToFileURL(join(builtFolder, 'server/embedded/guardian-process.js'));

export type TestDatabase = { url: string; pid: number; client: pg.Client; guardian: Guardian };

/** A PostgreSQL of the test file's own, with the platform's tables and `accounts` demo accounts. */
export function useDatabase(accounts = 20): TestDatabase {
  const database = {} as TestDatabase;
  beforeAll(async () => {
    database.guardian = startGuardian(guardianProgram);
    const { url, pid } = await database.guardian.startPostgres({ data: null, maxConnections: 60 });
    await prepareDatabase(url, { accounts, seed: 1 });
    await maintainDatabase(url, null);
    const client = new pg.Client({ connectionString: url, options: '-c timezone=UTC' });
    client.on('error', () => undefined);
    await client.connect();
    Object.assign(database, { url, pid, client });
  });
  afterAll(async () => {
    await database.client?.end();
    await database.guardian?.stop();
  });
  return database;
}
