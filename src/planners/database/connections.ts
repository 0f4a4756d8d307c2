import { serversForWait, waitQuantile } from '../../models/queueing/mmc.ts';
import { declared } from '../declared.ts';
import type { Finding } from '../findings.ts';
import { type Draws, enoughAt, spreadOf, type Worlds } from '../worlds.ts';
import type { ConnectionPlan, Pooler } from './plan.ts';

/** Where it was not said: 99 % of the requests wait 10 ms for a connection at most. */
export const POOL_WAIT = { quantile: 0.99, seconds: 0.01 };
/** A commit now and then waits many times the usual for the disk: two or three of them must not stop a replica. */
const SMALLEST_POOL = 4;
/** PostgreSQL's default `superuser_reserved_connections`, and what migrations, backups and monitoring keep. */
const RESERVED = 3;
const OPERATIONS = 7;
/** Of the two together, where the database does not say. */
export const KEPT_BACK = RESERVED + OPERATIONS;
/** More sessions than this cost PostgreSQL more than they bring: a pooler such as PgBouncer must stand in between. */
const MOST_SESSIONS = 500;
/** Of HikariCP's formula: disks that seek. */
const SPINDLES = 1;

export type ConnectionRequirement = {
  /** Seconds that an average request holds a connection. */
  holdTime: Draws;
  /** Requests per second at the busiest, of all replicas together and at most of one. */
  rate: Draws;
  perReplica: Draws;
  /** The most replicas there may be, each with a whole pool. */
  maximum: number;
  wait: { quantile: number; seconds: number };
  confidence: number;
  /** As the database is now, and of them reserved; null when not known. */
  maxConnections: number | null;
  reserved: number | null;
  current: number | null;
  /** Of the database; null when not known. */
  cores: number | null;
};

/**
 * Busy connections by Little's law, and pools in which a request rarely waits for one: M/M/c with the pool of one
 * replica as servers, in every world. The database must accept every replica's whole pool at once; where it does not,
 * PgBouncer shares among all replicas the connections that the whole load needs.
 */
export function planConnections(
  worlds: Worlds,
  requirement: ConnectionRequirement,
): { plan: ConnectionPlan; findings: Finding[] } {
  const { holdTime, rate, perReplica, maximum, wait, confidence, maxConnections } = requirement;
  const enough = (draws: Draws) => enoughAt(draws, confidence);
  const pool = enough(poolsFor(worlds, perReplica, holdTime, wait));
  const total = pool * maximum;
  const reserved = (requirement.reserved ?? RESERVED) + OPERATIONS;
  const fits = total + reserved <= (maxConnections ?? MOST_SESSIONS);
  const servers = enough(poolsFor(worlds, rate, holdTime, wait));
  const sessions = fits ? total : servers;
  const busy = worlds.map((world) => (rate[world] as number) * (holdTime[world] as number));
  const pooler: Pooler | null = fits
    ? null
    : {
        name: 'pgbouncer',
        poolMode: 'transaction',
        defaultPoolSize: servers,
        maxClientConn: total + reserved,
        acquireWait: enough(waitsIn(worlds, rate, holdTime, servers, wait.quantile)),
      };
  const plan: ConnectionPlan = {
    current: requirement.current,
    required: enough(busy),
    spread: spreadOf(busy),
    // A pooler is no reason to lower what the database accepts now.
    recommended: Math.max(declared.connections, sessions + reserved, fits ? 0 : (maxConnections ?? 0)),
    poolPerReplica: pool,
    pools: total,
    holdTime: enough(holdTime),
    waitTarget: wait,
    acquireWait: enough(waitsIn(worlds, perReplica, holdTime, pool, wait.quantile)),
    maxConnections,
    pooler,
    basis: 'measured',
  };
  const findings: Finding[] = [];
  if (!fits) {
    const args = {
      ...{ replicas: maximum, pool, total, max: maxConnections, reserved, servers },
      direct: total + reserved,
    };
    // The plan has PgBouncer; only where the load itself takes too many sessions is that no remedy.
    const severity = servers + reserved > MOST_SESSIONS ? 'error' : 'warning';
    findings.push({ code: 'POOL_EXCEEDS_MAX_CONNECTIONS', severity, args });
  }
  if (requirement.cores !== null && plan.required > 0) {
    const { cores } = requirement;
    const args = {
      sessions,
      cores,
      rule: hikariPool(cores, SPINDLES),
      pool,
      deadlock: deadlockMinimum(pool, 2),
    };
    findings.push({ code: 'POOL_RULE_OF_THUMB', severity: 'info', args });
  }
  return { plan, findings };
}

/** In every world the smallest pool that keeps the wait, and that a few slow commits do not empty. */
function poolsFor(worlds: Worlds, rate: Draws, holdTime: Draws, wait: ConnectionPlan['waitTarget']): Draws {
  return worlds.map((world) => {
    const hold = holdTime[world] as number;
    if (!(hold > 0)) return SMALLEST_POOL;
    return Math.max(SMALLEST_POOL, serversForWait(rate[world] as number, hold, wait.quantile, wait.seconds));
  });
}

/** The wait in a pool of `size`; infinite where more is asked for than it can ever give. */
function waitsIn(worlds: Worlds, rate: Draws, holdTime: Draws, size: number, quantile: number): Draws {
  return worlds.map((world) => {
    const [arrivals, hold] = [rate[world] as number, holdTime[world] as number];
    if (!(hold > 0)) return 0;
    return arrivals * hold >= size ? Number.POSITIVE_INFINITY : waitQuantile(arrivals, hold, size, quantile);
  });
}

/**
 * Connections of a whole database by HikariCP's rule of thumb: https://github.com/brettwooldridge/HikariCP/wiki/About-Pool-Sizing
 */
export function hikariPool(cores: number, spindles: number): number {
  return Math.ceil(cores) * 2 + spindles;
}

/** From the same page: connections with which `threads` that each take `each` at once never wait for each other for ever. */
export function deadlockMinimum(threads: number, each: number): number {
  return threads * (each - 1) + 1;
}

/** By the declared constants: half again as many as at the peak, and at least a hundred. */
export function declaredConnections(
  current: number | null,
  peak: Draws,
  confidence: number,
  maxConnections: number | null,
): ConnectionPlan {
  const required = peak.map((connections) => connections * declared.buffer);
  return {
    current,
    required: enoughAt(required, confidence),
    spread: spreadOf(required),
    recommended: Math.max(Math.ceil(enoughAt(required, confidence)), declared.connections),
    poolPerReplica: null,
    pools: null,
    holdTime: null,
    waitTarget: POOL_WAIT,
    acquireWait: null,
    maxConnections,
    pooler: null,
    basis: 'declared',
  };
}
