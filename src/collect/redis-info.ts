/**
 * What INFO of Redis (6 or later) and of Valkey says. https://redis.io/docs/latest/commands/info/,
 * https://valkey.io/commands/info/
 *
 * - The same name means the same thing on every version; what a server does not tell is left out.
 * - Counters begin with the server, or with CONFIG RESETSTAT: connections, commands, hits, keys, bytes, CPU.
 * - `clients` is without the collector's own; `commands` and `command_calls` have its four a second too.
 * - `cpu_seconds` is that of the server without the children it forks for saving, which are `cpu_children_seconds`.
 * - `command_seconds` is the time of execution, without waiting and network.
 */
import { labelled } from './series-name.ts';

export type Info = ReadonlyMap<string, string>;

/** What is told of one command at most this many times: a run file has every series once a second. */
const MOST_COMMANDS = 64;
const MOST_DATABASES = 64;

/** The fields of the answers to INFO. Throws an Error when `text` is not one. */
export function parseInfo(text: string): Info {
  const fields = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon > 0 && !line.startsWith('#')) fields.set(line.slice(0, colon), line.slice(colon + 1));
  }
  if (!fields.has('redis_version') || !fields.has('uptime_in_seconds')) {
    throw new Error('the answer to INFO is not that of a Redis or Valkey server');
  }
  return fields;
}

/** Our name, the server's, and what one of the server's units is in ours. */
const figures: readonly [name: string, field: string, unit?: number][] = [
  ['uptime_seconds', 'uptime_in_seconds'],
  ['memory_bytes', 'used_memory'],
  ['memory_peak_bytes', 'used_memory_peak'],
  ['memory_rss_bytes', 'used_memory_rss'],
  // Beside the data: buffers, tables of keys, what the server began with.
  ['memory_overhead_bytes', 'used_memory_overhead'],
  ['memory_startup_bytes', 'used_memory_startup'],
  ['memory_dataset_bytes', 'used_memory_dataset'],
  ['memory_clients_bytes', 'mem_clients_normal'],
  ['memory_fragmentation_ratio', 'mem_fragmentation_ratio'],
  // 0 is no limit.
  ['memory_max_bytes', 'maxmemory'],
  ['clients_max', 'maxclients'],
  ['clients_blocked', 'blocked_clients'],
  ['connections', 'total_connections_received'],
  ['connections_rejected', 'rejected_connections'],
  ['commands', 'total_commands_processed'],
  ['errors', 'total_error_replies'],
  ['hits', 'keyspace_hits'],
  ['misses', 'keyspace_misses'],
  ['expired_keys', 'expired_keys'],
  ['evicted_keys', 'evicted_keys'],
  ['evicted_clients', 'evicted_clients'],
  ['net_in_bytes', 'total_net_input_bytes'],
  ['net_out_bytes', 'total_net_output_bytes'],
  ['fork_seconds', 'latest_fork_usec', 1e-6],
  ['loading', 'loading'],
  ['rdb_saving', 'rdb_bgsave_in_progress'],
  ['rdb_unsaved_changes', 'rdb_changes_since_last_save'],
  ['rdb_copied_bytes', 'rdb_last_cow_size'],
  ['aof_rewriting', 'aof_rewrite_in_progress'],
  ['aof_copied_bytes', 'aof_last_cow_size'],
  ['aof_bytes', 'aof_current_size'],
  ['aof_delayed_fsyncs', 'aof_delayed_fsync'],
  ['replicas', 'connected_slaves'],
  ['replication_offset_bytes', 'master_repl_offset'],
];

/** Sums of seconds; a server that hides one of the two tells neither. */
const sums: readonly [name: string, first: string, second: string][] = [
  ['cpu_seconds', 'used_cpu_user', 'used_cpu_sys'],
  ['cpu_children_seconds', 'used_cpu_user_children', 'used_cpu_sys_children'],
];

/** 1 when the field is there and not the good word, else 0. */
const failures: readonly [name: string, field: string, good: string][] = [
  ['rdb_failed', 'rdb_last_bgsave_status', 'ok'],
  ['aof_failed', 'aof_last_write_status', 'ok'],
  ['primary_link_down', 'master_link_status', 'up'],
];

/** Facts in words, as series that are 1. */
const facts: readonly [name: string, label: string, field: string][] = [
  ['memory_policy', 'policy', 'maxmemory_policy'],
  ['role', 'role', 'role'],
];

/**
 * Every figure of `info`, in bytes, seconds and counts. With a `database` the keyspace is that of this database
 * alone, otherwise that of each.
 */
export function figuresOf(info: Info, database?: number): Record<string, number> {
  const values: Record<string, number> = {};
  const put = (name: string, value: number | undefined) => {
    if (value !== undefined && Number.isFinite(value)) values[name] = value;
  };
  for (const [name, field, unit = 1] of figures) put(name, scaled(number(info.get(field)), unit));
  for (const [name, first, second] of sums) put(name, add(info.get(first), info.get(second)));
  for (const [name, field, good] of failures) {
    if (info.has(field)) put(name, info.get(field) === good ? 0 : 1);
  }
  for (const [name, label, field] of facts) {
    const word = info.get(field);
    if (word) put(labelled(name, { [label]: word }), 1);
  }
  const clients = number(info.get('connected_clients'));
  if (clients !== undefined) put('clients', Math.max(0, clients - 1));
  Object.assign(values, keyspaceOf(info, database), replicationOf(info), commandsOf(info));
  return values;
}

/** Which server it is; `run` is another one after each start. */
export type Identity = { name: string; version: string; run: string | undefined; mode: string };

export function identityOf(info: Info): Identity {
  const valkey = info.get('valkey_version');
  return {
    name: info.get('server_name') ?? (valkey === undefined ? 'redis' : 'valkey'),
    version: valkey ?? info.get('redis_version') ?? '',
    run: info.get('run_id') || undefined,
    mode: info.get('server_mode') ?? info.get('redis_mode') ?? 'standalone',
  };
}

function keyspaceOf(info: Info, database: number | undefined): Record<string, number> {
  const found: Record<string, number> = {};
  for (const [db, fields] of numbered(info, /^db(\d+)$/).slice(0, MOST_DATABASES)) {
    if (database !== undefined && Number(db) !== database) continue;
    const put = (name: string, value: number | undefined) => {
      if (value !== undefined) found[labelled(name, { db })] = value;
    };
    put('keys', number(fields.keys));
    put('keys_expiring', number(fields.expires));
    put('ttl_average_seconds', scaled(number(fields.avg_ttl), 1e-3));
  }
  // A database without keys is not listed; the one that was asked for is there all the same.
  if (database !== undefined) found[labelled('keys', { db: String(database) })] ??= 0;
  return found;
}

/** Of a primary what each replica has not yet acknowledged; of a replica what it has not yet applied. */
function replicationOf(info: Info): Record<string, number> {
  const found: Record<string, number> = {};
  const offset = number(info.get('master_repl_offset'));
  for (const [, fields] of numbered(info, /^slave(\d+)$/)) {
    const acknowledged = number(fields.offset);
    if (offset === undefined || acknowledged === undefined) continue;
    const replica = `${fields.ip}:${fields.port}`;
    found[labelled('replica_lag_bytes', { replica })] = Math.max(0, offset - acknowledged);
  }
  const read = number(info.get('slave_read_repl_offset'));
  const applied = number(info.get('slave_repl_offset'));
  if (read !== undefined && applied !== undefined) found.unapplied_bytes = Math.max(0, read - applied);
  return found;
}

/** The commands that were called most. Subcommands are told apart since Redis 7, as in `config|get`. */
function commandsOf(info: Info): Record<string, number> {
  const commands = numbered(info, /^cmdstat_(.+)$/)
    .map(([command, fields]) => ({ command, calls: number(fields.calls), usec: number(fields.usec) }))
    .sort((a, b) => (b.calls ?? 0) - (a.calls ?? 0))
    .slice(0, MOST_COMMANDS);
  const found: Record<string, number> = {};
  for (const { command, calls, usec } of commands) {
    const seconds = scaled(usec, 1e-6);
    if (calls === undefined || seconds === undefined) continue;
    found[labelled('command_calls', { command })] = calls;
    found[labelled('command_seconds', { command })] = seconds;
  }
  return found;
}

/** The fields `name:a=1,b=2` whose name has the pattern, by what its group caught. */
function numbered(info: Info, pattern: RegExp): [key: string, fields: Record<string, string>][] {
  const found: [string, Record<string, string>][] = [];
  for (const [name, text] of info) {
    const key = pattern.exec(name)?.[1];
    if (key === undefined) continue;
    const pairs = text.split(',').map((pair) => pair.split('=', 2) as [string, string]);
    found.push([key, Object.fromEntries(pairs)]);
  }
  return found;
}

function number(text: string | undefined): number | undefined {
  return text === undefined || !/^-?\d+(?:\.\d+)?$/.test(text) ? undefined : Number(text);
}

function scaled(value: number | undefined, unit: number): number | undefined {
  // Millionths of a second: nothing is lost.
  return value === undefined ? undefined : Number((value * unit).toFixed(9));
}

function add(first: string | undefined, second: string | undefined): number | undefined {
  const [a, b] = [number(first), number(second)];
  return a === undefined || b === undefined ? undefined : Number((a + b).toFixed(9));
}
