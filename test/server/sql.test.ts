import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { putIntoSql } from './sql.ts';

const server = join(import.meta.dirname, '..', '..', 'server');
const files = readdirSync(server, { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.ts'),
);

/** What is no constant of its file, and why it may stand in a text of SQL, where no parameter can. */
const allowed: Record<string, string[]> = {
  // Names and bounds of partitions, made of the year and the month of a Date.
  'database/partitions.ts': ['name', 'bounds[0]', 'bounds[1]'],
  // An index that the source names, and the partitions that the catalogue has.
  'database/indexes.ts': ['name', 'columns', 'own', 'partition'],
};

it('no text of SQL has anything put into it but constants', () => {
  expect(files.length).toBeGreaterThan(30);
  const found = files.flatMap((file) =>
    putIntoSql(readFileSync(join(server, file), 'utf8'))
      .filter((each) => !allowed[file]?.includes(each))
      .map((each) => `${file}: ${each}`),
  );
  expect(found).toEqual([]);
});

it('what is allowed is still needed', () => {
  for (const [file, names] of Object.entries(allowed)) {
    expect(putIntoSql(readFileSync(join(server, file), 'utf8'))).toEqual(expect.arrayContaining(names));
  }
});

/** With § for $, which the linter takes for a template forgotten. */
describe('the check finds', () => {
  it.each([
    ['a template', 'const f = (id: string) => `SELECT * FROM trades WHERE id = §{id}`', ['id']],
    [
      'a template of two lines',
      'const f = (id: string) => `\nDELETE FROM x\nWHERE id = §{id.trim()}`',
      ['id.trim()'],
    ],
    ['a sum', "const f = (id: string) => 'SELECT * FROM trades WHERE id = ' + id", ['id']],
    ['a long sum', "const f = (id: string) => 'SELECT * FROM t WHERE id = ' + id + ' LIMIT 1'", ['id']],
    ['a concat', "const f = (id: string) => 'UPDATE accounts SET balance = '.concat(id)", ['id']],
    [
      'a join',
      "const f = (id: string) => ['SELECT 1 WHERE id =', id].join(' ')",
      ["['SELECT 1 WHERE id =', id].join(' ')"],
    ],
    ['a constant that is none', 'const id = process.env.ID;\nconst f = `SELECT §{id}`', ['id']],
    ['a variable', 'let id = 1;\nconst f = `SELECT §{id}`', ['id']],
  ])('%s', (_what, source, expected) => {
    expect(putIntoSql(source.replaceAll('§', '$')).map((each) => each.replaceAll('"', "'"))).toEqual(
      expected,
    );
  });

  it.each([
    ['a parameter', "const f = { text: 'SELECT * FROM trades WHERE id = $1' }"],
    [
      'a constant',
      "const list = 'id, symbol';\nexport const size = 100;\nconst f = `SELECT §{list} LIMIT §{size}`",
    ],
    ['constants to choose from', "const f = (odd: boolean) => `SELECT §{odd ? 'a' : 'b'}`"],
    ['another text', 'const f = (name: string) => `no account has the id §{name}`'],
  ])('nothing in %s', (_what, source) => {
    expect(putIntoSql(source.replaceAll('§', '$'))).toEqual([]);
  });
});
