/**
 * What is asked of PostgreSQL with every sample, by version. The same name means the same thing on every version:
 *
 * - `wal_bytes` is the position in the log, exact at the instant, on a standby as far as it has replayed. Every other
 *   counter comes from the cumulative statistics, to which a session adds its share at most once a second and when it
 *   has been idle for some seconds.
 * - I/O is that of the whole server, WAL included: on 18 as counted in `pg_stat_io`; on 16 and 17 `pg_stat_io` plus
 *   the WAL writes and syncs of `pg_stat_wal`, with `wal_bytes` as their size; on 15, which has no `pg_stat_io`,
 *   `writes` also holds the extends, and `reads` are the blocks that were not in shared buffers. `wal_writes` and
 *   `wal_fsyncs` are the log's part of `writes` and `fsyncs`.
 * - `checkpoints` counts those begun, also those skipped because nothing had been written; on a standby restartpoints.
 * - `checkpoint_age_seconds` and `wal_bytes_since_checkpoint` are since the beginning of the last checkpoint that is
 *   complete; while `checkpoint_running` is 1 a later one has begun, and pages are logged whole once more.
 * - Commits, tuples, buffers, temporary files, deadlocks and sessions are those of the connected database, the
 *   collector's own among them: three commits a sample and now and then a few more.
 * - Sessions by state are those of the whole server without the collector's own.
 */

import { type Columns, type Server, select } from './part.ts';
import { sessionColumns, sessionTotals } from './sessions.ts';

export const OLDEST_VERSION = 150000;

/** The counters and gauges that cost almost nothing to read: one row, every column a number. */
export function countersQuery({ version, control }: Pick<Server, 'version' | 'control'>): string {
  const columns: Columns = {
    server_version_num: `current_setting('server_version_num')`,
    max_connections: `current_setting('max_connections')`,
    in_recovery: 'pg_is_in_recovery()::int',
    wal_bytes: `pg_wal_lsn_diff(${position}, '0/0')`,
    wal_fpi: 'wal.wal_fpi',
    wal_records: 'wal.wal_records',
    wal_buffers_full: 'wal.wal_buffers_full',
    ...ioColumns(version),
    ...checkpointColumns(version),
    ...(control ? phaseColumns : {}),
    bgwriter_buffers: 'bgwriter.buffers_clean',
    buffers_allocated: 'bgwriter.buffers_alloc',
    ...databaseColumns,
    ...sessionColumns,
  };
  const from = [
    'pg_stat_wal wal',
    'pg_stat_bgwriter bgwriter',
    ...(version >= 170000 ? ['pg_stat_checkpointer checkpointer'] : []),
    ...(control ? ['pg_control_checkpoint() control'] : []),
    version >= 160000
      ? `(${ioTotals(version)}) io`
      : '(select sum(blks_read) as reads from pg_stat_database) io',
    `(${sessionTotals}) sessions`,
  ];
  return `select ${select(columns)}\nfrom ${from.join(', ')}, pg_stat_database db\nwhere db.datname = current_database()`;
}

const position =
  'case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_insert_lsn() end';

const databaseColumns: Columns = {
  commits: 'db.xact_commit',
  rollbacks: 'db.xact_rollback',
  buffer_hits: 'db.blks_hit',
  buffer_reads: 'db.blks_read',
  tuples_inserted: 'db.tup_inserted',
  tuples_updated: 'db.tup_updated',
  tuples_deleted: 'db.tup_deleted',
  temp_bytes: 'db.temp_bytes',
  deadlocks: 'db.deadlocks',
  // Queries that a standby's replay cancelled.
  conflicts: 'db.conflicts',
  sessions: 'db.sessions',
  sessions_abandoned: 'db.sessions_abandoned',
  sessions_fatal: 'db.sessions_fatal',
  sessions_killed: 'db.sessions_killed',
  session_active_seconds: 'db.active_time / 1000',
  session_idle_in_transaction_seconds: 'db.idle_in_transaction_time / 1000',
};

/** The server writes down when a checkpoint began, in whole seconds, once it is complete. */
const phaseColumns: Columns = {
  checkpoint_age_seconds: 'extract(epoch from clock_timestamp() - control.checkpoint_time)',
  wal_bytes_since_checkpoint: `pg_wal_lsn_diff(${position}, control.redo_lsn)`,
};

function ioColumns(version: number): Columns {
  if (version >= 180000) {
    return {
      reads: 'io.reads',
      read_bytes: 'io.read_bytes',
      writes: 'io.writes',
      write_bytes: 'io.write_bytes',
      extends: 'io.extends',
      extend_bytes: 'io.extend_bytes',
      fsyncs: 'io.fsyncs',
      wal_writes: 'io.wal_writes',
      wal_fsyncs: 'io.wal_fsyncs',
    };
  }
  const log = { wal_writes: 'wal.wal_write', wal_fsyncs: 'wal.wal_sync' };
  if (version >= 160000) {
    return {
      reads: 'io.reads',
      read_bytes: 'io.read_bytes',
      writes: 'io.writes + wal.wal_write',
      write_bytes: 'io.write_bytes + wal.wal_bytes',
      extends: 'io.extends',
      extend_bytes: 'io.extend_bytes',
      fsyncs: 'io.fsyncs + wal.wal_sync',
      ...log,
    };
  }
  const written = 'bgwriter.buffers_checkpoint + bgwriter.buffers_clean + bgwriter.buffers_backend';
  const block = `current_setting('block_size')::float8`;
  return {
    reads: 'io.reads',
    read_bytes: `io.reads * ${block}`,
    writes: `${written} + wal.wal_write`,
    write_bytes: `(${written}) * ${block} + wal.wal_bytes::float8`,
    fsyncs: 'bgwriter.buffers_backend_fsync + wal.wal_sync',
    ...log,
  };
}

/** Before 17 restartpoints of a standby are among the checkpoints; 17 counts them apart. */
function checkpointColumns(version: number): Columns {
  const since17 = version >= 170000;
  const counts = since17
    ? {
        checkpoints_timed: 'checkpointer.num_timed + checkpointer.restartpoints_timed',
        checkpoints_requested: 'checkpointer.num_requested + checkpointer.restartpoints_req',
      }
    : {
        checkpoints_timed: 'bgwriter.checkpoints_timed',
        checkpoints_requested: 'bgwriter.checkpoints_req',
      };
  return {
    checkpoints: `${counts.checkpoints_timed} + ${counts.checkpoints_requested}`,
    ...counts,
    checkpoint_write_seconds: since17
      ? 'checkpointer.write_time / 1000'
      : 'bgwriter.checkpoint_write_time / 1000',
    checkpoint_sync_seconds: since17
      ? 'checkpointer.sync_time / 1000'
      : 'bgwriter.checkpoint_sync_time / 1000',
    checkpoint_buffers: since17 ? 'checkpointer.buffers_written' : 'bgwriter.buffers_checkpoint',
  };
}

/** 16 and 17 count operations of `op_bytes` each; 18 combines neighbouring blocks and counts bytes apart. */
function ioTotals(version: number): string {
  const bytes = (operation: string) =>
    version >= 180000 ? `${operation}_bytes` : `${operation}s * op_bytes`;
  const total = (expression: string, name: string, only = '') =>
    `coalesce(sum(${expression})${only}, 0) as ${name}`;
  const columns = ['read', 'write', 'extend'].flatMap((operation) => [
    total(`${operation}s`, `${operation}s`),
    total(bytes(operation), `${operation}_bytes`),
  ]);
  columns.push(total('fsyncs', 'fsyncs'));
  if (version >= 180000) {
    // Without the zeros that a new segment of the log is filled with.
    const log = ` filter (where object = 'wal' and context = 'normal')`;
    columns.push(total('writes', 'wal_writes', log), total('fsyncs', 'wal_fsyncs', log));
  }
  return `select ${columns.join(', ')} from pg_stat_io`;
}
