import { type Part, type Row, type Server, select, valuesOf } from './part.ts';
import { maskStatement } from './statement-text.ts';

/** Of how many statements figures are given. */
const MOST = 50;
/** The first version of the extension that tells WAL, and execution apart from planning; PostgreSQL 13 came with it. */
const OLDEST_EXTENSION = 8;

/** Stands in every text that the collector sends, so that its own statements can be told from those of the service. */
export const OWN_MARK = '/* fxscale */';

const HIDDEN =
  'other roles’ statements are left out: they are hidden from this role; grant it pg_read_all_stats (or pg_monitor)';

/** What is remembered over reconnections. */
export type StatementMemory = {
  /** Seconds that each statement had taken at the beginning, by queryid. */
  start: Map<string, number> | undefined;
  /** Statements of the service whose text was given. */
  told: Set<string>;
  /** Figures of statements that are held back until the text tells whose they are. */
  untold: Map<string, Row>;
  /** Statements of the collector. */
  own: Set<string>;
};

export const nothingRemembered = (): StatementMemory => ({
  start: undefined,
  told: new Set(),
  untold: new Map(),
  own: new Set(),
});

/**
 * From pg_stat_statements, the statements of the connected database that took the most execution time since the
 * beginning of the collection, by `queryid`: counters as the server has them, from its own beginning. The text comes
 * once, when a statement first appears: `statement_info{queryid="…",text="…"} 1`.
 * https://www.postgresql.org/docs/18/pgstatstatements.html
 */
export function statementParts(server: Server, memory: StatementMemory): Part[] {
  if (!server.statements || whyNoStatements(server)) return [];
  const { schema, version } = server.statements;
  const rows = (withText: boolean) =>
    `${schema}.pg_stat_statements(${withText}) s
  where s.dbid = (select oid from pg_database where datname = current_database())`;
  return [
    {
      name: 'statements',
      what: 'the figures of statements',
      every: 10,
      // The first time all statements are read, for what each had taken by then.
      text: `select sums.* from (
  select s.queryid::text as queryid, ${select(columnsOf(version))}
  from ${rows(false)}
  group by s.queryid
) sums left join unnest($1::text[], $2::float8[]) as start(queryid, seconds) on start.queryid = sums.queryid
order by sums.queryid is null desc, case when statement_seconds >= start.seconds
  then statement_seconds - start.seconds else statement_seconds end desc, sums.queryid
limit $3::int`,
      parameters: () => {
        const { start, own } = memory;
        if (start === undefined) return [[], [], null];
        return [[...start.keys()], [...start.values()], MOST + own.size + 1];
      },
      values: (answer, remark) => statementValues(answer, memory, remark),
    },
    {
      name: 'statement-texts',
      what: 'the texts of statements',
      every: 10,
      // Longer than what is kept: comments and constants are yet to be taken out.
      text: `select s.queryid::text as queryid, left(min(s.query), 4000) as query
from ${rows(true)} and s.queryid = any ($1::int8[]) group by s.queryid`,
      parameters: () => (memory.untold.size > 0 ? [[...memory.untold.keys()]] : undefined),
      values: (answer) => textValues(answer, memory),
    },
  ];
}

/** Why there are no figures of statements although the extension is there. */
export function whyNoStatements({ statements }: Server): string | undefined {
  if (!statements) return undefined;
  const { version, loaded } = statements;
  if (!loaded) {
    return 'statements are left out: pg_stat_statements is created but not loaded; name it in shared_preload_libraries';
  }
  if (minorOf(version) >= OLDEST_EXTENSION) return undefined;
  return `statements are left out: pg_stat_statements is of version ${version}; run ALTER EXTENSION pg_stat_statements UPDATE`;
}

const minorOf = (extension: string) => Number(extension.split('.')[1]);

/** By the version of the extension, which may be older than the server. Sums: of users, and of calls from functions. */
function columnsOf(version: string): Record<string, string> {
  // Until 1.10 local blocks are in these times too.
  const shared = minorOf(version) >= 11 ? 'shared_' : '';
  const timed = (column: string) =>
    `case when current_setting('track_io_timing')::bool then sum(s.${column}) / 1000 end`;
  return {
    statement_calls: 'sum(s.calls)',
    statement_seconds: 'sum(s.total_exec_time) / 1000',
    statement_rows: 'sum(s.rows)',
    statement_buffer_hits: 'sum(s.shared_blks_hit)',
    statement_buffer_reads: 'sum(s.shared_blks_read)',
    statement_buffers_dirtied: 'sum(s.shared_blks_dirtied)',
    statement_buffers_written: 'sum(s.shared_blks_written)',
    statement_temp_blocks_read: 'sum(s.temp_blks_read)',
    statement_temp_blocks_written: 'sum(s.temp_blks_written)',
    statement_wal_records: 'sum(s.wal_records)',
    statement_wal_fpi: 'sum(s.wal_fpi)',
    statement_wal_bytes: 'sum(s.wal_bytes)',
    statement_read_seconds: timed(`${shared}blk_read_time`),
    statement_write_seconds: timed(`${shared}blk_write_time`),
  };
}

function statementValues(
  rows: Row[],
  memory: StatementMemory,
  remark: (text: string) => void,
): Record<string, number> {
  if (rows.some(({ queryid }) => queryid === null)) remark(HIDDEN);
  const known = rows.filter(
    ({ queryid }) => typeof queryid === 'string' && !memory.own.has(queryid),
  ) as (Row & { queryid: string })[];
  memory.start ??= new Map(known.map((row) => [row.queryid, Number(row.statement_seconds)]));
  const costliest = known.slice(0, MOST);
  const isTold = ({ queryid }: { queryid: string }) => memory.told.has(queryid);
  memory.untold = new Map(costliest.filter((row) => !isTold(row)).map((row) => [row.queryid, row]));
  return valuesOf(costliest.filter(isTold), ['queryid']);
}

function textValues(rows: Row[], memory: StatementMemory): Record<string, number> {
  const values: Record<string, number> = {};
  for (const { queryid, query } of rows) {
    if (typeof queryid !== 'string' || typeof query !== 'string') continue;
    if (query.includes(OWN_MARK)) {
      memory.own.add(queryid);
      continue;
    }
    memory.told.add(queryid);
    const info = { queryid, text: maskStatement(query), statement_info: 1 };
    Object.assign(values, valuesOf([info], ['queryid', 'text']));
    Object.assign(values, valuesOf([memory.untold.get(queryid) ?? {}], ['queryid']));
  }
  memory.untold.clear();
  return values;
}
