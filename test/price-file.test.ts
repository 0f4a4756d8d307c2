import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { builtInPrices } from '../src/planners/cost/price-table.ts';
import { pricesOf } from '../src/price-file.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'fxscale-prices-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
}

const prices = write('prices.json', '{"asOf":"2026-11-01","regions":{"eu":{"cache":{"perGiBHour":0.02}}}}');

it('reads YAML and JSON, and one region in place of another', async () => {
  expect(await pricesOf({})).toBe(builtInPrices);
  expect((await pricesOf({ prices })).rates.cache.perGiBHour).toBeNull();
  const there = await pricesOf({ prices, priceRegion: 'eu' });
  expect(there).toMatchObject({ region: 'eu', asOf: '2026-11-01' });
  expect(there.rates.cache.perGiBHour).toBe(0.02);
  expect(Object.keys(there.regions)).toEqual(['us-east-1']);
  expect((await pricesOf({ prices, priceRegion: 'us-east-1' })).rates.cache.perGiBHour).toBeNull();
});

it.each([
  [{ prices: path.join(folder, 'none.yaml') }, /none\.yaml cannot be read: there is no such file$/],
  [{ prices: folder }, /cannot be read: EISDIR/],
  [{ prices: write('torn.yaml', 'a: [1') }, /torn\.yaml is neither YAML nor JSON: /],
  [{ prices: write('list.yaml', '- 1') }, /list\.yaml: \[1\] is not a group of fields$/],
  [
    { prices, priceRegion: 'mars' },
    /^--price-region mars: there are no prices of it; write one of us-east-1, eu, or/,
  ],
  [
    { priceRegion: 'toString' },
    /^--price-region toString: there are no prices of it; write one of us-east-1, or/,
  ],
])('answers %j with one line', async (flags, message) => {
  await expect(pricesOf(flags)).rejects.toThrow(message);
  await expect(pricesOf(flags)).rejects.toMatchObject({
    exitCode: 2,
    message: expect.not.stringContaining('\n'),
  });
});
