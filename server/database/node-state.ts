import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Statement } from './pool.ts';

/** What a PostgreSQL server, primary or standby, tells of itself. */
export type NodeState = {
  /** A standby, or a server that is not done with its recovery: it takes no writes. */
  recovering: boolean;
  /** Bytes of WAL since the cluster began: written on a primary, replayed on a standby. */
  lsn: bigint;
  /** Every transaction below it is over, and what it committed can be seen. */
  xmin: bigint;
  /** Grows by one at each promotion. */
  timeline: number;
  /** The same on a primary and all that were ever copied from it. */
  system: string;
};

export type NodeStateRow = Record<'lsn' | 'xmin' | 'system', string> &
  Pick<NodeState, 'recovering' | 'timeline'>;

/** A standby's control file may know an older timeline than the one it receives. */
export const nodeState: Statement = {
  name: 'node_state',
  text: `
    SELECT recovering, pg_wal_lsn_diff(lsn, '0/0')::text AS lsn,
      pg_snapshot_xmin(pg_current_snapshot())::text AS xmin,
      CASE WHEN recovering
        THEN greatest((SELECT timeline_id FROM pg_control_checkpoint()),
          (SELECT min_recovery_end_timeline FROM pg_control_recovery()),
          (SELECT received_tli FROM pg_stat_wal_receiver))
        ELSE ('x' || left(pg_walfile_name(lsn), 8))::bit(32)::int END AS timeline,
      (SELECT system_identifier::text FROM pg_control_system()) AS system
    FROM (SELECT recovering, CASE WHEN recovering
        THEN coalesce(pg_last_wal_replay_lsn(), '0/0') ELSE pg_current_wal_lsn() END AS lsn
      FROM pg_is_in_recovery() AS recovering) AS node`,
};

export function toNodeState({ recovering, lsn, xmin, timeline, system }: NodeStateRow): NodeState {
  return { recovering, lsn: BigInt(lsn), xmin: BigInt(xmin), timeline, system };
}

export type WatchHooks = {
  /** @param askedMs the time by `performance.now()` at which the question was sent: the answer is not older */
  onState(state: NodeState, askedMs: number): void;
  /** It does not answer: at once when its connection breaks. */
  onSilent(reason: string): void;
};

/** Longer than a server needs that is merely busy. */
const patienceMs = 1000;

/** Asks a server for its state, again and again, on a connection of its own. @returns how to stop */
export function watchNode(url: string, intervalMs: number, hooks: WatchHooks): () => Promise<void> {
  const closing = new AbortController();
  const { signal } = closing;

  async function ask(client: pg.Client): Promise<void> {
    const askedMs = performance.now();
    const { rows } = await client.query<NodeStateRow>({ ...nodeState });
    if (rows[0] && !signal.aborted) hooks.onState(toNodeState(rows[0]), askedMs);
  }

  async function watch(): Promise<void> {
    const client = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: patienceMs,
      query_timeout: patienceMs,
      application_name: 'fx-platform-watch',
    });
    const silent = (error: Error): void => {
      if (!signal.aborted) hooks.onSilent(error.message);
    };
    client.on('error', silent);
    try {
      await client.connect();
      while (!signal.aborted) {
        await ask(client);
        await sleep(intervalMs, undefined, { signal, ref: false });
      }
    } catch (error) {
      silent(error as Error);
    } finally {
      // With a question that was not answered, this cuts the connection; a server that hangs does not see it off.
      await Promise.race([client.end().catch(silent), sleep(patienceMs, undefined, { ref: false })]);
    }
  }

  async function forever(): Promise<void> {
    while (!signal.aborted) {
      await watch();
      await sleep(intervalMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  const done = forever();
  return () => {
    closing.abort();
    return done;
  };
}
