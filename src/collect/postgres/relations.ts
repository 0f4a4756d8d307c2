import { type Part, select, valuesOf } from './part.ts';

/** The relations that hold rows, without the catalogues and other sessions' temporary tables. */
const userTables = `pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'm') and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'`;

/** Of how many relations the sizes are told apart. */
const LARGEST = 20;

/**
 * The sizes of the connected database, and without the catalogues of its tables (with TOAST) and of its indexes: all
 * together, and each of the largest, partitions as one with the table they belong to. The server looks at every file
 * of the database for them.
 */
export const sizesPart: Part = {
  name: 'sizes',
  what: 'the sizes of tables',
  every: 5,
  text: `with sized as (
  select case when c.relispartition then coalesce(pg_partition_root(c.oid), c.oid) else c.oid end as root,
    coalesce(pg_table_size(c.oid), 0) as heap, coalesce(pg_indexes_size(c.oid), 0) as indexes
  from ${userTables}
), summed as (
  select root, grouping(root) = 1 as everything,
    coalesce(sum(heap), 0)::float8 as heap, coalesce(sum(indexes), 0)::float8 as indexes
  from sized group by grouping sets ((), (root))
  order by everything desc, coalesce(sum(heap), 0) + coalesce(sum(indexes), 0) desc, root
  limit ${LARGEST + 1}
)
select n.nspname || '.' || c.relname as relation,
  case when everything then pg_database_size(current_database()) end::float8 as database_bytes,
  case when everything then heap end as table_bytes,
  case when everything then indexes end as index_bytes,
  case when not everything then heap end as relation_bytes,
  case when not everything then indexes end as relation_index_bytes
from summed left join pg_class c on c.oid = root left join pg_namespace n on n.oid = c.relnamespace
where everything or c.oid is not null`,
  values: (rows) => valuesOf(rows, ['relation']),
};

/**
 * Rows written to the tables of the connected database; `tuples_…` of the counters hold those of the catalogues too. A
 * heap-only (HOT) update needs no new index entry. A dropped table takes its share of the sums away.
 */
export function tablesPart(version: number): Part {
  const sum = (name: string) => `coalesce(sum(pg_stat_get_${name}(c.oid)), 0)`;
  return {
    name: 'tables',
    what: 'the updates and dead rows of tables',
    every: 5,
    text: `select ${select({
      table_tuples_inserted: sum('tuples_inserted'),
      table_tuples_updated: sum('tuples_updated'),
      table_tuples_hot_updated: sum('tuples_hot_updated'),
      ...(version >= 160000 ? { table_tuples_newpage_updated: sum('tuples_newpage_updated') } : {}),
      table_tuples_deleted: sum('tuples_deleted'),
      live_tuples: sum('live_tuples'),
      dead_tuples: sum('dead_tuples'),
      vacuums: sum('vacuum_count'),
      autovacuums: sum('autovacuum_count'),
    })}
from ${userTables}`,
    values: (rows) => valuesOf(rows),
  };
}
