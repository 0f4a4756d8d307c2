/**
 * What is asked of PostgreSQL, by `server_version_num`. The same name means the same thing on every version:
 *
 * - `wal_bytes` is the position in the log, exact at the instant; every other counter comes from the cumulative
 *   statistics, to which a session adds its share at most once a second and when it has been idle for some seconds.
 * - I/O is that of the whole server, WAL included: on 18 as counted in `pg_stat_io`; on 16 and 17 `pg_stat_io` plus
 *   the WAL writes and syncs of `pg_stat_wal`, with `wal_bytes` as their size; on 15, which has no `pg_stat_io`,
 *   `writes` also holds the extends, and `reads` are the blocks that were not in shared buffers.
 * - `checkpoints` counts those begun.
 * - Commits, tuples, buffers, temporary files and deadlocks are those of the connected database.
 * - `connections` are client sessions of the whole server without the collector's own.
 */

export const OLDEST_VERSION = 150000;

type Columns = Record<string, string>;

/** The counters and gauges that cost almost nothing to read: one row, every column a number. */
export function countersQuery(version: number): string {
  const columns: Columns = {
    server_version_num: `current_setting('server_version_num')`,
    max_connections: `current_setting('max_connections')`,
    wal_bytes: walBytes,
    wal_fpi: 'wal.wal_fpi',
    wal_records: 'wal.wal_records',
    ...ioColumns(version),
    ...checkpointColumns(version),
    commits: 'db.xact_commit',
    rollbacks: 'db.xact_rollback',
    buffer_hits: 'db.blks_hit',
    buffer_reads: 'db.blks_read',
    tuples_inserted: 'db.tup_inserted',
    temp_bytes: 'db.temp_bytes',
    deadlocks: 'db.deadlocks',
    connections: 'sessions.total',
    connections_active: 'case when sessions.hidden = 0 then sessions.active end',
  };
  const from = [
    'pg_stat_wal wal',
    'pg_stat_bgwriter bgwriter',
    ...(version >= 170000 ? ['pg_stat_checkpointer checkpointer'] : []),
    version >= 160000
      ? `(${ioTotals(version)}) io`
      : '(select sum(blks_read) as reads from pg_stat_database) io',
    `(${sessions}) sessions`,
  ];
  return `select ${select(columns)}\nfrom ${from.join(', ')}, pg_stat_database db\nwhere db.datname = current_database()`;
}

/**
 * The sizes of the connected database and, without the catalogues, of its tables (with TOAST) and of its indexes.
 * The server looks at every file of the database for them.
 */
export const sizesQuery = `select pg_database_size(current_database())::float8 as database_bytes,
  coalesce(sum(pg_table_size(c.oid)), 0)::float8 as table_bytes,
  coalesce(sum(pg_indexes_size(c.oid)), 0)::float8 as index_bytes
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'm') and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'`;

/** A standby inserts nothing into the log; what its statistics say is all there is. */
const walBytes = `case when pg_is_in_recovery() then wal.wal_bytes
  else pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0') end`;

/** Without `pg_read_all_stats` the state of other roles' sessions is hidden, and so is which kind they are. */
const sessions = `select count(*) as total,
    count(*) filter (where state = 'active') as active,
    count(*) filter (where query = '<insufficient privilege>') as hidden
  from pg_stat_activity
  where datid is not null and usesysid is not null
    and coalesce(backend_type, 'client backend') = 'client backend' and pid <> pg_backend_pid()`;

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
    };
  }
  if (version >= 160000) {
    return {
      reads: 'io.reads',
      read_bytes: 'io.read_bytes',
      writes: 'io.writes + wal.wal_write',
      write_bytes: 'io.write_bytes + wal.wal_bytes',
      extends: 'io.extends',
      extend_bytes: 'io.extend_bytes',
      fsyncs: 'io.fsyncs + wal.wal_sync',
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
  };
}

function checkpointColumns(version: number): Columns {
  if (version >= 170000) {
    return {
      checkpoints: 'checkpointer.num_timed + checkpointer.num_requested',
      checkpoint_write_seconds: 'checkpointer.write_time / 1000',
      checkpoint_buffers: 'checkpointer.buffers_written',
    };
  }
  return {
    checkpoints: 'bgwriter.checkpoints_timed + bgwriter.checkpoints_req',
    checkpoint_write_seconds: 'bgwriter.checkpoint_write_time / 1000',
    checkpoint_buffers: 'bgwriter.buffers_checkpoint',
  };
}

/** 16 and 17 count operations of `op_bytes` each; 18 combines neighbouring blocks and counts bytes apart. */
function ioTotals(version: number): string {
  const bytes = (operation: string) =>
    version >= 180000 ? `${operation}_bytes` : `${operation}s * op_bytes`;
  const total = (expression: string, name: string) => `coalesce(sum(${expression}), 0) as ${name}`;
  const columns = ['read', 'write', 'extend'].flatMap((operation) => [
    total(`${operation}s`, `${operation}s`),
    total(bytes(operation), `${operation}_bytes`),
  ]);
  return `select ${[...columns, total('fsyncs', 'fsyncs')].join(', ')} from pg_stat_io`;
}

/** As double precision: the driver hands over 64-bit integers as text. */
function select(columns: Columns): string {
  return Object.entries(columns)
    .map(([name, expression]) => `(${expression})::float8 as ${name}`)
    .join(',\n  ');
}
