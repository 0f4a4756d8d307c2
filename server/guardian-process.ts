/**
 * Holds what must not outlive the server, and clears it away when the server is gone, however it went: stdin is a
 * pipe from the server, and the kernel closes it even after a `kill -9`. PostgreSQL is this process's child, so there
 * is no moment at which it runs and nobody knows of it.
 */
import { createInterface } from 'node:readline';
import { removeCpuGroups } from './cgroup.ts';
import type { GuardianCommand, GuardianEvent } from './guardian.ts';
import { type Postgres, type PostgresSettings, startPostgres } from './postgres.ts';
import { Refusal } from './refusal.ts';

// Ctrl-C is the server's to handle.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.stdout.on('error', () => undefined);

const closing = new AbortController();
const groups: string[] = [];
let starting: Promise<Postgres | undefined> = Promise.resolve(undefined);

function say(event: GuardianEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

async function start(settings: PostgresSettings): Promise<Postgres | undefined> {
  try {
    const postgres = await startPostgres(settings, closing.signal);
    say({ event: 'postgres', url: postgres.url, pid: postgres.pid });
    void postgres.ended.then(() => say({ event: 'ended' }));
    return postgres;
  } catch (error) {
    const exitCode = error instanceof Refusal ? error.exitCode : 1;
    say({ event: 'failed', message: error instanceof Error ? error.message : String(error), exitCode });
    return undefined;
  }
}

const commands = createInterface({ input: process.stdin });
commands.on('line', (line) => {
  const command: GuardianCommand = JSON.parse(line);
  if (command.do === 'start') starting = start(command.settings);
  else groups.push(command.path);
});
commands.on('close', async () => {
  closing.abort();
  const postgres = await starting;
  await postgres?.stop();
  await removeCpuGroups(groups);
  process.exit(0);
});
