import type { Finding } from '../findings.ts';
import type { WalPlan } from '../types.ts';
import type { DatabaseFacts } from './facts.ts';
import type { ConnectionPlan, DatabaseMemory, PostgresSettings } from './plan.ts';

const MiB = 2 ** 20;
const GiB = 2 ** 30;
/** PostgreSQL's defaults: bytes, seconds, share of the interval. */
export const WAL_DEFAULTS = { maxWalSize: GiB, checkpointTimeout: 300, completionTarget: 0.9 };
/** The manual's share of a machine's memory for `effective_cache_size`, together with the buffers. */
const CACHE = 0.75;
/** Seconds of log that are kept for a replica that is away before it must be copied anew. */
const REPLICA_AWAY = 3600;

export type LogRequest = {
  facts: DatabaseFacts | null;
  wal: WalPlan | null;
  /** Bytes of log a second at the busiest; null where they were not measured. */
  logRate: number | null;
  replicas: number;
};

/** Sizes of the log: so much that the clock and not the size begins a checkpoint, and what a slot may keep back. */
export function logSettings({ facts, wal, logRate, replicas }: LogRequest): PostgresSettings {
  if (logRate === null) return {};
  const { settings } = facts ?? { settings: null };
  const timeout = Math.max(
    settings?.checkpointTimeout ?? WAL_DEFAULTS.checkpointTimeout,
    WAL_DEFAULTS.checkpointTimeout,
  );
  const target = settings?.completionTarget ?? WAL_DEFAULTS.completionTarget;
  const now = settings?.maxWalSize ?? WAL_DEFAULTS.maxWalSize;
  // A cycle and the part of the next in which its checkpoint is still being written.
  const cycle = Math.ceil((logRate * timeout * (1 + target)) / GiB) * GiB;
  return {
    maxWalSize: wal?.by === 'time' ? now : Math.max(now, cycle),
    checkpointTimeout: timeout,
    checkpointCompletionTarget: target,
    ...(replicas === 0 ? {} : { maxSlotWalKeepSize: Math.ceil((logRate * REPLICA_AWAY) / GiB) * GiB }),
  };
}

/** Bytes of log on the volume: a whole cycle, and what slots keep back. */
export function logBytes(log: PostgresSettings, facts: DatabaseFacts | null): number {
  const size = log.maxWalSize ?? facts?.settings.maxWalSize ?? WAL_DEFAULTS.maxWalSize;
  const kept = Math.max(log.maxSlotWalKeepSize ?? 0, facts?.slotBytes ?? 0, facts?.settings.walKeepSize ?? 0);
  return size + kept;
}

/** All settings that follow from the plan, and which of them differ from what the runs were made with, and why. */
export function postgresSettings(
  log: PostgresSettings,
  facts: DatabaseFacts | null,
  { connections, memory }: { connections: ConnectionPlan | null; memory: DatabaseMemory | null },
): { settings: PostgresSettings | null; findings: Finding[] } {
  const settings: PostgresSettings = {
    ...(connections === null ? {} : { maxConnections: connections.recommended }),
    ...(memory === null
      ? {}
      : {
          sharedBuffers: Math.floor(memory.sharedBuffers / MiB) * MiB,
          effectiveCacheSize: Math.floor((memory.recommended * CACHE) / MiB) * MiB,
        }),
    ...log,
  };
  if (Object.keys(settings).length === 0) return { settings: null, findings: [] };
  const now = facts?.settings;
  const changes = [
    change('max_connections', settings.maxConnections, now?.maxConnections),
    change('shared_buffers', settings.sharedBuffers, now?.sharedBuffers),
    change('max_wal_size', settings.maxWalSize, now?.maxWalSize),
    change('checkpoint_timeout', settings.checkpointTimeout, now?.checkpointTimeout),
  ];
  return { settings, findings: changes.flat() };
}

type Setting = Extract<Finding, { code: 'POSTGRES_SETTING' }>['args']['setting'];

/** A setting that was read and is too small. One that is larger than planned does no harm. */
function change(setting: Setting, to: number | undefined, from: number | null | undefined): Finding[] {
  if (to === undefined || from === null || from === undefined || to <= from) return [];
  return [{ code: 'POSTGRES_SETTING', severity: 'info', args: { setting, from, to } }];
}
