import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { PostgresSettings } from './postgres.ts';
import { Refusal } from './refusal.ts';

export type GuardianCommand = { do: 'start'; settings: PostgresSettings } | { do: 'remove'; path: string };
export type GuardianEvent =
  | { event: 'postgres'; url: string; pid: number }
  | { event: 'failed'; message: string; exitCode: number }
  | { event: 'ended' };

export type Guardian = {
  startPostgres(settings: PostgresSettings): Promise<{ url: string; pid: number }>;
  /** Removes this CPU group at the end. */
  removeGroup(path: string): void;
  /** Fulfilled when PostgreSQL or the guardian has ended without being asked to. */
  lost: Promise<string>;
  /** Stops PostgreSQL, deletes temporary data and CPU groups. */
  stop(): Promise<void>;
};

/** PostgreSQL gets ten seconds of these to write its data. */
const stopMs = 20_000;

/** @param program where the compiled guardian-process is, for tests that run this file from source */
export function startGuardian(program = new URL('./guardian-process.js', import.meta.url)): Guardian {
  // A process group of its own: Ctrl-C would end PostgreSQL before the requests that need it.
  const child = spawn(process.execPath, [fileURLToPath(program)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  const exited = once(child, 'exit');
  const events = createInterface({ input: child.stdout });
  child.stdin.on('error', () => undefined);
  const send = (command: GuardianCommand): void => void child.stdin.write(`${JSON.stringify(command)}\n`);
  let stopping = false;
  let postgresPid: number | null = null;

  const lost = new Promise<string>((resolve) => {
    events.on('line', (line) => {
      const event: GuardianEvent = JSON.parse(line);
      if (event.event !== 'ended') return;
      postgresPid = null;
      if (!stopping) resolve('PostgreSQL has ended');
    });
    void exited.then(() => {
      // It was killed: its PostgreSQL is now ours to end.
      if (postgresPid !== null && child.signalCode !== null) endOrphan(postgresPid);
      if (!stopping) resolve('the guardian of PostgreSQL has ended');
    });
  });

  return {
    lost,
    startPostgres(settings) {
      const answer = new Promise<{ url: string; pid: number }>((resolve, reject) => {
        events.on('line', (line) => {
          const event: GuardianEvent = JSON.parse(line);
          if (event.event === 'postgres') {
            postgresPid = event.pid;
            resolve({ url: event.url, pid: event.pid });
          }
          if (event.event === 'failed') reject(new Refusal(event.exitCode, event.message));
        });
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
    },
  };
}

function endOrphan(pid: number): void {
  try {
    process.kill(pid, 'SIGQUIT');
  } catch (error) {
    // It ended together with the guardian.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
