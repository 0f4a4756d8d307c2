import type { Columns, Part } from './part.ts';
import { valuesOf } from './part.ts';

const states = [
  'active',
  'idle',
  'idle in transaction',
  'idle in transaction (aborted)',
  'fastpath function call',
  'disabled',
  // Since 18; before it such a session has no state.
  'starting',
];
/** What an active session waits for: https://www.postgresql.org/docs/18/monitoring-stats.html#WAIT-EVENT-TABLE */
const waits = ['BufferPin', 'Client', 'Extension', 'IO', 'IPC', 'Lock', 'LWLock', 'Timeout'];

/** Sessions of clients but the collector's own. Which kind a session is, is hidden together with its state. */
const isClient = `datid is not null and usesysid is not null
      and coalesce(backend_type, 'client backend') = 'client backend'`;

const visible = (expression: string) => `case when sessions.hidden = 0 then ${expression} end`;

/**
 * What the sessions of the whole server do, from `sessionTotals` as `sessions`. Without `pg_read_all_stats` the state of
 * other roles' sessions and of the server's own processes is hidden, and what needs it is null.
 */
export const sessionColumns: Columns = {
  connections: 'sessions.total',
  connections_active: visible('sessions.state_0'),
  ...Object.fromEntries(
    states.map((state, i) => [`connections_by_state{state="${state}"}`, visible(`sessions.state_${i}`)]),
  ),
  ...Object.fromEntries(
    waits.map((wait, i) => [`active_by_wait{type="${wait}"}`, visible(`sessions.wait_${i}`)]),
  ),
  // Running, or waiting for a core.
  'active_by_wait{type="none"}': visible('sessions.running'),
  oldest_transaction_seconds: visible('coalesce(extract(epoch from clock_timestamp() - sessions.oldest), 0)'),
  autovacuum_workers: 'case when sessions.checkpointing is not null then sessions.autovacuum end',
  checkpoint_running: 'sessions.checkpointing',
};

const count = (condition: string, name: string) => `count(*) filter (where ${condition}) as ${name}`;

export const sessionTotals = `select ${[
  count('client', 'total'),
  count(`client and query = '<insufficient privilege>'`, 'hidden'),
  ...states.map((state, i) => count(`client and state = '${state}'`, `state_${i}`)),
  ...waits.map((wait, i) =>
    count(`client and state = 'active' and wait_event_type = '${wait}'`, `wait_${i}`),
  ),
  count(`client and state = 'active' and wait_event_type is null`, 'running'),
  'min(xact_start) filter (where client) as oldest',
  count(`backend_type = 'autovacuum worker'`, 'autovacuum'),
  // Between checkpoints the checkpointer waits in its main loop and nowhere else.
  `max((wait_event is distinct from 'CheckpointerMain')::int)
      filter (where backend_type = 'checkpointer') as checkpointing`,
].join(',\n    ')}
  from (select *, ${isClient} as client from pg_stat_activity where pid <> pg_backend_pid()) activity`;

/** The applications with the most connections. */
export const applicationsPart: Part = {
  name: 'applications',
  what: 'connections by application',
  every: 5,
  text: `select coalesce(nullif(application_name, ''), '(unnamed)') as application,
  count(*)::float8 as connections_by_application
from pg_stat_activity where ${isClient} and pid <> pg_backend_pid()
group by 1 order by 2 desc, 1 limit 10`,
  values: (rows) => valuesOf(rows, ['application']),
};

/**
 * Locks that somebody waits for now; a session waits for one at a time, so these are the blocked sessions too. Every
 * role may count them. Reading the table of locks holds them all up for a moment, which is why a large one is read
 * less often.
 */
export const locksPart: Part = {
  name: 'locks',
  what: 'the locks waited for',
  every: 0,
  text: `select count(*)::float8 as locks_waited_for,
  coalesce(extract(epoch from clock_timestamp() - min(waitstart)), 0)::float8 as longest_lock_wait_seconds
from pg_locks where not granted`,
  values: (rows) => valuesOf(rows),
};
