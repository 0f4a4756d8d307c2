import type { Pooler, PostgresSettings } from '../planners/database/plan.ts';
import { round } from '../units.ts';
import type { Tiers } from './tiers.ts';

/** A line of a configuration file and why it is so. */
export type Setting = { name: string; value: string; reason: string };

const MiB = 2 ** 20;
const megabytes = (bytes: number) => `${Math.ceil(bytes / MiB)}MB`;

type Line<T> = { key: keyof T; name: string; write(value: number): string; reason: string };

const lines: readonly Line<PostgresSettings>[] = [
  {
    key: 'maxConnections',
    name: 'max_connections',
    write: (count) => String(Math.ceil(count)),
    reason: 'the sessions of the service at its most replicas, and some for people, migrations and backups',
  },
  {
    key: 'sharedBuffers',
    name: 'shared_buffers',
    write: megabytes,
    reason: 'of the memory that the plan gives the database',
  },
  {
    key: 'effectiveCacheSize',
    name: 'effective_cache_size',
    write: megabytes,
    reason: 'what the kernel caches besides, for the planner of queries',
  },
  {
    key: 'maxWalSize',
    name: 'max_wal_size',
    write: megabytes,
    reason: 'room for the log of a whole checkpoint cycle, so that checkpoints come by time and not by size',
  },
  {
    key: 'checkpointTimeout',
    name: 'checkpoint_timeout',
    write: (seconds) => `${Math.round(seconds)}s`,
    reason: 'the cycle that the plan reckons with',
  },
  {
    key: 'checkpointCompletionTarget',
    name: 'checkpoint_completion_target',
    write: String,
    reason: 'the share of the cycle over which its pages are written',
  },
  {
    key: 'maxSlotWalKeepSize',
    name: 'max_slot_wal_keep_size',
    write: megabytes,
    reason: 'a standby that is away may keep so much of the log waiting, and not the whole volume',
  },
];

/** What the plan knows of `postgresql.conf`; none when it knows nothing of it. */
export function postgresSettings({ postgres, connections }: Tiers): Setting[] {
  const known = postgres ?? (connections === null ? {} : { maxConnections: connections.recommended });
  return lines.flatMap(({ key, name, write, reason }) => {
    const value = known[key];
    return value === undefined ? [] : [{ name, value: write(value), reason }];
  });
}

/** Prepared statements that PgBouncer keeps track of, of each connection: the platform has some thirty. */
const PREPARED = 100;

/** The section `[pgbouncer]`; none when the database takes every pool as it stands. */
export function poolerSettings({ connections }: Tiers): Setting[] {
  const pooler = connections?.pooler;
  return pooler ? poolerLines(pooler) : [];
}

function poolerLines({ poolMode, defaultPoolSize, maxClientConn }: Pooler): Setting[] {
  return [
    {
      name: 'pool_mode',
      value: poolMode,
      reason:
        'a connection is lent for a transaction; what holds session locks, as the relay does, connects to the database itself',
    },
    {
      name: 'default_pool_size',
      value: String(Math.ceil(defaultPoolSize)),
      reason: `${round(defaultPoolSize)} sessions of the database carry the peak`,
    },
    {
      name: 'max_client_conn',
      value: String(Math.ceil(maxClientConn)),
      reason: 'the pools of all replicas that the autoscaler may start',
    },
    {
      name: 'max_prepared_statements',
      value: String(PREPARED),
      reason: 'the service prepares its statements by name, which transaction pooling must know of',
    },
  ];
}

/** The settings as a file for `include_dir`, or below the heading of a section. */
export function configuration(settings: readonly Setting[], section?: string): string {
  const text = settings.map(({ name, value, reason }) => `# ${reason}\n${name} = ${value}\n`).join('\n');
  return section === undefined ? text : `[${section}]\n${text}`;
}
