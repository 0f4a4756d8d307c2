import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countersQuery } from '../../src/collect/postgres/counters.ts';
import { type Part, type Row, type Server, valuesOf } from '../../src/collect/postgres/part.ts';
import { replicationValues } from '../../src/collect/postgres/replication.ts';
import { Schedule } from '../../src/collect/postgres/schedule.ts';
import { maskStatement } from '../../src/collect/postgres/statement-text.ts';
import { nothingRemembered, statementParts, whyNoStatements } from '../../src/collect/postgres/statements.ts';
import { partsOf } from '../../src/collect/postgres.ts';

type Captured = { from: string; captured: string; server: Server; answers: Record<string, Row[]> };

function captured(version: number): Captured {
  const file = path.join(import.meta.dirname, `../fixtures/collect/postgres-${version}.json`);
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** The names that a query gives its columns as figures. */
const figures = (text: string) =>
  [...text.matchAll(/::float8 as "((?:[^"]|"")+)"/g)].map((match) => match[1]);
const noRemark = (text: string) => expect.unreachable(text);

function partNamed(parts: Part[], name: string): Part {
  return parts.find((part) => part.name === name) ?? expect.unreachable(name);
}

/** The columns each version added or took away, from its release notes; live servers prove 15 and 18. */
describe.each([
  [150000, ['bgwriter.buffers_checkpoint', 'wal.wal_write', 'wal.wal_sync'], ['pg_stat_io', 'checkpointer.']],
  [
    160004,
    ['op_bytes', 'wal.wal_write', 'wal.wal_sync', 'bgwriter.checkpoints_timed'],
    ['checkpointer.', 'sum(read_bytes)'],
  ],
  [
    170000,
    ['op_bytes', 'wal.wal_write', 'checkpointer.num_timed'],
    ['bgwriter.checkpoints', 'bgwriter.buffers_checkpoint'],
  ],
  [180004, ['sum(read_bytes)', 'checkpointer.num_timed'], ['op_bytes', 'wal.wal_write', 'wal.wal_sync']],
])('the query for server_version_num %i', (version, present, absent) => {
  const query = countersQuery({ version, control: true });
  it.each(present)('reads %s', (text) => expect(query).toContain(text));
  it.each(absent)('does not read %s', (text) => expect(query).not.toContain(text));
});

describe.each([captured(16), captured(17)])('what $from answered on $captured', ({ server, answers }) => {
  const parts = partsOf(server, nothingRemembered());
  const values = Object.assign(
    {},
    valuesOf(answers.counters ?? []),
    ...parts.map((part) => part.values(answers[part.name] ?? [], noRemark)),
  );

  it.each([
    ['counters', countersQuery(server)],
    ...['settings', 'tables'].map((name) => [name, partNamed(parts, name).text]),
  ])('is an answer to the question of today for the %s', (name = '', text = '') => {
    expect(Object.keys(answers[name]?.[0] ?? {}).map((column) => column.replaceAll('"', '""'))).toEqual(
      figures(text),
    );
  });

  it('gives the counters, the sizes with partitions as one, and the updates', () => {
    expect(values).toMatchObject({
      server_version_num: server.version,
      checkpoints_requested: 2,
      connections: 0,
      'connections_by_state{state="idle in transaction (aborted)"}': 0,
      checkpoint_timeout_seconds: 300,
      table_bytes: 139264,
      index_bytes: 81920,
      'relation_bytes{relation="public.trades"}': 139264,
      'relation_index_bytes{relation="public.trades"}': 81920,
      table_tuples_inserted: 2000,
      table_tuples_updated: 100,
      table_tuples_newpage_updated: 100,
      locks_waited_for: 0,
    });
    // Null, because there is no limit.
    expect(values).not.toHaveProperty('max_slot_wal_keep_size_bytes');
  });

  it('gives the standby and its slot', () => {
    expect(values).toMatchObject({
      standbys: 1,
      'replication_lag_bytes{stage="replay",standby="nearby"}': 0,
      'slot_retained_bytes{slot="nearby"}': 0,
      'slot_active{slot="nearby"}': 1,
    });
    expect(values).not.toHaveProperty(['replication_lag_seconds{stage="sent",standby="nearby"}']);
    expect(values).not.toHaveProperty('hidden');
  });

  it('gives the figures of statements with their texts', () => {
    const insert = answers['statement-texts']?.find(({ query }) =>
      String(query).startsWith('insert'),
    )?.queryid;
    expect(values).toMatchObject({
      [`statement_rows{queryid="${insert}"}`]: 2000,
      [`statement_wal_records{queryid="${insert}"}`]: 4006,
      [`statement_info{queryid="${insert}",text="insert into trades select i, $1, $2 from generate_series($3, $4) i"}`]: 1,
    });
    expect(values).not.toHaveProperty([`statement_read_seconds{queryid="${insert}"}`]);
  });
});

describe('valuesOf', () => {
  it('labels the figures of a row by its texts, sorted and escaped as on a Prometheus page', () => {
    const row = {
      b: 'a "quoted"\nname\\',
      a: 'x',
      other: 'not a label',
      none: null,
      size: 1,
      rest: null,
      odd: Number.NaN,
    };
    expect(valuesOf([row], ['b', 'a', 'none'])).toEqual({ 'size{a="x",b="a \\"quoted\\"\\nname\\\\"}': 1 });
  });
});

describe('Schedule', () => {
  const part = { name: 'sizes', every: 5 };

  it('asks for every part at first, and again after its time or a little before', () => {
    const schedule = new Schedule();
    expect(schedule.isDue(part, 100)).toBe(true);
    schedule.read(part, 100, 100);
    expect(schedule.isDue(part, 104.4)).toBe(false);
    expect(schedule.isDue(part, 104.6)).toBe(true);
    expect(schedule.isDue({ name: 'another' }, 100)).toBe(true);
  });

  it('asks for a slow part so seldom that it takes a 200th of the time', () => {
    const schedule = new Schedule();
    schedule.read(part, 0, 0.5);
    expect(schedule.isDue(part, 99)).toBe(false);
    expect(schedule.isDue(part, 100)).toBe(true);
  });

  it('takes one slow reading among fast ones for a busy server, and two for a slow part', () => {
    const schedule = new Schedule();
    schedule.read(part, 0, 0.01);
    schedule.read(part, 10, 10.5);
    expect(schedule.isDue(part, 15)).toBe(true);
    schedule.read(part, 20, 20.4);
    expect(schedule.isDue(part, 99)).toBe(false);
  });

  it('leaves a part that failed alone for half a minute', () => {
    const schedule = new Schedule();
    schedule.failed(part, 10);
    expect(schedule.isDue(part, 39)).toBe(false);
    expect(schedule.isDue(part, 40)).toBe(true);
  });
});

describe('replicationValues', () => {
  it('says that standbys are there but hidden', () => {
    const remarks: string[] = [];
    const rows = [{ standby: null, stage: null, slot: null, standbys: 2, hidden: 2 }];
    expect(replicationValues(rows, (text) => remarks.push(text))).toEqual({ standbys: 2 });
    expect(remarks).toEqual([expect.stringContaining('grant it pg_read_all_stats')]);
  });
});

describe('statementParts', () => {
  const server = (version: string, loaded = true): Server => ({
    version: 180000,
    control: true,
    statements: { schema: '"Odd"', version, loaded },
  });
  const row = (queryid: string | null, seconds: number) => ({ queryid, statement_seconds: seconds });
  const opened = () => {
    const memory = nothingRemembered();
    const [figuresPart, texts] = statementParts(server('1.12'), memory);
    if (figuresPart === undefined || texts === undefined) return expect.unreachable('there are two parts');
    const told = (...queryids: string[]) =>
      texts.values(
        queryids.map((queryid) => ({ queryid, query: `select ${queryid}` })),
        noRemark,
      );
    return { memory, statements: figuresPart, texts, told };
  };

  it('remembers what every statement had taken at first, and asks for the costliest since then', () => {
    const { statements, texts, told } = opened();
    expect(statements.parameters?.()).toEqual([[], [], null]);
    const all = Array.from({ length: 60 }, (_, i) => row(String(i), 60 - i));
    expect(statements.values(all, noRemark)).toEqual({});
    expect(texts.parameters?.()).toEqual([all.slice(0, 50).map(({ queryid }) => queryid)]);
    expect(told('0', '1')).toEqual({
      'statement_info{queryid="0",text="select ?"}': 1,
      'statement_seconds{queryid="0"}': 60,
      'statement_info{queryid="1",text="select ?"}': 1,
      'statement_seconds{queryid="1"}': 59,
    });
    expect(statements.parameters?.()).toEqual([
      all.map(({ queryid }) => queryid),
      all.map(({ statement_seconds }) => statement_seconds),
      51,
    ]);
    expect(statements.values([row('0', 61)], noRemark)).toEqual({ 'statement_seconds{queryid="0"}': 61 });
    expect(texts.parameters?.()).toBeUndefined();
  });

  it('leaves the collector’s own statements out, whose text says so', () => {
    const { statements, texts } = opened();
    statements.values([row('7', 1)], noRemark);
    expect(texts.values([{ queryid: '7', query: 'select /* fxscale */ 1' }], noRemark)).toEqual({});
    expect(statements.values([row('7', 2)], noRemark)).toEqual({});
    expect(texts.parameters?.()).toBeUndefined();
    expect(statements.parameters?.()?.[2]).toBe(52);
  });

  it('says that statements of others are hidden', () => {
    const { statements } = opened();
    const remarks: string[] = [];
    statements.values([row(null, 9)], (text) => remarks.push(text));
    expect(remarks).toEqual([expect.stringContaining('other roles’ statements are left out')]);
  });

  it.each([
    ['1.10', ' sum(s.blk_read_time)'],
    ['1.11', ' sum(s.shared_blk_read_time)'],
  ])('reads the columns of the extension %s, which may be older than the server', (version, column) => {
    const [part] = statementParts(server(version), nothingRemembered());
    expect(part?.text).toContain(column);
    expect(part?.text).toContain('from "Odd".pg_stat_statements(false)');
  });

  it.each([
    [server('1.7'), 'pg_stat_statements is of version 1.7; run ALTER EXTENSION pg_stat_statements UPDATE'],
    [server('1.12', false), 'created but not loaded; name it in shared_preload_libraries'],
  ])('says why it reads none, case %#', (of, why) => {
    expect(statementParts(of, nothingRemembered())).toEqual([]);
    expect(whyNoStatements(of)).toContain(why);
  });

  it('has nothing to say where the extension is not installed', () => {
    const without = { version: 180000, control: true };
    expect(statementParts(without, nothingRemembered())).toEqual([]);
    expect(whyNoStatements(without)).toBeUndefined();
  });
});

describe('maskStatement', () => {
  it.each([
    ['select $1 from t1 where a = $2', 'select $1 from t1 where a = $2'],
    ["select 'it''s', 12.5e3, x2 from \"my'table\"", 'select ?, ?, x2 from "my\'table"'],
    ["select E'a\\'b', 'c\\', 'd'", 'select ?, ?, ?'],
    ['select $$a$$, $tag$ $$b$$ $tag$', 'select ?, ?'],
    ['/* trace=abc */ select 1 -- password\n  , 2', 'select ? , ?'],
    ["select 'never ends", 'select ?'],
    ["alter role bob password 'x'", 'alter role …'],
    ['copy t from program $$curl -u me:pw$$', 'copy t …'],
    ['  (select 1)', '(select ?)'],
    ['checkpoint', 'checkpoint'],
    [`select ${'a, '.repeat(100)}b`, `${`select ${'a, '.repeat(100)}`.slice(0, 200)}…`],
  ])('of %j gives %j', (text, masked) => expect(maskStatement(text)).toBe(masked));

  it('never lets a constant through, however it is written', () => {
    const inside = fc
      .tuple(
        fc.array(fc.constantFrom("'", '"', '\\', '$', '-', '/*', '*/', '\n', 'x', ' '), { maxLength: 6 }),
      )
      .map(([around]) => `${around.join('')}SECRET${around.toReversed().join('')}`);
    const written = inside.chain((value) =>
      fc.constantFrom(
        `'${value.replaceAll("'", "''")}'`,
        `E'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`,
        `$tag$${value}$tag$`,
      ),
    );
    fc.assert(
      fc.property(fc.array(written, { minLength: 1, maxLength: 4 }), (constants) => {
        expect(maskStatement(`select ${constants.join(', ')} from t`)).toBe(
          `select ${constants.map(() => '?').join(', ')} from t`,
        );
      }),
      { seed: 5, numRuns: 500 },
    );
  });
});
