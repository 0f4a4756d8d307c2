import { fileURLToPath } from 'node:url';
import { keepRunning } from './keep.ts';
import type { BackgroundRole, Settings } from './settings.ts';

export type BackgroundProcess = { role: BackgroundRole; index: number; pid: number; metrics: string };

export type BackgroundHooks = {
  onReplaced(process: BackgroundProcess, restarts: number): void;
  log(line: string): void;
};

export type Background = {
  ready: Promise<BackgroundProcess>;
  stop(): Promise<void>;
};

const program = fileURLToPath(new URL('./background-process.js', import.meta.url));

/** Keeps one process of the role running. It answers `/metrics` and `/readyz` at `listen`. */
export function startBackground(
  role: BackgroundRole,
  index: number,
  settings: Promise<Settings>,
  listen: { host: string; port: number },
  hooks: BackgroundHooks,
): Background {
  let url = '';
  const described = (pid: number): BackgroundProcess => ({ role, index, pid, metrics: `${url}/metrics` });
  const kept = keepRunning(`${role} ${index}`, [program, role], {
    onSpawn() {
      settings.then(
        (ready) => kept.tell({ do: 'start', settings: ready, listen }),
        // The caller, who has the promise too, ends everything.
        () => undefined,
      );
    },
    onMessage(message) {
      if (message.is === 'ready') url = message.url;
    },
    onEnd: () => undefined,
    onReplaced: (pid, restarts) => hooks.onReplaced(described(pid), restarts),
    log: hooks.log,
  });
  return { ready: kept.ready.then(described), stop: kept.stop };
}
