import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { Log } from '../processes/role.ts';
import type { Destination } from '../trading/trades.ts';
import { within } from '../within.ts';
import { withConnection } from './connect.ts';
import { type Carrier, isEmpty, takeRows } from './outbox.ts';
import type { RelayMetrics } from './relay-metrics.ts';

export type CarryOptions = {
  /** The primary and its standbys, in any order. */
  databases: string[];
  destination: Destination;
  carrier: Carrier;
  metrics: RelayMetrics;
  log: Log;
  batchRows?: number;
  /** A carrier that takes longer is taken to hang. */
  carrySeconds?: number;
};

export type CarryLoop = { trouble(): string | undefined; close(): Promise<void> };

const pauseMs = { idle: 50, standby: 500, firstFailure: 100, most: 2000 };

/**
 * Carries the rows of one destination, as the only process that does. Rows are taken out and carried in one transaction:
 * one that fails, or a process that ends anywhere in between, leaves them to be carried again, so they arrive at least
 * once, those of an account in order.
 */
export function carryOutbox(options: CarryOptions): CarryLoop {
  const { databases, destination, carrier, metrics, log, batchRows = 500, carrySeconds = 8 } = options;
  const ending = new AbortController();
  let trouble: string | undefined;
  let failures = 0;

  const pause = (ms: number): Promise<void> =>
    sleep(ms, undefined, { signal: ending.signal }).catch(() => undefined);

  /** @returns how many rows there were */
  async function carryBatch(client: pg.Client): Promise<number> {
    if (await isEmpty(client, destination)) return 0;
    await client.query('BEGIN');
    const rows = await takeRows(client, destination, batchRows);
    if (rows.length > 0)
      await within(carrySeconds, `carrying ${rows.length} rows to ${destination}`, carrier.carry(rows));
    await client.query('COMMIT');
    metrics.carried.inc({ destination }, rows.length);
    return rows.length;
  }

  /** The lock belongs to the connection: it is free when the connection is gone, for whatever reason. */
  async function lead(client: pg.Client): Promise<boolean> {
    const { rows } = await client.query<{ leader: boolean }>(
      "SELECT pg_try_advisory_lock(hashtext('fx-relay'), hashtext($1)) AS leader",
      [destination],
    );
    return rows[0]?.leader ?? false;
  }

  async function relay(client: pg.Client): Promise<void> {
    while (!ending.signal.aborted && !(await lead(client))) {
      recovered();
      await pause(pauseMs.standby);
    }
    metrics.leader.set({ destination }, 1);
    while (!ending.signal.aborted) {
      const carried = await carryBatch(client);
      recovered();
      if (carried < batchRows) await pause(pauseMs.idle);
    }
  }

  function recovered(): void {
    if (trouble !== undefined) log.info({ destination }, 'the relay works again');
    trouble = undefined;
    failures = 0;
  }

  function failed(error: Error): void {
    const reason = error.message || String((error as { code?: string }).code ?? error.name);
    metrics.failures.inc({ destination });
    if (trouble === undefined) log.warn({ destination, reason }, 'the relay cannot work');
    trouble = `${destination}: ${reason}`;
    failures++;
  }

  const done = (async () => {
    metrics.leader.set({ destination }, 0);
    metrics.carried.inc({ destination }, 0);
    metrics.failures.inc({ destination }, 0);
    while (!ending.signal.aborted) {
      // After a failure the connection goes too: its transaction holds the rows, and may be waiting for them.
      await withConnection(databases, `fx-relay-${destination}`, relay).catch(failed);
      metrics.leader.set({ destination }, 0);
      if (failures > 0) await pause(Math.min(pauseMs.firstFailure * 2 ** (failures - 1), pauseMs.most));
    }
  })();

  return {
    trouble: () => trouble,
    async close() {
      ending.abort();
      await done;
      await carrier.close();
    },
  };
}
