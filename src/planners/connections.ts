import { serversForWait, waitQuantile } from '../models/queueing/mmc.ts';
import { declared } from './declared.ts';
import type { Finding } from './findings.ts';
import type { ConnectionPlan } from './types.ts';

/** Seconds that 99 % of the requests may wait for a connection at most. */
const ACQUIRE_WITHIN = 0.01;
const ACQUIRE_QUANTILE = 0.99;
/** A commit now and then waits many times the usual for the disk: two or three of them must not stop a replica. */
const SMALLEST_POOL = 4;
/** Kept back for superusers (3 by default), migrations, backups and monitoring. */
export const RESERVED = 10;
/** More sessions than this cost PostgreSQL more than they bring: a pooler such as PgBouncer must stand in between. */
const MOST_SESSIONS = 500;

export type ConnectionRequirement = {
  /** Seconds that an average request holds a connection. */
  holdTime: number;
  /** Requests per second at the busiest, of all replicas together and at most of one. */
  rate: number;
  perReplica: number;
  /** The most replicas there may be, each with a whole pool. */
  maximum: number;
  /** As the database is now; null when not known. */
  maxConnections: number | null;
  current: number | null;
};

/**
 * Busy connections by Little's law, and pools in which a request rarely waits for one: M/M/c with the pool of one
 * replica as servers. The database must accept every replica's whole pool at once.
 */
export function planConnections(requirement: ConnectionRequirement): {
  plan: ConnectionPlan;
  findings: Finding[];
} {
  const { holdTime, rate, perReplica, maximum, maxConnections } = requirement;
  const pool =
    holdTime === 0
      ? SMALLEST_POOL
      : Math.max(SMALLEST_POOL, serversForWait(perReplica, holdTime, ACQUIRE_QUANTILE, ACQUIRE_WITHIN));
  const total = pool * maximum;
  const plan: ConnectionPlan = {
    current: requirement.current,
    required: rate * holdTime,
    recommended: Math.max(declared.connections, total + RESERVED),
    poolPerReplica: pool,
    holdTime,
    acquireWait: holdTime === 0 ? 0 : waitQuantile(perReplica, holdTime, pool, ACQUIRE_QUANTILE),
    maxConnections,
    basis: 'measured',
  };
  if (maxConnections === null || total + RESERVED <= maxConnections) return { plan, findings: [] };
  const args = { replicas: maximum, pool, total, max: maxConnections, reserved: RESERVED };
  // The plan says what `max_connections` must be; only where that is no remedy is the plan itself wrong.
  const severity = plan.recommended > MOST_SESSIONS ? 'error' : 'warning';
  return { plan, findings: [{ code: 'POOL_EXCEEDS_MAX_CONNECTIONS', severity, args }] };
}

/** By the declared constants: half again as many as at the peak, and at least a hundred. */
export function declaredConnections(current: number | null, peak: number): ConnectionPlan {
  const required = peak * declared.buffer;
  return {
    current,
    required,
    recommended: Math.max(required, declared.connections),
    poolPerReplica: null,
    holdTime: null,
    acquireWait: null,
    maxConnections: null,
    basis: 'declared',
  };
}
