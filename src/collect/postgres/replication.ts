import { type Part, type Row, valuesOf } from './part.ts';

const HIDDEN =
  'the lag of standbys is left out: it is hidden from this role; grant it pg_read_all_stats (or pg_monitor)';

/**
 * How far the standbys that stream from this server are behind, by what they did with the WAL: `sent` to them (for
 * which there are no seconds), `write`, `flush` and `replay`; those that call themselves the same are told as the one
 * that is furthest behind. What each slot keeps back. And on a standby, how far the replay is behind what it received:
 * it cannot know how much more there is, so `standby_receiving` belongs to it.
 * https://www.postgresql.org/docs/18/monitoring-stats.html#MONITORING-PG-STAT-REPLICATION-VIEW
 */
export const replicationPart: Part = {
  name: 'replication',
  what: 'the figures of replication',
  every: 0,
  text: `with here as materialized (
  select case when pg_is_in_recovery() then greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())
    else pg_current_wal_lsn() end as lsn
), streams as materialized (
  select * from pg_stat_replication where state in ('streaming', 'catchup') or state is null
)
select null as standby, null as stage, null as slot,
  count(*)::float8 as standbys, count(*) filter (where state is null)::float8 as hidden,
  null::float8 as replication_lag_bytes, null::float8 as replication_lag_seconds,
  null::float8 as slot_retained_bytes, null::float8 as slot_safe_bytes, null::float8 as slot_active,
  null::float8 as standby_lag_bytes, null::float8 as standby_lag_seconds, null::float8 as standby_receiving
from streams
union all
(select application_name, stage, null, null, null,
  greatest(max(pg_wal_lsn_diff(here.lsn, position)), 0)::float8,
  -- Idle and caught up, a standby measures nothing.
  max(coalesce(extract(epoch from lag), case when position >= here.lsn and stage <> 'sent' then 0 end))::float8,
  null, null, null, null, null, null
from here, streams, lateral (values ('sent', sent_lsn, null::interval), ('write', write_lsn, write_lag),
  ('flush', flush_lsn, flush_lag), ('replay', replay_lsn, replay_lag)) as progress(stage, position, lag)
where state is not null
group by application_name, stage order by application_name, stage limit 80)
union all
(select null, null, slot_name, null, null, null, null,
  greatest(pg_wal_lsn_diff(here.lsn, restart_lsn), 0)::float8, safe_wal_size::float8, active::int::float8,
  null, null, null
from here, pg_replication_slots
order by pg_wal_lsn_diff(here.lsn, restart_lsn) desc nulls last limit 20)
union all
select null, null, null, null, null, null, null, null, null, null,
  greatest(pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()), 0)::float8,
  case when pg_last_wal_replay_lsn() >= pg_last_wal_receive_lsn() then 0
    else extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp()) end::float8,
  (exists (select from pg_stat_wal_receiver where coalesce(status, 'streaming') = 'streaming'))::int::float8
where pg_is_in_recovery()`,
  values: replicationValues,
};

export function replicationValues(rows: Row[], remark: (text: string) => void): Record<string, number> {
  if (rows.some(({ hidden }) => typeof hidden === 'number' && hidden > 0)) remark(HIDDEN);
  const shown = rows.map(({ hidden: _, ...row }) => row);
  return valuesOf(shown, ['standby', 'stage', 'slot']);
}
