import { type ChildProcess, fork } from 'node:child_process';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { BurnTimes } from './burn.ts';
import { Refusal } from './refusal.ts';

export type ReplicaSettings = {
  replicas: number;
  database: string;
  pool: number;
  seed: number;
  /** Milliseconds since 1970 at which all replicas' quotes begin. */
  epoch: number;
  burn: BurnTimes;
};

export type ToReplica =
  | { do: 'start'; settings: ReplicaSettings }
  | { do: 'accept' }
  | { do: 'peers'; urls: string[] }
  | { do: 'end' };
export type FromReplica = { is: 'ready'; url: string } | { is: 'leaving' };

export type Replica = { index: number; pid: number; metrics: string };

export type ReplicaHooks = {
  /** As soon as there is a process, before it has done anything. */
  onSpawn(pid: number, index: number): void;
  /** A replica took the place of one that had ended. */
  onReplaced(replica: Replica, restarts: number): void;
  log(line: string): void;
};

export type Replicas = {
  /** Fulfilled when all are there and answer; a Refusal when one ends before that. */
  ready: Promise<Replica[]>;
  /** Hands a connection to the next replica, in turn; without any, it is reset. */
  accept(socket: Socket): void;
  /** Lets each finish its requests and end. */
  stop(): Promise<void>;
};

type Slot = { index: number; child: ChildProcess | null; url: string | null };

const program = fileURLToPath(new URL('./replica-process.js', import.meta.url));
/** Longer than a replica gives its requests. */
const stopMs = 12_000;
const backoffMs = { first: 100, most: 5000, forgottenAfter: 30_000 };

/**
 * Keeps `count` processes running, which load while the settings are still awaited. The server itself accepts the
 * connections and hands them over in turn, as a Kubernetes Service does for each connection and not for each request.
 * Not node:cluster: there the port is closed while a lone replica is replaced, and a port that is taken shows only
 * after everything has started.
 */
export function startReplicas(
  count: number,
  settings: Promise<ReplicaSettings>,
  hooks: ReplicaHooks,
): Replicas {
  const slots = Array.from({ length: count }, (_, index): Slot => ({ index, child: null, url: null }));
  let next = 0;
  let stopping = false;

  const inRotation = (): Slot[] => slots.filter((slot) => slot.url !== null);

  function tell(slot: Slot, message: ToReplica, socket?: Socket): void {
    // It may have ended an instant ago: then there is nobody to tell, and the connection is lost with it.
    slot.child?.send(message, socket, (error) => {
      if (error) socket?.destroy();
    });
  }

  function setUrl(slot: Slot, url: string | null): void {
    slot.url = url;
    const urls = inRotation().flatMap((each) => each.url ?? []);
    for (const each of inRotation()) tell(each, { do: 'peers', urls });
  }

  /** Runs one process in the slot. @returns why it ended */
  function run(slot: Slot, onReady: (replica: Replica) => void): Promise<string> {
    const child = fork(program, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const pid = child.pid ?? 0;
    slot.child = child;
    hooks.onSpawn(pid, slot.index);
    settings.then(
      (ready) => tell(slot, { do: 'start', settings: ready }),
      // The caller, who has the promise too, ends everything.
      () => undefined,
    );
    child.on('message', (message: FromReplica) => {
      setUrl(slot, message.is === 'ready' ? message.url : null);
      if (message.is === 'ready') onReady({ index: slot.index, pid, metrics: `${message.url}/metrics` });
    });
    return new Promise((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => {
        slot.child = null;
        setUrl(slot, null);
        resolve(`replica ${slot.index} (process ${pid}) ended with ${signal ?? `code ${code}`}`);
      });
    });
  }

  /** Keeps the slot filled. Rejects when the very first process ends before it is ready. */
  async function keep(slot: Slot, onFirst: (replica: Replica) => void): Promise<void> {
    let first = true;
    for (let restarts = 0, failures = 0; !stopping; restarts++) {
      const start = performance.now();
      const reason = await run(slot, (replica) => {
        if (first) onFirst(replica);
        else hooks.onReplaced(replica, restarts);
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

  async function stopOne(slot: Slot): Promise<void> {
    const { child } = slot;
    if (!child) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    tell(slot, { do: 'end' });
    const killer = setTimeout(() => child.kill('SIGKILL'), stopMs);
    await ended;
    clearTimeout(killer);
  }

  return {
    ready: Promise.all(
      slots.map((slot) => new Promise<Replica>((resolve, reject) => keep(slot, resolve).catch(reject))),
    ),
    accept(socket) {
      const live = inRotation();
      const slot = live[next++ % live.length];
      if (slot) tell(slot, { do: 'accept' }, socket);
      else socket.resetAndDestroy();
    },
    async stop() {
      stopping = true;
      await Promise.all(slots.map(stopOne));
    },
  };
}
