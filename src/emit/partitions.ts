import type { Plan } from '../planners/types.ts';

/** A month in UTC, and the first instants of it and of the next. */
type Month = { name: string; from: string; to: string };

const TABLE = 'trades';
const DEFAULT = `${TABLE}_default`;

/**
 * The partitions of the months up to the horizon, the current one included, as SQL for `psql`; undefined when the plan
 * is not about storage. It may be run again, and on a table that is in use: a month that is there is left alone, rows that
 * came before their month had a partition are moved out of the default one, and whoever waits two seconds for a lock
 * gives up that month only.
 * @param now seconds since 1970
 */
export function partitionSql({ storage, inputs }: Plan, now: number): string | undefined {
  if (storage === null) return undefined;
  const months = Array.from({ length: inputs.horizonMonths + 1 }, (_, ahead) => monthAfter(now, ahead));
  return [check, defaultPartition, ...months.map(partition)].join('\n\n').concat('\n');
}

function monthAfter(now: number, ahead: number): Month {
  const start = new Date(now * 1000);
  const first = (months: number) => new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + months));
  const [year = '', month = ''] = first(ahead).toISOString().split('-');
  const instant = (months: number) => first(months).toISOString().slice(0, 10).concat(' 00:00:00+00');
  return { name: `${TABLE}_y${year}m${month}`, from: instant(ahead), to: instant(ahead + 1) };
}

/** PostgreSQL takes no key of a partitioned table without the column that it is partitioned by. */
const check = `DO $$ BEGIN
  IF pg_get_partkeydef('${TABLE}'::regclass) IS DISTINCT FROM 'RANGE (created_at)' THEN
    RAISE EXCEPTION '${TABLE} must be made with PRIMARY KEY (id, created_at) and PARTITION BY RANGE (created_at)';
  END IF;
END $$;`;

/** For rows that come early or late: without it they would be refused. */
const defaultPartition = `CREATE TABLE IF NOT EXISTS ${DEFAULT} PARTITION OF ${TABLE} DEFAULT;`;

/**
 * Made apart and attached: unlike \`CREATE TABLE ... PARTITION OF\`, that lets readers of other months go on, and the
 * default partition may hold rows of the month before, though not when it is attached.
 */
function partition({ name, from, to }: Month): string {
  return `DO $$ BEGIN
  IF to_regclass('${name}') IS NOT NULL THEN RETURN; END IF;
  PERFORM set_config('lock_timeout', '2s', true);
  LOCK TABLE ${TABLE} IN SHARE ROW EXCLUSIVE MODE;
  CREATE TABLE ${name} (LIKE ${TABLE} INCLUDING ALL);
  WITH early AS (DELETE FROM ${DEFAULT} WHERE created_at >= '${from}' AND created_at < '${to}' RETURNING *)
    INSERT INTO ${name} SELECT * FROM early;
  ALTER TABLE ${TABLE} ATTACH PARTITION ${name} FOR VALUES FROM ('${from}') TO ('${to}');
EXCEPTION WHEN lock_not_available THEN
  RAISE WARNING '${name} was not made: ${TABLE} is in use; run this again';
END $$;`;
}
