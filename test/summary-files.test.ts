import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { writeSummaryResult } from '../src/summary-files.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'fxscale-summary-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('writes texts and bytes, and goes on after what cannot be written', () => {
  const [text, missing, bytes] = ['a.txt', 'none/b.txt', 'c.bin'].map((name) => path.join(folder, name));
  const result = {
    [`${text}`]: 'text\n',
    [`${missing}`]: 'x',
    [`${bytes}`]: new Uint8Array([1, 2, 3]).buffer,
  };
  const failures = writeSummaryResult(result);
  expect(failures).toEqual([expect.stringContaining(`could not open '${missing}': ENOENT`)]);
  expect(readFileSync(`${text}`, 'utf8')).toBe('text\n');
  expect([...readFileSync(`${bytes}`)]).toEqual([1, 2, 3]);
});
