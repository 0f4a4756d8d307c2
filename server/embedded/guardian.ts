import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Refusal } from '../refusal.ts';
import { clearOrphans } from './orphans.ts';
import type { PostgresServer, PostgresSettings, ServerRole } from './postgres.ts';

export type GuardianCommand = { do: 'start'; settings: PostgresSettings } | { do: 'remove'; path: string };
export type RestartedServer = ServerRole & { pid: number; restarts: number };
export type GuardianEvent =
  | ({ event: 'postgres'; standbys: PostgresServer[] } & PostgresServer)
  | { event: 'failed'; message: string; exitCode: number }
  | { event: 'spawned' | 'ended'; pid: number }
  | { event: 'restarted'; server: RestartedServer }
  | { event: 'temporary'; folder: string }
  | { event: 'lost'; reason: string };

export type StartedPostgres = PostgresServer & {
  standbys: PostgresServer[];
  /** Those of the standbys. */
  readUrls: string[];
};

export type Guardian = {
  startPostgres(settings: PostgresSettings): Promise<StartedPostgres>;
  /** Removes this CPU group at the end. */
  removeGroup(path: string): void;
  /** Fulfilled when PostgreSQL cannot be brought back, or the guardian has ended without being asked to. */
  lost: Promise<string>;
  /** Stops PostgreSQL, deletes temporary data and CPU groups. */
  stop(): Promise<void>;
};

/** PostgreSQL gets ten seconds of these to write its data. */
const stopMs = 25_000;

/**
 * @param program where the compiled guardian-process is, for tests that run this file from source
 * @param onRestart told when a PostgreSQL that had ended runs again
 */
export function startGuardian(
  program = new URL('./guardian-process.js', import.meta.url),
  onRestart: (server: RestartedServer) => void = () => undefined,
): Guardian {
  // A process group of its own: Ctrl-C would end PostgreSQL before the requests that need it.
  const child = spawn(process.execPath, [fileURLToPath(program)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  // `close` and not `exit`: then everything it said has been read.
  const exited = once(child, 'close');
  const events = createInterface({ input: child.stdout });
  child.stdin.on('error', () => undefined);
  const send = (command: GuardianCommand): void => void child.stdin.write(`${JSON.stringify(command)}\n`);
  const running = new Set<number>();
  const temporary: string[] = [];
  let stopping = false;
  let started = (_event: GuardianEvent): void => undefined;

  const lost = new Promise<string>((resolve) => {
    events.on('line', (line) => {
      const event: GuardianEvent = JSON.parse(line);
      started(event);
      if (event.event === 'spawned') running.add(event.pid);
      if (event.event === 'ended') running.delete(event.pid);
      if (event.event === 'temporary') temporary.push(event.folder);
      if (event.event === 'restarted') onRestart(event.server);
      if (event.event === 'lost' && !stopping) resolve(event.reason);
    });
    void exited.then(async () => {
      // It was killed: what it held is now ours to clear away.
      if (child.signalCode !== null) await clearOrphans([...running], temporary);
      if (!stopping) resolve('the guardian of PostgreSQL has ended');
    });
  });

  return {
    lost,
    startPostgres(settings) {
      const answer = new Promise<StartedPostgres>((resolve, reject) => {
        started = (event) => {
          if (event.event === 'postgres') {
            const { url, pid, standbys } = event;
            resolve({ url, pid, standbys, readUrls: standbys.map((standby) => standby.url) });
          }
          if (event.event === 'failed') reject(new Refusal(event.exitCode, event.message));
        };
        void exited.then(() => reject(new Refusal(1, 'the guardian of PostgreSQL has ended')));
      });
      send({ do: 'start', settings });
      return answer;
    },
    removeGroup: (path) => send({ do: 'remove', path }),
    async stop() {
      stopping = true;
      child.stdin.end();
      const killer = setTimeout(() => child.kill('SIGKILL'), stopMs);
      await exited;
      clearTimeout(killer);
      if (child.signalCode !== null) await clearOrphans([...running], temporary);
    },
  };
}
