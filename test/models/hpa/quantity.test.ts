import fc from 'fast-check';
import { expect, it } from 'vitest';
import { percentOf, shareOf, toInt32 } from '../../../src/models/hpa/integers.ts';
import { approximate, milliOf, parseQuantity, unitsOf } from '../../../src/models/hpa/quantity.ts';

it('reads milli-units back as they were written, in every decimal notation', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }), (milli) => {
      const sign = milli < 0n ? '-' : '';
      const digits = (milli < 0n ? -milli : milli).toString().padStart(4, '0');
      const point = `${sign}${digits.slice(0, -3)}.${digits.slice(-3)}`;
      for (const text of [`${milli}m`, `${milli}e-3`, `${milli}E-3`, point, `${milli * 1000n}u`])
        expect(milliOf(parseQuantity(text))).toBe(milli);
    }),
    { seed: 1 },
  );
});

it.each([
  ['1Ei', 2n ** 60n],
  ['1.5Ki', 1536n],
  ['1E', 10n ** 18n],
  ['1E3', 1000n],
  ['+5', 5n],
  ['-1500m', -2n],
  ['1n', 1n],
  ['10E', 2n ** 63n - 1n],
  ['1e400', 2n ** 63n - 1n],
  ['1e-400', 1n],
  ['0e400', 0n],
])('reads %s as %i units, rounded away from zero and at most an int64', (text, units) => {
  expect(unitsOf(parseQuantity(text))).toBe(units);
});

it.each(['.', '+', '1e', '1.2.3', '1mm', 'm', '0x10', ' 1', '1 ', 'NaN', '1e1.5'])('refuses %j', (text) => {
  expect(() => parseQuantity(text)).toThrow(RangeError);
});

it.each([
  ['0.05', 0.05],
  ['50m', 0.05],
  // As the API server writes it, 300m, it is 300 times a thousandth; 3 times a tenth would be 0.30000000000000004.
  ['0.3', 0.3],
  ['1', 1],
  ['1500u', 0.0015],
  ['25n', 25 * 1e-9],
])('takes the tolerance %s for the double %d', (text, value) => {
  expect(approximate(parseQuantity(text))).toBe(value);
});

it('truncates percent exactly, also where doubles do not hold the product', () => {
  const amount = fc.integer({ min: 1, max: 2 ** 53 - 1 });
  fc.assert(
    fc.property(amount, amount, fc.integer({ min: 1, max: 1000 }), (part, whole, percent) => {
      expect(percentOf(part, whole)).toBe(Number((BigInt(part) * 100n) / BigInt(whole)));
      expect(shareOf(whole, percent)).toBe(Number((BigInt(whole) * BigInt(percent)) / 100n));
    }),
    { seed: 1 },
  );
});

it('makes an int32 of a double as compiled Go does, or stops at the edge', () => {
  expect(
    [2.9, -2.9, 2 ** 31, 2 ** 32 + 7, 2 ** 63, Number.POSITIVE_INFINITY].map((n) => toInt32(n, false)),
  ).toEqual([2, -2, -(2 ** 31), 7, 0, 0]);
  expect([2.9, 2 ** 31, -(2 ** 40)].map((n) => toInt32(n, true))).toEqual([2, 2 ** 31 - 1, -(2 ** 31)]);
});
