import { setTimeout as sleep } from 'node:timers/promises';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { Destination } from '../trading/trades.ts';
import { withConnection } from './connect.ts';
import { outboxDepth } from './outbox.ts';

export type RelayMetrics = {
  carried: Counter<'destination'>;
  failures: Counter<'destination'>;
  leader: Gauge<'destination'>;
};

const labelNames = ['destination'] as const;

export function relayMetrics(registry: Registry): RelayMetrics {
  const registers = [registry];
  return {
    carried: new Counter({
      name: 'outbox_carried_total',
      help: 'Outbox rows carried to their destination by this process',
      labelNames,
      registers,
    }),
    failures: new Counter({
      name: 'outbox_failures_total',
      help: 'Times that the relay had to begin anew, because of the database or of the destination',
      labelNames,
      registers,
    }),
    leader: new Gauge({
      name: 'relay_leader',
      help: '1 in the process that carries the rows of the destination, 0 in those that stand by',
      labelNames,
      registers,
    }),
  };
}

const everyMs = 1000;
/** Counting a very long outbox must not become its load: it gets at most this share of the time. */
const share = 0.05;

/** Reads every second how long the outbox is. Of the table, so the same in every relay, whoever leads. */
export function watchOutbox(databases: string[], destinations: Destination[], registry: Registry) {
  const registers = [registry];
  const rows = new Gauge({
    name: 'outbox_rows',
    help: 'Rows of the outbox that wait to be carried',
    labelNames,
    registers,
  });
  const age = new Gauge({
    name: 'outbox_age_seconds',
    help: 'Time that the oldest row of the outbox has waited',
    labelNames,
    registers,
  });
  const ending = new AbortController();
  const pause = (ms: number): Promise<void> =>
    sleep(ms, undefined, { signal: ending.signal }).catch(() => undefined);

  const done = (async () => {
    while (!ending.signal.aborted) {
      const watch = withConnection(databases, 'fx-relay-watch', async (client) => {
        while (!ending.signal.aborted) {
          const start = performance.now();
          for (const { destination, rows: waiting, ageSeconds } of await outboxDepth(client, destinations)) {
            rows.set({ destination }, waiting);
            age.set({ destination }, ageSeconds);
          }
          await pause(Math.max(everyMs, (performance.now() - start) / share));
        }
      });
      // What is wrong with the database the relay itself tells.
      await watch.catch(() => pause(everyMs));
    }
  })();
  return {
    async close() {
      ending.abort();
      await done;
    },
  };
}
