import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CsvRecords } from '../../src/load/modules/csv-records.ts';

function all(text: string, delimiter = ','): string[][] {
  const records = new CsvRecords(Buffer.from(text), delimiter);
  const rows: string[][] = [];
  for (let row = records.next(); row !== undefined; row = records.next()) rows.push(row);
  return rows;
}

const field = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', 'é', ' ', ',', ';', '"', '\n', '1'), maxLength: 6 }),
  fc.string({ unit: 'grapheme', maxLength: 4 }).map((text) => text.replaceAll('\r', '')),
);
const table = fc
  .integer({ min: 1, max: 4 })
  .chain((width) =>
    fc.array(fc.array(field, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 6 }),
  );
const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;

it('reads back what was written, with quotes only where they are needed or everywhere', () => {
  fc.assert(
    fc.property(
      table,
      fc.constantFrom(',', ';'),
      fc.constantFrom('\n', '\r\n'),
      fc.boolean(),
      (rows, delimiter, end, always) => {
        const cell = (text: string) => (always || text === '' || /[",;\n]/.test(text) ? quoted(text) : text);
        const text = rows.map((row) => row.map(cell).join(delimiter) + end).join('');
        expect(all(text, delimiter)).toEqual(rows);
      },
    ),
    { seed: 1 },
  );
});

it('reads what another reader does, where both read it', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', 'b', ',', '"', '\n'), maxLength: 24 }), (text) => {
      let other: string[][];
      try {
        other = parse(text, { skip_empty_lines: true, record_delimiter: '\n' });
      } catch {
        expect(() => all(text)).toThrow();
        return;
      }
      expect(all(text)).toEqual(other);
    }),
    { seed: 2, numRuns: 1000 },
  );
});
