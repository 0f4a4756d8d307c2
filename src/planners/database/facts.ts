import type { Run, Sample } from '../../run.ts';
import { databaseSamples, sumOfSeries } from '../meters.ts';
import { requestsIn } from '../rows.ts';

/** What the runs tell of the database besides its fits. Null where they do not. */
export type DatabaseFacts = {
  bytes: number | null;
  /** Of tables and indexes, the share of the indexes. */
  indexShare: number | null;
  /** Pages asked for: the share found in shared buffers, and how many a request asks for. */
  hitRatio: number | null;
  pagesPerRequest: number | null;
  /** Of the syncs, the share of the log; of the writes, those of the log, of checkpoints and the background writer. */
  walSyncs: number | null;
  walWrites: number | null;
  checkpointWrites: number;
  backgroundWrites: number;
  /** Of the bytes moved, the share read. */
  readBytes: number | null;
  /** The most log that a slot held back. */
  slotBytes: number;
  settings: {
    maxConnections: number | null;
    reservedConnections: number | null;
    sharedBuffers: number | null;
    maxWalSize: number | null;
    walKeepSize: number | null;
    checkpointTimeout: number | null;
    completionTarget: number | null;
  };
};

export function databaseFacts(runs: readonly Run[]): DatabaseFacts {
  const samples = runs.map(databaseSamples);
  const all = samples.flat();
  const added = (...names: string[]) =>
    samples.reduce((sum, own) => sum + names.reduce((n, name) => n + risen(own, name), 0), 0);
  const known = (name: string) => all.some(({ values }) => values[name] !== undefined);
  const last = (name: string) =>
    all.findLast(({ values }) => values[name] !== undefined)?.values[name] ?? null;
  const writes = added('writes', 'extends');
  const pages = added('buffer_hits', 'buffer_reads');
  const requests = runs.reduce((sum, { rows }) => sum + rows.reduce((n, row) => n + requestsIn(row), 0), 0);
  const [tables, indexes] = [last('table_bytes'), last('index_bytes')];
  const share = (part: number, whole: number) => (whole > 0 ? Math.min(1, part / whole) : 0);
  const walWrites = known('wal_writes') ? share(added('wal_writes'), writes) : null;
  const checkpointWrites = Math.min(1 - (walWrites ?? 0), share(added('checkpoint_buffers'), writes));
  const bytes = added('read_bytes', 'write_bytes', 'extend_bytes');
  return {
    bytes: last('database_bytes'),
    indexShare:
      tables !== null && indexes !== null && tables + indexes > 0 ? indexes / (tables + indexes) : null,
    hitRatio: pages > 0 ? added('buffer_hits') / pages : null,
    pagesPerRequest: pages > 0 ? pages / Math.max(1, requests) : null,
    walSyncs: known('wal_fsyncs') ? share(added('wal_fsyncs'), added('fsyncs')) : null,
    walWrites,
    checkpointWrites,
    backgroundWrites: Math.min(
      1 - (walWrites ?? 0) - checkpointWrites,
      share(added('bgwriter_buffers'), writes),
    ),
    readBytes: bytes > 0 ? added('read_bytes') / bytes : null,
    slotBytes: all.reduce(
      (most, { values }) => Math.max(most, sumOfSeries(values, 'slot_retained_bytes') ?? 0),
      0,
    ),
    settings: {
      maxConnections: last('max_connections'),
      reservedConnections: last('reserved_connections'),
      sharedBuffers: last('shared_buffers_bytes'),
      maxWalSize: last('max_wal_size_bytes'),
      walKeepSize: last('wal_keep_size_bytes'),
      checkpointTimeout: last('checkpoint_timeout_seconds'),
      completionTarget: last('checkpoint_completion_target'),
    },
  };
}

/** What a counter rose by between its readings; where it fell it began anew. */
function risen(samples: readonly Sample[], name: string): number {
  const values = samples.flatMap(({ values }) => values[name] ?? []);
  return values.slice(1).reduce((sum, value, i) => sum + Math.max(0, value - (values[i] as number)), 0);
}
