import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { type Kept, keepRunning } from './keep.ts';
import type { FromProcess, Settings } from './settings.ts';

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

type Slot = { index: number; url: string | null; kept: Kept };

const program = fileURLToPath(new URL('./replica-process.js', import.meta.url));

/**
 * Keeps `count` processes running, which load while the settings are still awaited. The server itself accepts the
 * connections and hands them over in turn, as a Kubernetes Service does for each connection and not for each request.
 * Not node:cluster: there the port is closed while a lone replica is replaced, and a port that is taken shows only
 * after everything has started.
 */
export function startReplicas(count: number, settings: Promise<Settings>, hooks: ReplicaHooks): Replicas {
  let next = 0;
  const inRotation = (): Slot[] => slots.filter((slot) => slot.url !== null);

  function setUrl(slot: Slot, url: string | null): void {
    slot.url = url;
    const urls = inRotation().flatMap((each) => each.url ?? []);
    for (const each of inRotation()) each.kept.tell({ do: 'peers', urls });
  }

  function receive(slot: Slot, message: FromProcess): void {
    if (message.is === 'say') {
      const others = inRotation().filter((each) => each !== slot);
      for (const each of others) each.kept.tell({ do: 'hear', messages: message.messages });
    } else {
      setUrl(slot, message.is === 'ready' ? message.url : null);
    }
  }

  function open(index: number): Slot {
    const kept = keepRunning(`replica ${index}`, [program], {
      onSpawn(pid) {
        hooks.onSpawn(pid, index);
        settings.then(
          (ready) => kept.tell({ do: 'start', settings: ready, listen: { host: '127.0.0.1', port: 0 } }),
          // The caller, who has the promise too, ends everything.
          () => undefined,
        );
      },
      onMessage: (message) => receive(slot, message),
      onEnd: () => setUrl(slot, null),
      onReplaced: (pid, restarts) => hooks.onReplaced(replica(slot, pid), restarts),
      log: hooks.log,
    });
    const slot: Slot = { index, url: null, kept };
    return slot;
  }

  const slots = Array.from({ length: count }, (_, index) => open(index));
  return {
    ready: Promise.all(slots.map(async (slot) => replica(slot, await slot.kept.ready))),
    accept(socket) {
      const live = inRotation();
      const slot = live[next++ % live.length];
      if (slot) slot.kept.tell({ do: 'accept' }, socket);
      else socket.resetAndDestroy();
    },
    async stop() {
      await Promise.all(slots.map((slot) => slot.kept.stop()));
    },
  };
}

function replica({ index, url }: Slot, pid: number): Replica {
  return { index, pid, metrics: `${url}/metrics` };
}
