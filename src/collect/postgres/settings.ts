import { type Part, select, valuesOf } from './part.ts';

const bytes = (setting: string) => `pg_size_bytes(current_setting('${setting}'))`;
const isOn = (setting: string) => `(current_setting('${setting}') <> 'off')::int`;

/** What decides how often checkpoints come, what they and commits cost, and how much WAL is kept. */
export const settingsPart: Part = {
  name: 'settings',
  what: 'the settings of checkpoints and memory',
  every: 60,
  text: `select ${select({
    checkpoint_timeout_seconds: `extract(epoch from current_setting('checkpoint_timeout')::interval)`,
    checkpoint_completion_target: `current_setting('checkpoint_completion_target')`,
    max_wal_size_bytes: bytes('max_wal_size'),
    wal_keep_size_bytes: bytes('wal_keep_size'),
    // Left out when there is no limit.
    max_slot_wal_keep_size_bytes: `nullif(${bytes('max_slot_wal_keep_size')}, -1)`,
    full_page_writes: isOn('full_page_writes'),
    wal_compression: isOn('wal_compression'),
    fsync: isOn('fsync'),
    track_io_timing: isOn('track_io_timing'),
    shared_buffers_bytes: bytes('shared_buffers'),
    block_bytes: `current_setting('block_size')`,
    // For superusers and, since 16, for the role pg_use_reserved_connections.
    reserved_connections: `current_setting('superuser_reserved_connections')::int
      + coalesce(current_setting('reserved_connections', true)::int, 0)`,
  })}`,
  values: (rows) => valuesOf(rows),
};
