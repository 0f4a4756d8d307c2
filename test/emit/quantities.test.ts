import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { milliOf, parseQuantity, unitsOf } from '../../src/models/hpa/quantity.ts';
import { cpuQuantity, memoryQuantity, parseBytes, parseCores } from '../../src/units.ts';

describe('quantities of a manifest', () => {
  it('of CPU are read as what they were written from, by the tool and by the API server', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 512_000 }), (milli) => {
        const text = cpuQuantity(milli / 1000);
        expect(parseCores(text)).toBe(milli / 1000);
        expect(milliOf(parseQuantity(text))).toBe(BigInt(milli));
      }),
      { seed: 1 },
    );
  });

  it('of memory are read as what they were written from, by the tool and by the API server', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 24 }), (mebi) => {
        const text = memoryQuantity(mebi * 2 ** 20);
        expect(parseBytes(text)).toBe(mebi * 2 ** 20);
        expect(unitsOf(parseQuantity(text))).toBe(BigInt(mebi * 2 ** 20));
      }),
      { seed: 2 },
    );
  });

  it('are never less than what was planned', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.0001, max: 1000, noNaN: true }), (amount) => {
        expect(parseCores(cpuQuantity(amount))).toBeGreaterThanOrEqual(amount * (1 - 1e-9) - 1e-9);
        expect(parseBytes(memoryQuantity(amount * 2 ** 20))).toBeGreaterThanOrEqual(
          amount * 2 ** 20 * (1 - 1e-6) - 1,
        );
      }),
      { seed: 3 },
    );
  });
});
