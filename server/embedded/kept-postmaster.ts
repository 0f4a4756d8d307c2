import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { endPostmaster, exited, type PostmasterSettings, spawnPostmaster, untilReady } from './postmaster.ts';

export type KeptPostmaster = {
  pid(): number;
  /** @param discard its data is about to be deleted: it need not be written first */
  stop(discard: boolean): Promise<void>;
};

export type PostmasterHooks = {
  /** As soon as there is a process. */
  onSpawn(pid: number): void;
  onEnd(pid: number): void;
  /** It runs again, on the same port and data. */
  onRestart(pid: number, restarts: number): void;
  /** It could not be brought back: nothing more is tried. */
  onLost(reason: string): void;
};

/**
 * The delays grow to two seconds, so that these are some fifteen seconds: the processes of a postmaster that was killed
 * may hold its shared memory for a moment, and with it every attempt fails.
 */
const mostFailures = 12;
const backoffMs = { first: 100, most: 2000, forgottenAfter: 10_000 };

/**
 * Starts PostgreSQL, and starts it again whenever it ends without being asked to.
 * @throws Refusal when it does not start the first time, or when `signal` aborts before it has
 */
export async function keepPostmaster(
  settings: PostmasterSettings,
  hooks: PostmasterHooks,
  signal: AbortSignal,
): Promise<KeptPostmaster> {
  let server: ChildProcess;
  let stopping = false;

  function spawn(): { ready: Promise<void>; ended: Promise<void> } {
    const spawned = spawnPostmaster(settings);
    server = spawned;
    const pid = spawned.pid ?? 0;
    if (pid) hooks.onSpawn(pid);
    const ended = exited(spawned).then(() => hooks.onEnd(pid));
    return { ready: untilReady(spawned, settings.data), ended };
  }

  async function restart(ended: Promise<void>): Promise<void> {
    let failures = 0;
    let restarts = 0;
    let last = ended;
    for (let since = performance.now(); ; since = performance.now()) {
      await last;
      if (performance.now() - since > backoffMs.forgottenAfter) failures = 0;
      if (stopping) return;
      if (++failures > mostFailures) return hooks.onLost('PostgreSQL ends again and again');
      await sleep(Math.min(backoffMs.first * 2 ** (failures - 1), backoffMs.most));
      if (stopping) return;
      const next = spawn();
      last = next.ended;
      // When it does not get ready it ends, which counts as a failure.
      next.ready.then(
        () => hooks.onRestart(server.pid ?? 0, ++restarts),
        () => undefined,
      );
    }
  }

  signal.throwIfAborted();
  const first = spawn();
  const abort = (): void => void server.kill('SIGINT');
  signal.addEventListener('abort', abort);
  try {
    await first.ready;
  } finally {
    signal.removeEventListener('abort', abort);
  }
  void restart(first.ended);
  return {
    pid: () => server.pid ?? 0,
    stop(discard) {
      stopping = true;
      return endPostmaster(server, discard);
    },
  };
}
