/**
 * Holds what must not outlive the server, and clears it away when the server is gone, however it went: stdin is a
 * pipe from the server, and the kernel closes it even after a `kill -9`. PostgreSQL is this process's child, so there
 * is no moment at which it runs and nobody knows of it.
 */
import { createInterface } from 'node:readline';
import { Refusal } from '../refusal.ts';
import { removeCpuGroups } from './cgroup.ts';
import type { GuardianCommand, GuardianEvent } from './guardian.ts';
import { type Postgres, type PostgresHooks, type PostgresSettings, startPostgres } from './postgres.ts';

// Ctrl-C is the server's to handle.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.stdout.on('error', () => undefined);

const closing = new AbortController();
const groups: string[] = [];
let starting: Promise<Postgres | undefined> = Promise.resolve(undefined);

function say(event: GuardianEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

const hooks: PostgresHooks = {
  onSpawn: (pid) => say({ event: 'spawned', pid }),
  onEnd: (pid) => say({ event: 'ended', pid }),
  onRestart: (server) => say({ event: 'restarted', server }),
  onLost: (reason) => say({ event: 'lost', reason }),
  onTemporary: (folder) => say({ event: 'temporary', folder }),
};

async function start(settings: PostgresSettings): Promise<Postgres | undefined> {
  try {
    const postgres = await startPostgres(settings, hooks, closing.signal);
    const { url, pid, standbys } = postgres;
    say({ event: 'postgres', url, pid, standbys });
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
