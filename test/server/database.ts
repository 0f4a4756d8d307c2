import pg from 'pg';
import { afterAll, beforeAll } from 'vitest';
import { type Guardian, startGuardian } from '../../server/guardian.ts';
import { maintainDatabase, prepareDatabase } from '../../server/prepare.ts';

/** The guardian is a process, so it is the built one. */
export const guardianProgram = new URL('../../dist/server/guardian-process.js', import.meta.url);

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
