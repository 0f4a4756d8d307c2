import { type ChildProcess, fork } from 'node:child_process';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Refusal } from '../refusal.ts';
import type { FromProcess, ToProcess } from './settings.ts';

export type Kept = {
  /** Fulfilled with the pid when the first process is ready; a Refusal when it ends before that. */
  ready: Promise<number>;
  tell(message: ToProcess, socket?: Socket): void;
  /** Lets the process finish what it does, and ends it. */
  stop(): Promise<void>;
};

export type KeepHooks = {
  /** As soon as there is a process, before it has done anything. */
  onSpawn(pid: number): void;
  /** `pid` is that of the process that sent it. */
  onMessage(message: FromProcess, pid: number): void;
  onEnd(): void;
  /** A process took the place of one that had ended, and is ready. */
  onReplaced(pid: number, restarts: number): void;
  log(line: string): void;
};

/** Longer than a process gives its requests. */
const stopMs = 12_000;
const backoffMs = { first: 100, most: 5000, forgottenAfter: 30_000 };

/** kafkajs sets timers for times past, which newer versions of Node print a warning of. */
const execArgv = [...process.execArgv, '--disable-warning=TimeoutNegativeWarning'];

/** Keeps one process of `program` running, starting another one when it ends. */
export function keepRunning(name: string, [program, ...args]: [string, ...string[]], hooks: KeepHooks): Kept {
  let child: ChildProcess | null = null;
  let stopping = false;

  function tell(message: ToProcess, socket?: Socket): void {
    // It may have ended an instant ago: then there is nobody to tell, and the connection is lost with it.
    child?.send(message, socket, (error) => {
      if (error) socket?.destroy();
    });
  }

  /** @returns why it ended */
  function run(onReady: (pid: number) => void): Promise<string> {
    const process = fork(program, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv });
    const pid = process.pid ?? 0;
    child = process;
    hooks.onSpawn(pid);
    process.on('message', (message: FromProcess) => {
      hooks.onMessage(message, pid);
      if (message.is === 'ready') onReady(pid);
    });
    return new Promise((resolve) => {
      process.once('error', (error) => resolve(error.message));
      process.once('exit', (code, signal) => {
        child = null;
        hooks.onEnd();
        resolve(`${name} (process ${pid}) ended with ${signal ?? `code ${code}`}`);
      });
    });
  }

  /** Rejects when the very first process ends before it is ready. */
  async function keep(onFirst: (pid: number) => void): Promise<void> {
    let first = true;
    for (let restarts = 0, failures = 0; !stopping; restarts++) {
      const start = performance.now();
      const reason = await run((pid) => {
        if (first) onFirst(pid);
        else hooks.onReplaced(pid, restarts);
        first = false;
      });
      if (stopping) return;
      if (first) throw new Refusal(1, reason);
      failures = performance.now() - start > backoffMs.forgottenAfter ? 1 : failures + 1;
      const delay = Math.min(backoffMs.first * 2 ** (failures - 1), backoffMs.most);
      hooks.log(`${reason}; another one starts in ${delay / 1000} s`);
      await sleep(delay);
    }
  }

  return {
    ready: new Promise((resolve, reject) => keep(resolve).catch(reject)),
    tell,
    async stop() {
      stopping = true;
      const last = child;
      if (!last) return;
      const ended = new Promise((resolve) => last.once('exit', resolve));
      tell({ do: 'end' });
      const killer = setTimeout(() => last.kill('SIGKILL'), stopMs);
      await ended;
      clearTimeout(killer);
    },
  };
}
